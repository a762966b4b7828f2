"""A policy over its months: serve, wait for labels, monitor, train a challenger, judge, release or reject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.evaluation.bootstrap import Resampled, draw_block_weights, resample_measure
from lifecycle.evaluation.metric import Metric, Truth, compute_metric
from lifecycle.evaluation.predictions import HALF
from lifecycle.evaluation.significance import Mark, MetricChange, classify_changes, compare_measures
from lifecycle.monitoring.alerts import Alert, Rule, raise_alerts
from lifecycle.monitoring.monitor import MonitoringResult
from lifecycle.retraining.policy import Policy, Replay


@dataclass(frozen=True)
class ScoredRows:
    """Rows with a model's scores and the actual labels; rows of equal `blocks` are correlated."""

    scores: Floats
    truth: Truth
    blocks: pd.Series


@dataclass(frozen=True)
class ServedMonth:
    """A month of a release: the rows scored by it and by its validation model, and monitoring at the month's end."""

    release: str
    scored: ScoredRows
    compared: ScoredRows
    monitored: MonitoringResult


@dataclass(frozen=True)
class MonthResult:
    """A policy in one month: what it served, alerts, why a challenger was asked for, and what became of it."""

    month: str
    served: ServedMonth
    alerts: list[Alert]
    asked: str
    verdict: Mark | None
    change: MetricChange | None
    released: bool


@dataclass(frozen=True)
class Services:
    """The steps of production as functions, apart from how a policy decides.

    `train` makes the release that is trained on what is known at the end of a month, in the window that a policy
    names, and returns its version; `count_labels` counts the labels known then; `serve` lets a release score a month;
    `score_held` scores the newest labelled rows by such a challenger, which was not trained on them, and by a release.
    """

    train: Callable[[pd.Period, str], str]
    count_labels: Callable[[pd.Period], int]
    serve: Callable[[str, pd.Period], ServedMonth]
    score_held: Callable[[str, pd.Period, str], tuple[ScoredRows, ScoredRows]]
    loss: tuple[str, Metric]
    metrics: Mapping[str, Metric]
    rules: Mapping[str, Rule]
    seed: int


@dataclass
class PolicyState:
    """A policy while it runs: the release in use, its last training month, its age in months, the signals so far."""

    policy: Policy
    release: str
    trained: pd.Period
    since: int = 0
    signals: list[pd.DataFrame] = field(default_factory=list)


def play_policy(
    policy: Policy, replay: Replay, services: Services, report: Callable[[MonthResult], None]
) -> list[MonthResult]:
    """The months of a policy, each reported as soon as it is over."""
    first = pd.Period(replay.first, freq="M")
    state, results = PolicyState(policy, services.train(first - 1, policy.training), first - 1), []
    for number in range(replay.months):
        results.append(play_month(state, first + number, number, replay, services))
        report(results[-1])
    return results


def play_month(state: PolicyState, month: pd.Period, number: int, replay: Replay, services: Services) -> MonthResult:
    """One month of a policy; the state goes on with the release that is in use afterwards."""
    served = services.serve(state.release, month)
    state.signals.append(served.monitored.signals)
    alerts = raise_alerts(pd.concat(state.signals, ignore_index=True), services.rules, {})
    present = [alert for alert in alerts if alert.period == str(month)]
    new = services.count_labels(month) - services.count_labels(state.trained)
    asked = state.policy.ask(present, number + 1 - state.since, new)
    if not asked:
        return MonthResult(str(month), served, present, "", None, None, released=False)
    change, verdict = judge_challenger(state, month, replay, services)
    released = verdict in replay.promote
    if released:
        state.release = services.train(month, state.policy.training)
        state.trained, state.since = month, number + 1
    return MonthResult(str(month), served, present, asked, verdict, change, released)


def judge_challenger(
    state: PolicyState, month: pd.Period, replay: Replay, services: Services
) -> tuple[MetricChange, Mark]:
    """Challenger against champion on the newest labelled rows, by a paired bootstrap of whole blocks."""
    challenger, champion = services.score_held(state.release, month, state.policy.training)
    return compare_losses(challenger, champion, replay, services)


def compare_losses(head: ScoredRows, base: ScoredRows, replay: Replay, services: Services) -> tuple[MetricChange, Mark]:
    """The difference of losses on the same rows, head less base, and whether it is significant."""
    first, second = (resample_loss(one, services.loss, replay.resamples, services.seed) for one in (base, head))
    change = compare_measures(first, second, services.loss[1].sign, head.blocks.nunique())
    return change, classify_changes([change])[0]


def resample_loss(rows: ScoredRows, loss: tuple[str, Metric], resamples: int, seed: int) -> Resampled:
    """The loss on all rows and on each resample of their blocks."""
    weights = draw_block_weights(rows.blocks, resamples, seed)
    return resample_measure(lambda weight: compute_metric(*loss, rows.truth, rows.scores, HALF, weight), weights)


def join_months(results: list[MonthResult]) -> ScoredRows:
    """All scored rows of a policy, one month after the other."""
    parts = [one.served.scored for one in results]
    return ScoredRows(
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.truth for part in parts]),
        pd.concat([part.blocks for part in parts], ignore_index=True),
    )


def compare_policies(
    results: list[MonthResult], others: list[MonthResult], replay: Replay, services: Services
) -> tuple[MetricChange, Mark]:
    """The difference of a policy's losses from another's on the same rows, over all months."""
    return compare_losses(join_months(results), join_months(others), replay, services)
