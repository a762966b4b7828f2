"""The report of a backtest: a record, a page from it, and a line per month while it runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lifecycle.config import from_record
from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.evaluation.predictions import HALF
from lifecycle.evaluation.significance import Mark, MetricChange
from lifecycle.io.records import round_floats
from lifecycle.options import options
from lifecycle.reporting import templates
from lifecycle.reporting.markdown import escape_markdown, escape_words
from lifecycle.reporting.text import format_count
from lifecycle.retraining.backtest import MonthResult, ScoredRows, Services, join_months

Played = Mapping[str, list[MonthResult]]


@options
class LossDifference:
    """A difference of losses with its 95 % interval, negative where the loss is lower; None where it is unknown."""

    difference: float | None = None
    low: float | None = None
    high: float | None = None
    mark: Mark | None = None


@options
class Challenger(LossDifference):
    """Why a challenger was asked for, empty where none was; the decision; its loss less the champion's."""

    asked: str
    decision: str


@options
class EstimatedKpi:
    """A KPI of a month: the release's `real` one once every label was known, and an estimate before labels.

    The estimate, its interval, the `reference` (the KPI on the held rows) and `compared` (once every label was known)
    are those of the release's validation model, and `inside` is whether its interval contains its own value. `labelled`
    is the share of rows with a label at the month's end.
    """

    estimate: float | None
    estimate_low: float | None
    estimate_high: float | None
    reference: float | None
    floor: float
    labelled: float | None
    real: float | None
    inside: bool | None
    compared: float | None = None


@options
class MonthAlert:
    """An alert of a month: its rule, kind and subject, the period in which it began, and its message."""

    rule: str
    kind: str
    subject: str
    since: str
    message: str


@options
class MonthRecord:
    """A month of a policy: the served release and its last training month, loss, KPIs, drift, alerts, challenger."""

    month: str
    release: str
    learned_through: str
    rows: int
    loss: float | None
    kpis: dict[str, EstimatedKpi]
    drifted: list[str]
    alerts: list[MonthAlert]
    challenger: Challenger


@options
class PolicyRecord:
    """A policy's months, its loss over all rows, its new releases, and its loss against never retraining."""

    months: list[MonthRecord]
    loss: float | None
    releases: int
    rows: int
    against_never: LossDifference | None


@options
class BacktestRecord:
    """The metric that is the loss, and every policy by name."""

    loss: str
    policies: dict[str, PolicyRecord]


def compute_value(rows: ScoredRows, metric: tuple[str, Metric]) -> float:
    """A metric of rows with their actual labels."""
    return compute_metric(*metric, rows.truth, rows.scores, HALF)


def format_month(policy: str, result: MonthResult, services: Services) -> str:
    """One month of one policy in a line."""
    loss = f"{services.loss[0]} {compute_value(result.served.scored, services.loss):.4f}"
    rules = ", ".join(sorted({alert.rule for alert in result.alerts}))
    alerts = f"{format_count(len(result.alerts), 'alert')} ({rules})" if rules else "no alert"
    return f"{result.month} {policy}: {loss}, {alerts}, {describe_decision(result)}"


def describe_decision(result: MonthResult) -> str:
    """Whether a challenger was released or rejected; `kept` where none was asked for."""
    if not result.asked:
        return "kept"
    return f"{'released' if result.released else 'rejected'} ({result.verdict})"


def make_record(
    played: Played, compared: Mapping[str, tuple[MetricChange, Mark]], trained: Mapping[str, str], services: Services
) -> BacktestRecord:
    """The record of all policies, with floats in six digits; `trained` has each release's last training month."""
    policies = {
        name: PolicyRecord(
            months=[record_month(one, trained, services) for one in results],
            loss=compute_value(join_months(results), services.loss),
            releases=sum(one.released for one in results[:-1]),  # the last one has no month left to serve
            rows=len(join_months(results).truth),
            against_never=LossDifference(**describe_change(*compared[name])) if name in compared else None,
        )
        for name, results in played.items()
    }
    record = round_floats(asdict(BacktestRecord(loss=services.loss[0], policies=policies)))
    return from_record(BacktestRecord, record, where="reports/replay/replay.json", todo="lifecycle replay")


def record_month(result: MonthResult, trained: Mapping[str, str], services: Services) -> MonthRecord:
    """The record of one month."""
    scored = result.served.scored
    change = describe_change(result.change, result.verdict) if result.change and result.verdict else {}
    return MonthRecord(
        month=result.month,
        release=result.served.release,
        learned_through=trained[result.served.release],
        rows=len(scored.truth),
        loss=compute_value(scored, services.loss),
        kpis=compare_estimates(result, services),
        drifted=list_drifted(result),
        alerts=[
            MonthAlert(
                rule=alert.rule, kind=alert.kind, subject=alert.subject, since=alert.since, message=alert.message
            )
            for alert in result.alerts
        ],
        challenger=Challenger(asked=result.asked, decision=describe_decision(result), **change),
    )


def compare_estimates(result: MonthResult, services: Services) -> dict[str, EstimatedKpi]:
    """Each KPI's estimate beside its value once every label was known, both of the validation model."""
    kpis = {}
    for row in result.served.monitored.results.to_dict("records"):
        metric = (row["metric"], services.metrics[row["metric"]])
        real, compared = (compute_value(rows, metric) for rows in (result.served.scored, result.served.compared))
        inside = None if math.isnan(compared) else bool(row["estimate_low"] <= compared <= row["estimate_high"])
        names = ("estimate", "estimate_low", "estimate_high", "reference", "floor", "labelled")
        known = {name: row[name] for name in names}
        kpis[row["metric"]] = EstimatedKpi(real=real, inside=inside, compared=compared, **known)
    return kpis


def list_drifted(result: MonthResult) -> list[str]:
    """The features that drifted in the month, sorted."""
    signals = result.served.monitored.signals
    rows = signals[(signals["kind"] == "drift") & signals["raised"] & (signals["period"] == result.month)]
    return sorted(rows["subject"].astype(str))


def describe_change(change: MetricChange, mark: Mark) -> dict[str, Any]:
    """The fields of a `LossDifference`."""
    ends = change.difference
    return {"difference": ends.value, "low": ends.low, "high": ends.high, "mark": mark}


def render_page(record: BacktestRecord, summary: str) -> str:
    """The page, as Markdown."""
    cases = list_estimates(record)
    missed = [row for row, kpi in cases if not kpi.inside]
    text = templates.render(
        __file__,
        "md",
        loss=escape_words(record.loss),
        summary=summary,
        verdict=describe_verdict(record),
        policies=policy_rows(record),
        months=sorted(month_rows(record)),
        cases=len(cases),
        missed=sorted(missed),
    )
    return text.rstrip() + "\n"


def describe_verdict(record: BacktestRecord) -> str:
    """The loss of each policy against never retraining, in words."""
    sentences = [
        f"**{escape_words(name)}** ends with a {escape_words(record.loss)} of {format_float(policy.loss)} after "
        f"{format_count(policy.releases, 'new release')}: {format_difference(policy.against_never)}."
        for name, policy in record.policies.items()
        if policy.against_never
    ]
    return " ".join(sentences) or "One policy was played, so there is nothing to compare it with."


def format_difference(one: LossDifference) -> str:
    """A difference with its interval and its mark."""
    interval = f"{format_float(one.low, '+')} to {format_float(one.high, '+')}"
    return f"{format_float(one.difference, '+')} ({interval}) against never retraining, {one.mark}"


def format_float(value: float | None, sign: str = "") -> str:
    """A number with four decimals; a dash for none."""
    return "—" if value is None else f"{value:{sign}.4f}"


def policy_rows(record: BacktestRecord) -> list[list[str]]:
    """The cells of each policy's totals."""
    return [
        [escape_markdown(name), f"{policy.rows:,}", str(policy.releases), format_float(policy.loss)]
        for name, policy in record.policies.items()
    ]


def month_rows(record: BacktestRecord) -> list[list[str]]:
    """The cells of every month of every policy."""
    return [
        [
            month.month,
            escape_markdown(name),
            month.learned_through,
            f"{month.rows:,}",
            format_float(month.loss),
            count_alerts(month),
            str(len(month.drifted)),
            escape_markdown(month.challenger.decision),
        ]
        for name, policy in record.policies.items()
        for month in policy.months
    ]


def count_alerts(month: MonthRecord) -> str:
    """How many alerts of each rule."""
    counts = sorted(Counter(alert.rule for alert in month.alerts).items())
    return escape_markdown(", ".join(f"{count} {rule}" for rule, count in counts)) or "none"


def list_estimates(record: BacktestRecord) -> list[tuple[list[str], EstimatedKpi]]:
    """The cells of each estimate whose value was known later, with the KPI."""
    return [
        (
            [
                month.month,
                escape_markdown(name),
                escape_markdown(metric),
                format_float(kpi.estimate),
                f"{format_float(kpi.estimate_low)} to {format_float(kpi.estimate_high)}",
                format_float(kpi.compared),
            ],
            kpi,
        )
        for name, policy in record.policies.items()
        for month in policy.months
        for metric, kpi in month.kpis.items()
        if kpi.inside is not None
    ]
