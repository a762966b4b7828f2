from types import SimpleNamespace

import pandas as pd
import pytest

from lifecycle.data.cells.reading import Reading
from lifecycle.data.schema import Column, Schema, Type
from lifecycle.errors import UnfitTable
from lifecycle.monitoring.windows import check_dates, parse_labels, read_context_cells, read_later_rows


def schema(kind: Type, categories: tuple[str, ...] = ()) -> Schema:
    target = Column(type=kind, role="target", description="", categories=categories)
    return Schema(columns={"day": Column(type="day", role="context", description=""), "late": target}, tables={})


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("boolean", ["yes", "False", None], [True, False, None]),
        ("boolean", [1.0, 0.0, None], [True, False, None]),
        ("number", ["1.5", None], [1.5, None]),
        ("category", ["red", None], ["red", None]),
    ],
)
def test_labels_are_read_in_the_targets_type(kind: Type, given: list[object], expected: list[object]) -> None:
    found = parse_labels(pd.DataFrame({"late": given}), schema(kind, ("red", "blue") if kind == "category" else ()))
    assert found is not None
    assert [None if pd.isna(value) else value for value in found] == expected


def test_a_batch_without_the_target_has_no_labels() -> None:
    assert parse_labels(pd.DataFrame({"weight": [1.0]}), schema("boolean")) is None


def test_an_invalid_label_is_rejected() -> None:
    with pytest.raises(UnfitTable, match="1 of 2 values are not one of not late, late; the first is perhaps"):
        parse_labels(pd.DataFrame({"late": ["yes", "perhaps"]}), schema("boolean"))


@pytest.mark.parametrize("day", ["soon", None])
def test_a_row_without_a_date_is_rejected(day: str | None) -> None:
    with pytest.raises(UnfitTable, match="1 of 2 values are not a date"):
        check_dates(pd.DataFrame({"day": ["2013-09-01", day]}), schema("boolean"))


def test_labels_and_context_are_read_as_the_schema_says() -> None:
    columns = {
        "at": Column(type="time", role="time", description="", read=Reading(date_format="%d.%m.%Y")),
        "day": Column(type="day", role="context", description=""),
        "late": Column(
            type="boolean", role="target", description="", read=Reading(true_values=("J",), false_values=("N",))
        ),
    }
    read = Schema(columns=columns, tables={}, read=Reading())
    batch = pd.DataFrame({"at": ["24.12.2023", "01.02.2024"], "late": ["j ", ""]})
    assert read_context_cells(batch, read)["day"].tolist() == ["2023-12-24", "2024-02-01"]
    found = parse_labels(batch, read)
    assert found is not None
    assert found.tolist() == [True, pd.NA]


def test_a_table_without_rows_is_rejected() -> None:
    problem = SimpleNamespace(task="binary")
    with pytest.raises(UnfitTable, match="there are no rows"):
        read_later_rows(pd.DataFrame({"weight": []}), lambda rows: (rows, []), problem, schema("boolean"), "month")
