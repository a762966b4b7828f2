"""What was found, for a person and for programs: a record, tables, pictures, Markdown and one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from lifecycle.io.atomic import write_text
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_csv
from lifecycle.monitoring import plots as drawings
from lifecycle.monitoring.label_coverage import Facts
from lifecycle.monitoring.monitor import OF_FEATURES, Found
from lifecycle.monitoring.settings import Monitor
from lifecycle.reporting.blocks import Block, DataTable, FigureFile, Heading, Paragraph, render_html, render_markdown
from lifecycle.reporting.png import write_png
from lifecycle.reporting.text import format_count, list_names

TITLE = "What is new in the newest rows"
MOST = 12
NUMBER = ".4g"


def write(
    folder: Path, found: Found, blamed: pd.DataFrame, monitor: Monitor, score: str, facts: Sequence[Facts] = ()
) -> None:
    """Write `monitor.json`, `signals.csv`, `slices.csv`, the pictures, `README.md` and `page.html` into a folder."""
    more = {one.name: one.rows.to_dict("records") for one in facts}
    write_json(folder / "monitor.json", record(found, blamed) | more)
    write_csv(folder / "signals.csv", found.signals)
    write_csv(folder / "slices.csv", found.slices)
    write_png(folder / "results.png", drawings.results(found.results, "KPIs, before and after labels"))
    drifts = found.signals[(found.signals["kind"] == "drift") & (found.signals["period"] == found.newest)]
    write_png(folder / "drift.png", drawings.drifts(drifts, f"Drift of features in {found.newest}"))
    judged = sorted(found.signals["period"].unique())
    write_png(folder / "alerts.png", drawings.timeline(spells(found), judged, "Alerts by period"))
    told = blocks(found, blamed, monitor, score, facts)
    write_text(folder / "README.md", render_markdown(TITLE, told))
    pictures = {path.name: path.read_bytes() for path in sorted(folder.glob("*.png"))}
    write_text(folder / "page.html", render_html(TITLE, told, pictures))


def record(found: Found, blamed: pd.DataFrame) -> dict[str, Any]:
    """The findings as a record: the periods, their KPIs, the raised signals, the alerts and their likely causes."""
    raised = found.signals[found.signals["raised"]].drop(columns="raised")
    return {
        "newest": found.newest,
        "periods": found.rows,
        "not_judged": found.few,
        "looked_at": len(found.signals),
        "raised": raised.to_dict("records"),
        "results": found.results.to_dict("records"),
        "alerts": [asdict(one) for one in found.alerts],
        "causes": blamed.to_dict("records"),
        "seasonal": found.seasonal,
    }


def spells(found: Found) -> pd.DataFrame:
    """One row per alert and period, with the name of the alert."""
    rows = [(f"{one.rule}: {one.kind} {one.subject}", one.period) for one in found.alerts]
    return pd.DataFrame(rows, columns=["name", "period"])


def blocks(found: Found, blamed: pd.DataFrame, monitor: Monitor, score: str, facts: Sequence[Facts]) -> list[Block]:
    """The report of the newest period, with the others in its pictures, and the facts beside it."""
    return [
        Paragraph(opening(found, monitor)),
        *alerted(found),
        *leaned_on(found, blamed),
        *measured(found),
        *worst(found, score),
        *(block for one in facts for block in beside(one)),
        *remarks(found),
    ]


def opening(found: Found, monitor: Monitor) -> str:
    """The whole in a few sentences."""
    if not found.newest:
        return f"No period has {monitor.rows:,} rows or more, so nothing was judged."
    rules = list_names(sorted({one.rule for one in found.present}))
    count, periods = len(found.present), found.signals["period"].nunique()
    alerts = f"{format_count(count, 'alert is', 'alerts are')} on, of {rules}." if count else "No alert is on."
    return (
        f"In the newest period, {found.newest}, with {found.rows.get(found.newest, 0):,} rows: {alerts} "
        f"{len(found.signals):,} signals of {format_count(periods, 'period')} were looked at, "
        f"{int(found.signals['raised'].sum()):,} are raised. A signal is raised when its size reaches its limit in "
        "conf/monitor/, exceeds what the train part's own periods reach, and chance does not explain it."
    )


def alerted(found: Found) -> list[Block]:
    """The alerts that are on, those of single features last, since another table orders them by weight."""
    if not found.present:
        return []
    order = sorted(found.present, key=lambda one: (one.kind in OF_FEATURES, one.rule, one.kind, one.subject))
    rows = pd.DataFrame([asdict(one) for one in order]).rename(columns={"said": "what was seen"})
    more = len(rows) - MOST
    return [
        Heading("Alerts"),
        DataTable(rows.head(MOST), {"rule": "", "kind": "", "since": "", "what was seen": ""}),
        *([Paragraph(f"And {more} more in monitor.json.")] if more > 0 else []),
        FigureFile("Alerts by period", "alerts.png"),
    ]


def leaned_on(found: Found, blamed: pd.DataFrame) -> list[Block]:
    """The features that changed, those that the model leans on most first."""
    rows = blamed[blamed["period"] == found.newest]
    picture = FigureFile("Drift of features", "drift.png")
    if rows.empty:
        return [Heading("Features"), Paragraph("No feature changed."), picture]
    words = (
        f"{rows['feature'].nunique()} features changed; those that the model leans on most come first. "
        "The fall is that of the score in the valid part when the feature's values are shuffled."
    )
    formats = {"feature": "", "kind": "", "size": NUMBER, "usual": NUMBER, "fall": ".2g"}
    more = len(rows) - MOST
    return [
        Heading("Features"),
        Paragraph(words),
        DataTable(rows.head(MOST), formats),
        *([Paragraph(f"And {more} more in monitor.json.")] if more > 0 else []),
        picture,
    ]


def measured(found: Found) -> list[Block]:
    """The KPIs in every period, and where the estimate was wrong."""
    if found.results.empty:
        return []
    formats = {"period": "", "metric": "", "floor": NUMBER, "reference": NUMBER, "estimate": NUMBER}
    formats |= {"estimate_low": NUMBER, "estimate_high": NUMBER, "value": NUMBER, "low": NUMBER, "high": NUMBER}
    formats |= {"labelled": ".0%"}
    return [
        Heading("KPIs"),
        Paragraph(held_up(found.results)),
        DataTable(found.results, formats),
        FigureFile("KPIs by period", "results.png"),
    ]


def held_up(results: pd.DataFrame) -> str:
    """Whether the estimates held once labels came."""
    known = results[results["inside"].notna()]
    if known.empty:
        return "Reference is the valid part. No estimate can be held against labels yet."
    wrong = known[known["inside"] == 0]
    said = ", ".join(f"{row.metric} in {row.period}" for row in wrong.itertuples())
    return (
        f"Reference is the valid part. The measured value lies inside the band that was estimated without labels in "
        f"{len(known) - len(wrong)} of {len(known)} cases" + (f"; outside for {said}." if said else ".")
    )


def worst(found: Found, score: str, least_rows: int = 100, count: int = 5) -> list[Block]:
    """The slices that differ most from the valid part, the largest change first."""
    rows = found.slices[(found.slices["period"] == found.newest) & (found.slices["rows"] >= least_rows)]
    rows = rows.assign(change=rows[score] - rows["reference"]).dropna(subset=["change"])
    if rows.empty:
        return []
    rows = rows.reindex(rows["change"].abs().sort_values(ascending=False, kind="stable").index).head(count)
    formats = {"column": "", "value": "", "rows": ",", score: NUMBER, "reference": NUMBER, "change": "+.4g"}
    return [Heading(f"Slices whose {score} changed most"), DataTable(rows, formats)]


def beside(facts: Facts) -> list[Block]:
    """Facts under their heading."""
    return [
        Heading(facts.heading),
        Paragraph(facts.words),
        DataTable(facts.rows, facts.formats),
    ]


def remarks(found: Found) -> list[Block]:
    """What was not judged."""
    said = []
    if found.seasonal:
        said.append(
            "Left out when rows are told apart by all features together, since they follow the season in the train "
            f"part too: {', '.join(found.seasonal)}."
        )
    if found.few:
        said.append(f"Not judged beyond their rows a day, since they are too few: {', '.join(found.few)}.")
    return [Heading("Not judged"), *(Paragraph(one) for one in said)] if said else []
