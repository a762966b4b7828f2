"""The page that a newcomer to the data reads first, as Markdown."""

from collections.abc import Iterator, Sequence

import pandas as pd

from lifecycle.eda import profile, text_stats
from lifecycle.eda.target import CATEGORIES, PANELS, Target
from lifecycle.eda.view import View
from lifecycle.reporting.figures import shorten_label
from lifecycle.reporting.markdown import embed_figure, quote_code, render_table
from lifecycle.reporting.text import format_count, format_number, format_percent

TABLE_ROWS = 100
WORDS = 20
TEXT_ROWS = 50_000


def readme(target: Target, shown: Sequence[tuple[str, str, str]], summary: pd.DataFrame, browsed: str) -> str:
    """The whole page: `shown` has file, title and lesson of each picture, `browsed` says what explore.html holds."""
    return "\n\n".join(
        [
            "# The data at a glance",
            f"> {' '.join(target.problem.question.split())}",
            facts(target),
            reading(target, browsed),
            *left_out(target),
            *(section(*told) for told in shown),
            *relation_section(target),
            *word_sections(target),
            *missing_section(target),
            *summary_section(summary),
        ]
    )


def section(file: str, title: str, lesson: str) -> str:
    """A picture under its title and what one learns from it."""
    line = " ".join(title.split())
    return f"## {line}\n\n{lesson}\n\n{embed_figure(line, file)}"


def facts(target: Target) -> str:
    """Rows, period, target and columns."""
    view = target.view
    rows = {"rows": f"{len(view.table):,}, each {view.problem.unit}"}
    if view.schema.time:
        rows["period"] = f"{period(view, view.schema.time)}, {quote_code(view.schema.time)}"
    rows |= target.facts()
    rows["columns"] = f"{len(view.schema.named('feature'))} features, {len(view.schema.named('context'))} for context"
    return render_table(["", "train part"], rows.items())


def reading(target: Target, browsed: str) -> str:
    """How to read what follows."""
    problem = target.problem
    sentences = ["Only the train part is shown: what is learned here cannot favour a later score."]
    if target.view.schema.named("forbidden"):
        later = (
            "that are known only after the moment of prediction" if problem.prediction_time else "that no model may see"
        )
        sentences.append(f"Columns {later} are left out.")
    if target.intervals:
        sentences.append(intervals(problem.block))
    sentences.append(
        "Distributions and associations of every column stand in [explore.html](../explore.html) "
        f"({browsed.lower()}; download it and open it in a browser)."
    )
    return " ".join(sentences)


def intervals(block: str | None) -> str:
    """How far intervals can be trusted."""
    said = "Intervals are of 95 % and take rows as independent"
    if block is None:
        return f"{said}."
    return f"{said}; rows with the same {quote_code(block)} share their luck, so the truth is less certain."


def left_out(target: Target) -> Iterator[str]:
    """Which features are not drawn because they are too many."""
    found = {"numeric": (target.strongest, PANELS), "category": (target.named, CATEGORIES)}
    told = [f"{most} of {len(names):,} {kind} features" for kind, (names, most) in found.items() if len(names) > most]
    if told:
        yield f"Too many to draw: shown are the {' and the '.join(told)} {target.choice}."


def period(view: View, time: str) -> str:
    """The first and the last day of the rows, or the ends of what orders them where that is no time."""
    values = view.table[time]
    times = profile.instants(values, view.kind(time))
    if values.isna().all():
        return "unknown"
    if times is None:
        return f"{values.min()} to {values.max()}"
    zone = " (UTC)" if view.kind(time) == "time" else ""
    return f"{times.min():%Y-%m-%d} to {times.max():%Y-%m-%d}{zone}"


def relation_section(target: Target) -> Iterator[str]:
    """How strongly each feature goes with the target, or without one with another feature."""
    told = target.relations.head(TABLE_ROWS)
    if told.empty:
        return
    columns = target.view.schema.columns
    cells = {
        "feature": [quote_code(name) for name in told["column"]],
        "strength": [f"{value:.3f}" for value in told["strength"]],
        **target.ends(told),
        "what it is": [columns[name].description for name in told["column"]],
    }
    heading = f"## Strongest relations to {target.other}"
    yield "\n\n".join([heading, target.strength, *cut(pd.DataFrame(cells), len(target.relations), "weaker ones")])


def cut(cells: pd.DataFrame, rows: int, others: str) -> list[str]:
    """A table, and a sentence on how many of its rows are left out."""
    left = rows - len(cells)
    return [render_table(cells.columns, cells.to_numpy()), *([f"{left:,} {others} are left out."] if left else [])]


def word_sections(target: Target) -> Iterator[str]:
    """The most frequent words of each free-text feature, and what the target is where they occur."""
    view = target.view
    rows = view.sample(pd.Series(True, index=view.table.index), TEXT_ROWS)
    for name in view.texts:
        found = text_stats.words(rows[name])
        told = text_stats.frequent(found, WORDS)
        if not told:
            continue
        cells = {
            "word": [quote_code(word) for word, _ in told],
            "rows": [f"{count:,}" for _, count in told],
            "share": [f"{count / len(rows):.1%}" for _, count in told],
        }
        if target.measure:
            marked = [pd.Series([word in text for text in found], index=rows.index) for word, _ in told]
            cells[f"{target.measure} where it occurs"] = [target.told(mark[mark].index) for mark in marked]
        yield (
            f"## Words of {quote_code(name)}\n\nThe {len(told)} words that most texts hold, in {format_count(len(rows), 'row')}."
            f"\n\n{render_table(cells, zip(*cells.values(), strict=True))}"
        )


def missing_section(target: Target) -> Iterator[str]:
    """Missing values per column, and the target with and without them."""
    found = profile.missingness(target.view.table)
    if found.empty:
        return
    told = found.head(TABLE_ROWS)
    cells = {
        "column": [quote_code(name) for name in told["column"]],
        "missing rows": [f"{rows:,}" for rows in told["missing"]],
        "share": [f"{share:.2%}" for share in told["share"]],
    }
    if target.measure:
        gone = [target.view.table[name].isna() for name in told["column"]]
        cells[f"{target.measure} where missing"] = [target.told(mark[mark].index) for mark in gone]
        cells["where present"] = [target.told(mark[~mark].index) for mark in gone]
    heading = "## Missing values by column"
    yield "\n\n".join([heading, *cut(pd.DataFrame(cells), len(found), "columns with fewer missing values")])


def summary_section(summary: pd.DataFrame) -> Iterator[str]:
    """The summary statistics, numbers and the rest in a table each."""
    numeric = summary["type"].isin(profile.NUMERIC)
    yield "## Summary statistics\n\nEvery column with all digits: [summary.csv](summary.csv)."
    for told, cells_of in ((summary[numeric], quartiles), (summary[~numeric], frequencies)):
        if len(told):
            yield from cut(cells_of(told.head(TABLE_ROWS)), len(told), "columns")


def quartiles(told: pd.DataFrame) -> pd.DataFrame:
    """Middle, spread and ends of numeric columns as texts."""
    cells = pd.DataFrame({"column": [quote_code(name) for name in told["column"]], "unit": told["unit"].tolist()})
    cells["distinct"] = [f"{count:,}" for count in told["distinct"]]
    for name in ("mean", "deviation", "minimum", "lower_quartile", "median", "upper_quartile", "maximum"):
        cells[name.replace("_", " ")] = [format_number(value) for value in told[name]]
    return cells


def frequencies(told: pd.DataFrame) -> pd.DataFrame:
    """The most frequent value, the first and the last of other columns as texts."""
    cells = pd.DataFrame({"column": [quote_code(name) for name in told["column"]], "type": told["type"].tolist()})
    cells["distinct"] = [f"{count:,}" for count in told["distinct"]]
    shares = list(zip(told["most_frequent"], told["most_frequent_share"], strict=True))
    cells["most frequent"] = [quote_code(shorten_label(value, 40)) if pd.notna(share) else "" for value, share in shares]
    cells["its share"] = [format_percent(share) for share in told["most_frequent_share"]]
    cells["first"], cells["last"] = told["first"].tolist(), told["last"].tolist()
    return cells
