"""How a backtest is run, and when a policy asks for a new model."""

import re
from collections.abc import Sequence
from typing import Literal

from lifecycle.errors import WrongValue, suggest_name
from lifecycle.evaluation.significance import Mark
from lifecycle.monitoring.alerts import Alert
from lifecycle.options import options

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@options
class Replay:
    """`months` months from `first` (2013-09) on are served, from a `share` of all rows, 0 to 1.

    Where `first` is none, they are the last months that the source has.
    A label is known `delay` days after its row; the last `held` days with labels set the threshold and judge a
    challenger, which is released when the comparison of `resamples` resamples is one of `promote`.
    """

    first: str | None
    months: int
    share: float
    delay: int
    held: int
    resamples: int
    promote: tuple[Mark, ...]


@options
class Policy:
    """When a challenger is trained: never, always at a month's end, on an alert of one of `rules`, on new `labels`.

    After a release nothing asks for another one for `rest` months; so many `labels` must have become known since
    then. Its models are trained on the window of the option `training` of conf/training/, else on all rows whose
    label is known.
    """

    when: Literal["never", "always", "alert", "labels"]
    rules: tuple[str, ...]
    rest: int
    labels: int = 0
    training: str = ""

    def ask(self, alerts: Sequence[Alert], months_since_release: int, new_labels: int) -> str:
        """Why a challenger is wanted at a month's end; empty where none is."""
        if self.when == "never" or months_since_release <= self.rest:
            return ""
        if self.when == "always":
            return "a month is over"
        if self.when == "labels":
            return f"{new_labels:,} new labels" if new_labels >= self.labels else ""
        matching = [alert for alert in alerts if alert.rule in self.rules]
        return f"alert: {matching[0].message}" if matching else ""


def check_replay(replay: Replay, policies: dict[str, Policy], rules: Sequence[str], trainings: Sequence[str]) -> None:
    """Raise WrongValue for values out of range, a rule that the monitor lacks, a window that is no option."""
    if replay.first is not None and not MONTH.fullmatch(replay.first):
        raise WrongValue(
            f"first is {replay.first!r}, no month",
            where="conf/replay/, key first",
            todo="first: a month such as 2013-09, or null for the last that the source has",
        )
    if not (0 < replay.share <= 1 and replay.months >= 1 and replay.delay >= 0 and replay.held >= 5):
        raise WrongValue(
            f"share {replay.share}, months {replay.months}, delay {replay.delay}, held {replay.held}",
            where="conf/replay/",
            todo="share above 0 and at most 1, months 1 or more, delay 0 or more, held 5 or more",
        )
    for name, policy in policies.items():
        check_policy(name, policy, trainings)
        for rule in policy.rules:
            if rule not in rules:
                raise WrongValue(
                    f"policy {name} waits for the rule {rule!r}, which the monitor does not have",
                    where=f"conf/policy/{name}.yaml, key rules",
                    todo=f"use one of {', '.join(rules)}",
                )


def check_policy(name: str, policy: Policy, trainings: Sequence[str]) -> None:
    """Raise WrongValue for a policy that would ask without a new label, or train on a window that is no option."""
    where = f"conf/policy/{name}.yaml"
    if policy.when == "labels" and policy.labels < 1:
        raise WrongValue(f"policy {name} waits for {policy.labels} new labels", where=where, todo="labels: 1 or more")
    if policy.training and policy.training not in trainings:
        raise WrongValue(
            f"policy {name} is trained on the window {policy.training!r}, which is no option of conf/training/",
            where=f"{where}, key training",
            todo=suggest_name(policy.training, trainings),
        )
