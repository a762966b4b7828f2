"""Arrow's types as the four types of raw tables."""

import io
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.errors import SourceError
from lifecycle.sources import files
from lifecycle.sources.formats.parquet import ParquetEntry, convert_table, list_row_numbers, read_schema

NOON = datetime(2013, 1, 2, 12, tzinfo=UTC)


def converted(values: list[Any], kind: pa.DataType) -> tuple[str, list[Any]]:
    """The type of a column of these values, and its values with None for missing ones."""
    column = convert_table(pa.table({"a": pa.array(values, kind)}))["a"]
    return str(column.dtype), [None if missing else one for one, missing in zip(column, column.isna(), strict=True)]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([Decimal("80.00"), None, Decimal("0.10")], pa.decimal128(6, 2), ("float64", [80.0, None, 0.1])),
        ([Decimal("9007199254740993"), None], pa.decimal128(20, 0), ("Int64", [9007199254740993, None])),
        ([timedelta(minutes=1), None], pa.duration("us"), ("float64", [60.0, None])),
        ([date(2013, 1, 2), None], pa.date32(), ("str", ["2013-01-02", None])),
        ([date(9999, 12, 31)], pa.date64(), ("str", ["9999-12-31"])),
        ([time(11, 49), None], pa.time64("us"), ("str", ["11:49:00", None])),
        ([NOON, None], pa.timestamp("us", "Europe/Berlin"), ("str", ["2013-01-02T12:00:00Z", None])),
        ([datetime(2013, 1, 2, 12)], pa.timestamp("ms"), ("str", ["2013-01-02T12:00:00"])),
        ([datetime(9999, 12, 31)], pa.timestamp("s"), ("str", ["9999-12-31T00:00:00"])),
        (["hi", None, "lo"], pa.dictionary(pa.int8(), pa.string()), ("str", ["hi", None, "lo"])),
        ([3, None, 3], pa.dictionary(pa.int8(), pa.int64()), ("Int64", [3, None, 3])),
        ([True, None], pa.dictionary(pa.int8(), pa.bool_()), ("boolean", [True, None])),
        ([True, None], pa.bool_(), ("boolean", [True, None])),
        ([1, None], pa.int8(), ("Int64", [1, None])),
        ([2**53 + 1, None], pa.int64(), ("Int64", [2**53 + 1, None])),
        ([2**63 - 1, 5], pa.uint64(), ("Int64", [2**63 - 1, 5])),
        ([2**64 - 1, None, 5], pa.uint64(), ("str", ["18446744073709551615", None, "5"])),
        ([0.5, None], pa.float16(), ("float64", [0.5, None])),
        ([0.5, None], pa.float32(), ("float64", [0.5, None])),
        ([" a ", "", None], pa.large_string(), ("str", ["a", None, None])),
        (["a"], pa.string_view(), ("str", ["a"])),
        ([None, None], pa.null(), ("str", [None, None])),
        ([b"\x01\xff", None], pa.binary(), ("str", ["01ff", None])),
        ([[1, 2], None, []], pa.list_(pa.int64()), ("str", ["[1,2]", None, "[]"])),
        ([{"x": [1], "y": "ü"}, None], pa.struct([("x", pa.list_(pa.int8())), ("y", pa.string())]),
         ("str", ['{"x":[1],"y":"ü"}', None])),
        ([], pa.int64(), ("Int64", [])),
    ],
)  # fmt: skip
def test_every_type_means_one_thing(values: list[Any], kind: pa.DataType, expected: tuple[str, list[Any]]) -> None:
    assert converted(values, kind) == expected


def test_an_index_without_a_name_is_left_out_where_it_numbers_rows() -> None:
    rows = pd.DataFrame({"a": [1.5, 2.5]}, index=[7, 3])
    table = pa.Table.from_pandas(rows)
    assert table.column_names == ["a", "__index_level_0__"]
    assert list_row_numbers(table.schema) == ["__index_level_0__"]
    assert convert_table(table).to_dict("list") == {"a": [1.5, 2.5]}


def test_any_other_index_is_a_column() -> None:
    rows = pd.DataFrame({"a": [1.5, 2.5]}, index=pd.to_datetime(["2013-01-01", "2013-01-02"]))
    assert convert_table(pa.Table.from_pandas(rows)).to_dict("list") == {
        "a": [1.5, 2.5],
        "index": ["2013-01-01T00:00:00", "2013-01-02T00:00:00"],
    }
    named = rows.set_axis(pd.Index([7, 3], name="account"))
    assert convert_table(pa.Table.from_pandas(named)).to_dict("list") == {"a": [1.5, 2.5], "account": [7, 3]}


def test_columns_of_one_name_stay_two() -> None:
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert convert_table(table).to_dict("list") == {"a": [1], "a_2": [2]}


def test_infinite_values_are_missing_and_counted() -> None:
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": [1.5, float("inf"), float("-inf"), None], "b": ["x"] * 4}), stream)
    found = files.parse_table(ParquetEntry(path="a.parquet", format="parquet"), stream.getvalue())
    assert found.infinite == {"a": 2}
    assert found.rows["a"].isna().to_list() == [False, True, True, True]


def test_a_broken_file_is_said() -> None:
    with pytest.raises(SourceError, match="this is no complete Parquet file"):
        read_schema(b"PAR1PAR1", "a.parquet")
