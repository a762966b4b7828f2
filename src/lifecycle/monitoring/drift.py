"""How a column's values differ from those of a reference: a size, a test, and what the reference never held.

The reference may be made of periods. How far each of them is from all others is what is usual: a column
that follows the season differs from period to period, and that is no news.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.dataset import is_number

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Measure = Literal["psi", "jensen_shannon"]

BINS = 10
SINGLE = 24  # at most so many different numbers are each a level of their own
LEAST_SHARE = 1e-4  # an empty level counts as this much in the PSI
LEAST_EXPECTED = 5.0  # rows below which a category is pooled with others for the chi-square test
TYPICAL = 0.5  # a period of the reference with fewer rows than this share of the median tells nothing of what is usual


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
    counts: Counts
    values: Floats
    rows: Counts
    missing: Counts
    outside: Counts
    new: Counts
    single: int

    @property
    def total(self) -> Counts:
        """Rows by level in all periods."""
        return np.asarray(self.counts.sum(axis=0))


@dataclass(frozen=True)
class Drift:
    """One column of later rows against its reference.

    Shares are of all rows, 0 to 1: `missing`, `outside` the reference's range, of a `new` category. `psi` is
    0 or more, `jensen_shannon` 0 to 1, `wasserstein` in the column's unit (NaN for categories). `statistic`
    is that of Kolmogorov and Smirnov (numbers) or chi-square, `p` its p-value; `p_missing`, `p_outside` and
    `p_new` are those of there being more such rows than before. NaN where there is no value to compare.
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
    p: float
    p_missing: float
    p_outside: float
    p_new: float


def reference(values: pd.Series, bounds: Counts) -> Reference:
    """The reference of one column: `bounds` are the positions at which its periods begin, and the number of rows."""
    return of_numbers(values, bounds) if is_number(values) else of_categories(values, bounds)


def of_numbers(values: pd.Series, bounds: Counts) -> Reference:
    """The reference of a column of numbers or flags; infinite ones count as missing."""
    found = finite(values)
    ordered = np.sort(found[~np.isnan(found)])
    uppers = upper_ends(ordered)
    parts = [found[start:end] for start, end in pairwise(bounds)]
    return Reference(
        name=str(values.name),
        number=True,
        levels=uppers,
        counts=np.array([by_bin(part, uppers) for part in parts]),
        values=ordered,
        rows=np.diff(bounds),
        missing=np.array([np.isnan(part).sum() for part in parts]),
        outside=beyond_others(parts),
        new=np.zeros(len(parts), dtype=np.int64),
        single=2,
    )


def of_categories(values: pd.Series, bounds: Counts) -> Reference:
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


def finite(values: pd.Series) -> Floats:
    """The values as numbers, those that are infinite or no numbers as NaN."""
    found = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def upper_ends(ordered: Floats) -> Floats:
    """The upper ends of all bins but the last: tenths of the sorted values, or each value where there are few.

    A value of more than a tenth of the rows is a bin of its own, so that rows moving to or from it are seen.
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


def by_bin(values: Floats, uppers: Floats) -> Counts:
    """Rows in each bin, the open last one among them; missing values are in none."""
    return np.bincount(np.searchsorted(uppers, values[~np.isnan(values)]), minlength=len(uppers) + 1)


def beyond_others(parts: list[Floats]) -> Counts:
    """How many values of each part lie beyond the range of all other parts."""
    ends = [(np.nanmin(part), np.nanmax(part)) if (~np.isnan(part)).any() else (np.inf, -np.inf) for part in parts]
    found = []
    for place, part in enumerate(parts):
        others = [end for other, end in enumerate(ends) if other != place]
        low, high = min((low for low, _ in others), default=-np.inf), max((high for _, high in others), default=np.inf)
        found.append(int(((part < low) | (part > high)).sum()))
    return np.array(found)


def compare(before: Reference, values: pd.Series) -> Drift:
    """The drift of a column of later rows."""
    return compare_numbers(before, values) if before.number else compare_categories(before, values)


def compare_numbers(before: Reference, values: pd.Series) -> Drift:
    """The drift of numbers; text among them counts as missing."""
    found = finite(values)
    there = np.sort(found[~np.isnan(found)])
    low, high = (before.values[0], before.values[-1]) if len(before.values) else (-np.inf, np.inf)
    outside = int((there < low).sum() + (there > high).sum())
    distance, moved = apart(before.values, there)
    return told(
        before,
        rows=len(found),
        counts=by_bin(found, np.asarray(before.levels, dtype=np.float64)),
        outside=outside,
        new=0,
        wasserstein=moved,
        test=("Kolmogorov-Smirnov", distance, smirnov(distance, len(before.values), len(there))),
    )


def compare_categories(before: Reference, values: pd.Series) -> Drift:
    """The drift of categories."""
    codes = pd.Index(before.levels).get_indexer(pd.Index(values.astype("object")))
    known = np.bincount(codes[codes >= 0], minlength=len(before.levels))
    new = int(((codes < 0) & values.notna().to_numpy()).sum())
    counts = np.append(known, new)
    return told(
        before,
        rows=len(values),
        counts=counts,
        outside=0,
        new=new,
        wasserstein=float("nan"),
        test=("chi-square", *chi_square(before.total, counts)),
    )


def told(
    before: Reference,
    *,
    rows: int,
    counts: Counts,
    outside: int,
    new: int,
    wasserstein: float,
    test: tuple[str, float, float],
) -> Drift:
    """The drift from what was counted."""
    missing, all_rows = rows - int(counts.sum()), int(before.rows.sum())
    share = 1 / max(rows, 1)
    return Drift(
        column=before.name,
        rows=rows,
        missing=missing * share,
        outside=outside * share,
        new=new * share,
        psi=float(psi(before.total, counts)),
        jensen_shannon=float(jensen_shannon(before.total, counts)),
        wasserstein=wasserstein,
        test=test[0],
        statistic=test[1],
        p=test[2],
        p_missing=more(int(before.missing.sum()), all_rows, missing, rows),
        p_outside=more(before.single, all_rows, outside, rows),
        p_new=more(before.single, all_rows, new, rows),
    )


def shares(counts: Counts) -> Floats:
    """The shares of levels, along the last axis; NaN where there is nothing."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(total > 0, counts, np.nan) / np.where(total > 0, total, 1), dtype=np.float64)


def psi(before: Counts, now: Counts) -> Floats:
    """The population stability index by levels along the last axis, 0 or more; NaN where one side is empty.

    The symmetric divergence of Jeffreys (Proc. Royal Society A 186, 1946) of the two sets of shares; a share
    below 1 in 10,000 counts as that much, so that an empty level does not make it infinite.
    """
    old, new = (np.maximum(shares(counts), LEAST_SHARE) for counts in (before, now))
    return np.asarray(((new - old) * np.log(new / old)).sum(axis=-1))


def jensen_shannon(before: Counts, now: Counts) -> Floats:
    """The Jensen-Shannon distance by levels along the last axis, 0 (same shares) to 1 (no level in common).

    The root of the divergence to base 2 (Lin, IEEE Trans. Information Theory 37, 1991; Endres and Schindelin,
    ibid. 49, 2003). NaN where one side is empty.
    """
    old, new = shares(before), shares(now)
    middle = (old + new) / 2
    divergence = (surprise(old, middle) + surprise(new, middle)) / 2
    return np.asarray(np.sqrt(np.maximum(divergence, 0)))


def surprise(share: Floats, middle: Floats) -> Floats:
    """The Kullback-Leibler divergence in bits along the last axis."""
    ratio = np.divide(share, middle, out=np.ones(np.broadcast(share, middle).shape), where=share > 0)
    return np.asarray((share * np.log2(ratio)).sum(axis=-1))


def apart(old: Floats, new: Floats) -> tuple[float, float]:
    """Of two sorted samples the largest distance of their distribution functions, and the area between them.

    The two-sample statistic of Smirnov (Bulletin of Moscow University 2, 1939), 0 to 1, and the Wasserstein
    distance of order 1 in the values' unit (Vallender, Theory of Probability 18, 1974). NaN for an empty one.
    """
    if not len(old) or not len(new):
        return float("nan"), float("nan")
    merged = np.sort(np.concatenate([old, new]), kind="stable")
    below = [np.searchsorted(side, merged, side="right") / len(side) for side in (old, new)]
    gap = np.abs(below[0] - below[1])
    return float(gap.max()), float((gap[:-1] * np.diff(merged)).sum())


def smirnov(distance: float, old: int, new: int) -> float:
    """The p-value of a distance of two samples of so many rows, two-sided, by the distribution of one of en rows.

    en = old new / (old + new), rounded (Hodges, Arkiv för Matematik 3, 1958).
    """
    from scipy.stats import kstwo

    if not old or not new:
        return float("nan")
    return float(kstwo.sf(distance, max(1, round(old * new / (old + new)))))


def chi_square(before: Counts, now: Counts) -> tuple[float, float]:
    """Pearson's statistic and p-value of two rows of counts (Philosophical Magazine 50, 1900).

    Levels of which fewer than five rows are to be expected on a side are pooled, which the p-value's
    approximation asks for. NaN where a side is empty; 0 and 1 where one level is left.
    """
    from scipy.stats import chi2_contingency

    if not before.sum() or not now.sum():
        return float("nan"), float("nan")
    both = np.array([before, now])
    expected = both.sum(axis=0) * both.sum(axis=1).min() / both.sum()
    rare = expected < LEAST_EXPECTED
    pooled = np.column_stack([both[:, ~rare], both[:, rare].sum(axis=1)])
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    if pooled.shape[1] < 2:
        return 0.0, 1.0
    statistic, p, *_ = chi2_contingency(pooled, correction=False)
    return float(statistic), float(p)


def more(before: int, rows_before: int, now: int, rows_now: int) -> float:
    """The p-value of so many rows of a kind now, or more, when they are as frequent as before.

    The exact test of Fisher (J. Royal Statistical Society 98, 1935), one-sided. For values never seen,
    `before` is the number of rows seen once, which tells how many unseen ones to expect (Good, Biometrika
    40, 1953).
    """
    from scipy.stats import hypergeom

    return float(hypergeom.sf(now - 1, rows_before + rows_now, before + now, rows_now)) if now else 1.0


def usual(before: Reference, measure: Measure) -> dict[str, float]:
    """The largest `size`, `missing` (more than the others have), `outside` and `new` of the reference's own periods.

    Each period is held against all others; those with fewer than half of the median rows are left out. All 0
    with fewer than three periods.
    """
    typical = before.rows >= TYPICAL * np.median(before.rows)
    if typical.sum() < 3:
        return dict.fromkeys(("size", "missing", "outside", "new"), 0.0)
    measured: Callable[[Counts, Counts], Floats] = psi if measure == "psi" else jensen_shannon
    others = before.rows.sum() - before.rows
    more_missing = before.missing / before.rows - (before.missing.sum() - before.missing) / others
    found = {
        "size": measured(before.total - before.counts, before.counts),
        "missing": more_missing,
        "outside": before.outside / before.rows,
        "new": before.new / before.rows,
    }
    return {name: highest(values[typical]) for name, values in found.items()}


def highest(values: Floats) -> float:
    """The highest value that is one, at least 0."""
    return float(np.nanmax(np.append(values, 0.0)))
