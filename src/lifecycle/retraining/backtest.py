"""A policy through its months: serve, wait for labels, monitor, train a challenger, judge, release or reject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.evaluation import metric, significance
from lifecycle.evaluation.bootstrap import Resampled, draw_block_weights, resample_measure
from lifecycle.evaluation.metric import Metric, Truth
from lifecycle.evaluation.significance import Change, Mark
from lifecycle.monitoring import alerts
from lifecycle.monitoring.alerts import Alert
from lifecycle.monitoring.monitor import MonitoringResult
from lifecycle.retraining.policy import Policy, Replay


@dataclass(frozen=True)
class Answered:
    """Rows with a model's scores, what happened in truth, and which rows share their luck."""

    scores: Floats
    truth: Truth
    blocks: pd.Series


@dataclass(frozen=True)
class Served:
    """A month of a release: its answers with what turned out, what the monitor saw, and whether it is the same."""

    release: str
    answered: Answered
    found: MonitoringResult


@dataclass(frozen=True)
class Step:
    """What a policy did in one month: what it served, alerts, and what became of a challenger."""

    month: str
    served: Served
    alerts: list[Alert]
    asked: str
    verdict: Mark | None
    change: Change | None
    released: bool


@dataclass(frozen=True)
class Stage:
    """What the months are played on: each step of real life as a function, kept apart from how a policy decides.

    `train` makes the release that learns from what is known at the end of a month, in the window that a policy
    names, and returns its version; `known` counts the labels known then; `serve` lets a release answer a month;
    `held` are the answers of such a challenger that has not learned from the newest labelled rows, and of a
    release, on those rows.
    """

    train: Callable[[pd.Period, str], str]
    known: Callable[[pd.Period], int]
    serve: Callable[[str, pd.Period], Served]
    held: Callable[[str, pd.Period, str], tuple[Answered, Answered]]
    loss: tuple[str, Metric]
    metrics: Mapping[str, Metric]
    rules: Mapping[str, alerts.Rule]
    seed: int


@dataclass
class Season:
    """A policy on its way: the release in use, what month's end it learned at, since when, the signals seen so far."""

    policy: Policy
    release: str
    learned: pd.Period
    since: int = 0
    signals: list[pd.DataFrame] = field(default_factory=list)


def play(policy: Policy, replay: Replay, stage: Stage, told: Callable[[Step], None]) -> list[Step]:
    """The steps of a policy, each told as soon as it is done."""
    first = pd.Period(replay.first, freq="M")
    season, steps = Season(policy, stage.train(first - 1, policy.training), first - 1), []
    for number in range(replay.months):
        steps.append(step(season, first + number, number, replay, stage))
        told(steps[-1])
    return steps


def step(season: Season, month: pd.Period, number: int, replay: Replay, stage: Stage) -> Step:
    """One month of a policy; the season goes on with the release that is in use afterwards."""
    served = stage.serve(season.release, month)
    season.signals.append(served.found.signals)
    loud = alerts.raise_alerts(pd.concat(season.signals, ignore_index=True), stage.rules, {})
    present = [alert for alert in loud if alert.period == str(month)]
    new = stage.known(month) - stage.known(season.learned)
    asked = season.policy.asks(present, number + 1 - season.since, new)
    if not asked:
        return Step(str(month), served, present, "", None, None, released=False)
    change, verdict = judged(season, month, replay, stage)
    released = verdict in replay.promote
    if released:
        season.release = stage.train(month, season.policy.training)
        season.learned, season.since = month, number + 1
    return Step(str(month), served, present, asked, verdict, change, released)


def judged(season: Season, month: pd.Period, replay: Replay, stage: Stage) -> tuple[Change, Mark]:
    """Challenger against champion on the newest labelled rows, by a paired bootstrap of whole blocks."""
    challenger, champion = stage.held(season.release, month, season.policy.training)
    base, head = (measured(one, stage.loss, replay.resamples, stage.seed) for one in (champion, challenger))
    change = significance.compare_measures(base, head, stage.loss[1].sign, challenger.blocks.nunique())
    return change, significance.classify_changes([change])[0]


def measured(rows: Answered, loss: tuple[str, Metric], resamples: int, seed: int) -> Resampled:
    """The loss on all rows and on each resample of their blocks."""
    weights = draw_block_weights(rows.blocks, resamples, seed)
    return resample_measure(lambda weight: metric.compute_metric(*loss, rows.truth, rows.scores, 0.5, weight), weights)


def whole(steps: list[Step]) -> Answered:
    """All answers of a policy, one month after the other."""
    parts = [one.served.answered for one in steps]
    return Answered(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.truth for part in parts]),
        pd.concat([part.blocks for part in parts], ignore_index=True),
    )


def against(steps: list[Step], others: list[Step], replay: Replay, stage: Stage) -> tuple[Change, Mark]:
    """How a policy's losses differ from another's on the same rows, over all months."""
    mine, theirs = whole(steps), whole(others)
    base, head = (measured(one, stage.loss, replay.resamples, stage.seed) for one in (theirs, mine))
    change = significance.compare_measures(base, head, stage.loss[1].sign, mine.blocks.nunique())
    return change, significance.classify_changes([change])[0]
