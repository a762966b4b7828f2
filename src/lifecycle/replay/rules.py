"""How a replay is played, and when a policy asks for a new model."""

from collections.abc import Sequence
from typing import Literal

from lifecycle.alerts import Alert
from lifecycle.errors import WrongValue
from lifecycle.options import options
from lifecycle.paired import Mark


@options
class Replay:
    """`months` months from `first` (2013-09) on are served, from a `share` of all rows, 0 to 1.

    A label is known `delay` days after its row; the last `held` days with labels set the threshold and judge a
    challenger, which is released when the comparison of `resamples` resamples is one of `promote`.
    """

    first: str
    months: int
    share: float
    delay: int
    held: int
    resamples: int
    promote: tuple[Mark, ...]


@options
class Policy:
    """When a challenger is trained: never, always at a month's end, or on an alert of one of `rules`.

    After a release `rest` months pass in which nothing asks for another one.
    """

    when: Literal["never", "always", "alert"]
    rules: tuple[str, ...]
    rest: int

    def asks(self, alerts: Sequence[Alert], months_since_release: int) -> str:
        """Why a challenger is wanted at a month's end; empty where none is."""
        if self.when == "never" or months_since_release <= self.rest:
            return ""
        if self.when == "always":
            return "a month is over"
        told = [alert for alert in alerts if alert.rule in self.rules]
        return f"alert: {told[0].said}" if told else ""


def must_be_playable(replay: Replay, policies: dict[str, Policy], rules: Sequence[str]) -> None:
    """Raise WrongValue for numbers out of range, and for a rule that the monitor does not have."""
    if not (0 < replay.share <= 1 and replay.months >= 1 and replay.delay >= 0 and replay.held >= 5):
        raise WrongValue(
            f"share {replay.share}, months {replay.months}, delay {replay.delay}, held {replay.held}",
            where="conf/replay/",
            todo="share above 0 and at most 1, months 1 or more, delay 0 or more, held 5 or more",
        )
    for name, policy in policies.items():
        for rule in policy.rules:
            if rule not in rules:
                raise WrongValue(
                    f"policy {name} waits for the rule {rule!r}, which the monitor does not have",
                    where=f"conf/policy/{name}.yaml, key rules",
                    todo=f"use one of {', '.join(rules)}",
                )
