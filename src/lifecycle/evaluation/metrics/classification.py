"""Measures of the class decided on, where there are several: each class weighs the same, or by its rows.

A class counts when a row with a weight above 0 is of it or was said to be. What would be 0/0 is 0.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """Rows, by weight, for each class that counts: of it, said to be of it, and both."""

    true: Floats
    said: Floats
    right: Floats

    @property
    def precision(self) -> Floats:
        """The share of the rows said to be of the class that are."""
        return self.right / np.where(self.said > 0, self.said, 1.0)

    @property
    def recall(self) -> Floats:
        """The share of the rows of the class that were said to be."""
        return self.right / np.where(self.true > 0, self.true, 1.0)

    @property
    def f1(self) -> Floats:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.true + self.said)


def counts(labels: Labels, decided: Labels, weights: Floats | None = None) -> Counts:
    """The rows of each class that counts, in the order of the codes."""
    size = int(max(labels.max(), decided.max())) + 1
    each = np.ones(len(labels)) if weights is None else weights
    masses = [(labels, each), (decided, each), (labels, each * (labels == decided))]
    true, said, right = (np.bincount(codes, mass, size).astype(np.float64) for codes, mass in masses)
    there = true + said > 0
    return Counts(true[there], said[there], right[there])


def balanced_accuracy(labels: Labels, decided: Labels, *, sample_weight: Floats | None = None) -> float:
    """The mean recall of the classes that rows are of; a class that is only said has none and is left out."""
    found = counts(labels, decided, sample_weight)
    return float(found.recall[found.true > 0].mean())


def precision_macro(labels: Labels, decided: Labels, *, sample_weight: Floats | None = None) -> float:
    """The mean precision of all classes that count."""
    return float(counts(labels, decided, sample_weight).precision.mean())


def recall_macro(labels: Labels, decided: Labels, *, sample_weight: Floats | None = None) -> float:
    """The mean recall of all classes that count: a class that is only said counts as 0."""
    return float(counts(labels, decided, sample_weight).recall.mean())


def f1(
    labels: Labels,
    decided: Labels,
    *,
    sample_weight: Floats | None = None,
    average: Literal["macro", "weighted"] = "macro",
) -> float:
    """The mean F1 of all classes that count: `macro` each the same, `weighted` by the rows of each."""
    found = counts(labels, decided, sample_weight)
    return float(np.average(found.f1, weights=found.true if average == "weighted" else None))
