"""When signals become an alert: raised in `fire` of the last `of` periods, until `clear` periods in a row are quiet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from lifecycle.errors import WrongValue
from lifecycle.options import options

Kind = Literal[
    "schema", "volume", "missing", "new", "outside", "drift", "domain_classifier", "prediction", "label", "calibration",
    "estimate", "floor", "performance",
]  # fmt: skip

ALL = "(all)"  # the subject of a signal of no single column or metric
NAMED = 3  # signals of an alert that its message describes in full
SUBJECTS: Mapping[str, str] = {"estimate": "KPIs", "floor": "KPIs", "performance": "KPIs", "prediction": "predictions"}


@options
class Rule:
    """Which kinds of signal (`watch`) raise an alert: one for each column or metric, or one for all of a kind (`per`).

    The alert begins in the period in which at least `fire` of the last `of` periods had such a signal, and ends
    after `clear` periods in a row without one, so that a value near its limit does not toggle it.
    """

    watch: tuple[Kind, ...]
    per: Literal["column", "kind"]
    fire: int
    of: int
    clear: int


@dataclass(frozen=True)
class Alert:
    """An alert in one period: its rule, kind and subject, the period in which it began, and its last raised signal."""

    rule: str
    kind: str
    subject: str
    since: str
    period: str
    message: str

    @property
    def key(self) -> str:
        """Identifies the alert, the same in each of its periods."""
        return f"{self.rule}/{self.kind}/{self.subject}/{self.since}"


def check_rules(rules: Mapping[str, Rule]) -> None:
    """Raise WrongValue for a rule that could never fire, or would never end."""
    for name, rule in rules.items():
        if not 1 <= rule.fire <= rule.of or rule.clear < 1 or not rule.watch:
            raise WrongValue(
                f"rule {name} wants {rule.fire} of the last {rule.of} periods of {len(rule.watch)} kinds of signal, "
                f"and {rule.clear} quiet ones to end",
                where=f"conf/monitor/, key rules.{name}",
                todo="fire: 1 or more and at most of, clear: 1 or more, watch: at least one kind",
            )


def find_active(raised: Sequence[bool | None], rule: Rule) -> list[bool]:
    """Whether the alert is active in each period, from whether its signal was raised; None where it was not evaluated.

    A period without evaluation, such as one whose labels have not come, leaves the alert as it is.

    >>> find_active([True, False, None, False], Rule(watch=("drift",), per="kind", fire=1, of=1, clear=2))
    [True, True, True, False]
    """
    states: list[bool] = []
    evaluated: list[bool] = []
    active = False
    for one in raised:
        if one is not None:
            evaluated.append(one)
            recent, last = evaluated[-rule.of :], evaluated[-rule.clear :]
            active = (sum(recent) >= rule.fire and one) or (active and (any(last) or len(last) < rule.clear))
        states.append(active)
    return states


def raise_alerts(signals: pd.DataFrame, rules: Mapping[str, Rule], importance: Mapping[str, float]) -> list[Alert]:
    """The alerts of each period in which they are active, by period, rule and subject.

    `signals` has `period`, `kind`, `subject`, `size`, `raised` and `message`, one row per evaluated signal; the
    periods with any follow each other in their order. A broken schema has a row only where it is broken, so it
    counts as evaluated wherever more than the volume was. An alert of several signals names those of the features
    with the highest permutation `importance` first.
    """
    order = sorted(signals["period"].unique())
    complete = set(signals.loc[signals["kind"] != "volume", "period"])
    found = []
    for name, rule in sorted(rules.items()):
        for kind, subject, rows in group_signals(signals, rule):
            periods = rows[rows["raised"]].groupby("period").indices
            messages = {
                str(period): describe_signals(kind, rows[rows["period"] == period], importance) for period in periods
            }
            evaluated = complete if kind == "schema" else list_evaluated_periods(rows)
            raised = {period: period in messages for period in evaluated}
            states = find_active([raised.get(period) for period in order], rule)
            found += build_alerts(name, kind, subject, messages, states, order)
    return sorted(found, key=lambda one: (one.period, one.rule, one.kind, one.subject))


def group_signals(signals: pd.DataFrame, rule: Rule) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The kind, the subject and the signals of each alert that a rule may raise."""
    watched = signals[signals["kind"].isin(rule.watch)]
    subjects = watched["subject"] if rule.per == "column" else ALL
    for (kind, subject), rows in watched.assign(about=subjects).groupby(["kind", "about"], sort=True):
        yield str(kind), str(subject), rows


def list_evaluated_periods(rows: pd.DataFrame) -> list[str]:
    """The periods in which the signals could be evaluated."""
    return rows.loc[rows["size"].notna(), "period"].tolist()


def describe_signals(kind: str, rows: pd.DataFrame, importance: Mapping[str, float]) -> str:
    """The message on the signals of one kind in one period: the only one's, or how many are raised and the first."""
    if len(rows) == 1:
        return str(rows["message"].iloc[0])
    raised = rows[rows["raised"]]
    weighed = raised.assign(weight=raised["subject"].map(dict(importance)).astype("float64").fillna(0.0))
    ordered = weighed.sort_values(["weight", "size", "subject"], ascending=[False, False, True])
    first = "the most important first" if ordered["weight"].any() else "the largest first"
    messages = "; ".join(ordered["message"].head(NAMED))
    return f"{len(raised)} of {len(rows)} {SUBJECTS.get(kind, 'features')}, {first}: {messages}"


def build_alerts(
    name: str, kind: str, subject: str, messages: Mapping[str, str], states: Sequence[bool], order: Sequence[str]
) -> list[Alert]:
    """The alert in each period in which it is active; `messages` are those of the periods with a raised signal."""
    found: list[Alert] = []
    since, message = "", ""
    for period, active in zip(order, states, strict=True):
        since = (since or period) if active else ""
        message = messages.get(period, message)
        if active:
            found.append(Alert(name, kind, subject, since, period, message))
    return found
