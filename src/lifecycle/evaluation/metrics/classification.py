"""Metrics of the predicted class, where there are several: each class weighs the same, or by its rows.

A class counts when a row with a weight above 0 is of it or predicted as it. What would be 0/0 is 0.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassCounts:
    """Rows, by weight, for each class that counts: of it, predicted as it, and both."""

    true: Floats
    predicted: Floats
    correct: Floats

    @property
    def precision(self) -> Floats:
        """The share of the rows predicted as the class that are of it."""
        return self.correct / np.where(self.predicted > 0, self.predicted, 1.0)

    @property
    def recall(self) -> Floats:
        """The share of the rows of the class that were predicted as it."""
        return self.correct / np.where(self.true > 0, self.true, 1.0)

    @property
    def f1(self) -> Floats:
        """The harmonic mean of precision and recall."""
        return 2 * self.correct / (self.true + self.predicted)


def count_classes(labels: Labels, decided: Labels, weights: Floats | None = None) -> ClassCounts:
    """The rows of each class that counts, in the order of the codes."""
    size = int(max(labels.max(), decided.max())) + 1
    each = np.ones(len(labels)) if weights is None else weights
    masses = [(labels, each), (decided, each), (labels, each * (labels == decided))]
    true, predicted, correct = (np.bincount(codes, mass, size).astype(np.float64) for codes, mass in masses)
    counted = true + predicted > 0
    return ClassCounts(true[counted], predicted[counted], correct[counted])


def balanced_accuracy(labels: Labels, decided: Labels, *, sample_weight: Floats | None = None) -> float:
    """The mean recall of the classes that rows are of; a class that is only predicted has none and is left out."""
    counts = count_classes(labels, decided, sample_weight)
    return float(counts.recall[counts.true > 0].mean())


def precision_macro(labels: Labels, decided: Labels, *, sample_weight: Floats | None = None) -> float:
    """The mean precision of all classes that count."""
    return float(count_classes(labels, decided, sample_weight).precision.mean())


def recall_macro(labels: Labels, decided: Labels, *, sample_weight: Floats | None = None) -> float:
    """The mean recall of all classes that count: a class that is only predicted counts as 0."""
    return float(count_classes(labels, decided, sample_weight).recall.mean())


def f1(
    labels: Labels,
    decided: Labels,
    *,
    sample_weight: Floats | None = None,
    average: Literal["macro", "weighted"] = "macro",
) -> float:
    """The mean F1 of all classes that count: `macro` each the same, `weighted` by the rows of each."""
    counts = count_classes(labels, decided, sample_weight)
    return float(np.average(counts.f1, weights=counts.true if average == "weighted" else None))
