"""The report on the train part: its plots, associations, missing values and summary statistics."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lifecycle.eda import profile, text_stats
from lifecycle.eda.target import CATEGORIES, PANELS, Target
from lifecycle.eda.view import Plot, View
from lifecycle.reporting.figures import shorten_label
from lifecycle.reporting.markdown import embed_figure, escape_markdown, escape_words, quote_code
from lifecycle.reporting.templates import render
from lifecycle.reporting.text import format_count, format_number, format_percent

TABLE_ROWS = 100
WORDS = 20
TEXT_ROWS = 50_000


@dataclass(frozen=True)
class PlotSection:
    """A plot in the report: its title on one line, what one learns from it, and the Markdown that shows it."""

    title: str
    caption: str
    image: str


@dataclass(frozen=True)
class CutTable:
    """The first rows of a table, and how many `others` are omitted."""

    columns: list[str]
    rows: list[list[str]]
    omitted: int = 0
    others: str = ""


@dataclass(frozen=True)
class TableSection:
    """Tables under a heading and a text, all Markdown."""

    heading: str
    text: str
    tables: list[CutTable]


def render_report(target: Target, plots: Sequence[PlotSection], summary: pd.DataFrame, browsed: str) -> str:
    """The report as Markdown; `browsed` says which rows and columns explore.html holds."""
    return render(
        __file__,
        "md",
        question=" ".join(target.problem.question.split()),
        facts=list_facts(target),
        notes=list_notes(target, browsed),
        limits=list_limits(target),
        choice=target.choice,
        plots=plots,
        sections=[
            *tabulate_associations(target),
            *tabulate_words(target),
            *tabulate_missing_values(target),
            tabulate_summary(summary),
        ],
    )


def describe_plot(plot: Plot) -> PlotSection:
    """The section of one plot."""
    title = " ".join(plot.title.split())
    return PlotSection(title, plot.caption, embed_figure(title, plot.file))


def list_facts(target: Target) -> list[tuple[str, str]]:
    """Rows, period, target and columns."""
    view = target.view
    facts = {"rows": f"{len(view.table):,}, each {escape_markdown(view.problem.unit)}"}
    if view.schema.time:
        facts["period"] = f"{format_period(view, view.schema.time)}, {quote_code(view.schema.time)}"
    facts |= target.list_facts()
    features, context = (len(view.schema.columns_with_role(role)) for role in ("feature", "context"))
    return list((facts | {"columns": f"{features} features, {context} for context"}).items())


def list_notes(target: Target, browsed: str) -> list[str]:
    """How to read what follows, in sentences."""
    problem = target.problem
    notes = ["The report covers the train part alone, so that nothing learned from it can favour a later score."]
    if target.view.schema.columns_with_role("forbidden"):
        later = "known only after the prediction time" if problem.prediction_time else "that no model may see"
        notes.append(f"Columns {later} are left out.")
    if target.intervals:
        notes.append(describe_intervals(problem.block))
    notes.append(
        "Distributions and associations of every column are in [explore.html](../explore.html) "
        f"({browsed.lower()}; download it and open it in a browser)."
    )
    return notes


def describe_intervals(block: str | None) -> str:
    """How far the confidence intervals can be trusted."""
    text = "Confidence intervals are of 95 % and treat rows as independent"
    if block is None:
        return f"{text}."
    return f"{text}; rows with the same {quote_code(block)} are correlated, so the real uncertainty is larger."


def list_limits(target: Target) -> list[str]:
    """How many features of a kind are plotted, where there are more."""
    kinds = {"numeric": (target.strongest, PANELS), "category": (target.categorical, CATEGORIES)}
    return [f"{most} of {len(names):,} {kind} features" for kind, (names, most) in kinds.items() if len(names) > most]


def format_period(view: View, time: str) -> str:
    """The first and the last day of the rows, or the ends of what orders them where that is no time."""
    values = view.table[time]
    times = profile.parse_times(values, view.kind(time))
    if values.isna().all():
        return "unknown"
    if times is None:
        return escape_markdown(f"{values.min()} to {values.max()}")
    zone = " (UTC)" if view.kind(time) == "time" else ""
    return f"{times.min():%Y-%m-%d} to {times.max():%Y-%m-%d}{zone}"


def tabulate_associations(target: Target) -> Iterator[TableSection]:
    """How strongly each feature is associated with the target, or without one with another feature."""
    first = target.associations.head(TABLE_ROWS)
    if first.empty:
        return
    columns = target.view.schema.columns
    cells = {
        "feature": [quote_code(name) for name in first["column"]],
        "strength": [f"{value:.3f}" for value in first["strength"]],
        **target.list_extremes(first),
        "description": [escape_markdown(columns[name].description) for name in first["column"]],
    }
    table = cut_table(cells, len(target.associations), "weaker associations")
    yield TableSection(f"Strongest associations with {target.other}", target.strength, [table])


def cut_table(cells: Mapping[str, Sequence[str]], rows: int, others: str) -> CutTable:
    """The table of the cells by column, which are the first of so many rows."""
    lines = [list(line) for line in zip(*cells.values(), strict=True)]
    return CutTable(list(cells), lines, rows - len(lines), others)


def tabulate_words(target: Target) -> Iterator[TableSection]:
    """The most frequent words of each free-text feature, and the target where they occur."""
    view = target.view
    rows = view.sample(pd.Series(True, index=view.table.index), TEXT_ROWS)
    for name in view.texts:
        texts = text_stats.extract_words(rows[name])
        frequent = text_stats.count_frequent_words(texts, WORDS)
        if not frequent:
            continue
        cells = {
            "word": [quote_code(word) for word, _ in frequent],
            "rows": [f"{count:,}" for _, count in frequent],
            "share": [f"{count / len(rows):.1%}" for _, count in frequent],
        }
        if target.measure:
            masks = [pd.Series([word in text for text in texts], index=rows.index) for word, _ in frequent]
            cells[f"{target.measure} where it occurs"] = [target.describe_rows(mask[mask].index) for mask in masks]
        text = f"The {len(frequent)} words that most texts hold, in {format_count(len(rows), 'row')}."
        yield TableSection(f"Words of {quote_code(name)}", text, [cut_table(cells, len(frequent), "")])


def tabulate_missing_values(target: Target) -> Iterator[TableSection]:
    """Missing values by column, and the target with and without them."""
    missing = profile.count_missing(target.view.table)
    if missing.empty:
        return
    first = missing.head(TABLE_ROWS)
    cells = {
        "column": [quote_code(name) for name in first["column"]],
        "missing rows": [f"{rows:,}" for rows in first["missing"]],
        "share": [f"{share:.2%}" for share in first["share"]],
    }
    if target.measure:
        masks = [target.view.table[name].isna() for name in first["column"]]
        cells[f"{target.measure} where missing"] = [target.describe_rows(mask[mask].index) for mask in masks]
        cells["where present"] = [target.describe_rows(mask[~mask].index) for mask in masks]
    table = cut_table(cells, len(missing), "columns with fewer missing values")
    text = f"{format_count(len(missing), 'column has', 'columns have')} missing values, most first."
    yield TableSection("Missing values by column", text, [table])


def tabulate_summary(summary: pd.DataFrame) -> TableSection:
    """The summary statistics, numbers and the rest in a table each."""
    numeric = summary["type"].isin(profile.NUMERIC)
    parts = ((summary[numeric], format_quartiles), (summary[~numeric], format_frequencies))
    tables = [
        cut_table(format_rows(part.head(TABLE_ROWS)), len(part), "columns") for part, format_rows in parts if len(part)
    ]
    return TableSection("Summary statistics", "Every column with all digits: [summary.csv](summary.csv).", tables)


def format_quartiles(summary: pd.DataFrame) -> dict[str, list[str]]:
    """Mean, standard deviation, quartiles and extremes of numeric columns as texts."""
    cells = {
        "column": [quote_code(name) for name in summary["column"]],
        "unit": [escape_markdown(unit) for unit in summary["unit"]],
        "distinct": [f"{count:,}" for count in summary["distinct"]],
    }
    for name in ("mean", "deviation", "minimum", "lower_quartile", "median", "upper_quartile", "maximum"):
        cells[name.replace("_", " ")] = [format_number(value) for value in summary[name]]
    return cells


def format_frequencies(summary: pd.DataFrame) -> dict[str, list[str]]:
    """The most frequent value, the first and the last of other columns as texts."""
    shares = list(zip(summary["most_frequent"], summary["most_frequent_share"], strict=True))
    return {
        "column": [quote_code(name) for name in summary["column"]],
        "type": [escape_words(kind) for kind in summary["type"]],
        "distinct": [f"{count:,}" for count in summary["distinct"]],
        "most frequent": [quote_code(shorten_label(value, 40)) if pd.notna(share) else "" for value, share in shares],
        "its share": [format_percent(share) for share in summary["most_frequent_share"]],
        "first": [escape_markdown(value) for value in summary["first"]],
        "last": [escape_markdown(value) for value in summary["last"]],
    }
