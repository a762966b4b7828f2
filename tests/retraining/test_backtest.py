"""Policies on a small history typed by hand: one number per month says how good the release of a month is."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.metric import Metric
from lifecycle.monitoring.alerts import Rule
from lifecycle.monitoring.monitor import MonitoringResult
from lifecycle.monitoring.observations import VALIDATION, Basis
from lifecycle.retraining.backtest import ScoredRows, ServedMonth, Services, compare_policies, play_policy
from lifecycle.retraining.policy import Policy, Replay

LOSS = Metric(target="sklearn.metrics.mean_squared_error", tasks=("regression",), needs="number", better="lower",
              description="")  # fmt: skip
ROWS, DAYS = 60, 12
FIRST = pd.Period("2013-08", freq="M")
REPLAY = Replay(first="2013-09", months=3, share=1.0, delay=3, held=21, resamples=100, promote=("better",))
# What the target is in each month, which a model learns only from that month's rows.
TARGET = {"2013-08": 0.0, "2013-09": 0.0, "2013-10": 5.0, "2013-11": 5.0}
NEVER, MONTHLY = Policy(when="never", rules=(), rest=0), Policy(when="always", rules=(), rest=0)
ON_ALERT = Policy(when="alert", rules=("quality",), rest=0)


def score(learned, month):
    noise = np.random.default_rng(int(month[-2:])).normal(scale=0.1, size=ROWS)
    blocks = pd.Series([f"{month}-{row % DAYS:02d}" for row in range(ROWS)])
    return ScoredRows(np.full(ROWS, TARGET[learned]), TARGET[month] + noise, blocks)


def found(learned, month):
    raised = TARGET[learned] != TARGET[month]
    signals = pd.DataFrame(
        [{"period": month, "kind": "performance", "subject": "mse", "size": 1.0, "raised": raised, "message": "mse"}]
    )
    empty = pd.DataFrame()
    return MonitoringResult(empty, empty, empty, signals, [], [], {}, [], Basis(VALIDATION, "held rows"))


def services(trained):
    def train(month, training):
        trained.append(f"{month} {training}".strip())
        return str(month)

    return Services(
        train=train,
        serve=lambda release, month: ServedMonth(
            release, score(release, str(month)), score(release, str(month)), found(release, str(month))
        ),
        count_labels=lambda month: 1000 * (month - FIRST).n,
        score_held=lambda release, month, training: (score(str(month), str(month)), score(release, str(month))),
        loss=("mse", LOSS),
        metrics={},
        rules={"quality": Rule(watch=("performance",), per="column", fire=1, of=1, clear=1)},
        seed=1,
    )


def played(policy):
    trained, told = [], []
    steps = play_policy(policy, REPLAY, services(trained), told.append)
    assert told == steps
    return steps, trained


def test_never_serves_every_month_with_the_first_model():
    steps, trained = played(NEVER)
    assert [one.served.release for one in steps] == ["2013-08"] * 3
    assert trained == ["2013-08"]
    assert [bool(one.alerts) for one in steps] == [False, True, True]


def test_an_alert_brings_a_challenger_that_is_released_when_it_is_better():
    steps, trained = played(ON_ALERT)
    assert [one.asked for one in steps] == ["", "alert: mse", ""]
    assert [(one.verdict, one.released) for one in steps] == [(None, False), ("better", True), (None, False)]
    assert [one.served.release for one in steps] == ["2013-08", "2013-08", "2013-10"]
    assert trained == ["2013-08", "2013-10"]
    assert steps[1].change.difference.high < 0


def test_a_challenger_that_is_no_better_is_rejected_and_the_champion_goes_on():
    steps, _ = played(MONTHLY)
    assert [one.verdict for one in steps] == ["within noise", "better", "within noise"]
    assert [one.released for one in steps] == [False, True, False]


def test_policies_are_compared_on_the_same_rows():
    alerted, never = played(ON_ALERT)[0], played(NEVER)[0]
    change, mark = compare_policies(alerted, never, REPLAY, services([]))
    assert mark == "better"
    assert change.head == pytest.approx(change.base - 25 / 3, rel=0.05)
    same, mark = compare_policies(never, never, REPLAY, services([]))
    assert (same.difference.value, mark) == (0.0, "within noise")


def test_enough_new_labels_since_the_release_was_trained_bring_a_challenger():
    steps, trained = played(Policy(when="labels", rules=(), rest=0, labels=2000))
    assert [one.asked for one in steps] == ["", "2,000 new labels", ""]
    assert trained == ["2013-08", "2013-10"]


def test_labels_are_counted_on_after_a_challenger_was_rejected():
    steps, _ = played(Policy(when="labels", rules=(), rest=0, labels=1000))
    assert [one.asked for one in steps] == ["1,000 new labels", "2,000 new labels", "1,000 new labels"]
    assert [one.released for one in steps] == [False, True, False]


def test_a_policy_trains_on_the_window_that_it_names():
    _, trained = played(Policy(when="always", rules=(), rest=0, training="sliding"))
    assert trained == ["2013-08 sliding", "2013-10 sliding"]
