"""Batches: whole months, and the data versions that they make."""

from datetime import date

import pandas as pd
import pytest

from lifecycle.errors import SourceError
from lifecycle.sources.batches import Batch, group_by_table, hash_rows, keep_newest, select_through, sort_batches

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
def test_a_version_has_the_months_up_to_its_day_and_every_table_without_months(last: date, count: int) -> None:
    found = select_through(iter(BATCHES), last)
    assert found == [*BATCHES[: count - 1], BATCHES[3]]


@pytest.mark.parametrize(
    ("last", "reason", "todo"),
    [
        (date(2012, 12, 31), "the first row is of 2013-01-01", "set through: 2013-01-31"),
        (date(2013, 2, 10), "batches are whole months", "set through: 2013-01-31 or 2013-02-28"),
        (date(2013, 4, 30), "the last row is of 2013-03-31", "set through: 2013-03-31"),
    ],
)
def test_a_day_that_ends_no_batch_is_rejected(last: date, reason: str, todo: str) -> None:
    with pytest.raises(SourceError) as caught:
        select_through(BATCHES, last)
    assert str(caught.value) == (
        f"error: no data version ends on {last}: {reason}\nwhere: params.yaml, key through\nnext:  {todo}"
    )


def test_tables_without_time_belong_to_every_version() -> None:
    assert select_through(BATCHES[3:], date(1999, 1, 1)) == BATCHES[3:]


def test_batch_names_are_grouped_by_table_in_order() -> None:
    assert group_by_table(["b/2013-01.parquet", "a/all.parquet", "b/2013-02.parquet"]) == {
        "b": ["b/2013-01.parquet", "b/2013-02.parquet"],
        "a": ["a/all.parquet"],
    }


def test_batches_of_a_table_are_in_the_order_in_which_they_came() -> None:
    late, later = (Batch("sales", None, ROWS, mark=mark) for mark in ("ff", "aa"))
    wanted = [BATCHES[0], late, later, BATCHES[1], BATCHES[3]]
    first = sort_batches(wanted, [])
    assert first == [BATCHES[0], BATCHES[1], late, later, BATCHES[3]]
    again = sort_batches([BATCHES[0], later, late, BATCHES[1], BATCHES[3]], [batch.name for batch in first])
    assert again == first


def test_the_newest_batch_that_has_an_id_wins_and_the_others_are_counted() -> None:
    parts = [
        pd.DataFrame({"id": ["a", "b", None], "x": [1, 2, 3]}),
        pd.DataFrame({"id": ["b", "c", "c"], "x": [4, 5, 6]}),
        pd.DataFrame({"id": ["a"], "x": [7]}),
    ]
    rows, superseded = keep_newest(parts, "id")
    assert rows["x"].to_list() == [3, 4, 5, 6, 7]
    assert superseded == 2


def test_batches_without_a_common_id_are_kept_completely() -> None:
    rows, superseded = keep_newest([pd.DataFrame({"id": [1]}), pd.DataFrame({"id": [2]})], "id")
    assert (rows["id"].to_list(), superseded) == ([1, 2], 0)


def test_a_table_without_time_may_carry_a_mark_of_its_rows() -> None:
    batch = Batch("shops", None, ROWS, mark=hash_rows(ROWS))
    assert batch.name == "shops/eccbfd911a6e.parquet"
    assert select_through([batch], date(1999, 1, 1)) == [batch]


def test_the_mark_changes_with_names_types_values_and_order() -> None:
    rows = pd.DataFrame({"a": [1, 2]})
    others = [rows.rename(columns={"a": "b"}), rows.astype("float64"), rows.iloc[::-1], pd.DataFrame({"a": [1, 3]})]
    marks = {hash_rows(one) for one in [rows, *others]}
    assert len(marks) == 5
    assert hash_rows(rows.copy()) in marks
