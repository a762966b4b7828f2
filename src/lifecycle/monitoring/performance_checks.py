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
from lifecycle.monitoring.observations import RELEASED, Observations, PredictedReference
from lifecycle.monitoring.performance_estimation import APART, PredictedSample
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import Signal, compute_standard_error
from lifecycle.statistics.hypothesis_tests import z_test_p_value

RESULTS = [
    *("period", "metric", "rows", "labelled", "days_to_label", "floor", "value", "low", "high"),
    *("reference", "estimate", "estimate_low", "estimate_high", "compared", "inside"),
]
UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Criteria:
    """What later rows are evaluated by: the problem and its metrics, and a reference with predictions and labels.

    `importance` is the permutation importance of the features, where it is known. `resamples` and `seed` are those of
    the intervals of measured KPIs: with those of the stage `test` the same rows have the same interval.
    """

    problem: Problem
    metrics: Mapping[str, Metric]
    classes: tuple[str, ...]
    reference: PredictedReference
    monitor: Monitor
    importance: Mapping[str, float]
    resamples: int
    seed: int

    @property
    def kpis(self) -> dict[str, Metric]:
        """The metrics of the KPIs by name; raises UnknownName for one that the task does not have."""
        names = [kpi.metric for kpi in self.problem.kpis]
        return {name: get_metric(self.metrics, name, self.problem.task) for name in names}


@dataclass(frozen=True)
class KpiResult:
    """A KPI in one period: the `value` that was measured, and what the model of the reference says.

    That model has the KPI's value on the reference, an `estimate` for these rows without their labels, and `compared`,
    its value on them. None where it is not known.
    """

    period: str
    kpi: Kpi
    part: Observations
    value: Resampled | None
    reference: Resampled
    estimate: Resampled | None
    compared: Resampled | None

    def row(self) -> dict[str, object]:
        """The result as a row of the table `RESULTS`; NaN for what is not known."""
        value, estimate, compared = (
            (one.compute_interval() if one else UNKNOWN) for one in (self.value, self.estimate, self.compared)
        )
        known = self.estimate and self.compared
        inside = float(estimate.low <= compared.value <= estimate.high) if known else float("nan")
        part = self.part
        cells = [
            *(self.period, self.kpi.metric, len(part.features)),
            len(part.known) / len(part.features) if part.labels is not None else float("nan"),
            float(part.delays.median()) if part.delays is not None else float("nan"),
            *(self.kpi.floor, value.value, value.low, value.high),
            *(self.reference.value, estimate.value, estimate.low, estimate.high, compared.value, inside),
        ]
        return dict(zip(RESULTS, cells, strict=True))


def select_labelled(criteria: Criteria, part: Observations) -> Observations | None:
    """The labelled rows, where they are enough to be evaluated; all rows for clustering, which has no labels."""
    if part.predictions is None or criteria.problem.task == "clustering":
        return None if part.predictions is None else part
    return part.take(part.known) if len(part.known) >= criteria.monitor.rows else None


def evaluate_kpis(
    criteria: Criteria, parts: Mapping[str, Observations], compared: Mapping[str, Observations]
) -> list[KpiResult]:
    """Every KPI in every period that has predictions; `compared` are rows with those of the reference's model."""
    predicted = {period: part for period, part in parts.items() if part.predictions is not None}
    reference = measure_kpis(criteria, criteria.reference.rows, criteria.monitor.resamples, APART) if predicted else {}
    return [
        result
        for period, part in predicted.items()
        for result in evaluate_period(criteria, period, part, compared.get(period), reference)
    ]


def evaluate_period(
    criteria: Criteria,
    period: str,
    part: Observations,
    compared: Observations | None,
    reference: Mapping[str, Resampled],
) -> list[KpiResult]:
    """Every KPI in one period."""
    values = measure_kpis(criteria, select_labelled(criteria, part), criteria.resamples)
    estimates = estimate_kpis(criteria, compared)
    again = measure_kpis(criteria, compared and select_labelled(criteria, compared), criteria.monitor.resamples)
    return [
        KpiResult(
            period,
            kpi,
            part,
            values.get(kpi.metric),
            reference[kpi.metric],
            estimates.get(kpi.metric),
            again.get(kpi.metric),
        )
        for kpi in criteria.problem.kpis
    ]


def measure_kpis(criteria: Criteria, rows: Observations | None, resamples: int, apart: int = 0) -> dict[str, Resampled]:
    """Every KPI on labelled rows, which resamples of other rows are drawn `apart` from; empty without rows."""
    if rows is None:
        return {}
    sample = build_sample(rows)
    return performance_estimation.measure_metrics(criteria.kpis, sample, resamples, criteria.seed + apart)


def estimate_kpis(criteria: Criteria, rows: Observations | None) -> dict[str, Resampled]:
    """Every KPI to expect on rows without labels; empty without rows, and for clustering, which has no labels."""
    if rows is None or criteria.problem.task == "clustering":
        return {}
    held, resamples = build_sample(criteria.reference.rows), criteria.monitor.resamples
    return performance_estimation.estimate_metrics(criteria.kpis, held, build_sample(rows), resamples, criteria.seed)


def build_sample(rows: Observations) -> PredictedSample:
    """The predictions of rows that have them."""
    assert rows.predictions is not None  # noqa: S101
    return PredictedSample(rows.predictions, rows.blocks, rows.features)


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
    """The signals of one KPI in one period: worse than on the reference, estimated or measured; below its floor."""
    name, limit, basis = one.kpi.metric, criteria.monitor.limits.performance, criteria.reference.basis
    sign = criteria.kpis[name].sign
    before = f"{one.reference.value:.4f} in the {basis.part}" + describe_model(basis.model)
    kinds: list[tuple[Kind, str, Resampled | None]] = [
        ("estimate", f"{name}: estimated VALUE, {before}", one.estimate),
        ("performance", f"{name}: VALUE, {before}", one.compared),
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


def describe_model(model: str) -> str:
    """Whose numbers they are, for a message; nothing for those of the released model, of which all others are."""
    return "" if model == RELEASED else f", both of the {model}"


def compute_p_value(size: Resampled) -> float:
    """The one-sided p-value of a size by the standard error of its resamples."""
    return z_test_p_value(size.value, compute_standard_error(size))


def build_calibration_signal(criteria: Criteria, period: str, labelled: PredictedSample) -> Signal:
    """The signal of predictions that are too high or too low on average."""
    bias = performance_estimation.measure_bias(labelled, criteria.monitor.resamples, criteria.seed)
    regression = labelled.predictions.task == "regression"
    unit = float(np.std(build_sample(criteria.reference.rows).predictions.truth)) or 1.0 if regression else 1.0
    size = abs(bias.value) / unit
    p_value = min(2 * z_test_p_value(abs(bias.value), compute_standard_error(bias)), 1.0)
    message = f"predictions too {'high' if bias.value > 0 else 'low'} by {abs(bias.value):.4g} on average"
    return Signal(period, "calibration", ALL, size, criteria.monitor.limits.calibration, p_value, message)


def evaluate_slices(criteria: Criteria, compared: Mapping[str, Observations]) -> pd.DataFrame:
    """The problem's score of the reference's model in each slice of each labelled period, and in the reference.

    `period`, `column`, `value`, `rows`, the score, and `reference`.
    """
    score, keys, held = criteria.problem.score, ["column", "value"], criteria.reference.rows
    before = score_slices(criteria, "", held)[[*keys, score]].rename(columns={score: "reference"})
    labelled = {period: select_labelled(criteria, part) for period, part in compared.items()}
    later = [score_slices(criteria, period, part) for period, part in labelled.items() if part is not None]
    found = pd.concat(later, ignore_index=True) if later else score_slices(criteria, "", held).iloc[:0]
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
