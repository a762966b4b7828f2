"""The review as a report for a comment: the verdict first, then everything that it rests on."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lifecycle.evaluation.significance import LEVEL
from lifecycle.reporting import templates
from lifecycle.reporting.markdown import escape_markdown
from lifecycle.reporting.text import join_words
from lifecycle.review.comparison import MetricDifference, SliceDifference
from lifecycle.review.config_diff import CostChange, OptionChange, PackageChange, StageChange, Timing, ValueChange
from lifecycle.review.deciding_rows import RowSelection
from lifecycle.review.kpis import ReportedInterval, ReportedKpi
from lifecycle.review.likeness import FARTHEST, LEAST_P_VALUE, LEAST_SHARE, NEAR
from lifecycle.review.plots import Plots
from lifecycle.review.record import Review, ReviewComparison
from lifecycle.review.value_changes import show_change
from lifecycle.versioning.data_diff import ColumnShift, shift_cells

LIMIT = 60_000
MOST = 15  # rows of a table in which all rows are alike
MOST_NAMES = 100  # names in a list, beyond which they are counted
MARKS = {"better": "🟢 better", "worse": "🔴 worse"}
COMPARED = {
    "added": "the added rows against all before",
    "removed": "the removed rows against those left",
    "all": "all rows of both",
}


def render_report(review: Review, limit: int = LIMIT) -> str:
    """The report as Markdown, at most `limit` characters; sections left out at the end are named."""
    names = list_sections(review)
    shown = list(names)
    while len(text := render_sections(review, shown, names[len(shown) :])) > limit and shown:
        shown.pop()
    return text[:limit]


def list_sections(review: Review) -> list[str]:
    """The names of the sections that have something to show, in their order."""
    changes, compared = review.changes, review.decisive is not None
    present = {
        "Metrics": bool(review.comparisons or review.kpis or (changes and changes.kept)),
        "Slices": compared,
        "Data": changes is not None,
        "Parameters, code and environment": changes is not None,
        "Cost": bool(changes and changes.cost),
        "Plots": compared,
    }
    return [name for name, there in present.items() if there]


def render_sections(review: Review, shown: Sequence[str], hidden: Sequence[str]) -> str:
    """The report with these sections."""
    text = templates.render(
        __file__,
        "md",
        review=review,
        changes=review.changes,
        first=review.decisive,
        shown=shown,
        hidden=hidden,
        most=MOST,
        most_names=MOST_NAMES,
        compared=COMPARED,
        **VIEWS,
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def find_side_effects(review: Review) -> dict[str, list[str]]:
    """The metrics that do not decide and are significantly worse or better, by that word."""
    metrics = review.decisive.metrics if review.decisive else []
    names = {
        mark: [one.name for one in metrics if one.mark == mark and one.name not in review.deciding]
        for mark in ("worse", "better")
    }
    return {mark: some for mark, some in names.items() if some}


def find_new_winner(review: Review) -> tuple[Any, Any] | None:
    """The winners of head and base where they differ."""
    costs = review.changes.cost if review.changes else []
    return next(((one.head, one.base) for one in costs if one.what == "winner" and one.base != one.head), None)


def have_other_test_rows(review: Review) -> bool:
    """Whether the versions have other test rows, as far as that is known."""
    rows = review.rows
    return None not in (rows.base, rows.head, rows.shared) and not rows.base == rows.head == rows.shared


def describe_selection(selection: RowSelection) -> str:
    """What became of test rows that could not be compared as they are, in sentences."""
    share = selection.left / selection.whole
    left = f"{selection.left:,} of head's {selection.whole:,} test rows are left ({share:.1%}); {selection.why}."
    return f"{left} {judge_selection(selection)} {OUTCOMES[selection.outcome]}"


OUTCOMES = {
    "left out": "They are compared alone.",
    "refitted": "So both versions' recipes are fitted anew on the training rows that they share, under one seed, and "
    "compared on all of head's test rows, with head's labels and features and the code here; what else the versions "
    "differ in is not part of it.",
    "not comparable": "So no rows can decide, as the gaps above explain.",
}


def judge_selection(selection: RowSelection) -> str:
    """Whether the rows left stand for all, and by which figures; empty where none is left."""
    found = selection.likeness
    if found is None:
        return ""
    faults = ["fewer than half"] if selection.left < LEAST_SHARE * selection.whole else []
    faults += [] if found.alike else ["unlike the whole"]
    return (
        f"These are {join_words(faults) or 'like the whole'}: {found.measure} {found.distance:.4f}, p-value "
        f"{found.p_value:.4f} (up to {NEAR:g} is allowed, up to {FARTHEST:g} with a p-value from {LEAST_P_VALUE:g} on)."
    )


def level_rows(selection: RowSelection) -> list[list[str]]:
    """The cells of the target's distribution in all test rows and in those left."""
    levels = selection.likeness.levels if selection.likeness else []
    return [[escape(one.name), format_number(one.whole), format_number(one.left)] for one in levels]


@dataclass(frozen=True)
class Table:
    """The names of columns, those of them that are aligned right, and the cells of rows."""

    columns: tuple[str, ...]
    right: tuple[str, ...]
    rows: list[list[str]]


def tabulate_metrics(review: Review, comparison: ReviewComparison) -> Table:
    """The metrics of a comparison, the deciding ones first and in bold; with the KPIs where the values are the same."""
    deciding = review.deciding if comparison.decides else []
    kpis = {kpi.metric: kpi for kpi in review.kpis} if comparison.decides and shows_kpis(review) else {}
    tests = sum(one.p_value is not None for one in comparison.metrics)
    ordered = sorted(comparison.metrics, key=lambda one: (one.name not in deciding, one.name))
    columns = ("metric", "better", "base", "head", "difference", "95 % interval", "tolerance", "")
    right = ("base", "head", "difference", "tolerance")
    rows = [metric_cells(one, deciding, tests) for one in ordered]
    if not kpis:
        return Table(columns, right, rows)
    both = [add_kpi(row, kpis.get(one.name)) for row, one in zip(rows, ordered, strict=True)]
    return Table((*columns, *KPI_COLUMNS), (*right, "floor", "trivial baseline"), both)


KPI_COLUMNS = ("head's interval", "floor", "trivial baseline", "KPI")


def metric_cells(one: MetricDifference, deciding: Sequence[str], tests: int) -> list[str]:
    """The cells of a metric, which is one of so many that were tested."""
    return [
        f"**{escape(one.name)}**" if one.name in deciding else escape(one.name),
        "↑" if one.better == "higher" else "↓",
        *difference_cells(one),
        format_number(one.tolerance),
        describe_mark(one, tests),
    ]


def add_kpi(cells: list[str], kpi: ReportedKpi | None) -> list[str]:
    """The cells of a metric with those of its KPI, which are empty where it is none."""
    return [*cells, *(kpi_cells(kpi)[2:] if kpi else [""] * len(KPI_COLUMNS))]


def describe_mark(one: MetricDifference | SliceDifference, tests: int) -> str:
    """The mark, with the reason where an interval without 0 lies within noise all the same."""
    if one.mark != "within noise" or one.low is None or one.high is None or one.low <= 0 <= one.high:
        return MARKS.get(one.mark, one.mark)
    if one.p_value is not None and one.p_value <= 1 - LEVEL:
        return f"within noise after correction for {tests} comparisons"
    return "within its tolerance and noise"


def shows_kpis(review: Review) -> bool:
    """Whether the comparison that decides has the value of each of head's KPIs, so that one table holds both."""
    metrics = review.decisive.metrics if review.decisive else []
    values = {one.name: format_number(one.head) for one in metrics}
    return all(values.get(kpi.metric) == format_number(kpi.model.value) for kpi in review.kpis)


def difference_cells(one: MetricDifference | SliceDifference) -> list[str]:
    """Base, head, difference and its interval."""
    interval = f"{format_number(one.low, '+')} to {format_number(one.high, '+')}"
    return [format_number(one.base), format_number(one.head), format_number(one.difference, "+"), interval]


def threshold_moved(comparison: ReviewComparison) -> bool:
    """Whether thresholds that both versions apply differ."""
    both = comparison.thresholds
    return both is not None and both.base != both.head and max(both.base, both.head) <= 1


def kpi_rows(kpis: Sequence[ReportedKpi]) -> list[list[str]]:
    """The cells of KPIs."""
    return [kpi_cells(kpi) for kpi in kpis]


def kpi_cells(kpi: ReportedKpi) -> list[str]:
    """The cells of a KPI: metric, value, interval, floor, baseline's value, and whether it passes."""
    return [
        escape(kpi.metric),
        format_number(kpi.model.value),
        format_interval(kpi.model),
        format_number(kpi.floor),
        format_number(kpi.baseline.value),
        "passed" if kpi.passed else f"MISSED: {escape(kpi.reason)}",
    ]


def format_interval(interval: ReportedInterval) -> str:
    """The ends of an interval."""
    return f"{format_number(interval.low)} to {format_number(interval.high)}"


def own_rows(review: Review) -> list[list[str]]:
    """The cells of each version's own metrics; none where the comparison that decides has the same numbers."""
    kept = review.changes.kept if review.changes else []
    compared = review.decisive.metrics if review.decisive else []
    shown = {one.name: [format_number(one.base), format_number(one.head)] for one in compared}
    cells = {one.name: [format_number(one.base), format_number(one.head)] for one in kept}
    unknown = ["—", "—"]
    if all(values in (shown.get(name), unknown) for name, values in cells.items()):
        return []
    return [[escape(name), *values] for name, values in cells.items()]


def option_rows(changes: Sequence[OptionChange]) -> list[list[str]]:
    """The cells of changed options, of lists what went and what came."""
    return [
        [escape(one.file), escape(one.key), escape(text.base), escape(text.head)]
        for one in changes
        for text in [show_change(one.base, one.head)]
    ]


def rule_lines(changes: Sequence[OptionChange]) -> list[str]:
    """Each changed rule in a line."""
    return [escape(f"{one.file}: {one.key} {show_change(one.base, one.head)}") for one in changes]


def package_rows(changes: Sequence[PackageChange]) -> list[list[str]]:
    """The cells of changed packages."""
    return [[escape(one.package), escape(shorten(one.base)), escape(shorten(one.head))] for one in changes]


def cost_rows(changes: Sequence[CostChange]) -> list[list[str]]:
    """The cells of sizes and counts."""
    return [[one.what, escape(format_number(one.base)), escape(format_number(one.head))] for one in changes]


def value_rows(changes: Sequence[ValueChange]) -> list[list[str]]:
    """The cells of values that differ as they are shown."""
    rows = [[escape(one.name), escape(format_number(one.base)), escape(format_number(one.head))] for one in changes]
    return [row for row in rows if row[1] != row[2]]


def slice_rows(slices: Sequence[SliceDifference], tests: int) -> list[list[str]]:
    """The cells of slices, which are of so many that were tested, with a bar for the gain."""
    widest = max((abs(one.gain) for one in slices), default=0.0)
    return [
        [
            escape(one.name),
            f"{one.rows:,}",
            *difference_cells(one),
            draw_bar(one.gain, widest),
            describe_mark(one, tests),
        ]
        for one in slices
    ]


def select_slices(slices: Sequence[SliceDifference]) -> list[SliceDifference]:
    """Of slices that are not worse the first ones, and later ones that are better."""
    return [*slices[:MOST], *[one for one in slices[MOST:] if one.mark == "better"][:MOST]]


def draw_bar(gain: float, widest: float) -> str:
    """A bar of up to ten blocks, to the left of a line for a loss and to the right for a gain.

    >>> draw_bar(-0.5, 1.0), draw_bar(0.2, 1.0)
    ('█████│', '│██')
    """
    length = round(10 * abs(gain) / widest) if widest else 0
    return "█" * length + "│" if gain < 0 else "│" + "█" * length


def shift_rows(columns: Sequence[ColumnShift]) -> list[list[str]]:
    """The cells of shifted columns, with a bar for the share of rows that moved."""
    return [
        [escape(name), draw_bar(column.moved, 1.0), *cells]
        for column in columns
        for name, *cells in [shift_cells(column)]
    ]


def name_batches(batches: dict[str, int]) -> list[str]:
    """Each batch with its rows."""
    return [f"{escape(name)} ({rows:,} rows)" for name, rows in batches.items()]


def stage_rows(stages: Sequence[StageChange]) -> list[list[str]]:
    """The cells of stages that ran again."""
    return [
        [
            escape(one.stage),
            escape(", ".join(one.why[:6]) + note_hidden(one.why, 6)),
            escape(", ".join(one.outputs[:4]) + note_hidden(one.outputs, 4)) or "the same bytes",
        ]
        for one in stages
    ]


def note_hidden(names: Sequence[Any], shown: int = MOST) -> str:
    """How many names are not shown; empty where all are."""
    return f" and {len(names) - shown} more" if len(names) > shown else ""


def timing_rows(times: Sequence[Timing]) -> list[list[str]]:
    """The cells of stages' times and memory."""
    return [
        [
            escape(one.stage),
            f"{one.base_seconds:,.1f}",
            f"{one.head_seconds:,.1f}",
            f"{one.base_peak_mebibytes:,.1f}",
            f"{one.head_peak_mebibytes:,.1f}",
        ]
        for one in times
    ]


def list_plot_tables(plots: Plots) -> list[tuple[str, list[str], list[list[str]]]]:
    """The tables among the plots: title, columns, cells."""
    tables: dict[str, Sequence[Any]] = {
        "Calibration curve: mean predicted probability and share of positives, by tenth of the rows": plots.calibration,
        "Confusion matrix: rows of each class by predicted class": plots.confusion,
        "Residuals: mean of actual less predicted, by tenth of the actual values": plots.residuals,
        "Cluster sizes in rows": plots.clusters,
    }
    records = {title: [asdict(row) for row in rows] for title, rows in tables.items() if rows}
    return [
        (
            title,
            [name.replace("_", " ") for name in rows[0]],
            [[escape(format_number(value)) for value in row.values()] for row in rows],
        )
        for title, rows in records.items()
    ]


def format_line(values: Sequence[float]) -> str:
    """The values of a line of a chart."""
    return ", ".join(f"{value:.4g}" for value in values)


def format_number(value: Any, sign: str = "") -> str:
    """A float with four decimals, from 100 on with four digits; an integer in full, text as it is, a dash for none.

    >>> [format_number(value) for value in (0.12345, 12345.6, 1234, None)]
    ['0.1235', '1.235e+04', '1,234', '—']
    """
    if value is None:
        return "—"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else shorten(value)
    return f"{value:{sign}.4f}" if abs(value) < 100 else f"{value:{sign},.4g}"


def shorten(value: Any) -> str:
    """A value in at most 80 characters; a dash for none."""
    text = "—" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def escape(text: Any) -> str:
    """A value as one line of text in which nothing is read as Markdown or HTML."""
    return escape_markdown(str(text))


VIEWS = {
    view.__name__: view
    for view in (
        cost_rows,
        describe_selection,
        escape,
        find_new_winner,
        find_side_effects,
        format_line,
        format_number,
        have_other_test_rows,
        kpi_rows,
        level_rows,
        list_plot_tables,
        name_batches,
        note_hidden,
        option_rows,
        own_rows,
        package_rows,
        rule_lines,
        select_slices,
        shift_rows,
        shorten,
        shows_kpis,
        slice_rows,
        stage_rows,
        tabulate_metrics,
        threshold_moved,
        timing_rows,
        value_rows,
    )
}
