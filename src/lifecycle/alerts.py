"""When signals become an alert: in so many of the last periods, until so many have been quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from lifecycle.errors import WrongValue
from lifecycle.options import options

Kind = Literal[
    "schema", "volume", "missing", "new", "outside", "drift", "joint", "score", "label", "calibration", "estimate",
    "floor", "fall",
]  # fmt: skip


@options
class Rule:
    """Signals of the kinds that it `watch`es, of one column or metric, are an alert.

    The alert begins in the period in which at least `fire` of the last `of` periods had the signal, and ends
    after `clear` periods in a row without it, so that it does not come and go with a value near its limit.
    """

    watch: tuple[Kind, ...]
    fire: int
    of: int
    clear: int


@dataclass(frozen=True)
class Alert:
    """An alert: the rule, what it is about, the period in which it began, and the signal of its last loud period."""

    rule: str
    kind: str
    subject: str
    since: str
    period: str
    said: str

    @property
    def key(self) -> str:
        """What tells this alert from others, the same in each of its periods."""
        return f"{self.rule}/{self.kind}/{self.subject}/{self.since}"


def validate(rules: dict[str, Rule]) -> None:
    """Raise WrongValue for a rule that could never fire, or would never end."""
    for name, rule in rules.items():
        if not 1 <= rule.fire <= rule.of or rule.clear < 1 or not rule.watch:
            raise WrongValue(
                f"rule {name} wants {rule.fire} of the last {rule.of} periods of {len(rule.watch)} kinds of signal, "
                f"and {rule.clear} quiet ones to end",
                where=f"conf/monitor/, key rules.{name}",
                todo="fire: 1 or more and at most of, clear: 1 or more, watch: at least one kind",
            )


def on(loud: Sequence[bool], rule: Rule) -> list[bool]:
    """Whether the alert is on in each period, from whether each had the signal."""
    found, active = [], False
    for place in range(len(loud)):
        recent, quiet = loud[max(0, place + 1 - rule.of) : place + 1], loud[max(0, place + 1 - rule.clear) : place + 1]
        active = (sum(recent) >= rule.fire and loud[place]) or (active and (any(quiet) or len(quiet) < rule.clear))
        found.append(active)
    return found


def alerts(signals: pd.DataFrame, rules: dict[str, Rule]) -> list[Alert]:
    """The alerts of each period in which they are on, by period, rule and subject.

    `signals` has `period`, `kind`, `subject`, `raised` and `said`, and a row for each signal that was judged;
    the periods in which something was judged follow each other in their order.
    """
    order = sorted(signals["period"].unique())
    found = []
    for (kind, subject), rows in signals.groupby(["kind", "subject"], sort=True):
        raised = rows.set_index("period")["raised"].reindex(order, fill_value=False).tolist()
        words = dict(zip(rows["period"].astype(str), rows["said"].astype(str), strict=True))
        for name, rule in sorted(rules.items()):
            if kind in rule.watch:
                found += spells(name, str(kind), str(subject), order, raised, words, rule)
    return sorted(found, key=lambda one: (one.period, one.rule, one.kind, one.subject))


def spells(
    name: str, kind: str, subject: str, order: list[str], raised: list[bool], words: dict[str, str], rule: Rule
) -> list[Alert]:
    """The alert in each period in which it is on."""
    found: list[Alert] = []
    since, said = "", ""
    for period, active, loud in zip(order, on(raised, rule), raised, strict=True):
        since = (since or period) if active else ""
        said = words[period] if loud else said
        if active:
            found.append(Alert(name, kind, subject, since, period, said))
    return found
