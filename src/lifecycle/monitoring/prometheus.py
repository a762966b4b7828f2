"""The findings on the newest period as gauges, in Prometheus' text format."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lifecycle.io.plain_text import escape_hidden
from lifecycle.monitoring.monitor import MonitoringResult

# Every gauge with its labels and its description.
GAUGES: dict[str, tuple[tuple[str, ...], str]] = {
    "lifecycle_monitor_rows": ((), "rows of the newest period with enough rows"),
    "lifecycle_monitor_labelled_share": ((), "share of them with a label, 0 to 1"),
    "lifecycle_monitor_signal_size": (("kind", "subject"), "size of a signal, in the unit of its kind"),
    "lifecycle_monitor_signal_limit": (("kind", "subject"), "size from which it may be raised: limit or usual"),
    "lifecycle_monitor_signal_raised": (("kind", "subject"), "1 where the signal is raised"),
    "lifecycle_monitor_kpi": (("metric", "of"), "a KPI: value, estimate, floor or reference, and ends of intervals"),
    "lifecycle_monitor_alerts": (("rule",), "active alerts, by rule"),
}
ENDS = ("estimate", "estimate_low", "estimate_high", "value", "low", "high", "floor", "reference", "compared")

Reading = tuple[str, tuple[str, ...], float]


def render_gauges(found: MonitoringResult, rules: list[str]) -> str:
    """The text to expose: one line per known value."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    gauges = {name: Gauge(name, text, labels, registry=registry) for name, (labels, text) in GAUGES.items()}
    for name, labels, value in list_samples(found, rules):
        gauge = gauges[name].labels(*labels) if labels else gauges[name]
        gauge.set(value)
    return generate_latest(registry).decode("utf-8")


def list_samples(found: MonitoringResult, rules: list[str]) -> Iterator[Reading]:
    """Every known value of the newest period, by gauge and labels."""
    results = found.results[found.results["period"] == found.newest]
    yield "lifecycle_monitor_rows", (), float(found.rows.get(found.newest, 0))
    if len(results) and results["labelled"].notna().any():
        yield "lifecycle_monitor_labelled_share", (), float(results["labelled"].iloc[0])
    for row in found.signals[found.signals["period"] == found.newest].dropna(subset="size").to_dict("records"):
        labels = (escape_hidden(str(row["kind"])), escape_hidden(str(row["subject"])))
        yield "lifecycle_monitor_signal_size", labels, float(row["size"])
        sizes = (float(row["limit"]), float(row["usual"]))
        yield "lifecycle_monitor_signal_limit", labels, max(size for size in sizes if not math.isnan(size))
        yield "lifecycle_monitor_signal_raised", labels, float(row["raised"])
    for row in results.to_dict("records"):
        known = {end: row[end] for end in ENDS if row[end] == row[end]}
        yield from (("lifecycle_monitor_kpi", (row["metric"], end), float(value)) for end, value in known.items())
    for rule in rules:
        yield "lifecycle_monitor_alerts", (rule,), float(sum(one.rule == rule for one in found.present))
