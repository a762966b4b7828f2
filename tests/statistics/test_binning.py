"""Bins and counts on numbers typed by hand."""

import numpy as np
import pytest

from lifecycle.statistics.binning import align_counts, count_by_bin, find_upper_ends

HEAVY = [*range(1, 41), *[50] * 40, *range(61, 81)]  # 40 of 100 rows have 50


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        (HEAVY, [11, 21, 31, 40, 50, 61, 71]),
        ([*range(1, 31), *[100] * 30], [7, 13, 19, 25, 30, 100]),
        ([*[0] * 40, *range(1, 61)], [0, 1, 11, 21, 31, 41, 51]),
        (list(range(1, 101)), [11, 21, 31, 41, 51, 61, 71, 81, 91]),
    ],
)
def test_a_number_of_more_than_a_tenth_of_the_rows_is_a_bin_of_its_own(values: list[int], ends: list[int]) -> None:
    assert find_upper_ends(np.array(values, dtype=np.float64)).tolist() == ends


def test_few_distinct_numbers_are_a_bin_each() -> None:
    assert find_upper_ends(np.array([1.0, 1.0, 2.0, 7.0])).tolist() == [1.0, 2.0]


def test_without_numbers_there_is_one_open_bin() -> None:
    ends = find_upper_ends(np.empty(0))
    assert ends.tolist() == []
    assert count_by_bin(np.array([3.0, np.nan]), ends).tolist() == [1]


def test_an_upper_end_counts_in_its_own_bin_and_nan_in_none() -> None:
    assert count_by_bin(np.array([-5.0, 1.0, 1.1, 5.0, 5.1, np.nan]), np.array([1.0, 5.0])).tolist() == [2, 2, 1]


def test_counts_are_aligned_by_name() -> None:
    one, other = align_counts({"b": 2, "a": 1}, {"c": 5})
    assert (one.tolist(), other.tolist()) == ([1, 2, 0], [0, 0, 5])
    assert [side.tolist() for side in align_counts({}, {})] == [[0], [0]]
