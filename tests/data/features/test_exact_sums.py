"""Sums of runs are those of `math.fsum`, whatever the size of the numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.features.exact_sums import sum_prefixes

TINY, HUGE = 5e-324, 1.7976931348623157e308


def between(values: list[float], first: int, last: int) -> float:
    """The sum of one run."""
    sums = sum_prefixes(np.array(values, dtype="float64"))
    return float(sums.between(np.array([first]), np.array([last]))[0])


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ([], 0.0),
        ([0.0, -0.0], 0.0),
        ([0.1] * 10, 1.0),
        ([0.1, 0.2, 0.3, -0.6], 2.7755575615628914e-17),
        ([1e100, 1.0, -1e100], 1.0),
        ([1e308, TINY, -1e308], TINY),
        ([TINY, TINY, 0.0, TINY], 3 * TINY),
        ([HUGE, -HUGE, HUGE], HUGE),
        ([2.0**53, 1.0, 2.0**-1000], 2.0**53 + 2),
        ([-3.0, 1301.0], 1298.0),
        ([2.0**1000, 3 * 2.0**1000], 2.0**1002),
    ],
)
def test_a_sum_is_exact_and_rounded_once(values: list[float], total: float) -> None:
    assert between(values, 0, len(values)) == total


def test_a_sum_beyond_the_range_of_doubles_is_missing() -> None:
    assert math.isnan(between([HUGE, HUGE, 1.0], 0, 3))
    assert between([HUGE, HUGE, 1.0], 2, 3) == 1.0


def test_no_number_before_the_run_rounds_its_sum() -> None:
    assert between([1e17, 0.1, 0.25], 1, 2) == 0.1
    assert between([HUGE, HUGE, 0.1, HUGE], 2, 3) == 0.1


@pytest.mark.parametrize(("values", "kind"), [([0.5, 7.0] * 100, "int64"), ([0.1, 1e300], "object")])
def test_whole_numbers_of_one_word_where_they_are_enough(values: list[float], kind: str) -> None:
    assert sum_prefixes(np.array(values)).totals.dtype == kind


any_number = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.one_of(any_number, st.floats(-1e-300, 1e-300), st.floats(-1e3, 1e3), st.integers(-2000, 2000).map(float))


@given(st.lists(numbers, max_size=30), st.data())
def test_sums_of_runs_are_those_of_fsum(values: list[float], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(values)))
    last = data.draw(st.integers(first, len(values)))
    try:
        expected = math.fsum(values[first:last])
    except OverflowError:  # of the sum, or of one on the way to it
        return
    assert between(values, first, last) == expected


@given(st.lists(st.floats(-1e306, 1e306), min_size=1, max_size=30))
def test_long_and_short_whole_numbers_give_the_same_bits(values: list[float]) -> None:
    short, long = sum_prefixes(np.array(values)), sum_prefixes(np.array([*values, TINY, 1e308]))
    first, last = np.zeros(len(values), dtype="int64"), np.arange(1, len(values) + 1)
    assert short.between(first, last).tobytes() == long.between(first, last).tobytes()
