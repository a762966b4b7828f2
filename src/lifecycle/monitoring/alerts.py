"""When signals become an alert: in so many of the last periods, until so many have been quiet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from lifecycle.errors import WrongValue
from lifecycle.options import options

Kind = Literal[
    "schema", "volume", "missing", "new", "outside", "drift", "joint", "score", "label", "calibration", "estimate",
    "floor", "fall",
]  # fmt: skip

ALL = "(all)"  # the subject of what is of no single column or metric
NAMED = 3  # so many of the signals of an alert of several are told in full
SUBJECTS: Mapping[str, str] = {"estimate": "KPIs", "floor": "KPIs", "fall": "KPIs", "score": "answers"}


@options
class Rule:
    """Signals of the kinds that it `watch`es are an alert: each column or metric its own, or all of a kind one.

    The alert begins in the period in which at least `fire` of the last `of` periods had such a signal, and ends
    after `clear` periods in a row without one, so that it does not come and go with a value near its limit.
    """

    watch: tuple[Kind, ...]
    per: Literal["column", "kind"]
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


def on(loud: Sequence[bool | None], rule: Rule) -> list[bool]:
    """Whether the alert is on in each period, from whether each had the signal; None where that was not judged.

    A period that was not judged, such as one whose labels have not come, is neither loud nor quiet.
    """
    found: list[bool] = []
    judged: list[bool] = []
    active = False
    for one in loud:
        if one is not None:
            judged.append(one)
            recent, quiet = judged[-rule.of :], judged[-rule.clear :]
            active = (sum(recent) >= rule.fire and one) or (active and (any(quiet) or len(quiet) < rule.clear))
        found.append(active)
    return found


def alerts(signals: pd.DataFrame, rules: Mapping[str, Rule], leaned: Mapping[str, float]) -> list[Alert]:
    """The alerts of each period in which they are on, by period, rule and subject.

    `signals` has `period`, `kind`, `subject`, `size`, `raised` and `said`, and a row for each signal that was
    judged; the periods in which something was judged follow each other in their order. One without a signal of
    an alert's own is neither loud nor quiet to it; a schema, told only where it is broken, was judged where more
    than the volume was. `leaned` says how much the model leans on a feature: an alert
    of several names those first.
    """
    order = sorted(signals["period"].unique())
    whole = set(signals.loc[signals["kind"] != "volume", "period"])
    found = []
    for name, rule in sorted(rules.items()):
        for kind, subject, rows in groups(signals, rule):
            loud = rows[rows["raised"]].groupby("period").indices
            words = {str(period): told(kind, rows[rows["period"] == period], leaned) for period in loud}
            known = {period: period in words for period in (whole if kind == "schema" else looked(rows))}
            found += spells(name, kind, subject, words, on([known.get(period) for period in order], rule), order)
    return sorted(found, key=lambda one: (one.period, one.rule, one.kind, one.subject))


def groups(signals: pd.DataFrame, rule: Rule) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The kind, the subject and the signals of each alert that a rule may raise."""
    watched = signals[signals["kind"].isin(rule.watch)]
    subjects = watched["subject"] if rule.per == "column" else ALL
    for (kind, subject), rows in watched.assign(about=subjects).groupby(["kind", "about"], sort=True):
        yield str(kind), str(subject), rows


def looked(rows: pd.DataFrame) -> list[str]:
    """The periods in which an alert's own signals could be judged."""
    return rows.loc[rows["size"].notna(), "period"].tolist()


def told(kind: str, rows: pd.DataFrame, leaned: Mapping[str, float]) -> str:
    """The signals of one kind in one period, in words: the only one, or how many are raised and the first of them."""
    if len(rows) == 1:
        return str(rows["said"].iloc[0])
    raised = rows[rows["raised"]]
    weighed = raised.assign(weight=raised["subject"].map(dict(leaned)).astype("float64").fillna(0.0))
    ordered = weighed.sort_values(["weight", "size", "subject"], ascending=[False, False, True])
    first = "those that the model leans on most first" if ordered["weight"].any() else "the largest first"
    named = "; ".join(ordered["said"].head(NAMED))
    return f"{len(raised)} of {len(rows)} {SUBJECTS.get(kind, 'features')}, {first}: {named}"


def spells(
    name: str, kind: str, subject: str, words: Mapping[str, str], states: Sequence[bool], order: Sequence[str]
) -> list[Alert]:
    """The alert in each period in which it is on; `words` are what was seen in each loud period."""
    found: list[Alert] = []
    since, said = "", ""
    for period, active in zip(order, states, strict=True):
        since = (since or period) if active else ""
        said = words.get(period, said)
        if active:
            found.append(Alert(name, kind, subject, since, period, said))
    return found
