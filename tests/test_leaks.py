"""Signs of a leak: found where the answer stands in the question, and not elsewhere."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.leaks import Limits, columns_and_pairs, duplicates, overlap, row_order, strength

LIMITS = Limits(column=0.98, pair=0.98, order=0.75, duplicates=0.1, rows=100)
LABEL = np.array([False, True] * 5)


@pytest.mark.parametrize(
    ("values", "power"),
    [
        ([0, 1, 0, 1], 1.0),
        ([1, 0, 1, 0], 1.0),
        ([1, 1, 1, 1], 0.5),
        ([1, 2, 3, 4], 0.75),
        ([5, np.nan, 5, np.nan], 1.0),
    ],
)
def test_strength_is_the_area_under_the_curve_either_way_round(values: list[float], power: float) -> None:
    assert strength(np.array(values, dtype="float64"), np.array([False, True, False, True])) == power


def test_strength_of_one_label_alone_is_none() -> None:
    assert strength(np.array([1.0, 2.0]), np.array([True, True])) == 0.5


def signs(**columns: object) -> dict[tuple[str, ...], tuple[float, bool]]:
    """The strength of each column and pair, and whether it fails."""
    found = columns_and_pairs(pd.DataFrame(columns), LABEL, LIMITS)
    assert [sign.strength for sign in found] == sorted((sign.strength for sign in found), reverse=True)
    return {(sign.kind, *sign.columns): (sign.strength, sign.fails) for sign in found}


def test_a_column_that_is_the_answer_fails() -> None:
    assert signs(score=LABEL * 3.0)[("column", "score")] == (1.0, True)
    assert signs(flag=pd.array(LABEL, dtype="boolean"))[("column", "flag")] == (1.0, True)
    assert signs(word=np.where(LABEL, "late", "fine"))[("column", "word")] == (1.0, True)


def test_two_columns_whose_sum_or_difference_is_the_answer_fail() -> None:
    noise = np.array([3.0, 3.0, 9.0, 9.0, 1.0, 1.0, 7.0, 7.0, 5.0, 5.0])
    assert signs(one=noise, two=LABEL - noise)[("sum", "one", "two")] == (1.0, True)
    assert signs(one=noise + LABEL, two=noise)[("difference", "one", "two")] == (1.0, True)


@pytest.mark.parametrize("values", [["same"] * 10, [f"own {place}" for place in range(10)], [None] * 10])
def test_text_that_says_nothing_is_no_sign(values: list[str | None]) -> None:
    assert signs(word=pd.Series(values, dtype="str")) == {("column", "word"): (0.5, False)}


def test_a_time_is_looked_at_as_a_number() -> None:
    times = pd.to_datetime(["2013-01-01", "2013-06-01"] * 5, utc=True)
    assert signs(moment=times)[("column", "moment")] == (1.0, True)


def test_the_order_of_rows_within_their_day() -> None:
    days = pd.Series(pd.to_datetime(["2013-01-01"] * 5 + ["2013-01-02"] * 5))
    late_last = np.array([False, False, False, True, True] * 2)
    sign = row_order(days, late_last, LIMITS)
    assert (sign.kind, sign.strength, sign.fails) == ("row order", 1.0, True)
    mixed = np.array([False, True, False, True, False] * 2)
    assert row_order(days, mixed, LIMITS).fails is False


def test_rows_that_stand_in_two_parts_are_counted() -> None:
    table = pd.DataFrame({"a": [1, 1, 2, 2, 3], "b": ["x", "x", "y", "z", "x"]})
    twice = duplicates(table, pd.Series(["train", "test", "train", "test", "train"]), LIMITS)
    assert (twice.strength, twice.fails) == (1.0, True)
    inside = duplicates(table, pd.Series(["train", "train", "test", "test", "test"]), LIMITS)
    assert (inside.strength, inside.fails) == (0.0, False)


def test_parts_that_overlap_in_time_are_counted() -> None:
    times = pd.Series(pd.to_datetime(["2013-01-01", "2013-01-02", "2013-01-02", "2013-01-03"]), name="at")
    clash = overlap(times, pd.Series(["train", "train", "valid", "test"]))
    assert (clash.columns, clash.strength, clash.fails) == (("at",), 1.0, True)
    clear = overlap(times, pd.Series(["train", "valid", "valid", "test"]))
    assert (clear.strength, clear.fails) == (0.0, False)
