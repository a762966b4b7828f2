"""Whether the data can answer the question: label rate, learning curve, interval to expect, cost of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.arrays import Labels
from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Budget, Minimum
from lifecycle.evaluation.bootstrap import auc_width
from lifecycle.evaluation.metric import Metric, value
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe, fit, predict
from lifecycle.options import Call, options

CANDIDATE_OVER_PROBE = 4.0
FEATURES_OVER_TABLE = 20.0
LIBRARIES_GIB = 0.3
CACHED_TOO = 2.0


@options
class Feasibility:
    """A quick estimator of each kind with its inputs, the train sizes of the curve, and the rows that judge them."""

    classes: Call
    numbers: Call
    inputs: Inputs
    sizes: tuple[int, ...]
    judged: int

    def quick(self, plan: Plan) -> Recipe:
        """The recipe of the quick estimator for the plan's task."""
        estimator = self.classes if plan.classes else self.numbers
        return Recipe(option="quick", estimator=estimator, inputs=self.inputs, plan=plan)


@dataclass(frozen=True)
class Check:
    """One condition: what was found, what is needed, and whether that is enough."""

    name: str
    found: float
    needed: float
    enough: bool


@dataclass(frozen=True)
class Estimate:
    """What a full run will cost: minutes, memory and disk in GiB."""

    minutes: float
    memory_gib: float
    disk_gib: float


def labels_by_month(times: pd.Series, labels: Labels) -> list[dict[str, float | str | int]]:
    """Rows and mean label (the share of positives, or the mean number) for each calendar month, in order."""
    months = pd.to_datetime(times).dt.strftime("%Y-%m")
    grouped = pd.Series(labels, index=times.index, dtype="float64").groupby(months)
    return [
        {"month": str(month), "rows": int(size), "mean": float(mean)}
        for month, size, mean in zip(grouped.size().index, grouped.size(), grouped.mean(), strict=True)
    ]


def learning_curve(
    examples: Dataset, made: Recipe, sizes: Sequence[int], judged_rows: int, name: str, metric: Metric, seed: int
) -> list[dict[str, float]]:
    """The metric on the last rows of the train part after learning from the `rows` before them, size by size."""
    cut = max(len(examples.labels) - judged_rows, len(examples.labels) * 4 // 5)
    judged = examples.take(np.arange(cut, len(examples.labels)))
    curve = []
    for size in sorted({min(size, cut) for size in sizes}):
        seen = examples.take(np.arange(cut - size, cut))
        if made.plan.classes and len(np.unique(seen.labels)) < 2:
            continue
        scores = predict(made.plan, fit(made, seen, seed), judged.features)
        curve.append({"rows": size, name: value(name, metric, judged.labels, scores, 0.5)})
    return curve


def enough(labels: Labels, test_rows: int, plan: Plan, auc: float, minimum: Minimum) -> list[Check]:
    """The minimum data of the problem against what is there.

    The interval is that of ROC-AUC to expect on the test part, as if its rows were independent.
    """
    found = [Check("train rows", len(labels), minimum.rows, len(labels) >= minimum.rows)]
    if plan.classes:
        rarest = int(np.bincount(labels, minlength=plan.classes).min())
        found.append(Check("train rows of the rarest class", rarest, minimum.positives, rarest >= minimum.positives))
    if plan.task == "binary" and minimum.interval is not None:
        hits = round(test_rows * float(labels.mean()))
        width = auc_width(hits, test_rows - hits, max(auc, 0.5))
        name = "interval of ROC-AUC on the test part"
        found.append(Check(name, width, minimum.interval, width <= minimum.interval))
    return found


def estimate(
    probe_seconds: float, probe_rows: int, fits: Sequence[int], start_seconds: float, table_bytes: int, disk_bytes: int
) -> Estimate:
    """What a full run will cost, from a probe fit and the sizes of what is there.

    `fits` holds the rows of every fit to come. The factors are rough: they were read off runs of the bundled
    problem, whose candidates need more than the probe and whose features need more than the table.
    """
    seconds = start_seconds + CANDIDATE_OVER_PROBE * probe_seconds / probe_rows * sum(fits)
    return Estimate(
        minutes=seconds / 60,
        memory_gib=LIBRARIES_GIB + FEATURES_OVER_TABLE * table_bytes / 2**30,
        disk_gib=CACHED_TOO * disk_bytes / 2**30,
    )


def over_budget(found: Estimate, budget: Budget) -> list[str]:
    """The names of what will cost more than the budget allows."""
    pairs = {
        "minutes": (found.minutes, budget.minutes),
        "memory_gib": (found.memory_gib, budget.memory_gib),
        "disk_gib": (found.disk_gib, budget.disk_gib),
    }
    return [name for name, (cost, allowed) in pairs.items() if cost > allowed]
