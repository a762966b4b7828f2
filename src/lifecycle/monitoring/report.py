"""The monitoring report: a record and tables for programs, figures, Markdown and one page for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lifecycle.io.atomic import write_text
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_csv
from lifecycle.monitoring.label_coverage import ReportTable
from lifecycle.monitoring.monitor import OF_FEATURES, MonitoringResult
from lifecycle.monitoring.observations import RELEASED, Basis
from lifecycle.monitoring.plots import plot_alerts, plot_drift, plot_kpis
from lifecycle.monitoring.settings import Monitor
from lifecycle.monitoring.signals import NO_HISTORY
from lifecycle.reporting.markdown import escape_markdown, escape_words, format_cells
from lifecycle.reporting.png import write_png
from lifecycle.reporting.report_page import render_report_page
from lifecycle.reporting.templates import render
from lifecycle.reporting.text import format_count, list_names

TITLE = "Drift and performance on the latest data"
MOST = 12  # rows of a table
LEAST_ROWS, MOST_SLICES = 100, 5
NUMBER = ".4g"


@dataclass(frozen=True)
class Cells:
    """A table for the template: escaped cells, the columns aligned right, and how many rows were left out."""

    columns: list[str]
    rows: list[list[str]]
    right: list[str]
    more: int = 0
    count: int = 0


def write_report(
    folder: Path,
    found: MonitoringResult,
    causes: pd.DataFrame,
    monitor: Monitor,
    score: str,
    tables: Sequence[ReportTable] = (),
) -> None:
    """Write `monitor.json`, `signals.csv`, `slices.csv`, the figures, `README.md` and `page.html` into a folder."""
    more = {one.name: one.rows.to_dict("records") for one in tables}
    write_json(folder / "monitor.json", build_record(found, causes) | more)
    write_csv(folder / "signals.csv", found.signals)
    write_csv(folder / "slices.csv", found.slices)
    write_figures(folder, found)
    markdown = render_markdown(found, causes, monitor, score, tables)
    write_text(folder / "README.md", markdown)
    write_text(folder / "page.html", render_report_page(TITLE, markdown, folder))


def write_figures(folder: Path, found: MonitoringResult) -> None:
    """Write `results.png`, `drift.png` and `alerts.png`."""
    write_png(folder / "results.png", plot_kpis(found.results, "KPIs, estimated and measured", found.basis))
    drifts = found.signals[(found.signals["kind"] == "drift") & (found.signals["period"] == found.newest)]
    write_png(folder / "drift.png", plot_drift(drifts, f"Drift by feature in {found.newest}"))
    periods = sorted(found.signals["period"].unique())
    write_png(folder / "alerts.png", plot_alerts(tabulate_alerts(found), periods, "Alerts by period"))


def build_record(found: MonitoringResult, causes: pd.DataFrame) -> dict[str, Any]:
    """The result for programs: the periods, their KPIs, the raised signals, the alerts and their likely causes."""
    raised = found.signals[found.signals["raised"]].drop(columns="raised")
    return {
        "newest": found.newest,
        "periods": found.rows,
        "not_judged": found.few,
        "looked_at": len(found.signals),
        "measured": RELEASED,
        "compared_with": asdict(found.basis),
        "raised": raised.to_dict("records"),
        "results": found.results.to_dict("records"),
        "alerts": [asdict(one) for one in found.alerts],
        "causes": causes.to_dict("records"),
        "seasonal": found.seasonal,
    }


def tabulate_alerts(found: MonitoringResult) -> pd.DataFrame:
    """One row per alert and period, with the name of the alert."""
    rows = [(f"{one.rule}: {one.kind} {one.subject}", one.period) for one in found.alerts]
    return pd.DataFrame(rows, columns=["name", "period"])


def render_markdown(
    found: MonitoringResult, causes: pd.DataFrame, monitor: Monitor, score: str, tables: Sequence[ReportTable]
) -> str:
    """The report on the latest period, with the others in its figures, and the tables beside it."""
    return render(
        __file__,
        "md",
        title=TITLE,
        monitor=monitor,
        score=score,
        newest=found.newest,
        rows=found.rows.get(found.newest, 0),
        active=describe_alerts(found),
        raised=describe_raised(found),
        alerts=list_alerts(found),
        features=list_features(found, causes),
        kpis=list_kpis(found.results, found.basis),
        models=describe_models(found.basis),
        estimates=describe_estimates(found.results, found.basis),
        basis=found.basis,
        slices=list_slices(found, score),
        tables=[
            {"heading": one.heading, "summary": one.summary, "cells": build_cells(one.rows, one.formats)}
            for one in tables
        ],
        seasonal=found.seasonal,
        few=found.few,
    )


def build_cells(rows: pd.DataFrame, formats: Mapping[str, str], most: int | None = None) -> Cells:
    """The columns that `formats` names, formatted and escaped; at most so many rows."""
    shown = rows if most is None else rows.head(most)
    cells = [[escape_markdown(cell) for cell in row] for row in format_cells(shown, formats)]
    right = [escape_words(name) for name, form in formats.items() if form]
    return Cells([escape_words(name) for name in formats], cells, right, more=len(rows) - len(shown), count=len(rows))


def describe_alerts(found: MonitoringResult) -> str:
    """How many alerts are active in the latest period, and by which rules."""
    if not found.present:
        return "No alert is active."
    rules = escape_words(list_names(sorted({one.rule for one in found.present})))
    return f"{format_count(len(found.present), 'alert is', 'alerts are')} active: {rules}."


def describe_raised(found: MonitoringResult) -> str:
    """How many signals are raised, of how many."""
    periods = format_count(found.signals["period"].nunique(), "period")
    return f"Of {len(found.signals):,} signals in {periods}, {int(found.signals['raised'].sum()):,} are raised."


def list_alerts(found: MonitoringResult) -> Cells:
    """The active alerts, those of single features last, since another table orders them by importance."""
    order = sorted(found.present, key=lambda one: (one.kind in OF_FEATURES, one.rule, one.kind, one.subject))
    columns = ["rule", "kind", "since", "message"]
    rows = pd.DataFrame([asdict(one) for one in order], columns=columns).rename(columns={"message": "signal"})
    return build_cells(rows, {"rule": "", "kind": "", "since": "", "signal": ""}, MOST)


def list_features(found: MonitoringResult, causes: pd.DataFrame) -> Cells:
    """The features with a raised signal in the latest period, those with the highest importance first."""
    rows = causes[causes["period"] == found.newest]
    usual = [NO_HISTORY if pd.isna(size) else format(size, NUMBER) for size in rows["usual"]]
    rows = rows.assign(usual=pd.Series(usual, index=rows.index, dtype="str"))
    formats = {"feature": "", "kind": "", "size": NUMBER, "usual": "", "importance": ".2g"}
    cells = build_cells(rows, formats, MOST)
    return Cells(cells.columns, cells.rows, cells.right, cells.more, count=int(rows["feature"].nunique()))


def list_kpis(results: pd.DataFrame, basis: Basis) -> Cells:
    """The KPIs of every period; the value that is compared is shown where it is not the measured one."""
    numbers = ["floor", "value", "low", "high", "reference", "estimate", "estimate_low", "estimate_high"]
    numbers += [] if basis.model == RELEASED else ["compared"]
    return build_cells(results, {"period": "", "metric": ""} | dict.fromkeys(numbers, NUMBER) | {"labelled": ".0%"})


def describe_models(basis: Basis) -> str:
    """Which model each number is of."""
    if basis.model == RELEASED:
        return (
            f"All numbers are of the {RELEASED}. It was not fitted on the {basis.part}, whose KPIs are the reference; "
            "there its predictions tell what to expect of the rows without labels."
        )
    return (
        f"Value, low, high, floor and calibration are of the {RELEASED}. All else is of the {basis.model} on both "
        f"sides: reference ({basis.part}), estimate, compared (what it reached here), drift of predictions, slices. "
        f"The {basis.part} tells what to expect only of a model that was not fitted on it."
    )


def describe_estimates(results: pd.DataFrame, basis: Basis) -> str:
    """Whether the KPIs lie within the bands that were estimated without labels."""
    value = "measured" if basis.model == RELEASED else "compared"
    known = results[results["inside"].notna()]
    if known.empty:
        return "No estimate can be compared with labels yet."
    outside = known[known["inside"] == 0]
    names = escape_markdown(", ".join(f"{row.metric} in {row.period}" for row in outside.itertuples()))
    return (
        f"The {value} value lies within the band estimated without labels in "
        f"{len(known) - len(outside)} of {len(known)} cases" + (f"; outside for {names}." if names else ".")
    )


def list_slices(found: MonitoringResult, score: str) -> Cells:
    """The slices of the latest period whose score differs most from the reference's, the largest change first."""
    rows = found.slices[(found.slices["period"] == found.newest) & (found.slices["rows"] >= LEAST_ROWS)]
    rows = rows.assign(change=rows[score] - rows["reference"]).dropna(subset=["change"])
    order = rows["change"].abs().sort_values(ascending=False, kind="stable").index
    formats = {"column": "", "value": "", "rows": ",", score: NUMBER, "reference": NUMBER, "change": "+.4g"}
    return build_cells(rows.reindex(order).head(MOST_SLICES), formats)
