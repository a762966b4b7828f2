"""Univariate drift: a column's distance from its reference, a hypothesis test, and values that the reference lacks.

The reference may consist of periods. The distance of each of them from all others is the usual drift: a column
that follows the season differs from period to period, and that is no alert.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats, Integers
from lifecycle.data.dataset import is_number
from lifecycle.statistics.binning import count_by_bin, find_upper_ends
from lifecycle.statistics.distances import jensen_shannon_distance, measure_gap, population_stability_index
from lifecycle.statistics.hypothesis_tests import chi_square_test, fisher_p_value, kolmogorov_smirnov_p_value

Measure = Literal["psi", "jensen_shannon"]

LEAST_PERIODS = 3  # of the reference, from which on they tell what is usual
TYPICAL = 0.5  # a period of the reference with fewer rows than this share of the median is left out of what is usual


@dataclass(frozen=True)
class Reference:
    """One column of the reference, whose periods are the rows of `counts` and of all that has one entry each.

    `levels` are the upper ends of bins (numbers) or the categories; `counts` has a column for each, and one
    for the last, open bin of numbers or for new categories (always 0). `values` are a number's values, sorted.
    `missing`, `outside` and `new` count the rows of each period without a value, beyond the range of the
    other periods, and of a category that no other period has. `single` rows are extremes or of a category
    that is there once: about as many of as many later rows are beyond what was seen, without any drift.
    """

    name: str
    number: bool
    levels: npt.NDArray[np.generic]
    counts: Integers
    values: Floats
    rows: Integers
    missing: Integers
    outside: Integers
    new: Integers
    single: int

    @property
    def total(self) -> Integers:
        """Rows by level in all periods."""
        return np.asarray(self.counts.sum(axis=0))


@dataclass(frozen=True)
class Drift:
    """One column of later rows against its reference.

    Shares are of all rows, 0 to 1: `missing`, `outside` the reference's range, of a `new` category. `psi`, the
    population stability index, is 0 or more, `jensen_shannon` 0 to 1, `wasserstein` in the column's unit (NaN for
    categories). `statistic` is that of Kolmogorov and Smirnov (numbers) or chi-square, `p_value` its p-value; the
    other p-values are those of more such rows than before. NaN where there is no value to compare.
    """

    column: str
    rows: int
    missing: float
    outside: float
    new: float
    psi: float
    jensen_shannon: float
    wasserstein: float
    test: str
    statistic: float
    p_value: float
    missing_p_value: float
    outside_p_value: float
    new_p_value: float


@dataclass(frozen=True)
class UsualDrift:
    """The largest values that the reference's own periods reach, each against all others; NaN where that is not known.

    `size` of the drift in the unit of its measure; as shares of rows, 0 to 1: `missing` (more than the others
    have), `outside` the range of the others, of a category `new` to them.
    """

    size: float = float("nan")
    missing: float = float("nan")
    outside: float = float("nan")
    new: float = float("nan")


def describe_reference(values: pd.Series, bounds: Integers) -> Reference:
    """The reference of one column: `bounds` are the positions at which its periods begin, and the number of rows."""
    return describe_numbers(values, bounds) if is_number(values) else describe_categories(values, bounds)


def describe_numbers(values: pd.Series, bounds: Integers) -> Reference:
    """The reference of a column of numbers or booleans; infinite ones count as missing."""
    finite = parse_finite(values)
    ordered = np.sort(finite[~np.isnan(finite)])
    upper_ends = find_upper_ends(ordered)
    parts = [finite[start:end] for start, end in pairwise(bounds)]
    return Reference(
        name=str(values.name),
        number=True,
        levels=upper_ends,
        counts=np.array([count_by_bin(part, upper_ends) for part in parts]),
        values=ordered,
        rows=np.diff(bounds),
        missing=np.array([np.isnan(part).sum() for part in parts]),
        outside=count_beyond_others(parts),
        new=np.zeros(len(parts), dtype=np.int64),
        single=2,
    )


def describe_categories(values: pd.Series, bounds: Integers) -> Reference:
    """The reference of a column of text."""
    codes, names = pd.factorize(values, sort=True)
    parts = [codes[start:end] for start, end in pairwise(bounds)]
    counts = np.array([np.bincount(part[part >= 0], minlength=len(names) + 1) for part in parts])
    total = counts.sum(axis=0)
    return Reference(
        name=str(values.name),
        number=False,
        levels=np.asarray(names, dtype=object),
        counts=counts,
        values=np.empty(0),
        rows=np.diff(bounds),
        missing=np.array([(part < 0).sum() for part in parts]),
        outside=np.zeros(len(parts), dtype=np.int64),
        new=np.where(total - counts == 0, counts, 0).sum(axis=1),
        single=int((total == 1).sum()),
    )


def parse_finite(values: pd.Series) -> Floats:
    """The values as numbers, those that are infinite or no numbers as NaN."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def count_beyond_others(parts: list[Floats]) -> Integers:
    """The number of values of each part beyond the range of all other parts."""
    ends = [(np.nanmin(part), np.nanmax(part)) if (~np.isnan(part)).any() else (np.inf, -np.inf) for part in parts]
    counts = []
    for place, part in enumerate(parts):
        others = [end for other, end in enumerate(ends) if other != place]
        low, high = min((low for low, _ in others), default=-np.inf), max((high for _, high in others), default=np.inf)
        counts.append(int(((part < low) | (part > high)).sum()))
    return np.array(counts)


def compare_column(before: Reference, values: pd.Series) -> Drift:
    """The drift of a column of later rows."""
    return compare_numbers(before, values) if before.number else compare_categories(before, values)


def compare_numbers(before: Reference, values: pd.Series) -> Drift:
    """The drift of numbers; text among them counts as missing."""
    finite = parse_finite(values)
    there = np.sort(finite[~np.isnan(finite)])
    low, high = (before.values[0], before.values[-1]) if len(before.values) else (-np.inf, np.inf)
    gap = measure_gap(before.values, there)
    distance = gap.kolmogorov_smirnov
    return build_drift(
        before,
        rows=len(finite),
        counts=count_by_bin(finite, np.asarray(before.levels, dtype=np.float64)),
        outside=int((there < low).sum() + (there > high).sum()),
        new=0,
        wasserstein=gap.wasserstein,
        test=("Kolmogorov-Smirnov", distance, kolmogorov_smirnov_p_value(distance, before.values, there)),
    )


def compare_categories(before: Reference, values: pd.Series) -> Drift:
    """The drift of categories."""
    codes = pd.Index(before.levels).get_indexer(pd.Index(values.astype("object")))
    known = np.bincount(codes[codes >= 0], minlength=len(before.levels))
    new = int(((codes < 0) & values.notna().to_numpy()).sum())
    counts = np.append(known, new)
    test = chi_square_test(before.total, counts)
    return build_drift(
        before,
        rows=len(values),
        counts=counts,
        outside=0,
        new=new,
        wasserstein=float("nan"),
        test=("chi-square", test.statistic, test.p_value),
    )


def build_drift(
    before: Reference,
    *,
    rows: int,
    counts: Integers,
    outside: int,
    new: int,
    wasserstein: float,
    test: tuple[str, float, float],
) -> Drift:
    """The drift from counts of later rows.

    Values beyond the reference are compared with the `single` rows of the reference, whose number is that of
    values never seen to expect in as many rows (Good, Biometrika 40, 1953).
    """
    missing, all_rows = rows - int(counts.sum()), int(before.rows.sum())
    share = 1 / max(rows, 1)
    return Drift(
        column=before.name,
        rows=rows,
        missing=missing * share,
        outside=outside * share,
        new=new * share,
        psi=float(population_stability_index(before.total, counts)),
        jensen_shannon=float(jensen_shannon_distance(before.total, counts)),
        wasserstein=wasserstein,
        test=test[0],
        statistic=test[1],
        p_value=test[2],
        missing_p_value=fisher_p_value(int(before.missing.sum()), all_rows, missing, rows),
        outside_p_value=fisher_p_value(before.single, all_rows, outside, rows),
        new_p_value=fisher_p_value(before.single, all_rows, new, rows),
    )


def measure_usual_drift(before: Reference, measure: Measure) -> UsualDrift:
    """The usual drift of the reference's own periods; not known with fewer than `LEAST_PERIODS` of them.

    Periods with fewer than half of the median rows are left out.
    """
    typical = before.rows >= TYPICAL * np.median(before.rows)
    if typical.sum() < LEAST_PERIODS:
        return UsualDrift()
    distance: Callable[[Integers, Integers], Floats]
    distance = population_stability_index if measure == "psi" else jensen_shannon_distance
    others = before.rows.sum() - before.rows
    more_missing = before.missing / before.rows - (before.missing.sum() - before.missing) / others
    return UsualDrift(
        size=find_highest(distance(before.total - before.counts, before.counts)[typical]),
        missing=find_highest(more_missing[typical]),
        outside=find_highest((before.outside / before.rows)[typical]),
        new=find_highest((before.new / before.rows)[typical]),
    )


def find_highest(values: Floats) -> float:
    """The highest value but NaN, at least 0."""
    return float(np.nanmax(np.append(values, 0.0)))
