"""explore: train part → reports/explore/, pictures and tables of it, and reports/explore.html, a page to browse."""

import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from lifecycle import drawings, entry, paths, profile
from lifecycle.errors import UnfitTable
from lifecycle.files.atomic import write_text
from lifecycle.files.page import write_page
from lifecycle.files.pictures import write_picture
from lifecycle.files.tables import read_table, write_csv
from lifecycle.options import options
from lifecycle.problem import Problem
from lifecycle.schema import Schema, Type

PAGE_ROWS = 200_000
PANELS = 24
SCATTERS = 4
POINTS = 2_000
CATEGORIES = 8


@options
class Config:
    """The question, and what each column is."""

    problem: Problem
    schema: Schema


@dataclass(frozen=True)
class View:
    """The rows of the train part, without the columns that are known only after the moment."""

    table: pd.DataFrame
    names: pd.Series
    problem: Problem
    schema: Schema

    @cached_property
    def target(self) -> pd.Series:
        """The target as 1, 0 and NaN."""
        return profile.numbers(self.table[self.schema.target])

    @cached_property
    def rate(self) -> float:
        """The share of positive rows, 0 to 1."""
        return float(self.target.mean())

    @cached_property
    def features(self) -> pd.DataFrame:
        """The features by how strongly they go with the target, the strongest first."""
        kinds = {name: self.kind(name) for name in self.schema.named("feature")}
        few = {name: kind for name, kind in kinds.items() if kind in (*profile.NUMERIC, *profile.NAMED)}
        return profile.relations(self.table, self.target, few)

    @cached_property
    def numeric(self) -> list[str]:
        """The numeric features, at most as many as fit into one picture: the strongest, in the schema's order."""
        strongest = [name for name in self.features["column"] if self.kind(name) in profile.NUMERIC][:PANELS]
        return [name for name in self.schema.columns if name in strongest]

    @cached_property
    def categories(self) -> list[str]:
        """The strongest category features, then the problem's slices, in the schema's order."""
        strongest = [name for name in self.features["column"] if self.kind(name) in profile.NAMED][:CATEGORIES]
        shown = (*profile.NUMERIC, *profile.NAMED)
        sliced = [name for name in self.problem.slices if name in self.table and self.kind(name) in shown]
        wanted = {*strongest, *sliced} - {self.schema.target}
        return [name for name in self.schema.columns if name in wanted]

    @cached_property
    def periods(self) -> tuple[pd.Series, str] | None:
        """The period of each row, and what a period is; None where rows have no time."""
        times = profile.instants(self.table[self.schema.time], self.kind(self.schema.time))
        return None if times is None or times.isna().all() else profile.periods(times)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column."""
        return {name: column.unit for name, column in self.schema.columns.items()}

    @property
    def classes(self) -> tuple[str, str]:
        """What the negative and the positive rows are called."""
        return f"rows where {self.schema.target} is false", f"rows where {self.schema.target} is true"

    def kind(self, name: str) -> Type:
        """The type of a column."""
        return self.schema.columns[name].type


@dataclass(frozen=True)
class Picture:
    """A figure, the name of its file, its title, and what one learns from it."""

    file: str
    title: str
    lesson: str
    figure: Figure


def run(config: Config) -> str:
    """Write the pictures, the summary, the page, and the README that shows them."""
    view = read_train(config)
    shown = []
    for picture in pictures(view):
        write_picture(paths.EXPLORE / picture.file, picture.figure)
        shown.append((picture.file, picture.title, picture.lesson))
    remove_others({file for file, _, _ in shown})
    summary = profile.summary(view.table, view.schema)
    write_csv(paths.EXPLORE / "summary.csv", summary)
    write_text(paths.EXPLORE / "README.md", readme(view, shown, summary))
    browsed = profile.sample(view.table, view.names, PAGE_ROWS).sort_index()
    write_page(paths.EXPLORE_PAGE, browsed, page_title(len(browsed), len(view.table)))
    return f"{len(shown)} pictures of {len(view.table):,} train rows (open {paths.EXPLORE / 'README.md'})"


def read_train(config: Config) -> View:
    """The rows of the train part; raises UnfitTable when there are none or some are not in the table."""
    schema = config.schema
    shown = schema.named("time", "target", "feature", "context")
    split = read_table(paths.SPLIT)
    wanted = split.loc[split["part"] == "train", schema.id]
    table = read_table(paths.TABLE, [schema.id, *shown])
    train = table[table[schema.id].isin(wanted)].reset_index(drop=True)
    if len(train) != len(wanted) or train.empty:
        raise UnfitTable(
            f"{len(wanted):,} rows are assigned to train, {len(train):,} of them are in the table",
            where=f"{paths.SPLIT} and {paths.TABLE}, column {schema.id}",
            todo="dvc repro split",
        )
    return View(train[shown], train[schema.id], config.problem, schema)


def remove_others(kept: set[str]) -> None:
    """Remove the pictures of columns that are there no more."""
    for path in sorted(paths.EXPLORE.glob("*.png")):
        if path.name not in kept:
            path.unlink()


def page_title(browsed: int, rows: int) -> str:
    """The title of the page: which rows it shows."""
    return "Train part, " + (f"all {rows:,} rows" if browsed == rows else f"{browsed:,} of {rows:,} rows, by their id")


def pictures(view: View) -> Iterator[Picture]:
    """Every picture that the columns allow, one at a time."""
    yield from over_time(view)
    for name in view.categories:
        yield by_category(view, name)
    if view.numeric:
        yield histograms(view)
    yield from scatters(view)
    yield from correlations(view)
    yield missing(view)


def over_time(view: View) -> Iterator[Picture]:
    """The target's rate over time, where rows have a time."""
    if view.periods is None:
        return
    starts, period = view.periods
    rates = profile.rate_by(starts, view.target)
    if rates.empty:
        return
    title = f"Share of rows where {view.schema.target} is true, per {period}"
    figure = drawings.line_over_time(rates, title, f"{view.schema.target}, share", view.rate, period)
    told = profile.well_filled(rates).sort_values("rate", kind="stable")
    low, high = told.iloc[0], told.iloc[-1]
    lesson = (
        f"Between {low['rate']:.1%} (the {period} from {low['level']:%Y-%m-%d}) and {high['rate']:.1%} "
        f"(from {high['level']:%Y-%m-%d}); over all rows {view.rate:.1%}."
    )
    yield Picture("rate_over_time.png", f"The target over time, per {period}", lesson, figure)


def by_category(view: View, name: str) -> Picture:
    """The target's rate per level of one column."""
    rates = profile.rate_by(profile.levels(view.table[name], view.kind(name)), view.target)
    told = profile.well_filled(rates).sort_values("rate", kind="stable")
    drawn = rates if view.kind(name) in profile.NUMERIC else profile.ranked(rates)
    described = view.schema.columns[name].description
    title = f"Share of rows where {view.schema.target} is true, by {drawings.with_unit(name, view.units[name])}"
    figure = drawings.bars_by_category(drawn, title, f"{view.schema.target}, share", view.rate)
    return Picture(f"rate_by_{slug(name)}.png", f"By {code(name)}: {described}", category_lesson(told, name), figure)


def category_lesson(rates: pd.DataFrame, name: str) -> str:
    """What one learns from the rates of a column's levels, sorted by rate."""
    if len(rates) < 2:
        return f"{code(name)} has one level only, so it tells nothing."
    low, high = rates.iloc[0], rates.iloc[-1]
    return (
        f"From {low['rate']:.1%} at {code(low['level'])} ({low['rows']:,} rows) "
        f"to {high['rate']:.1%} at {code(high['level'])} ({high['rows']:,} rows)."
    )


def histograms(view: View) -> Picture:
    """The distribution of each numeric feature, for positive and for negative rows."""
    panels = {name: profile.histogram(view.table[name], view.target) for name in view.numeric}
    title = "Numeric features: share of each kind of row, per value"
    figure = drawings.histogram_grid(panels, title, view.units, view.classes)
    strongest = next(name for name in view.features["column"] if name in view.numeric)
    values = profile.numbers(view.table[strongest])
    medians = values.groupby(view.target).median()
    lesson = f"{code(strongest)} goes most strongly with the target"
    if {0.0, 1.0} <= set(medians.dropna().index):
        unit = f" {view.units[strongest]}".rstrip()
        lesson += f": its median is {medians[1.0]:g}{unit} where {code(view.schema.target)} is true, "
        lesson += f"{medians[0.0]:g}{unit} where it is false"
    note = "Each kind of row adds up to 100 %; values far outside count in the outermost bar."
    return Picture("histograms.png", "Numeric features", f"{lesson}. {note}", figure)


def scatters(view: View) -> Iterator[Picture]:
    """The pairs of numeric features that tell most of the target, where there are two."""
    strongest = [name for name in view.features["column"] if name in view.numeric][: PANELS // 3]
    pairs = profile.telling_pairs(view.table, view.target, strongest, SCATTERS)
    if not pairs:
        return
    known = view.target.notna()
    points = profile.sample(view.table[known], view.names[known], POINTS)
    panels = [(paired(points, view, a, b), f"strength together {told:.2f}") for a, b, told in pairs]
    title = "Pairs of features that tell most of the target together"
    figure = drawings.scatter_grid(panels, title, view.units, view.classes)
    a, b, told = pairs[0]
    alone = view.features.set_index("column")["strength"]
    lesson = (
        f"{code(a)} and {code(b)} together have strength {told:.2f} (alone {alone[a]:.2f} and {alone[b]:.2f}). "
        f"{len(points):,} rows, chosen by their id; equal values are spread a little."
    )
    yield Picture("scatter.png", "Pairs of features", lesson, figure)


def paired(points: pd.DataFrame, view: View, a: str, b: str) -> pd.DataFrame:
    """Two columns and the target of the rows to draw; equal values of the first are spread, then of the second."""
    x, y = profile.numbers(points[a]).to_numpy("float64"), profile.numbers(points[b]).to_numpy("float64")
    moved = profile.spread(y[::-1])[::-1]
    return pd.DataFrame({a: profile.spread(x), b: moved, "target": view.target[points.index].to_numpy()})


def correlations(view: View) -> Iterator[Picture]:
    """The rank correlations of the numeric features and the target, where there is a feature."""
    if not view.numeric:
        return
    matrix = profile.correlations(view.table[view.numeric].assign(**{view.schema.target: view.target}))
    title = "Rank correlations of the numeric features and the target"
    figure = drawings.heatmap(matrix, title, "Spearman's rank correlation")
    pair = profile.strongest_pair(matrix)
    lesson = "No two columns are correlated."
    if pair:
        lesson = f"The strongest is {code(pair[0])} with {code(pair[1])}: {pair[2]:.2f}."
    yield Picture("correlations.png", "Correlations", lesson, figure)


def missing(view: View) -> Picture:
    """Which columns have missing values, and when."""
    shares = profile.missingness(view.table, view.target)
    drawn = shares.head(PANELS)
    timed = view.periods is not None and len(drawn) > 0
    starts, period = view.periods if view.periods is not None else (pd.Series(dtype="float64"), "")
    strips = profile.missing_over_time(view.table[list(drawn["column"])], starts) if timed else None
    figure = drawings.missing_values(drawn, strips, "Missing values, overall and over time", period)
    lesson = "No value is missing."
    if len(shares):
        lesson = (
            f"{len(shares)} of {view.table.shape[1]} columns have missing values; "
            f"{code(shares['column'].iloc[0])} has most, in {shares['share'].iloc[0]:.1%} of rows."
        )
    return Picture("missing.png", "Missing values", lesson, figure)


def readme(view: View, shown: Sequence[tuple[str, str, str]], summary: pd.DataFrame) -> str:
    """The page that a newcomer to the data reads first, as Markdown."""
    return "\n\n".join(
        [
            "# The data at a glance",
            f"> {view.problem.question}",
            facts(view),
            *(f"## {title}\n\n{lesson}\n\n![{title.replace(chr(96), '')}]({file})" for file, title, lesson in shown),
            *relation_section(view),
            *missing_section(view),
            *summary_section(summary),
        ]
    )


def facts(view: View) -> str:
    """Rows, period, target rate and columns, and how to read what follows."""
    schema, table = view.schema, view.table
    features = schema.named("feature")
    rows = {
        "rows": f"{len(table):,}, each {view.problem.unit}",
        "period": f"{period(view)}, {code(schema.time)}",
        "target": f"{code(schema.target)}: {view.problem.positive}",
        "target rate": f"{view.rate:.1%}, {int(view.target.sum()):,} rows",
        "columns": f"{len(features)} features, {len(schema.named('context'))} for context",
    }
    note = (
        "Only the train part is shown: what is learned here cannot favour a later score. Columns that are known "
        f"only after the moment of prediction are left out. Intervals are of 95 % and take rows as independent; rows "
        f"with the same {code(view.problem.block)} share their luck, so the truth is less certain. "
        "Distributions and associations of every column stand in [explore.html](../explore.html) "
        f"({page_title(min(PAGE_ROWS, len(table)), len(table)).lower()}; download it and open it in a browser)."
    )
    return markdown(pd.DataFrame({"": list(rows), "train part": list(rows.values())})) + "\n\n" + note


def period(view: View) -> str:
    """The first and the last day of the rows, or the ends of what orders them where that is no time."""
    values = view.table[view.schema.time]
    times = profile.instants(values, view.kind(view.schema.time))
    if values.isna().all():
        return "unknown"
    if times is None:
        return f"{values.min()} to {values.max()}"
    zone = " (UTC)" if view.kind(view.schema.time) == "time" else ""
    return f"{times.min():%Y-%m-%d} to {times.max():%Y-%m-%d}{zone}"


def relation_section(view: View) -> Iterator[str]:
    """How strongly each feature goes with the target."""
    if view.features.empty:
        return
    told = view.features
    cells = pd.DataFrame(
        {
            "feature": [code(name) for name in told["column"]],
            "strength": [f"{value:.3f}" for value in told["strength"]],
            "highest rate": [at(*pair) for pair in zip(told["highest_rate"], told["highest"], strict=True)],
            "lowest rate": [at(*pair) for pair in zip(told["lowest_rate"], told["lowest"], strict=True)],
            "what it is": [view.schema.columns[name].description for name in told["column"]],
        }
    )
    yield (
        "## Strongest relations to the target\n\nStrength is Cramér's V between the target and the feature's levels "
        "(numbers cut into tenths, missing as a level of its own), corrected for their number: 0 is no relation, 1 "
        f"a full one.\n\n{markdown(cells)}"
    )


def at(rate: float, level: str) -> str:
    """A rate and the level that has it."""
    return f"{rate:.1%} at {code(level)}" if level else ""


def missing_section(view: View) -> Iterator[str]:
    """Missing values per column, and the target's rate with and without them."""
    told = profile.missingness(view.table, view.target)
    if told.empty:
        return
    cells = pd.DataFrame(
        {
            "column": [code(name) for name in told["column"]],
            "missing rows": [f"{rows:,}" for rows in told["missing"]],
            "share": [f"{share:.2%}" for share in told["share"]],
            "target rate where missing": [percent(rate) for rate in told["rate_missing"]],
            "where present": [percent(rate) for rate in told["rate_present"]],
        }
    )
    yield f"## Missing values by column\n\n{markdown(cells)}"


def summary_section(summary: pd.DataFrame) -> Iterator[str]:
    """The summary statistics, numbers and the rest in a table each."""
    numeric = summary["type"].isin(profile.NUMERIC)
    quartiles = ["mean", "deviation", "minimum", "lower_quartile", "median", "upper_quartile", "maximum"]
    yield "## Summary statistics\n\nEvery column with all digits: [summary.csv](summary.csv)."
    if numeric.any():
        told = summary[numeric]
        cells = pd.DataFrame({"column": [code(name) for name in told["column"]], "unit": told["unit"].tolist()})
        cells["distinct"] = [f"{count:,}" for count in told["distinct"]]
        cells = cells.assign(**{name.replace("_", " "): [number(value) for value in told[name]] for name in quartiles})
        yield markdown(cells)
    told = summary[~numeric]
    cells = pd.DataFrame({"column": [code(name) for name in told["column"]], "type": told["type"].tolist()})
    cells["distinct"] = [f"{count:,}" for count in told["distinct"]]
    cells["most frequent"] = [code(drawings.short(value, 40)) if value else "" for value in told["most_frequent"]]
    cells["its share"] = [percent(share) for share in told["most_frequent_share"]]
    cells["first"], cells["last"] = told["first"].tolist(), told["last"].tolist()
    yield markdown(cells)


def markdown(cells: pd.DataFrame) -> str:
    """A table of texts as Markdown."""
    rows = [list(cells.columns), ["---"] * cells.shape[1], *cells.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(one_line(cell) for cell in row) + " |" for row in rows)


def one_line(cell: Any) -> str:
    """A cell's text without what would end the cell."""
    return " ".join(str(cell).split()).replace("|", "\\|")


def code(name: Any) -> str:
    """A name from the data, set apart from the text around it."""
    return f"`{' '.join(str(name).replace('`', chr(39)).split())}`"


def percent(share: float) -> str:
    """A share as a percentage; empty where it is not known."""
    return "" if pd.isna(share) else f"{share:.1%}"


def number(value: float) -> str:
    """A number in four significant digits; empty where it is not known."""
    return "" if pd.isna(value) else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def slug(name: str) -> str:
    """A column's name as part of a file's: itself where it is plain, else told apart from others by a checksum."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name)
    return name if plain == name else f"{plain}_{zlib.crc32(name.encode()):08x}"


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("explore", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
