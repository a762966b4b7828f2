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
from lifecycle.errors import UnknownName, nearest
from lifecycle.options import Call, options

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[Any]


@options
class Metric(Call):
    """A function `(truth, predicted, *, sample_weight)` for some tasks.

    `needs`: `probability` for predicted probabilities, `decision` for the class decided on (binary: at the
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


def of_task(metrics: Mapping[str, Metric], task: Task) -> dict[str, Metric]:
    """The metrics of one task, by name."""
    return {name: metric for name, metric in metrics.items() if task in metric.tasks}


def asked(metrics: Mapping[str, Metric], name: str, task: Task) -> Metric:
    """The metric of that name; raises UnknownName when the task has none."""
    known = of_task(metrics, task)
    if name not in known:
        raise UnknownName(
            f"there is no metric {name!r} for {task}",
            where="conf/problem/, keys score and kpis",
            todo=nearest(name, known),
        )
    return known[name]


def value(
    name: str, metric: Metric, truth: Truth, scores: Floats, threshold: float, weights: Floats | None = None
) -> float:
    """The metric of predictions; NaN where it cannot be taken: one class or cluster alone, no interval predicted."""
    counted = slice(None) if weights is None else weights > 0
    predicted = taken(metric, scores, threshold)
    if predicted is None or not tells(metric, truth[counted], predicted[counted]):
        return float("nan")
    more: dict[str, Any] = {} if weights is None else {"sample_weight": weights}
    return float(targets.call(metric, f"conf/metric/{name}.yaml", truth, predicted, **more))


def taken(metric: Metric, scores: Floats, threshold: float) -> npt.NDArray[Any] | None:
    """What the metric takes of the scores; None where they hold no interval and it needs one."""
    if metric.needs == "decision":
        return decided(scores, threshold)
    if metric.needs == "number":
        return scores[:, 1] if scores.ndim == 2 else scores
    if metric.needs == "interval":
        return scores if scores.ndim == 2 else None
    return scores.astype(np.int64) if metric.needs == "cluster" else scores


def decided(scores: Floats, threshold: float) -> npt.NDArray[np.int64]:
    """The class of each row: the likeliest, or of two the positive one from the threshold on."""
    return scores.argmax(axis=1) if scores.ndim == 2 else (scores >= threshold).astype(np.int64)


def tells(metric: Metric, truth: Truth, predicted: npt.NDArray[Any]) -> bool:
    """Whether there are rows, of more than one class where classes or clusters are judged."""
    if len(truth) == 0:
        return False
    if metric.needs == "cluster":
        return len(np.unique(predicted)) > 1
    return metric.needs not in ("probability", "decision") or bool(truth.min() != truth.max())


def values(metrics: Mapping[str, Metric], truth: Truth, scores: Floats, threshold: float) -> dict[str, float]:
    """Every metric by name."""
    return {name: value(name, metric, truth, scores, threshold) for name, metric in metrics.items()}
