"""Confidence intervals of metrics by the block bootstrap, for rows that are correlated within a block."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.evaluation.metric import Metric, Truth, compute_metric

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A value and the ends of its confidence interval."""

    value: float
    low: float
    high: float


def draw_block_weights(blocks: pd.Series, resamples: int, seed: int) -> list[Floats]:
    """For each resample, how often each row was drawn; blocks are drawn with replacement.

    The block bootstrap for rows that are dependent within a block (Davison and Hinkley, Bootstrap Methods
    and their Application, 1997, section 3.8). Where all rows share one block each row is its own: a single block
    would give the same rows each time, and intervals of width 0.
    """
    own = blocks.nunique(dropna=False) == 1
    codes, names = pd.factorize(np.arange(len(blocks)) if own else blocks, sort=True)
    generator = np.random.default_rng(seed)
    draws = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return [draw[codes].astype(np.float64) for draw in draws]


@dataclass(frozen=True)
class Resampled:
    """A measure on all rows, and on each resample (NaN where it cannot be taken)."""

    value: float
    draws: Floats

    def subtract(self, other: "Resampled") -> "Resampled":
        """The paired difference: both were measured on the same resamples."""
        return Resampled(self.value - other.value, self.draws - other.draws)

    def scale(self, factor: float) -> "Resampled":
        """The measure with another sign or scale."""
        return Resampled(self.value * factor, self.draws * factor)

    def compute_interval(self, level: float = 0.95) -> Interval:
        """The percentile interval (Efron, Annals of Statistics 7, 1979)."""
        known = self.draws[~np.isnan(self.draws)]
        if not len(known):
            return Interval(self.value, float("nan"), float("nan"))
        low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
        return Interval(self.value, float(low), float(high))


def resample_measure(measure: Callable[[Floats | None], float], weights: list[Floats]) -> Resampled:
    """The measure on all rows and, with each resample's weights, on the resamples."""
    return Resampled(measure(None), np.array([measure(weight) for weight in weights], dtype=np.float64))


def resample_metric(
    name: str, metric: Metric, truth: Truth, scores: Floats, threshold: float, weights: list[Floats]
) -> Resampled:
    """A metric of predictions on all rows and on each resample: the one way to a KPI and its interval."""
    return resample_measure(lambda weight: compute_metric(name, metric, truth, scores, threshold, weight), weights)


def estimate_auc_width(positives: int, negatives: int, auc: float, level_z: float = 1.96) -> float:
    """The width, end to end, of a 95 % interval of ROC-AUC to expect from so many independent rows.

    Hanley and McNeil, Radiology 143 (1982), equation 2.
    """
    if not positives or not negatives:
        return 1.0
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (positives - 1) * (q1 - auc**2) + (negatives - 1) * (q2 - auc**2)
    return float(2 * level_z * np.sqrt(variance / (positives * negatives)))
