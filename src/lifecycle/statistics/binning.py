"""Counts by level: of numbers in quantile bins, of categories by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lifecycle.arrays import Floats, Integers

BINS = 10
SINGLE = 24  # at most so many distinct numbers are each a bin of their own


def find_upper_ends(ordered: Floats) -> Floats:
    """The upper ends of all bins but the last, which is open, of sorted numbers without NaN.

    Bins are tenths of the numbers, or each number where there are few distinct ones. A number of more than a
    tenth of the rows is a bin of its own, so that rows moving to or from it are seen.

    >>> find_upper_ends(np.arange(1.0, 101.0))
    array([11., 21., 31., 41., 51., 61., 71., 81., 91.])
    >>> find_upper_ends(np.array([1.0, 1.0, 5.0, 9.0]))
    array([1., 5.])
    """
    if not len(ordered):
        return np.empty(0)
    distinct = ordered[np.append(True, np.diff(ordered) > 0)]
    if len(distinct) <= SINGLE:
        return np.asarray(distinct[:-1])
    ends = np.unique(ordered[(np.arange(1, BINS) * len(ordered)) // BINS])
    first, after = (np.searchsorted(ordered, ends, side) for side in ("left", "right"))
    heavy = (after - first > len(ordered) / BINS) & (first > 0)
    return np.unique(np.concatenate([ends, ordered[first[heavy] - 1]]))


def count_by_bin(values: Floats, upper_ends: Floats) -> Integers:
    """Rows in each bin, an upper end within its own bin, the open last bin included; NaN is in none.

    >>> count_by_bin(np.array([0.0, 1.0, 1.5, 7.0, np.nan]), np.array([1.0, 5.0]))
    array([2, 1, 1])
    """
    return np.bincount(np.searchsorted(upper_ends, values[~np.isnan(values)]), minlength=len(upper_ends) + 1)


def align_counts(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[Integers, Integers]:
    """Counts by name as two arrays over the names of both, sorted; 0 where a side lacks a name.

    Two empty sides have one level of no rows.

    >>> align_counts({"b": 2, "a": 1}, {"c": 5})
    (array([1, 2, 0]), array([0, 0, 5]))
    """
    names = sorted(before.keys() | after.keys()) or [""]
    one, other = (np.array([side.get(name, 0) for name in names], dtype=np.int64) for side in (before, after))
    return one, other
