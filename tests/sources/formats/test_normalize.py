from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lifecycle.sources.formats.normalize import make_names_unique, mask_codes, normalize_table, sort_rows


def normalized(*values: Any) -> tuple[str, list[Any]]:
    """The dtype of a column of these objects, and its values with None for a missing one."""
    column = normalize_table(pd.DataFrame({"a": pd.Series(list(values), dtype="object")}))["a"]
    return str(column.dtype), [None if missing else value for value, missing in zip(column, column.isna(), strict=True)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((True, None, False), ("boolean", [True, None, False])),
        ((1, None, np.int32(3)), ("Int64", [1, None, 3])),
        ((1, 2.5), ("float64", [1.0, 2.5])),
        ((timedelta(minutes=1, microseconds=500_000), None), ("float64", [60.5, None])),
        ((1, "a", None), ("str", ["1", "a", None])),
        ((2**63, 1), ("str", ["9223372036854775808", "1"])),
        ((2**63, 0.5), ("float64", [9223372036854775808.0, 0.5])),
        ((Decimal("1.50"), None, Decimal("2")), ("float64", [1.5, None, 2.0])),
        ((Decimal("12"), None, 3), ("Int64", [12, None, 3])),
        ((Decimal("NaN"), Decimal("2.5")), ("float64", [None, 2.5])),
        ((" a ", "", float("nan")), ("str", ["a", None, None])),
        ((date(2013, 1, 2), datetime(2013, 1, 2, 3)), ("str", ["2013-01-02", "2013-01-02T03:00:00"])),
        (([1, None], {"b": "ü"}, b"\x01\xff"), ("str", ["[1,null]", '{"b":"ü"}', "01ff"])),
    ],
)
def test_values_become_one_of_four_types(values: tuple[Any, ...], expected: tuple[str, list[Any]]) -> None:
    assert normalized(*values) == expected


def test_times_with_a_zone_are_in_utc_and_all_in_one_precision() -> None:
    east = timezone(timedelta(hours=2))
    kind, texts = normalized(datetime(2013, 1, 1, 1, tzinfo=east), datetime(2013, 1, 1, 1, 0, 0, 5, tzinfo=east))
    assert (kind, texts) == ("str", ["2012-12-31T23:00:00.000000Z", "2012-12-31T23:00:00.000005Z"])


def test_names_are_stripped_and_unique() -> None:
    assert make_names_unique(["a", " a ", "", "b\n c", "a_2"]) == ["a", "a_3", "column_3", "b c", "a_2"]


def test_missing_codes_are_masked_by_their_text() -> None:
    masked = mask_codes(pd.DataFrame({"a": [1.0, -9.0], "b": ["?", "x"]}), ["?", "-9.0"])
    assert masked.isna().to_dict("list") == {"a": [False, True], "b": [True, False]}


def test_rows_are_sorted_by_all_columns() -> None:
    rows = pd.DataFrame({"a": [2, 1, 1], "b": ["x", "z", "y"]})
    assert sort_rows(rows).to_dict("list") == {"a": [1, 1, 2], "b": ["y", "z", "x"]}
