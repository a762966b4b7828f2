"""Base beside head in curves and tables that a comment can show."""

from dataclasses import field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.problem import Task
from lifecycle.evaluation import curves
from lifecycle.evaluation.metric import decide_classes
from lifecycle.evaluation.metrics.probabilistic import select_likeliest
from lifecycle.evaluation.predictions import Predictions
from lifecycle.options import options
from lifecycle.review.paired_predictions import Pair

STEPS = 20
SHARES = np.linspace(0, 1, STEPS + 1)
MOST_CLASSES = 12


@options
class CurvePair:
    """The values of a curve of both versions at the same evenly spaced positions."""

    base: list[float]
    head: list[float]


@options
class CalibrationBin:
    """A tenth of the rows by probability: the mean predicted probability and the share of positives, of both."""

    base_predicted: float
    base_observed: float
    head_predicted: float
    head_observed: float


@options
class ConfusionCell:
    """The rows of a class that were predicted as a class, of both versions."""

    actual: str
    predicted: str
    base: int
    head: int


@options
class ResidualBin:
    """A tenth of the rows by the actual value: its mean, and the mean of actual less predicted, of both."""

    rows: int
    actual: float
    base: float
    head: float


@options
class ClusterSize:
    """The rows of a cluster in both versions."""

    cluster: int
    base: int
    head: int


@options
class Plots:
    """The curves and tables that the task has; the others are empty or None.

    `roc` are true positive rates at evenly spaced false positive rates from 0 to 1, empty where only one class is
    there. `errors` are the quantiles of the absolute error at evenly spaced shares of the rows below 1.
    """

    roc: CurvePair | None = None
    errors: CurvePair | None = None
    calibration: list[CalibrationBin] = field(default_factory=list)
    confusion: list[ConfusionCell] = field(default_factory=list)
    residuals: list[ResidualBin] = field(default_factory=list)
    clusters: list[ClusterSize] = field(default_factory=list)


def compare_plots(pair: Pair, task: Task, classes: tuple[str, ...]) -> Plots:
    """The task's curves and tables of both versions."""
    if task == "binary":
        return Plots(
            roc=CurvePair(base=sample_roc(pair.base), head=sample_roc(pair.head)),
            calibration=compare_calibration(pair.base, pair.head),
            confusion=compare_confusion(pair, ("no", "yes")),
        )
    if task == "multiclass":
        return Plots(
            calibration=compare_calibration(select_top_class(pair.base), select_top_class(pair.head)),
            confusion=compare_confusion(pair, classes) if len(classes) <= MOST_CLASSES else [],
        )
    if task == "regression":
        errors = CurvePair(base=sample_errors(pair.base), head=sample_errors(pair.head))
        return Plots(errors=errors, residuals=compare_residuals(pair))
    return Plots(clusters=compare_cluster_sizes(pair))


def sample_roc(side: Predictions) -> list[float]:
    """The ROC curve: true positive rates at evenly spaced false positive rates; empty with only one class."""
    points = curves.compute_roc_curve(side.truth, side.scores, 2000)
    if points.empty:
        return []
    rates = np.interp(SHARES, points["false_positive_rate"], points["true_positive_rate"])
    return [0.0, *rates[1:].tolist()]


def select_top_class(side: Predictions) -> Predictions:
    """Of several classes the probability of the likeliest, and whether it is the true one."""
    right, probability = select_likeliest(side.truth, side.scores)
    return replace(side, truth=right, scores=probability)


def compare_calibration(base: Predictions, head: Predictions) -> list[CalibrationBin]:
    """The calibration of both in tenths of the rows, from the lowest probability up."""
    tables = [curves.compute_calibration(side.truth, side.scores) for side in (base, head)]
    columns = [table[name].tolist() for table in tables for name in ("predicted", "observed")]
    return [
        CalibrationBin(base_predicted=one, base_observed=two, head_predicted=three, head_observed=four)
        for one, two, three, four in zip(*columns, strict=True)
    ]


def compare_confusion(pair: Pair, classes: tuple[str, ...]) -> list[ConfusionCell]:
    """The confusion matrix of both, cell by cell."""
    base, head = (decide_classes(one.scores, one.threshold) for one in (pair.base, pair.head))
    return [
        ConfusionCell(
            actual=actual,
            predicted=predicted,
            base=int(((pair.head.truth == row) & (base == column)).sum()),
            head=int(((pair.head.truth == row) & (head == column)).sum()),
        )
        for row, actual in enumerate(classes)
        for column, predicted in enumerate(classes)
    ]


def sample_errors(side: Predictions) -> list[float]:
    """The quantiles of the absolute error at evenly spaced shares of the rows, up to 0.95."""
    return [float(one) for one in np.quantile(np.abs(side.truth - side.number), SHARES[:-1])]


def compare_residuals(pair: Pair) -> list[ResidualBin]:
    """The mean residual of both in tenths of the rows, by the actual value."""
    order = np.argsort(pair.head.truth, kind="stable")
    return [
        ResidualBin(
            rows=len(positions),
            actual=float(pair.head.truth[positions].mean()),
            base=average_residual(pair.base, positions),
            head=average_residual(pair.head, positions),
        )
        for positions in np.array_split(order, 10)
        if len(positions)
    ]


def average_residual(side: Predictions, positions: npt.NDArray[np.intp]) -> float:
    """The mean of actual less predicted of some rows."""
    return float((side.truth[positions] - side.number[positions]).mean())


def compare_cluster_sizes(pair: Pair) -> list[ClusterSize]:
    """The rows of each cluster of both, by its number."""
    base, head = (pd.Series(one.scores.astype(np.int64)).value_counts() for one in (pair.base, pair.head))
    return [
        ClusterSize(cluster=int(name), base=int(base.get(name, 0)), head=int(head.get(name, 0)))
        for name in sorted(set(base.index) | set(head.index))
    ]
