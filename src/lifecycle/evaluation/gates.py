"""The release gate: KPIs against their floors and against the trivial baseline."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lifecycle.arrays import Floats
from lifecycle.data.problem import Kpi
from lifecycle.evaluation.bootstrap import Interval, Resampled, resample_metric
from lifecycle.evaluation.metric import Metric, Truth
from lifecycle.options import options


@options
class Gate:
    """How strict the gate is.

    `judge_kpis` holds the floor against the `value` itself or against the `worse_end` of its interval;
    `beat_baseline` also asks that the difference to the trivial baseline is better than 0 with its
    whole interval; where the metric is undefined for the baseline, the floor alone judges.
    `resamples` is the number of bootstrap resamples. Between two versions a metric may differ by its
    tolerance before the difference counts: by `tolerance`, a share of the earlier value, or by its own
    entry in `tolerances`, in the metric's unit. `refit` is the most work, in training rows times features, for which
    two versions are fitted anew where one has learned from the other's test rows.
    """

    judge: Literal["value", "worse_end"]
    beat_baseline: bool
    resamples: int
    tolerance: float = 0.0
    tolerances: dict[str, float] = field(default_factory=dict)
    refit: int = 2_000_000

    def get_tolerance(self, metric: str, earlier: float) -> float:
        """How far the metric may differ from its earlier value, in its own unit, 0 or more."""
        return self.tolerances.get(metric, self.tolerance * abs(earlier))


@dataclass(frozen=True)
class KpiVerdict:
    """One KPI: model and baseline with intervals, their difference, floor, and whether it passes."""

    metric: str
    floor: float
    model: Interval
    baseline: Interval
    gain: Interval
    passed: bool
    reason: str


@dataclass(frozen=True)
class Rivals:
    """The model and the trivial baseline on the same rows.

    `truth` and both scores are as lifecycle.evaluation.metric has them; `weights` say for each resample how often
    each row was drawn.
    """

    truth: Truth
    model: Floats
    baseline: Floats
    threshold: float
    weights: list[Floats]

    def resample_metric(self, name: str, metric: Metric, scores: Floats) -> Resampled:
        """The metric of one of them, on all rows and on each resample."""
        return resample_metric(name, metric, self.truth, scores, self.threshold, self.weights)


def judge_kpis(kpis: Sequence[Kpi], metrics: Mapping[str, Metric], rivals: Rivals, gate: Gate) -> list[KpiVerdict]:
    """A verdict for each KPI, in their order."""
    return [judge_kpi(kpi, metrics[kpi.metric], rivals, gate) for kpi in kpis]


def judge_kpi(kpi: Kpi, metric: Metric, rivals: Rivals, gate: Gate) -> KpiVerdict:
    """Whether one KPI is reached, and why."""
    model, baseline = (rivals.resample_metric(kpi.metric, metric, scores) for scores in (rivals.model, rivals.baseline))
    ours, trivial = model.compute_interval(), baseline.compute_interval()
    gain = model.subtract(baseline).scale(metric.sign).compute_interval()
    reasons = explain_missed_floor(kpi, metric, ours, gate)
    unknown = gate.beat_baseline and math.isnan(trivial.value)
    if gate.beat_baseline and not unknown:
        reasons += explain_missing_gain(gain)
    remarks = [UNKNOWN] if unknown else []
    return KpiVerdict(
        metric=kpi.metric,
        floor=kpi.floor,
        model=ours,
        baseline=trivial,
        gain=gain,
        passed=not reasons,
        reason="; ".join((reasons or ["reached"]) + remarks),
    )


UNKNOWN = "judged by the floor alone: the metric is undefined for the trivial baseline"


def explain_missed_floor(kpi: Kpi, metric: Metric, ours: Interval, gate: Gate) -> list[str]:
    """Why the floor is not reached; empty when it is. An undefined value does not reach it."""
    worse_end = ours.low if metric.sign > 0 else ours.high
    judged = ours.value if gate.judge == "value" else worse_end
    if metric.sign * (judged - kpi.floor) >= 0:
        return []
    return [f"{gate.judge.replace('_', ' ')} {judged:.4f} is worse than the floor {kpi.floor}"]


def explain_missing_gain(gain: Interval) -> list[str]:
    """Why the model does not beat the trivial baseline; empty when it does."""
    if gain.low > 0:
        return []
    return [f"not significantly better than the trivial baseline (gain {gain.value:.4f}, from {gain.low:.4f})"]
