"""What came out of a replay: a record, a page for a person, and the lines that are printed on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lifecycle.evaluation.metric import Metric, compute_metric
from lifecycle.evaluation.significance import Change, Mark
from lifecycle.reporting.markdown import escape_markdown
from lifecycle.reporting.text import format_count
from lifecycle.retraining.backtest import Answered, Stage, Step, whole

Played = Mapping[str, list[Step]]


def value(rows: Answered, named: tuple[str, Metric]) -> float:
    """A metric of answers whose truth is known by now."""
    return compute_metric(*named, rows.truth, rows.scores, 0.5)


def line(policy: str, one: Step, stage: Stage) -> str:
    """One month of one policy."""
    loss = f"{stage.loss[0]} {value(one.served.answered, stage.loss):.4f}"
    rules = ", ".join(sorted({alert.rule for alert in one.alerts}))
    alerts = f"{len(one.alerts)} alerts ({rules})" if rules else "no alert"
    return f"{one.month} {policy}: {loss}, {alerts}, {decision(one)}"


def decision(one: Step) -> str:
    """What became of a challenger."""
    if not one.asked:
        return "kept"
    return f"{'released' if one.released else 'rejected'} ({one.verdict})"


def record(
    played: Played, compared: Mapping[str, tuple[Change, Mark]], trained: Mapping[str, str], stage: Stage
) -> dict[str, Any]:
    """Everything of a replay: each policy's months and totals, and how it differs from never retraining."""
    return {
        "loss": stage.loss[0],
        "policies": {
            name: {
                "months": [of_step(one, trained, stage) for one in steps],
                "loss": value(whole(steps), stage.loss),
                "releases": sum(one.released for one in steps[:-1]),  # the last one has no month left to serve
                "rows": len(whole(steps).truth),
                **({"against_never": of_change(*compared[name])} if name in compared else {}),
            }
            for name, steps in played.items()
        },
    }


def of_step(one: Step, trained: Mapping[str, str], stage: Stage) -> dict[str, Any]:
    """One month: what was served, KPIs estimated and measured, alerts, and the challenger."""
    answered = one.served.answered
    return {
        "month": one.month,
        "release": one.served.release,
        "learned_through": trained[one.served.release],
        "rows": len(answered.truth),
        "loss": value(answered, stage.loss),
        "kpis": kpis(one.served.found.results, answered, stage),
        "drifted": drifted(one),
        "alerts": [
            {"rule": alert.rule, "kind": alert.kind, "subject": alert.subject, "since": alert.since, "message": alert.message}
            for alert in one.alerts
        ],
        "challenger": {
            "asked": one.asked,
            "decision": decision(one),
            **(of_change(one.change, one.verdict) if one.change and one.verdict else {}),
        },
    }


def kpis(results: pd.DataFrame, answered: Answered, stage: Stage) -> dict[str, Any]:
    """Each KPI: estimated before labels, and what it turned out to be once every label had come."""
    found = {}
    for row in results.to_dict("records"):
        named = (row["metric"], stage.metrics[row["metric"]])
        real = compute_metric(*named, answered.truth, answered.scores, 0.5)
        stated = {name: row[name] for name in ("estimate", "estimate_low", "estimate_high", "reference", "floor")}
        inside = bool(row["estimate_low"] <= real <= row["estimate_high"]) if not math.isnan(real) else None
        found[row["metric"]] = stated | {"labelled": row["labelled"], "real": real, "inside": inside}
    return found


def drifted(one: Step) -> list[str]:
    """The features with a drift in the month, sorted."""
    signals = one.served.found.signals
    rows = signals[(signals["kind"] == "drift") & signals["raised"] & (signals["period"] == one.month)]
    return sorted(rows["subject"].astype(str))


def of_change(change: Change, mark: Mark) -> dict[str, Any]:
    """A difference of losses, negative where the loss is less."""
    ends = change.difference
    return {"difference": ends.value, "low": ends.low, "high": ends.high, "mark": mark}


def page(told: Mapping[str, Any], title: str) -> str:
    """The replay for a person."""
    return "\n\n".join(
        [
            "# Months in production, played again",
            title,
            verdict(told),
            "![The months by policy](timeline.png)",
            "## Policies",
            policies(told),
            "## Month by month",
            months(told),
            "## Estimated before labels came, and what it was",
            estimates(told),
        ]
    )


def verdict(told: Mapping[str, Any]) -> str:
    """Whether retraining on an alert paid, in words; the numbers may say that it did not."""
    found = told["policies"]
    sentences = []
    for name, one in found.items():
        if "against_never" in one:
            gap = one["against_never"]
            sentences.append(
                f"**{name}** ends with a {told['loss']} of {one['loss']:.4f} after "
                f"{format_count(one['releases'], 'new release')}: "
                f"{gap['difference']:+.4f} ({gap['low']:+.4f} to {gap['high']:+.4f}) against never retraining, "
                f"{gap['mark']}."
            )
    return " ".join(sentences) or "One policy was played, so there is nothing to compare it with."


def policies(told: Mapping[str, Any]) -> str:
    """Totals by policy."""
    rows = [
        f"| {escape_markdown(name)} | {one['rows']:,} | {one['releases']} | {one['loss']:.4f} |"
        for name, one in told["policies"].items()
    ]
    return "\n".join([f"| policy | rows served | new releases | {told['loss']} |", "|---|---:|---:|---:|", *rows])


def months(told: Mapping[str, Any]) -> str:
    """Every month of every policy."""
    head = f"| month | policy | learned through | rows | {told['loss']} | alerts | features drifted | challenger |"
    rows = [
        f"| {one['month']} | {escape_markdown(name)} | {one['learned_through']} | {one['rows']:,} | {one['loss']:.4f} | "
        f"{rules(one)} | {len(one['drifted'])} | {escape_markdown(one['challenger']['decision'])} |"
        for name, policy in told["policies"].items()
        for one in policy["months"]
    ]
    return "\n".join([head, "|---|---|---|---:|---:|---|---:|---|", *sorted(rows)])


def rules(month: Mapping[str, Any]) -> str:
    """How many alerts of each rule."""
    counts = pd.Series([alert["rule"] for alert in month["alerts"]], dtype="str").value_counts().sort_index()
    return escape_markdown(", ".join(f"{count} {rule}" for rule, count in counts.items())) or "none"


def estimates(told: Mapping[str, Any]) -> str:
    """How often the band held what came, and every case in which it did not."""
    cases = [
        (name, one["month"], metric, kpi)
        for name, policy in told["policies"].items()
        for one in policy["months"]
        for metric, kpi in one["kpis"].items()
        if kpi["inside"] is not None
    ]
    outside = [case for case in cases if not case[3]["inside"]]
    rows = [
        f"| {month} | {escape_markdown(name)} | {metric} | {kpi['estimate']:.4f} | {kpi['estimate_low']:.4f} to "
        f"{kpi['estimate_high']:.4f} | {kpi['real']:.4f} |"
        for name, month, metric, kpi in outside
    ]
    said = f"The band held the real value in {len(cases) - len(outside)} of {len(cases)} cases."
    if not outside:
        return said
    head = ["| month | policy | KPI | estimate | band | real |", "|---|---|---|---:|---:|---:|"]
    return "\n".join([f"{said} It did not in:", "", *head, *sorted(rows)])
