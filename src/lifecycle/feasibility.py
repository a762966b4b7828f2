"""Whether the data can answer the question: label rate, learning curve, interval to expect, cost of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.examples import Examples
from lifecycle.intervals import auc_width
from lifecycle.metrics import Metric, value
from lifecycle.options import Call, options
from lifecycle.pipeline import Inputs, Recipe, chances, fit
from lifecycle.problem import Budget, Minimum

CANDIDATE_OVER_PROBE = 4.0
FEATURES_OVER_TABLE = 20.0
LIBRARIES_GIB = 0.3
CACHED_TOO = 2.0


@options
class Feasibility:
    """A quick estimator with its inputs, the train sizes of the learning curve, and the rows that judge them."""

    estimator: Call
    inputs: Inputs
    sizes: tuple[int, ...]
    judged: int


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


def rate_by_month(times: pd.Series, labels: pd.Series) -> list[dict[str, float | str | int]]:
    """Rows and share of positives for each calendar month, in order."""
    months = pd.to_datetime(times).dt.strftime("%Y-%m")
    grouped = labels.astype("float64").groupby(months)
    return [
        {"month": str(month), "rows": int(size), "rate": float(mean)}
        for month, size, mean in zip(grouped.size().index, grouped.size(), grouped.mean(), strict=True)
    ]


def learning_curve(
    examples: Examples, plan: Feasibility, name: str, metric: Metric, seed: int
) -> list[dict[str, float]]:
    """The metric on the last rows of the train part after learning from the `rows` before them, size by size."""
    cut = max(len(examples.labels) - plan.judged, len(examples.labels) * 4 // 5)
    judged = examples.take(np.arange(cut, len(examples.labels)))
    made = Recipe(option="quick", estimator=plan.estimator, inputs=plan.inputs)
    curve = []
    for size in sorted({min(size, cut) for size in plan.sizes}):
        seen = examples.take(np.arange(cut - size, cut))
        if len(np.unique(seen.labels)) < 2:
            continue
        chance = chances(fit(made, seen, seed), judged.features)
        curve.append({"rows": size, name: value(name, metric, judged.labels, chance, 0.5)})
    return curve


def enough(rows: int, positives: int, test_rows: int, rate: float, auc: float, minimum: Minimum) -> list[Check]:
    """The minimum data of the problem against what is there.

    The interval is that of ROC-AUC to expect on the test part, as if its rows were independent.
    """
    hits = round(test_rows * rate)
    width = auc_width(hits, test_rows - hits, max(auc, 0.5))
    return [
        Check("train rows", rows, minimum.rows, rows >= minimum.rows),
        Check("positive train rows", positives, minimum.positives, positives >= minimum.positives),
        Check("interval of ROC-AUC on the test part", width, minimum.interval, width <= minimum.interval),
    ]


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
