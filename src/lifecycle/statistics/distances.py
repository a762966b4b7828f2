"""Distances between two distributions: of counts by level, or of samples of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lifecycle.arrays import Floats, Integers

LEAST_SHARE = 1e-4  # an empty level counts as this share in the population stability index


def divide_by_total(counts: Integers) -> Floats:
    """The shares of levels along the last axis; NaN where the total is 0.

    >>> divide_by_total(np.array([1, 3]))
    array([0.25, 0.75])
    """
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(total > 0, counts, np.nan) / np.where(total > 0, total, 1), dtype=np.float64)


def population_stability_index(before: Integers, after: Integers) -> Floats:
    """The population stability index by levels along the last axis, 0 or more; NaN where one side is empty.

    The symmetric divergence of Jeffreys (Proc. Royal Society A 186, 1946) of the two sets of shares. A share
    below 1 in 10,000 counts as that much, so that an empty level does not make it infinite; without one the
    index is the plain formula's.

    >>> float(population_stability_index(np.array([60, 40]), np.array([40, 60])).round(4))
    0.1622
    """
    old, new = (np.maximum(divide_by_total(counts), LEAST_SHARE) for counts in (before, after))
    return np.asarray(((new - old) * np.log(new / old)).sum(axis=-1))


def jensen_shannon_distance(before: Integers, after: Integers) -> Floats:
    """The Jensen-Shannon distance by levels along the last axis, 0 (same shares) to 1 (no level in common).

    The root of the divergence to base 2 (Lin, IEEE Trans. Information Theory 37, 1991; Endres and Schindelin,
    ibid. 49, 2003). NaN where one side is empty.

    >>> float(jensen_shannon_distance(np.array([5, 0]), np.array([0, 2])))
    1.0
    """
    old, new = divide_by_total(before), divide_by_total(after)
    middle = (old + new) / 2
    divergence = (kullback_leibler_divergence(old, middle) + kullback_leibler_divergence(new, middle)) / 2
    return np.asarray(np.sqrt(np.maximum(divergence, 0)))


def kullback_leibler_divergence(share: Floats, other: Floats) -> Floats:
    """The divergence in bits along the last axis (Kullback and Leibler, Annals of Mathematical Statistics 22, 1951)."""
    ratio = np.divide(share, other, out=np.ones(np.broadcast(share, other).shape), where=share > 0)
    return np.asarray((share * np.log2(ratio)).sum(axis=-1))


def total_variation_distance(before: Integers, after: Integers) -> float:
    """The share of rows that would have to change level for both to have the same shares, 0 to 1; NaN if one is empty.

    Half the sum of the absolute differences of the shares (Levin, Peres and Wilmer, Markov Chains and Mixing
    Times, 2009, proposition 4.2).

    >>> total_variation_distance(np.array([3, 1, 0]), np.array([1, 0, 1]))
    0.5
    """
    return float(np.abs(divide_by_total(before) - divide_by_total(after)).sum() / 2)


@dataclass(frozen=True)
class DistributionGap:
    """How far the empirical distribution functions of two samples are apart at each value of either, sorted."""

    values: Floats
    gaps: Floats

    @property
    def kolmogorov_smirnov(self) -> float:
        """The largest gap, 0 to 1: the two-sample statistic (Smirnov, Bulletin of Moscow University 2, 1939)."""
        return float(self.gaps.max()) if len(self.gaps) else float("nan")

    @property
    def wasserstein(self) -> float:
        """The area of the gap, the distance of order 1 in the values' unit (Vallender, Theory Probab. Appl. 1974)."""
        return float((self.gaps[:-1] * np.diff(self.values)).sum()) if len(self.gaps) else float("nan")


def measure_gap(before: Floats, after: Floats) -> DistributionGap:
    """The gap between two sorted samples without NaN; its distances are NaN where one is empty.

    >>> gap = measure_gap(np.array([1.0, 2.0]), np.array([8.0, 9.0]))
    >>> gap.kolmogorov_smirnov, gap.wasserstein
    (1.0, 7.0)
    """
    if not len(before) or not len(after):
        return DistributionGap(np.empty(0), np.empty(0))
    merged = np.sort(np.concatenate([before, after]), kind="stable")
    below = [np.searchsorted(side, merged, side="right") / len(side) for side in (before, after)]
    return DistributionGap(merged, np.abs(below[0] - below[1]))
