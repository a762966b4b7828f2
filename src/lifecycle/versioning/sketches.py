"""What is kept of a column while its rows stream by: moments, a sample, counts of values."""

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
    """Rows of numbers with the smallest hashes: a random sample that does not depend on the rows' order."""

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
        self.counts.update(seen if self.named else count_by_bucket(seen))
        if self.named and len(self.counts) > VALUES:
            self.counts, self.named = count_by_bucket(self.counts), False


def count_by_bucket(counts: dict[str, int]) -> Counter[str]:
    """The counts by bucket of the values' hashes."""
    import pandas as pd

    places = pd.util.hash_array(np.array(list(counts), dtype=object)) % BUCKETS
    found: Counter[str] = Counter()
    for place, count in zip(places.tolist(), counts.values(), strict=True):
        found[f"bucket {place}"] += count
    return found


def align_counts_of(before: Values, after: Values) -> tuple[Counter[str], Counter[str]]:
    """Both counts by name, or both by bucket."""
    if before.named and after.named:
        return before.counts, after.counts
    one, other = (count_by_bucket(side.counts) if side.named else side.counts for side in (before, after))
    return one, other


def standardize_difference(before: Moments, after: Moments) -> float | None:
    """The difference of means in standard deviations, pooled as in Cohen's d; None where nothing varies."""
    pooled = ((before.variance + after.variance) / 2) ** 0.5
    return (after.mean - before.mean) / pooled if pooled > 0 and before.count and after.count else None
