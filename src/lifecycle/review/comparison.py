"""Every metric and every slice of a pair of models, base beside head, with the interval of the difference."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lifecycle.arrays import Floats
from lifecycle.evaluation import slices
from lifecycle.evaluation.bootstrap import Resampled, draw_block_weights, resample_measure
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.evaluation.predictions import Predictions
from lifecycle.evaluation.significance import Mark, MetricChange, classify_changes, compare_measures
from lifecycle.io.progress import track
from lifecycle.options import options
from lifecycle.review.paired_predictions import Pair

# Slices of fewer rows are left out: each comparison costs the others some of their power.
LEAST_ROWS = 100


@dataclass(frozen=True)
class Terms:
    """How strictly differences are judged, by which metrics, and the seed of the resamples."""

    metrics: Mapping[str, Metric]
    score: str
    slices: tuple[str, ...]
    gate: Gate
    seed: int


@options
class Difference:
    """One metric of both versions on the same rows, with the 95 % interval of head less base.

    `gain` is the difference in the direction of better; `p_value` is Holm-uncorrected, `mark` corrected. The
    interval and the p-value are None where the rows are too few for them. `luck` is the standard deviation that the
    luck of the search gives to the difference, which both cover; 0 where no search lies between the versions.
    """

    name: str
    base: float
    head: float
    difference: float
    low: float | None
    high: float | None
    gain: float
    tolerance: float
    luck: float
    p_value: float | None
    mark: Mark


@options
class MetricDifference(Difference):
    """A metric on all rows; `better` is `higher` or `lower`."""

    better: str


@options
class SliceDifference(Difference):
    """The problem's score on the rows whose `column` has the `value`; its name is `column=value`."""

    column: str
    value: str
    rows: int


def compare_metrics(pair: Pair, terms: Terms) -> list[MetricDifference]:
    """Each metric that both models have a value of, by name; marked with all of them compared together."""
    weights = draw_block_weights(pair.blocks, terms.gate.resamples, terms.seed)
    blocks, changes = int(pair.blocks.nunique()), {}
    with track("metrics", sorted(terms.metrics.items()), "metrics") as metrics:
        for name, metric in metrics:
            luck = pair.rivals.measure_luck(name, metric)
            change = compare_metric(name, metric, (pair.base, pair.head), weights, blocks, terms.gate, luck)
            if not math.isnan(change.difference.value):
                changes[name] = change
    return [
        MetricDifference(better=terms.metrics[name].better, **describe_change(name, change, mark))
        for (name, change), mark in zip(changes.items(), classify_changes(list(changes.values())), strict=True)
    ]


@dataclass(frozen=True)
class Slice:
    """The positions of the rows whose `column` has the `value`."""

    column: str
    value: str
    positions: np.ndarray[tuple[int], np.dtype[np.intp]]


def compare_slices(pair: Pair, terms: Terms) -> list[SliceDifference]:
    """Each slice of enough rows by the problem's score, the largest loss first; marked with all compared together."""
    changes: list[tuple[Slice, MetricChange]] = []
    with track("slices", select_slices(pair, terms.slices), "slices") as parts:
        for part in parts:
            change = compare_slice(pair, part, terms)
            if not math.isnan(change.difference.value):
                changes.append((part, change))
    marks = classify_changes([change for _, change in changes])
    differences = [
        SliceDifference(
            column=part.column,
            value=part.value,
            rows=len(part.positions),
            **describe_change(f"{part.column}={part.value}", change, mark),
        )
        for (part, change), mark in zip(changes, marks, strict=True)
    ]
    return sorted(differences, key=lambda one: (one.gain, one.name))


def select_slices(pair: Pair, columns: Sequence[str]) -> list[Slice]:
    """The slices of at least `LEAST_ROWS` rows and not of all."""
    return [
        Slice(column, str(value), positions)
        for column in columns
        for value, positions in sorted(slices.group_rows(pair.context[column]).items())
        if LEAST_ROWS <= len(positions) < len(pair.context)
    ]


def compare_slice(pair: Pair, part: Slice, terms: Terms) -> MetricChange:
    """The problem's score of both models on the rows of a slice."""
    blocks = pair.blocks.iloc[part.positions].reset_index(drop=True)
    weights = draw_block_weights(blocks, terms.gate.resamples, terms.seed)
    both = (pair.base.take(part.positions), pair.head.take(part.positions))
    metric = terms.metrics[terms.score]
    luck = pair.rivals.take(part.positions).measure_luck(terms.score, metric)
    return compare_metric(terms.score, metric, both, weights, int(blocks.nunique()), terms.gate, luck)


def compare_metric(
    name: str,
    metric: Metric,
    both: tuple[Predictions, Predictions],
    weights: list[Floats],
    blocks: int,
    gate: Gate,
    luck: float,
) -> MetricChange:
    """One metric of both on the same resamples; computed once, and without luck, where both predict the same."""
    first, second = both
    base = resample_metric(name, metric, first, weights)
    same = first.threshold == second.threshold and np.array_equal(first.scores, second.scores)
    head = base if same else resample_metric(name, metric, second, weights)
    tolerance = gate.get_tolerance(name, base.value)
    return compare_measures(base, head, metric.sign, blocks, tolerance, 0.0 if same else luck)


def resample_metric(name: str, metric: Metric, side: Predictions, weights: list[Floats]) -> Resampled:
    """The metric of one side on all rows and on each resample."""
    return resample_measure(
        lambda weight: compute_metric(name, metric, side.truth, side.scores, side.threshold, weight), weights
    )


def describe_change(name: str, change: MetricChange, mark: Mark) -> dict[str, Any]:
    """The fields of a `Difference`."""
    return {
        "name": name,
        "base": change.base,
        "head": change.head,
        "difference": change.difference.value,
        "low": replace_nan(change.difference.low),
        "high": replace_nan(change.difference.high),
        "gain": change.gain,
        "tolerance": change.tolerance,
        "luck": change.luck,
        "p_value": replace_nan(change.p_value),
        "mark": mark,
    }


def replace_nan(value: float) -> float | None:
    """The value; None for NaN."""
    return None if math.isnan(value) else value
