"""P-values of differences between two samples, and their correction for the number of tests."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lifecycle.arrays import Floats, Integers

EXACT = 10_000  # pairs of values up to which the Kolmogorov-Smirnov test counts all orders
LEAST_EXPECTED = 5.0  # rows below which a level is pooled with others in the chi-square test


def kolmogorov_smirnov_p_value(distance: float, before: Floats, after: Floats) -> float:
    """The two-sided p-value of the largest gap of two samples' distribution functions; NaN where one is empty.

    Exact for small samples, up to `EXACT` pairs of values. From there on by the distribution of one sample of
    before · after / (before + after) values, rounded (Hodges, Arkiv för Matematik 3, 1958).

    >>> round(kolmogorov_smirnov_p_value(1.0, np.array([1.0, 2.0, 4.0]), np.array([8.0])), 9)  # 2 of the 4 orders
    0.5
    """
    from scipy.stats import ks_2samp, kstwo

    old, new = len(before), len(after)
    if not old or not new:
        return math.nan
    if old * new <= EXACT:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # where rounding lifts a sum above 1, scipy approximates
            return float(ks_2samp(before, after, method="exact").pvalue)
    return float(kstwo.sf(distance, max(1, round(old * new / (old + new)))))


@dataclass(frozen=True)
class ChiSquareTest:
    """Pearson's statistic, its p-value, and the levels less one; NaN and -1 where a side is empty."""

    statistic: float
    p_value: float
    degrees_of_freedom: int


def chi_square_test(before: Integers, after: Integers) -> ChiSquareTest:
    """Whether two rows of counts by level have the same shares (Pearson, Philosophical Magazine 50, 1900).

    Levels of which fewer than five rows are to be expected on a side are pooled, which the p-value's
    approximation asks for. Where one level is left, the statistic is 0 and the p-value 1.

    >>> found = chi_square_test(np.array([30, 70]), np.array([50, 50]))
    >>> round(found.statistic, 4), round(found.p_value, 6), found.degrees_of_freedom
    (8.3333, 0.003892, 1)
    """
    from scipy.stats import chi2_contingency

    if not before.sum() or not after.sum():
        return ChiSquareTest(math.nan, math.nan, -1)
    pooled = pool_rare_levels(np.array([before, after]))
    freedom = pooled.shape[1] - 1
    if not freedom:
        return ChiSquareTest(0.0, 1.0, 0)
    statistic, p_value, *_ = chi2_contingency(pooled, correction=False)
    return ChiSquareTest(float(statistic), float(p_value), freedom)


def pool_rare_levels(counts: Integers) -> Integers:
    """Two rows of counts with the levels too rare for a chi-square test added up as the last one.

    >>> pool_rare_levels(np.array([[80, 1, 2], [80, 2, 1]]))
    array([[80,  3],
           [80,  3]])
    """
    expected = counts.sum(axis=0) * counts.sum(axis=1).min() / counts.sum()
    rare = expected < LEAST_EXPECTED
    pooled = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
    return np.asarray(pooled[:, pooled.sum(axis=0) > 0])


def fisher_p_value(before: int, rows_before: int, after: int, rows_after: int) -> float:
    """The p-value of so many rows of a kind after, or more, when they are as frequent as before.

    The exact test of Fisher (J. Royal Statistical Society 98, 1935), one-sided.

    >>> round(fisher_p_value(0, 2, 2, 2), 6)  # 1 of the 6 ways to choose 2 of 4 rows
    0.166667
    """
    from scipy.stats import hypergeom

    return float(hypergeom.sf(after - 1, rows_before + rows_after, before + after, rows_after)) if after else 1.0


def z_test_p_value(size: float, standard_error: float) -> float:
    """The one-sided p-value of a size when the true one is 0; NaN without either."""
    from scipy.stats import norm

    if math.isnan(size) or math.isnan(standard_error):
        return math.nan
    return float(norm.sf(size / standard_error)) if standard_error > 0 else float(size <= 0)


def adjust_holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected so that any false positive among all tests has at most their level as its probability.

    Holm, Scandinavian Journal of Statistics 6 (1979). NaN is no test and stays NaN.

    >>> adjust_holm([0.01, 0.25, 0.125])
    [0.03, 0.25, 0.25]
    """
    adjusted = [math.nan] * len(p_values)
    tests = sorted((place for place, one in enumerate(p_values) if not math.isnan(one)), key=lambda at: p_values[at])
    highest = 0.0
    for rank, place in enumerate(tests):
        highest = max(highest, min(1.0, (len(tests) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def adjust_benjamini_hochberg(p_values: Floats) -> Floats:
    """The p-values corrected so that their level is the expected share of false positives among all findings.

    Benjamini and Hochberg, J. Royal Statistical Society B 57 (1995). NaN is no test and stays NaN.

    >>> adjust_benjamini_hochberg(np.array([0.01, np.nan, 0.04]))
    array([0.02,  nan, 0.04])
    """
    from scipy.stats import false_discovery_control

    there = ~np.isnan(p_values)
    adjusted = np.full(len(p_values), np.nan)
    if there.any():
        adjusted[there] = false_discovery_control(p_values[there].clip(0, 1))
    return adjusted
