"""explore: train part → reports/explore/, its plots and tables, and reports/explore.html, a page to browse."""

import sys

from lifecycle import paths
from lifecycle.data.columns import name_id_column
from lifecycle.data.dataset import is_among
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.eda import profile
from lifecycle.eda.figures import draw_plots
from lifecycle.eda.report import describe_plot, render_report
from lifecycle.eda.table_report import write_table_report
from lifecycle.eda.target import Target
from lifecycle.eda.tasks.by_task import create_target
from lifecycle.eda.view import View
from lifecycle.errors import UnfitTable
from lifecycle.io.atomic import write_text
from lifecycle.io.tables import read_table, write_csv
from lifecycle.options import options
from lifecycle.reporting.png import write_png
from lifecycle.stages import runner

PAGE_ROWS = 200_000
PAGE_COLUMNS = 60


@options
class Config:
    """The question, and what each column is."""

    problem: Problem
    schema: Schema


def run(config: Config) -> str:
    """Write the plots, the summary, the page, and the README that shows them."""
    view = read_train(config.problem, config.schema.with_target(config.problem.target))
    target = create_target(view)
    sections, files = [], set[str]()
    for plot in draw_plots(target):
        write_png(paths.EXPLORE / plot.file, plot.figure)
        sections.append(describe_plot(plot))
        files.add(plot.file)
    remove_stale_plots(files)
    summary = profile.summarize_table(view.table, view.schema)
    write_csv(paths.EXPLORE / "summary.csv", summary)
    browsed = profile.sample_rows(view.table[select_browsed_columns(target)], view.names, PAGE_ROWS).sort_index()
    title = format_extent(browsed.shape, view.table.shape)
    write_text(paths.EXPLORE / "README.md", render_report(target, sections, summary, title))
    write_table_report(paths.EXPLORE_PAGE, browsed, title)
    return f"{len(sections)} plots of {len(view.table):,} train rows (open {paths.EXPLORE / 'README.md'})"


def read_train(problem: Problem, schema: Schema) -> View:
    """The rows of the train part; raises UnfitTable when there are none or some are not in the table."""
    columns = schema.columns_with_role("time", "target", "feature", "context")
    split = read_table(paths.SPLIT)
    ids = split.loc[split["part"] == "train", name_id_column(schema.id)]
    table = read_table(paths.TABLE, [schema.id, *columns])
    train = table[is_among(table[schema.id], ids)].reset_index(drop=True)
    if len(train) != len(ids) or train.empty:
        raise UnfitTable(
            f"{len(ids):,} rows are assigned to train, {len(train):,} of them are in the table",
            where=f"{paths.SPLIT} and {paths.TABLE}, column {schema.id}",
            todo="dvc repro split",
        )
    return View(train[columns], train[schema.id], problem, schema)


def remove_stale_plots(files: set[str]) -> None:
    """Remove the plots of earlier columns."""
    for path in sorted(paths.EXPLORE.glob("*.png")):
        if path.name not in files:
            path.unlink()


def select_browsed_columns(target: Target) -> list[str]:
    """The columns of the page to browse, in the table's order: target, time and strong features first to stay."""
    schema = target.view.schema
    columns = [str(name) for name in target.view.table.columns]
    preferred = [*schema.columns_with_role("target", "time"), *target.associations["column"], *columns]
    selected = set(list(dict.fromkeys(preferred))[:PAGE_COLUMNS])
    return [name for name in columns if name in selected]


def format_extent(browsed: tuple[int, ...], full: tuple[int, ...]) -> str:
    """The title of the page, from how many rows and columns of how many it shows."""
    every = f"all {full[0]:,} rows" if full[0] > 1 else "its only row"
    rows = every if browsed[0] == full[0] else f"{browsed[0]:,} of {full[0]:,} rows, by their id"
    return f"Train part, {rows}" + (f", {browsed[1]:,} of {full[1]:,} columns" if browsed[1] < full[1] else "")


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("explore", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
