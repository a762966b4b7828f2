"""What is kept of a column while its rows stream by: moments, a sample, counts of values; and tests between two."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]

SAMPLE = 20_000  # rows of a sample
VALUES = 1_000  # different values counted by name
BUCKETS = 512  # where there are more, they are counted by hash
EXACT = 10_000  # pairs of rows up to which a Kolmogorov-Smirnov test counts all orders
LEAST = 5.0  # rows that a cell of a chi-square test must expect


@dataclass
class Moments:
    """Count, mean and sum of squared deviations of the numbers seen so far (Chan, Golub and LeVeque, 1979)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, numbers: Numbers) -> None:
        """See more numbers, none of them missing."""
        if not len(numbers):
            return
        mean, total = float(numbers.mean()), self.count + len(numbers)
        gap = mean - self.mean
        self.squares += float(((numbers - mean) ** 2).sum()) + gap**2 * self.count * len(numbers) / total
        self.mean += gap * len(numbers) / total
        self.count = total

    @property
    def variance(self) -> float:
        """The variance; 0 of fewer than two numbers."""
        return self.squares / (self.count - 1) if self.count > 1 else 0.0


@dataclass
class Sample:
    """Rows of numbers with the smallest hashes: a sample by chance that does not depend on the rows' order."""

    columns: int
    hashes: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    rows: Numbers = field(default_factory=lambda: np.empty((0, 0)))

    def add(self, hashes: Hashes, rows: Numbers) -> None:
        """See more rows, each with the hash of its id."""
        rows = rows if not len(self.hashes) else np.concatenate([self.rows, rows])
        hashes = np.concatenate([self.hashes, hashes])
        if len(hashes) > SAMPLE:
            smallest = np.sort(np.argpartition(hashes, SAMPLE)[:SAMPLE])
            hashes, rows = hashes[smallest], rows[smallest]
        self.hashes, self.rows = hashes, rows


@dataclass
class Values:
    """How often each value was seen; by buckets of hashes from `VALUES` different ones on."""

    counts: Counter[str] = field(default_factory=Counter)
    named: bool = True

    def add(self, seen: dict[str, int]) -> None:
        """See values with their counts."""
        self.counts.update(seen if self.named else bucketed(seen))
        if self.named and len(self.counts) > VALUES:
            self.counts, self.named = bucketed(self.counts), False


def bucketed(counts: dict[str, int]) -> Counter[str]:
    """The counts by bucket of the values' hashes."""
    import pandas as pd

    places = pd.util.hash_array(np.array(list(counts), dtype=object)) % BUCKETS
    found: Counter[str] = Counter()
    for place, count in zip(places.tolist(), counts.values(), strict=True):
        found[f"bucket {place}"] += count
    return found


def alike(before: Values, after: Values) -> tuple[Counter[str], Counter[str]]:
    """Both counts by name, or both by bucket."""
    if before.named and after.named:
        return before.counts, after.counts
    one, other = (bucketed(side.counts) if side.named else side.counts for side in (before, after))
    return one, other


def standardised(before: Moments, after: Moments) -> float | None:
    """The difference of means in standard deviations, pooled as in Cohen's d; None where nothing varies."""
    pooled = ((before.variance + after.variance) / 2) ** 0.5
    return (after.mean - before.mean) / pooled if pooled > 0 and before.count and after.count else None


def kolmogorov_smirnov(before: Numbers, after: Numbers) -> tuple[float, float] | None:
    """The largest distance of the two distribution functions, and its p-value; None without numbers.

    The p-value is exact for as few rows as `EXACT` pairs, and asymptotic from there on.
    """
    from scipy.stats import ks_2samp

    before, after = before[~np.isnan(before)], after[~np.isnan(after)]
    if not len(before) or not len(after):
        return None
    found = ks_2samp(before, after, method="exact" if len(before) * len(after) <= EXACT else "asymp")
    return float(found.statistic), float(found.pvalue)


def total_variation(before: Counter[str], after: Counter[str]) -> float | None:
    """Half the sum of absolute differences of the values' shares, 0 to 1; None where a side is empty."""
    one, other = before.total(), after.total()
    if not one or not other:
        return None
    return sum(abs(before[value] / one - after[value] / other) for value in before.keys() | after.keys()) / 2


def stability(before: Counter[str], after: Counter[str]) -> float | None:
    """The population stability index of the values' shares, half a row added to each; None where a side is empty."""
    names = sorted(before.keys() | after.keys())
    one, other = (np.array([side[name] + 0.5 for name in names]) for side in (before, after))
    if not before.total() or not after.total():
        return None
    p, q = one / one.sum(), other / other.sum()
    return float(((q - p) * np.log(q / p)).sum())


def chi_square(before: Counter[str], after: Counter[str]) -> float | None:
    """The p-value of the chi-square test that both have the same shares; None where fewer than two values are left.

    Values too rare for the test are counted together.
    """
    from scipy.stats import chi2_contingency

    names = sorted(before.keys() | after.keys())
    table = np.array([[side[name] for name in names] for side in (before, after)], dtype=float)
    if not table.size or not table.sum(axis=1).all():
        return None
    rare = table.sum(axis=0) * (table.sum(axis=1).min() / table.sum()) < LEAST
    pooled = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    pooled = pooled[:, pooled.sum(axis=0) > 0]
    return float(chi2_contingency(pooled, correction=False).pvalue) if pooled.shape[1] > 1 else None


def adjusted(p_values: list[float]) -> list[float]:
    """The p-values for as many tests at once, by Holm's step-down method (Holm, 1979)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    found, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        found[place] = highest
    return found
