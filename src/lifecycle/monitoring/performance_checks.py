"""Signals of the model's quality: its KPIs, estimated and measured, and its calibration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lifecycle.data.problem import Kpi, Problem
from lifecycle.evaluation import slices
from lifecycle.evaluation.bootstrap import Interval, Resampled
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.metric import Metric, asked
from lifecycle.monitoring import performance_estimation
from lifecycle.monitoring.alerts import ALL, Kind
from lifecycle.monitoring.observations import Rows
from lifecycle.monitoring.performance_estimation import Answers
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import Signal, error, p_value

RESULTS = [
    *("period", "metric", "rows", "labelled", "days_to_label", "floor", "reference"),
    *("estimate", "estimate_low", "estimate_high", "value", "low", "high", "inside"),
]
NOTHING = Interval(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True)
class Judge:
    """What answers are judged by: the problem and its metrics, and rows with answers and labels that were held.

    `leaned` says how much the model leans on its features, where that is known.
    """

    problem: Problem
    metrics: Mapping[str, Metric]
    classes: tuple[str, ...]
    held: Rows
    monitor: Monitor
    leaned: Mapping[str, float]
    seed: int


@dataclass(frozen=True)
class Result:
    """A KPI in one period: estimated and measured where that can be, and as it was in the held rows."""

    period: str
    kpi: Kpi
    part: Rows
    estimate: Resampled | None
    value: Resampled | None
    reference: Resampled

    def row(self) -> dict[str, object]:
        """The result as a row of the table `RESULTS`; NaN for what is not known."""
        stated, real = ((one.interval() if one else NOTHING) for one in (self.estimate, self.value))
        inside = float(stated.low <= real.value <= stated.high) if self.estimate and self.value else float("nan")
        part = self.part
        cells = [
            *(self.period, self.kpi.metric, len(part.features)),
            len(part.known) / len(part.features) if part.labels is not None else float("nan"),
            float(part.delays.median()) if part.delays is not None else float("nan"),
            *(self.kpi.floor, self.reference.value, stated.value, stated.low, stated.high),
            *(real.value, real.low, real.high, inside),
        ]
        return dict(zip(RESULTS, cells, strict=True))


def truthful(judge: Judge, part: Rows) -> Rows | None:
    """The rows whose truth is known, where they are enough to be judged; all of them where there are no labels."""
    if part.answers is None or judge.problem.task == "clustering":
        return None if part.answers is None else part
    return part.take(part.known) if len(part.known) >= judge.monitor.rows else None


def results(judge: Judge, parts: Mapping[str, Rows]) -> list[Result]:
    """Every KPI in every period that has answers."""
    answered = {period: part for period, part in parts.items() if part.answers is not None}
    references = {kpi.metric: reference(judge, kpi) for kpi in judge.problem.kpis} if answered else {}
    return [
        result(judge, period, kpi, part, references[kpi.metric])
        for period, part in answered.items()
        for kpi in judge.problem.kpis
    ]


def reference(judge: Judge, kpi: Kpi) -> Resampled:
    """A KPI in the held rows."""
    metric = asked(judge.metrics, kpi.metric, judge.problem.task)
    return performance_estimation.measured(kpi.metric, metric, answers(judge.held), judge.monitor.resamples, judge.seed)


def result(judge: Judge, period: str, kpi: Kpi, part: Rows, before: Resampled) -> Result:
    """One KPI in one period."""
    name, task, draws, seed = kpi.metric, judge.problem.task, judge.monitor.resamples, judge.seed
    metric, held, told = asked(judge.metrics, name, task), answers(judge.held), truthful(judge, part)
    estimate = None
    if task != "clustering":
        estimate = performance_estimation.estimated(name, metric, held, answers(part), draws, seed)
    value = None if told is None else performance_estimation.measured(name, metric, answers(told), draws, seed + 1)
    return Result(period, kpi, part, estimate, value, before)


def answers(rows: Rows) -> Answers:
    """The answers of rows that have them; where all share one block each row is its own, or chance had no play."""
    found = rows.answers
    assert found is not None  # noqa: S101
    if found.blocks.nunique() > 1:
        return found
    return replace(found, blocks=pd.Series(range(len(found.blocks)), index=found.blocks.index))


def signals(judge: Judge, found: list[Result], parts: Mapping[str, Rows]) -> Iterator[Signal]:
    """The signals of every KPI, and of the calibration in every period."""
    for one in found:
        yield from of_result(judge, one)
    for period, part in parts.items():
        told = truthful(judge, part)
        if told is not None and judge.problem.task != "clustering":
            yield calibration(judge, period, answers(told))


def of_result(judge: Judge, one: Result) -> Iterator[Signal]:
    """The signals of one KPI in one period: estimated to fall, fallen, short of its floor."""
    name, limit = one.kpi.metric, judge.monitor.limits.fall
    sign, was = asked(judge.metrics, name, judge.problem.task).sign, f"{one.reference.value:.4f} in the valid part"
    kinds: list[tuple[Kind, str, Resampled | None]] = [
        ("estimate", f"{name}: estimated VALUE, {was}", one.estimate),
        ("fall", f"{name}: VALUE, {was}", one.value),
    ]
    for kind, words, now in kinds:
        if now is not None:
            fall = one.reference.minus(now).times(sign)
            share = fall.value / max(abs(one.reference.value), 1e-12)
            said = words.replace("VALUE", f"{now.value:.4f}")
            yield Signal(one.period, kind, name, share, limit, p_value(fall.value, error(fall)), said)
    if one.value is not None:
        short = sign * (one.kpi.floor - one.value.value)
        said = f"{name}: {one.value.value:.4f}, floor {one.kpi.floor}"
        yield Signal(one.period, "floor", name, short, 0.0, p_value(short, error(one.value)), said)


def calibration(judge: Judge, period: str, told: Answers) -> Signal:
    """The signal of answers that are too high or too low on average."""
    found = performance_estimation.bias(told, judge.monitor.resamples, judge.seed)
    unit = float(np.std(answers(judge.held).truth)) or 1.0 if told.task == "regression" else 1.0
    size, p = abs(found.value) / unit, min(2 * p_value(abs(found.value), error(found)), 1.0)
    words = f"answers too {'high' if found.value > 0 else 'low'} by {abs(found.value):.4g} on average"
    return Signal(period, "calibration", ALL, size, judge.monitor.limits.calibration, p, words)


def sliced(judge: Judge, parts: Mapping[str, Rows]) -> pd.DataFrame:
    """The problem's score in each slice of each period whose truth is known, beside that of the held rows.

    `period`, `column`, `value`, `rows`, the score, and `reference`.
    """
    score, keys = judge.problem.score, ["column", "value"]
    before = of_slices(judge, "", judge.held)[[*keys, score]].rename(columns={score: "reference"})
    told = {period: truthful(judge, part) for period, part in parts.items()}
    later = [of_slices(judge, period, part) for period, part in told.items() if part is not None]
    found = pd.concat(later, ignore_index=True) if later else of_slices(judge, "", judge.held).iloc[:0]
    return found[["period", *keys, "rows", score]].merge(before, on=keys, how="left")


def of_slices(judge: Judge, period: str, told: Rows) -> pd.DataFrame:
    """The score in each slice of rows whose truth is known."""
    problem, one = judge.problem, answers(told)
    case = Case(
        task=problem.task,
        truth=one.truth,
        scores=one.scores,
        context=told.context,
        features=told.features,
        classes=judge.classes,
        threshold=one.cut,
    )
    metric = asked(judge.metrics, problem.score, problem.task)
    known = [name for name in problem.slices if name in told.context]
    return slices.score(case, known, problem.score, metric).assign(period=period)
