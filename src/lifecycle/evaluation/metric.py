"""Metrics by name: for which tasks, what each takes, and which direction is better.

A model's `scores` say of each row: its probability of being positive (binary); its probability of each class, one
column per class (multiclass); a number, or low end, number and high end of an interval in three columns
(regression); the number of its cluster (clustering). The `truth` beside them holds 0 and 1, codes of
classes, numbers, or for clustering the prepared inputs, one row of numbers each.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lifecycle import targets
from lifecycle.data.problem import Task
from lifecycle.errors import UnknownName, suggest_name
from lifecycle.options import Call, options
from lifecycle.target_kinds import METRIC

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[Any]


@options
class Metric(Call):
    """A function `(truth, predicted, *, sample_weight)` for some tasks.

    `needs`: `probability` for predicted probabilities, `decision` for the predicted class (binary: at the
    threshold), `number` for a predicted number, `interval` for low end, number and high end, `cluster`
    for the cluster's number. `better`: the direction of a better model.
    """

    tasks: tuple[Task, ...]
    needs: Literal["probability", "decision", "number", "interval", "cluster"]
    better: Literal["higher", "lower"]
    description: str

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if self.better == "higher" else -1


def select_metrics(metrics: Mapping[str, Metric], task: Task) -> dict[str, Metric]:
    """The metrics of one task, by name."""
    return {name: metric for name, metric in metrics.items() if task in metric.tasks}


def get_metric(metrics: Mapping[str, Metric], name: str, task: Task) -> Metric:
    """The metric of that name; raises UnknownName when the task has none."""
    known = select_metrics(metrics, task)
    if name not in known:
        raise UnknownName(
            f"there is no metric {name!r} for {task}",
            where="conf/problem/, keys score and kpis",
            todo=suggest_name(name, known),
        )
    return known[name]


def compute_metric(
    name: str, metric: Metric, truth: Truth, scores: Floats, threshold: float, weights: Floats | None = None
) -> float:
    """The metric of predictions; NaN where it is undefined: one class or cluster alone, no interval predicted."""
    counted = slice(None) if weights is None else weights > 0
    predicted = prepare_scores(metric, scores, threshold)
    if predicted is None or not is_defined(metric, truth[counted], predicted[counted]):
        return float("nan")
    more: dict[str, Any] = {} if weights is None else {"sample_weight": weights}
    return float(targets.call(metric, f"conf/metric/{name}.yaml", truth, predicted, kind=METRIC, **more))


def prepare_scores(metric: Metric, scores: Floats, threshold: float) -> npt.NDArray[Any] | None:
    """The predictions that the metric needs, from the scores; None where they hold no interval and it needs one."""
    if metric.needs == "decision":
        return decide_classes(scores, threshold)
    if metric.needs == "number":
        return scores[:, 1] if scores.ndim == 2 else scores
    if metric.needs == "interval":
        return scores if scores.ndim == 2 else None
    return scores.astype(np.int64) if metric.needs == "cluster" else scores


def decide_classes(scores: Floats, threshold: float) -> npt.NDArray[np.int64]:
    """The class of each row: the most probable, or of two the positive one from the threshold on."""
    return scores.argmax(axis=1) if scores.ndim == 2 else (scores >= threshold).astype(np.int64)


def is_defined(metric: Metric, truth: Truth, predicted: npt.NDArray[Any]) -> bool:
    """Whether the metric is defined: there are rows, of more than one class where classes or clusters are judged."""
    if len(truth) == 0:
        return False
    if metric.needs == "cluster":
        return len(np.unique(predicted)) > 1
    return metric.needs not in ("probability", "decision") or bool(truth.min() != truth.max())


def compute_metrics(metrics: Mapping[str, Metric], truth: Truth, scores: Floats, threshold: float) -> dict[str, float]:
    """Every metric by name."""
    return {name: compute_metric(name, metric, truth, scores, threshold) for name, metric in metrics.items()}
