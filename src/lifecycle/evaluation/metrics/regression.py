"""Metrics of predicted numbers and of intervals: low end, number and high end in three columns."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def mape(truth: Floats, number: Floats, *, sample_weight: Floats | None = None) -> float:
    """Mean absolute error as a share of the truth's size, 0 or more.

    Rows whose truth is 0 have no such share and are left out; NaN where no row is left.
    """
    nonzero = truth != 0
    weights = None if sample_weight is None else sample_weight[nonzero]
    if not nonzero.any() or (weights is not None and not weights.sum() > 0):
        return float("nan")
    return float(np.average(np.abs((truth[nonzero] - number[nonzero]) / truth[nonzero]), weights=weights))


def median_error(truth: Floats, number: Floats, *, sample_weight: Floats | None = None) -> float:
    """The absolute error that half of the rows stay at or below, in the target's unit.

    Where the half ends between two rows, the middle of both.
    """
    error = np.abs(truth - number)
    weights = np.ones(len(error)) if sample_weight is None else sample_weight
    order = np.argsort(error[weights > 0], kind="stable")
    error, mass = error[weights > 0][order], np.cumsum(weights[weights > 0][order])
    below, above = (int(np.searchsorted(mass, mass[-1] / 2, side)) for side in ("left", "right"))
    return float((error[below] + error[min(above, len(error) - 1)]) / 2)


def r2(truth: Floats, number: Floats, *, sample_weight: Floats | None = None) -> float:
    """The share of the truth's variance that the prediction explains: at most 1, and 0 for predicting the mean.

    NaN where all truths are the same.
    """
    weights = np.ones(len(truth)) if sample_weight is None else sample_weight
    counted = truth[weights > 0]
    if counted.min() == counted.max():
        return float("nan")
    spread = (weights * (truth - np.average(truth, weights=weights)) ** 2).sum()
    return float(1 - (weights * (truth - number) ** 2).sum() / spread)


def pinball(
    truth: Floats, interval: Floats, *, sample_weight: Floats | None = None, low: float = 0.1, high: float = 0.9
) -> float:
    """The mean quantile loss of low end, middle (as the median) and high end, in the target's unit, 0 or more.

    Koenker and Bassett, Econometrica 46 (1978). `low` and `high` are the shares of truths that should lie
    below the two ends.
    """
    above = truth[:, None] - interval
    shares = np.array([low, 0.5, high])
    return float(np.average(np.maximum(shares * above, (shares - 1) * above).mean(axis=1), weights=sample_weight))


def coverage_error(
    truth: Floats, interval: Floats, *, sample_weight: Floats | None = None, low: float = 0.1, high: float = 0.9
) -> float:
    """How far the share of rows whose truth lies in the interval is from the nominal `high - low`, 0 to 1."""
    return float(abs(np.average(find_covered(truth, interval), weights=sample_weight) - (high - low)))


def find_covered(truth: Floats, interval: Floats) -> npt.NDArray[np.bool_]:
    """Whether each truth lies in its interval, ends included."""
    return (interval[:, 0] <= truth) & (truth <= interval[:, 2])


def interval_width(truth: Floats, interval: Floats, *, sample_weight: Floats | None = None) -> float:
    """The mean distance between the interval's ends, in the target's unit."""
    return float(np.average(interval[:, 2] - interval[:, 0], weights=sample_weight))
