"""Whether the numbers allow it: KPIs against their floors and against the trivial baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from lifecycle.intervals import Interval, Resampled, resample
from lifecycle.metrics import Metric, value
from lifecycle.options import options
from lifecycle.problem import Kpi

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@options
class Gate:
    """How strict the gate is.

    `judge` holds the floor against the `value` itself or against the `worse_end` of its interval;
    `beat_baseline` also asks that the difference to the trivial baseline is better than 0 with its
    whole interval. `resamples` is the number of bootstrap resamples.
    """

    judge: Literal["value", "worse_end"]
    beat_baseline: bool
    resamples: int


@dataclass(frozen=True)
class Verdict:
    """One KPI: model and baseline with intervals, their difference, floor, and whether it passes."""

    metric: str
    floor: float
    model: Interval
    baseline: Interval
    gain: Interval
    passed: bool
    reason: str


def judge(
    kpis: Sequence[Kpi],
    metrics: Mapping[str, Metric],
    labels: Labels,
    model: Floats,
    baseline: Floats,
    threshold: float,
    weights: list[Floats],
    gate: Gate,
) -> list[Verdict]:
    """A verdict for each KPI, in their order."""
    return [verdict(kpi, metrics[kpi.metric], labels, model, baseline, threshold, weights, gate) for kpi in kpis]


def verdict(
    kpi: Kpi,
    metric: Metric,
    labels: Labels,
    model: Floats,
    baseline: Floats,
    threshold: float,
    weights: list[Floats],
    gate: Gate,
) -> Verdict:
    """Whether one KPI is reached, and why."""

    def measured(chance: Floats) -> Resampled:
        return resample(lambda weight: value(kpi.metric, metric, labels, chance, threshold, weight), weights)

    model_draws, baseline_draws = measured(model), measured(baseline)
    ours, trivial = model_draws.interval(), baseline_draws.interval()
    gain = model_draws.minus(baseline_draws).times(metric.sign).interval()
    reasons = failures(kpi, metric, ours, gain, gate)
    return Verdict(
        metric=kpi.metric,
        floor=kpi.floor,
        model=ours,
        baseline=trivial,
        gain=gain,
        passed=not reasons,
        reason="; ".join(reasons) or "reached",
    )


def failures(kpi: Kpi, metric: Metric, ours: Interval, gain: Interval, gate: Gate) -> list[str]:
    """Why a KPI is not reached; empty when it is. A value that could not be taken is not reached."""
    worse_end = ours.low if metric.sign > 0 else ours.high
    held = ours.value if gate.judge == "value" else worse_end
    found = []
    if not metric.sign * (held - kpi.floor) >= 0:
        found.append(f"{gate.judge.replace('_', ' ')} {held:.4f} is worse than the floor {kpi.floor}")
    if gate.beat_baseline and not gain.low > 0:
        found.append(f"not clearly better than the trivial baseline (gain {gain.value:.4f}, from {gain.low:.4f})")
    return found
