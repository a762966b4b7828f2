"""What a pair says: every metric and every slice, base beside head, with the interval of the difference."""

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np

from lifecycle.arrays import Floats
from lifecycle.evaluation import slices
from lifecycle.evaluation.bootstrap import Resampled, draw_block_weights, resample_measure
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.evaluation.predictions import Predictions
from lifecycle.evaluation.significance import Change, compare_measures, classify_changes
from lifecycle.review.paired_predictions import Pair

Step = TypeVar("Step")
# Slices of fewer rows are not looked at: each look costs the others some of their power.
LEAST_ROWS = 100


@dataclass(frozen=True)
class Terms:
    """How strictly differences are looked at, with which metrics, and the seed of the resamples."""

    metrics: Mapping[str, Metric]
    score: str
    slices: tuple[str, ...]
    gate: Gate
    seed: int


def metrics_compared(pair: Pair, terms: Terms) -> list[dict[str, Any]]:
    """A row for each metric that both can be given, by name; marked with all of them looked at together."""
    weights = draw_block_weights(pair.blocks, terms.gate.resamples, terms.seed)
    blocks = int(pair.blocks.nunique())
    found = {
        name: measured(name, metric, (pair.base, pair.head), weights, blocks, terms.gate)
        for name, metric in counted(sorted(terms.metrics.items()), "metrics")
    }
    told = {name: one for name, one in found.items() if not math.isnan(one.difference.value)}
    held = zip(told.items(), classify_changes(list(told.values())), strict=True)
    return [row({"name": name, "better": terms.metrics[name].better}, one, mark) for (name, one), mark in held]


def slices_compared(pair: Pair, terms: Terms) -> list[dict[str, Any]]:
    """A row for each slice of enough rows, by the problem's score; marked with all slices looked at together."""
    metric, found = terms.metrics[terms.score], {}
    parts = [
        (column, str(key), places)
        for column in terms.slices
        for key, places in sorted(slices.groups(pair.context[column]).items())
        if LEAST_ROWS <= len(places) < len(pair.context)
    ]
    for column, key, places in counted(parts, "slices"):
        blocks = pair.blocks.iloc[places].reset_index(drop=True)
        weights = draw_block_weights(blocks, terms.gate.resamples, terms.seed)
        sides = (pair.base.take(places), pair.head.take(places))
        one = measured(terms.score, metric, sides, weights, int(blocks.nunique()), terms.gate)
        if not math.isnan(one.difference.value):
            found[column, key, len(places)] = one
    held = zip(found.items(), classify_changes(list(found.values())), strict=True)
    return [
        row({"column": column, "value": key, "rows": rows, "name": f"{column}={key}"}, one, mark)
        for ((column, key, rows), one), mark in held
    ]


def measured(
    name: str, metric: Metric, sides: tuple[Predictions, Predictions], weights: list[Floats], blocks: int, gate: Gate
) -> Change:
    """One metric of both on the same resamples; taken once where both answer the same."""
    first, second = sides
    base = resampled(name, metric, first, weights)
    same = first.threshold == second.threshold and np.array_equal(first.scores, second.scores)
    head = base if same else resampled(name, metric, second, weights)
    return compare_measures(base, head, metric.sign, blocks, gate.allowed(name, base.value))


def resampled(name: str, metric: Metric, side: Predictions, weights: list[Floats]) -> Resampled:
    """The metric of one side on all rows and on each resample."""
    return resample_measure(lambda weight: compute_metric(name, metric, side.truth, side.scores, side.threshold, weight), weights)


def row(named: dict[str, Any], one: Change, mark: str) -> dict[str, Any]:
    """What is told of a change."""
    flat = asdict(one) | {"difference": one.difference.value, "low": one.difference.low, "high": one.difference.high}
    return named | flat | {"mark": mark}


def worst_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, the largest loss first."""
    return sorted(rows, key=lambda one: (one["gain"], one["name"]))


def counted(steps: Sequence[Step], name: str) -> Iterable[Step]:
    """The steps, counted on a terminal's bar."""
    from tqdm import tqdm

    shown: Iterable[Step] = tqdm(steps, desc=name, disable=None, leave=False, file=sys.stderr)
    return shown
