"""Whether the data can answer the question: label rate, learning curve, interval to expect, cost of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.arrays import Labels
from lifecycle.data.dataset import Dataset
from lifecycle.data.problem import Budget, Minimum
from lifecycle.data.splits import Fold
from lifecycle.evaluation.bootstrap import draw_block_weights, estimate_auc_width, resample_metric
from lifecycle.evaluation.error_analysis import count_predictions
from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.modeling.irreducible_error import IrreducibleError
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe, Scores, fit_pipeline, predict_scores
from lifecycle.options import Call, options

CANDIDATE_OVER_PROBE = 4.0
FEATURES_OVER_TABLE = 20.0
LIBRARIES_GIB = 0.3
CACHED_TOO = 2.0
RESAMPLES = 60  # of the rows that judge the learning curve, for a standard error
SECONDS_OF_COLUMN = 0.02  # checks, plots and reports of one more column, in all stages


@options
class Feasibility:
    """A quick estimator of each kind with its inputs, the train sizes of the learning curve, and rows to score on.

    `option` names the file.
    """

    option: str
    classes: Call
    numbers: Call
    inputs: Inputs
    sizes: tuple[int, ...]
    validation_rows: int

    def make_recipe(self, plan: Plan) -> Recipe:
        """The recipe of the quick estimator for the plan's task."""
        estimator = self.classes if plan.classes else self.numbers
        return Recipe(option=self.option, estimator=estimator, inputs=self.inputs, plan=plan)


@dataclass(frozen=True)
class DataCheck:
    """One condition: the amount found and the amount needed, and whether that is enough."""

    name: str
    found: float
    needed: float
    enough: bool


@dataclass(frozen=True)
class MonthlyLabels:
    """Rows and mean label of a calendar month, written as YYYY-MM."""

    month: str
    rows: int
    mean: float


@dataclass(frozen=True)
class ScoreGain:
    """How much better the score is with `rows` train rows than with `fewer`, with its 95 % confidence interval.

    It is in the metric's unit and positive where more rows are better, also for an error.
    """

    fewer: int
    rows: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LearningCurve:
    """The score by number of train rows: `rows`, and under the metric's name the score, and what the last step gained.

    `gain` is None where there are no two sizes, or where the metric is undefined.
    """

    points: list[dict[str, float]]
    gain: ScoreGain | None


@dataclass(frozen=True)
class PlannedSearch:
    """What `tune` does for a candidate: trials, finalists at most, and fits of both over all folds at most."""

    candidate: str
    trials: int
    finalists: int
    fits: int


@dataclass(frozen=True)
class Scope:
    """reports/scope.json: the question, and what the train part says about it.

    `problem` are the values of the configuration, `baseline` the metrics of the trivial baseline, `labels` the
    summary of the labels, `leak_signs` the strongest signs of target leakage. `irreducible_error` is None where there
    are no labels, `learning_gain` where the learning curve has no two sizes.
    """

    problem: dict[str, Any]
    baseline: dict[str, float]
    labels: dict[str, Any]
    labels_by_month: list[MonthlyLabels]
    learning_curve: list[dict[str, float]]
    learning_gain: ScoreGain | None
    irreducible_error: IrreducibleError | None
    searches: list[PlannedSearch]
    checks: list[DataCheck]
    leak_signs: list[dict[str, Any]]


@dataclass(frozen=True)
class CostEstimate:
    """What a full run will cost: minutes, memory and disk in GiB."""

    minutes: float
    memory_gib: float
    disk_gib: float


def summarize_labels_by_month(times: pd.Series, labels: Labels) -> list[MonthlyLabels]:
    """Rows and mean label (the share of positives, or the mean number) for each calendar month, in order."""
    months = pd.to_datetime(times).dt.strftime("%Y-%m")
    grouped = pd.Series(labels, index=times.index, dtype="float64").groupby(months)
    return [
        MonthlyLabels(str(month), int(size), float(mean))
        for month, size, mean in zip(grouped.size().index, grouped.size(), grouped.mean(), strict=True)
    ]


def compute_learning_curve(
    examples: Dataset,
    recipe: Recipe,
    sizes: Sequence[int],
    validation_rows: int,
    metric: tuple[str, Metric],
    block: str,
    seed: int,
) -> LearningCurve:
    """The metric on the last rows of the train part after learning from the `rows` before them, size by size.

    The gain of the last size is resampled by blocks: rows of one value of the context column `block`. Without points
    where those last rows have one class alone.
    """
    cut = max(len(examples.labels) - validation_rows, len(examples.labels) * 4 // 5)
    valid = examples.take(np.arange(cut, len(examples.labels)))
    if recipe.plan.classes and len(np.unique(valid.labels)) < 2:
        return LearningCurve([], None)
    scores: dict[int, Scores] = {}
    for size in list_sizes(sizes, cut):
        train = examples.take(np.arange(cut - size, cut))
        if not recipe.plan.classes or len(np.unique(train.labels)) >= 2:
            scores[size] = predict_scores(recipe.plan, fit_pipeline(recipe, train, seed), valid.features)
    points = [
        {"rows": size, metric[0]: compute_metric(*metric, valid.labels, one, 0.5)} for size, one in scores.items()
    ]
    return LearningCurve(points, compute_gain(scores, valid, metric, block, seed))


def list_sizes(sizes: Sequence[int], most: int) -> list[int]:
    """The sizes, at most as many rows as there are; half of these and all where every size is beyond them."""
    found = sorted({min(size, most) for size in sizes})
    return [most // 2, most] if found == [most] and most > 1 else found


def compute_gain(
    scores: Mapping[int, Scores], valid: Dataset, metric: tuple[str, Metric], block: str, seed: int
) -> ScoreGain | None:
    """What the last of the sizes gained over the one before, on the same rows, with the bootstrap's standard error.

    None where there are no two sizes, and where the metric is undefined on these rows.
    """
    if len(scores) < 2:
        return None
    fewer, rows = list(scores)[-2:]
    weights = draw_block_weights(valid.context[block], RESAMPLES, seed)
    before, after = (resample_metric(*metric, valid.labels, scores[size], 0.5, weights) for size in (fewer, rows))
    gain = after.subtract(before).scale(metric[1].sign)
    known = gain.draws[~np.isnan(gain.draws)]
    if np.isnan(gain.value) or len(known) < 2:
        return None
    reach = 1.96 * float(known.std(ddof=1))
    return ScoreGain(fewer, rows, gain.value, gain.value - reach, gain.value + reach)


def check_data(labels: Labels, test_rows: int, plan: Plan, auc: float, minimum: Minimum) -> list[DataCheck]:
    """The minimum data of the problem against the actual data.

    The interval is that of ROC-AUC to expect on the test part, as if its rows were independent.
    """
    checks = [DataCheck("train rows", len(labels), minimum.rows, len(labels) >= minimum.rows)]
    if plan.classes:
        rarest = int(np.bincount(labels, minlength=plan.classes).min())
        checks.append(
            DataCheck("train rows of the rarest class", rarest, minimum.positives, rarest >= minimum.positives)
        )
    if plan.task == "binary" and minimum.interval is not None:
        hits = round(test_rows * float(labels.mean()))
        width = estimate_auc_width(hits, test_rows - hits, max(auc, 0.5))
        name = "interval of ROC-AUC on the test part"
        checks.append(DataCheck(name, width, minimum.interval, width <= minimum.interval))
    return checks


def explain_few_positives(counts: Mapping[str, int], folds: int, apart: int = 0) -> str | None:
    """Why the rarest of the counted labels makes no folds with one each; None where it does.

    `counts` are rows by what they are called, such as positives. `apart` of them are for other parts than train.
    """
    name = min(counts, key=lambda one: (counts[one], one))
    if counts[name] >= max(folds, 2) + apart:
        return None
    beside = " beside valid and test" if apart else ""
    return f"{counts[name]:,} {name} do not make {folds} folds with at least 1 each{beside}"


def explain_folds(labels: Labels, folds: Sequence[Fold], plan: Plan) -> str | None:
    """Which fold has one class alone among its train rows or its valid rows; None where none has."""
    for number, sides in enumerate(folds, start=1):
        for side, places in zip(("train", "valid"), sides, strict=True):
            found = np.unique(labels[places])
            if plan.classes and len(found) < 2:
                others = int((labels != found[0]).sum()) if len(found) else 0
                return (
                    f"all {len(places):,} {side} rows of fold {number} of {len(folds)} have one class; "
                    f"{others:,} of all {len(labels):,} train rows have another"
                )
    return None


def sample_classes(examples: Dataset, rows: int, seed: int, plan: Plan) -> Dataset:
    """At most that many rows drawn at random, and for classes the first row of each."""
    if len(examples.labels) <= rows or not plan.classes:
        return examples.sample(rows, seed)
    drawn = np.random.default_rng(seed).choice(len(examples.labels), size=rows, replace=False)
    return examples.take(np.union1d(drawn, np.unique(examples.labels, return_index=True)[1]))


@dataclass(frozen=True)
class Probe:
    """Seconds of the quick model: preparing and fitting `rows` rows, and predicting all copies of `valid_rows`."""

    rows: int
    valid_rows: int
    prepare: float
    fit: float
    predict: float


def estimate_cost(
    probe: Probe,
    prepared: Sequence[int],
    fits: Sequence[int],
    features: int,
    start_seconds: float,
    table_bytes: int,
    disk_bytes: int,
) -> CostEstimate:
    """What a full run will cost, from a probe and the sizes of what is there.

    `prepared` and `fits` hold the rows of every preprocessing and of every fit to come. The factors are rough: they
    were read off runs of the bundled problem, whose candidates need more than the probe and whose features need more
    than the table, and off one of a table with 3,000 columns.
    """
    preparing = probe.prepare / probe.rows * sum(prepared)
    fitting = CANDIDATE_OVER_PROBE * probe.fit / probe.rows * sum(fits)
    predicting = probe.predict * count_predictions(features, probe.valid_rows)
    seconds = start_seconds + preparing + fitting + predicting + SECONDS_OF_COLUMN * features
    return CostEstimate(
        minutes=seconds / 60,
        memory_gib=LIBRARIES_GIB + FEATURES_OVER_TABLE * table_bytes / 2**30,
        disk_gib=CACHED_TOO * disk_bytes / 2**30,
    )


def list_exceeded_budgets(estimate: CostEstimate, budget: Budget) -> list[str]:
    """The names of what will cost more than the budget allows."""
    pairs = {
        "minutes": (estimate.minutes, budget.minutes),
        "memory_gib": (estimate.memory_gib, budget.memory_gib),
        "disk_gib": (estimate.disk_gib, budget.disk_gib),
    }
    return [name for name, (cost, allowed) in pairs.items() if cost > allowed]
