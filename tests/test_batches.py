"""Batches: whole months, and the data versions that they make."""

from datetime import date

import pandas as pd
import pytest

from lifecycle.batches import Batch, by_table, content_mark, through
from lifecycle.errors import SourceError

ROWS = pd.DataFrame({"a": [1]})
BATCHES = [
    Batch("sales", pd.Period("2013-01", "M"), ROWS),
    Batch("sales", pd.Period("2013-02", "M"), ROWS),
    Batch("sales", pd.Period("2013-03", "M"), ROWS),
    Batch("shops", None, ROWS),
]


def test_a_name_is_the_table_and_the_month() -> None:
    assert [batch.name for batch in BATCHES] == [
        "sales/2013-01.parquet",
        "sales/2013-02.parquet",
        "sales/2013-03.parquet",
        "shops/all.parquet",
    ]


@pytest.mark.parametrize(("last", "count"), [(date(2013, 1, 31), 2), (date(2013, 2, 28), 3), (date(2013, 3, 31), 4)])
def test_a_version_has_the_months_up_to_its_day_and_every_whole_table(last: date, count: int) -> None:
    found = through(iter(BATCHES), last)
    assert found == [*BATCHES[: count - 1], BATCHES[3]]


@pytest.mark.parametrize(
    ("last", "reason", "todo"),
    [
        (date(2012, 12, 31), "the first row is of 2013-01-01", "set through: 2013-01-31"),
        (date(2013, 2, 10), "batches are whole months", "set through: 2013-01-31 or 2013-02-28"),
        (date(2013, 4, 30), "the last row is of 2013-03-31", "set through: 2013-03-31"),
    ],
)
def test_a_day_that_ends_no_batch_is_refused(last: date, reason: str, todo: str) -> None:
    with pytest.raises(SourceError) as caught:
        through(BATCHES, last)
    assert str(caught.value) == (
        f"error: no data version ends on {last}: {reason}\nwhere: params.yaml, key through\nnext:  {todo}"
    )


def test_tables_without_time_belong_to_every_version() -> None:
    assert through(BATCHES[3:], date(1999, 1, 1)) == BATCHES[3:]


def test_batch_names_are_grouped_by_table_in_order() -> None:
    assert by_table(["b/2013-02.parquet", "a/all.parquet", "b/2013-01.parquet"]) == {
        "a": ["a/all.parquet"],
        "b": ["b/2013-01.parquet", "b/2013-02.parquet"],
    }


def test_a_table_without_time_may_carry_a_mark_of_its_rows() -> None:
    batch = Batch("shops", None, ROWS, mark=content_mark(ROWS))
    assert batch.name == "shops/eccbfd911a6e.parquet"
    assert through([batch], date(1999, 1, 1)) == [batch]


def test_the_mark_changes_with_names_types_values_and_order() -> None:
    rows = pd.DataFrame({"a": [1, 2]})
    others = [rows.rename(columns={"a": "b"}), rows.astype("float64"), rows.iloc[::-1], pd.DataFrame({"a": [1, 3]})]
    marks = {content_mark(one) for one in [rows, *others]}
    assert len(marks) == 5
    assert content_mark(rows.copy()) in marks
