"""Signals of performance: KPIs, estimated and measured, and the calibration of the predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.data.problem import Kpi, Problem
from lifecycle.evaluation import slices
from lifecycle.evaluation.bootstrap import Interval, Resampled
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Metric, get_metric
from lifecycle.monitoring import performance_estimation
from lifecycle.monitoring.alerts import ALL, Kind
from lifecycle.monitoring.observations import Observations
from lifecycle.monitoring.performance_estimation import PredictedSample
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import Signal, compute_standard_error
from lifecycle.statistics.hypothesis_tests import z_test_p_value

RESULTS = [
    *("period", "metric", "rows", "labelled", "days_to_label", "floor", "reference"),
    *("estimate", "estimate_low", "estimate_high", "value", "low", "high", "inside"),
]
UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Criteria:
    """What later rows are evaluated by: the problem and its metrics, and held rows with predictions and labels.

    `importance` is the permutation importance of the features, where it is known.
    """

    problem: Problem
    metrics: Mapping[str, Metric]
    classes: tuple[str, ...]
    held: Observations
    monitor: Monitor
    importance: Mapping[str, float]
    seed: int


@dataclass(frozen=True)
class KpiResult:
    """A KPI in one period: estimated and measured where that can be done, and as it was on the held rows."""

    period: str
    kpi: Kpi
    part: Observations
    estimate: Resampled | None
    value: Resampled | None
    reference: Resampled

    def row(self) -> dict[str, object]:
        """The result as a row of the table `RESULTS`; NaN for what is not known."""
        estimate, value = ((one.compute_interval() if one else UNKNOWN) for one in (self.estimate, self.value))
        inside = float(estimate.low <= value.value <= estimate.high) if self.estimate and self.value else float("nan")
        part = self.part
        cells = [
            *(self.period, self.kpi.metric, len(part.features)),
            len(part.known) / len(part.features) if part.labels is not None else float("nan"),
            float(part.delays.median()) if part.delays is not None else float("nan"),
            *(self.kpi.floor, self.reference.value, estimate.value, estimate.low, estimate.high),
            *(value.value, value.low, value.high, inside),
        ]
        return dict(zip(RESULTS, cells, strict=True))


def select_labelled(criteria: Criteria, part: Observations) -> Observations | None:
    """The labelled rows, where they are enough to be evaluated; all rows for clustering, which has no labels."""
    if part.predictions is None or criteria.problem.task == "clustering":
        return None if part.predictions is None else part
    return part.take(part.known) if len(part.known) >= criteria.monitor.rows else None


def evaluate_kpis(criteria: Criteria, parts: Mapping[str, Observations]) -> list[KpiResult]:
    """Every KPI in every period that has predictions."""
    predicted = {period: part for period, part in parts.items() if part.predictions is not None}
    kpis = criteria.problem.kpis
    references = {kpi.metric: measure_reference(criteria, kpi) for kpi in kpis} if predicted else {}
    return [
        evaluate_kpi(criteria, period, kpi, part, references[kpi.metric])
        for period, part in predicted.items()
        for kpi in kpis
    ]


def measure_reference(criteria: Criteria, kpi: Kpi) -> Resampled:
    """A KPI on the held rows."""
    metric = get_metric(criteria.metrics, kpi.metric, criteria.problem.task)
    held, resamples = build_sample(criteria.held), criteria.monitor.resamples
    return performance_estimation.measure_metric(kpi.metric, metric, held, resamples, criteria.seed)


def evaluate_kpi(criteria: Criteria, period: str, kpi: Kpi, part: Observations, reference: Resampled) -> KpiResult:
    """One KPI in one period."""
    name, task, resamples, seed = kpi.metric, criteria.problem.task, criteria.monitor.resamples, criteria.seed
    metric, labelled = get_metric(criteria.metrics, name, task), select_labelled(criteria, part)
    estimate = value = None
    if task != "clustering":
        samples = (build_sample(criteria.held), build_sample(part))
        estimate = performance_estimation.estimate_metric(name, metric, *samples, resamples, seed)
    if labelled is not None:
        sample = build_sample(labelled)
        value = performance_estimation.measure_metric(name, metric, sample, resamples, seed + 1)
    return KpiResult(period, kpi, part, estimate, value, reference)


def build_sample(rows: Observations) -> PredictedSample:
    """The predictions of rows that have them; where all share one block each row is its own block.

    Resampling a single block would give the same rows each time, and intervals of width 0.
    """
    assert rows.predictions is not None  # noqa: S101
    blocks = rows.blocks if rows.blocks.nunique() > 1 else pd.Series(range(len(rows.blocks)), index=rows.blocks.index)
    return PredictedSample(rows.predictions, blocks, rows.features)


def build_performance_signals(
    criteria: Criteria, results: list[KpiResult], parts: Mapping[str, Observations]
) -> Iterator[Signal]:
    """The signals of every KPI, and of the calibration in every period."""
    for one in results:
        yield from build_kpi_signals(criteria, one)
    for period, part in parts.items():
        labelled = select_labelled(criteria, part)
        if labelled is not None and criteria.problem.task != "clustering":
            yield build_calibration_signal(criteria, period, build_sample(labelled))


def build_kpi_signals(criteria: Criteria, one: KpiResult) -> Iterator[Signal]:
    """The signals of one KPI in one period: worse than on the held rows, estimated or measured; below its floor."""
    name, limit = one.kpi.metric, criteria.monitor.limits.performance
    sign = get_metric(criteria.metrics, name, criteria.problem.task).sign
    before = f"{one.reference.value:.4f} in the valid part"
    kinds: list[tuple[Kind, str, Resampled | None]] = [
        ("estimate", f"{name}: estimated VALUE, {before}", one.estimate),
        ("performance", f"{name}: VALUE, {before}", one.value),
    ]
    for kind, message, now in kinds:
        if now is not None:
            drop = one.reference.subtract(now).scale(sign)
            share = drop.value / max(abs(one.reference.value), 1e-12)
            text = message.replace("VALUE", f"{now.value:.4f}")
            yield Signal(one.period, kind, name, share, limit, compute_p_value(drop), text)
    if one.value is not None:
        short = Resampled(sign * (one.kpi.floor - one.value.value), sign * (one.kpi.floor - one.value.draws))
        text = f"{name}: {one.value.value:.4f}, floor {one.kpi.floor}"
        yield Signal(one.period, "floor", name, short.value, 0.0, compute_p_value(short), text)


def compute_p_value(size: Resampled) -> float:
    """The one-sided p-value of a size by the standard error of its resamples."""
    return z_test_p_value(size.value, compute_standard_error(size))


def build_calibration_signal(criteria: Criteria, period: str, labelled: PredictedSample) -> Signal:
    """The signal of predictions that are too high or too low on average."""
    bias = performance_estimation.measure_bias(labelled, criteria.monitor.resamples, criteria.seed)
    regression = labelled.predictions.task == "regression"
    unit = float(np.std(build_sample(criteria.held).predictions.truth)) or 1.0 if regression else 1.0
    size = abs(bias.value) / unit
    p_value = min(2 * z_test_p_value(abs(bias.value), compute_standard_error(bias)), 1.0)
    message = f"predictions too {'high' if bias.value > 0 else 'low'} by {abs(bias.value):.4g} on average"
    return Signal(period, "calibration", ALL, size, criteria.monitor.limits.calibration, p_value, message)


def evaluate_slices(criteria: Criteria, parts: Mapping[str, Observations]) -> pd.DataFrame:
    """The problem's score in each slice of each labelled period, beside that of the held rows.

    `period`, `column`, `value`, `rows`, the score, and `reference`.
    """
    score, keys = criteria.problem.score, ["column", "value"]
    before = score_slices(criteria, "", criteria.held)[[*keys, score]].rename(columns={score: "reference"})
    labelled = {period: select_labelled(criteria, part) for period, part in parts.items()}
    later = [score_slices(criteria, period, part) for period, part in labelled.items() if part is not None]
    found = pd.concat(later, ignore_index=True) if later else score_slices(criteria, "", criteria.held).iloc[:0]
    return found[["period", *keys, "rows", score]].merge(before, on=keys, how="left")


def score_slices(criteria: Criteria, period: str, labelled: Observations) -> pd.DataFrame:
    """The score in each slice of labelled rows."""
    problem, predictions = criteria.problem, build_sample(labelled).predictions
    case = Case(
        task=problem.task,
        truth=predictions.truth,
        scores=predictions.scores,
        context=labelled.context,
        features=labelled.features,
        classes=criteria.classes,
        threshold=predictions.threshold,
    )
    metric = get_metric(criteria.metrics, problem.score, problem.task)
    known = [name for name in problem.slices if name in labelled.context]
    return slices.score_slices(case, known, problem.score, metric).assign(period=period)
