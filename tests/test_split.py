"""Parts and folds by time: disjoint, covering every row, earlier before later."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.split import PARTS, by_time, folds_by_time

START = pd.Timestamp("2013-01-01")


def table(*days: int) -> pd.DataFrame:
    """One row per number, that many days after New Year."""
    return pd.DataFrame({"day": [f"{START + pd.Timedelta(days=day):%Y-%m-%d}" for day in days]})


def test_days_are_counted_back_on_the_calendar() -> None:
    parts = by_time(table(9, 0, 5, 6, 7, 4, 8), day="day", test_days=2, valid_days=2)
    assert parts.to_list() == ["test", "train", "train", "valid", "valid", "train", "test"]
    assert parts.name == "part"


def test_days_without_rows_are_counted_too() -> None:
    assert by_time(table(0, 9), day="day", test_days=2, valid_days=2).to_list() == ["train", "test"]


def test_the_index_is_kept() -> None:
    rows = table(0, 1, 2).set_index(pd.Index([7, 5, 6]))
    assert by_time(rows, day="day", test_days=1, valid_days=1).to_dict() == {
        7: "train",
        5: "valid",
        6: "test",
    }


@pytest.mark.parametrize(("name", "counts"), [("test_days", (0, 1)), ("valid_days", (1, -1))])
def test_less_than_a_day_is_refused(name: str, counts: tuple[int, int]) -> None:
    with pytest.raises(WrongValue, match=f"{name} is {min(counts)}") as caught:
        by_time(table(0, 1, 2), day="day", test_days=counts[0], valid_days=counts[1])
    assert caught.value.where == f"conf/split/, key {name}"


@pytest.mark.parametrize("days", [(), (3,), (0, 1, 2, 3)])
def test_nothing_left_for_train_is_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(UnfitTable, match="no rows are left for train") as caught:
        by_time(table(*days), day="day", test_days=2, valid_days=2)
    assert caught.value.where == f"data/table.parquet, column day, {len(days)} rows"
    assert len(str(caught.value).splitlines()) == 3


@given(
    days=st.lists(st.integers(0, 60), min_size=1, max_size=30),
    test_days=st.integers(1, 20),
    valid_days=st.integers(1, 20),
)
def test_parts_cover_every_row_once_in_time_order(days: list[int], test_days: int, valid_days: int) -> None:
    assume(min(days) <= max(days) - test_days - valid_days)
    parts = by_time(table(*days), day="day", test_days=test_days, valid_days=valid_days)
    ranks = [PARTS.index(part) for part in parts]
    assert len(ranks) == len(days)
    in_time = [rank for _, rank in sorted(zip(days, ranks, strict=True))]
    assert in_time == sorted(in_time)
    assert all(
        rank == (day > max(days) - test_days) + (day > max(days) - test_days - valid_days)
        for day, rank in zip(days, ranks, strict=True)
    )


def moments(numbers: list[int]) -> pd.Series:
    """Instants, that many hours after New Year."""
    return pd.Series(START + pd.to_timedelta(numbers, unit="h"))


def test_folds_grow_with_time() -> None:
    folds = folds_by_time(moments([0, 1, 2, 3, 4, 5, 6, 7]), 3)
    assert [(list(train), list(valid)) for train, valid in folds] == [
        ([0, 1], [2, 3]),
        ([0, 1, 2, 3], [4, 5]),
        ([0, 1, 2, 3, 4, 5], [6, 7]),
    ]


def test_rows_of_one_instant_stay_together() -> None:
    folds = folds_by_time(moments([0, 0, 0, 1]), 1)
    assert [(list(train), list(valid)) for train, valid in folds] == [([0, 1, 2], [3])]


@pytest.mark.parametrize("numbers", [[], [1], [1, 1, 1, 1], [1, 2]])
def test_too_few_times_are_refused(numbers: list[int]) -> None:
    with pytest.raises(UnfitTable, match="do not make 3 folds by time"):
        folds_by_time(moments(numbers), 3)


@given(numbers=st.lists(st.integers(0, 50), min_size=4, max_size=40), count=st.integers(1, 4))
def test_each_fold_trains_on_everything_before_its_valid_rows(numbers: list[int], count: int) -> None:
    try:
        folds = folds_by_time(moments(numbers), count)
    except UnfitTable:
        return
    hours = np.array(numbers)
    seen: set[int] = set(folds[0][0])
    for train, valid in folds:
        assert hours[train].max() < hours[valid].min()
        assert set(train) == seen
        seen |= set(valid)
    assert seen == set(range(len(numbers)))
