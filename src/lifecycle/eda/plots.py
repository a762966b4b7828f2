"""Plots of rows: distributions, rates, associations, missing values."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lifecycle.reporting.figures import (
    BLUE,
    CYCLE,
    FAINT,
    GREY,
    INK,
    PALE,
    add_group_legend,
    append_unit,
    apply_style,
    create_figure,
    create_panels,
    create_percent_formatter,
    shorten_label,
    write_note,
)


@apply_style
def plot_histograms(
    panels: Mapping[str, pd.DataFrame], title: str, units: Mapping[str, str], names: Sequence[str]
) -> Figure:
    """One small histogram per column, the groups of rows over each other, each adding up to 100 %.

    A panel's table has `left` and `right` per bin, then the shares of each group, 0 to 1; `names` are the groups'.
    """
    figure, places = create_panels(len(panels), title, columns=3, height=1.9, head=0.75)
    for axes, (name, bins) in zip(places, panels.items(), strict=True):
        draw_histogram(axes, bins, append_unit(shorten_label(name), units.get(name, "")))
    if len(names) > 1:
        add_group_legend(figure, names)
    return figure


def draw_histogram(axes: Axes, bins: pd.DataFrame, label: str) -> None:
    """Histograms over each other: the first group filled, the others as lines."""
    axes.set_title(label)
    if bins.empty:
        write_note(axes, "no values")
        return
    edges = [*bins["left"], bins["right"].iloc[-1]]
    first, *others = (bins[group] for group in bins.columns[2:])
    axes.stairs(first, edges, fill=True, color=BLUE, alpha=0.35)
    for shares, colour in zip(others, CYCLE[1:], strict=False):
        axes.stairs(shares, edges, color=colour, linewidth=1.6)
    axes.yaxis.set_major_formatter(create_percent_formatter())
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(visible=False, axis="x")


@apply_style
def plot_scatters(
    panels: Sequence[tuple[pd.DataFrame, str]], title: str, units: Mapping[str, str], names: Sequence[str]
) -> Figure:
    """One scatter per panel: a table whose first two columns are x and y, and its title.

    Its third column is the number of the row's group, from 0 up; `names` are the groups'.
    """
    figure, places = create_panels(len(panels), title, columns=2, height=3.7, head=0.75)
    for axes, (points, panel_title) in zip(places, panels, strict=True):
        x, y, groups = (points.iloc[:, place] for place in range(3))
        colours = [CYCLE[int(group)] for group in groups]
        axes.scatter(x, y, s=11, c=colours, alpha=0.55, linewidths=0)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.set_title(panel_title)
        axes.set_xlabel(append_unit(shorten_label(str(x.name)), units.get(str(x.name), "")))
        axes.set_ylabel(append_unit(shorten_label(str(y.name)), units.get(str(y.name), "")))
    if len(names) > 1:
        add_group_legend(figure, names)
    return figure


@apply_style
def plot_heatmap(cells: pd.DataFrame, title: str, label: str, *, low: float = -1, high: float = 1) -> Figure:
    """Each cell of the table as a coloured square with its number; the colours run from `low` to `high`.

    Two colours around a white middle where `low` is negative, one colour otherwise; a missing cell is grey.
    """
    count = max(len(cells), 1)
    figure = create_figure(title, height=1.6 + 0.42 * count)
    axes = figure.add_subplot()
    image = axes.imshow(
        cells.to_numpy("float64"), cmap="PuOr_r" if low < 0 else "Blues", vmin=low, vmax=high, aspect="auto"
    )
    axes.set_facecolor(PALE)
    axes.grid(visible=False)
    axes.set_xticks(
        range(len(cells.columns)), [shorten_label(str(name)) for name in cells.columns], rotation=45, ha="right"
    )
    axes.set_yticks(range(len(cells)), [shorten_label(str(name)) for name in cells.index])
    if len(cells.columns) <= 20:
        write_cell_values(axes, cells.to_numpy("float64"), low, high)
    figure.colorbar(image, ax=axes, label=label, shrink=0.8, pad=0.02)
    return figure


def write_cell_values(axes: Axes, cells: npt.NDArray[np.float64], low: float, high: float) -> None:
    """Each cell's number in its middle, white on dark cells."""
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            deep = abs(value - max(low, 0)) / (high - max(low, 0)) > 0.6
            text = f"{value:.2f}".replace("0.", ".").replace("-.00", ".00")
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color="white" if deep else INK)


@apply_style
def plot_rate_over_time(rates: pd.DataFrame, title: str, label: str, overall: float, period: str) -> Figure:
    """A rate per period with its interval, the rate of all rows as a dashed line, and the rows per period below.

    The table has `level` (start of the period), `rows`, `value`, `low`, `high` (shares, 0 to 1).
    """
    figure, above, below = create_time_panels(title)
    draw_line(above, rates, overall, f"{overall:.1%}")
    above.set_ylabel(label)
    above.set_ylim(bottom=0)
    above.yaxis.set_major_formatter(create_percent_formatter())
    draw_rows(below, rates, period)
    return figure


@apply_style
def plot_rows_over_time(counts: pd.DataFrame, title: str, period: str) -> Figure:
    """The rows per period, where there is no target; the table has `level` and `rows`."""
    figure = create_figure(title, height=3.0)
    draw_rows(figure.add_subplot(), counts, period)
    return figure


def create_time_panels(title: str, height: float = 4.6) -> tuple[Figure, Axes, Axes]:
    """A figure with a large panel above and a small one below, over the same periods."""
    figure = create_figure(title, height=height)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    return figure, above, below


def draw_line(axes: Axes, values: pd.DataFrame, overall: float, text: str) -> None:
    """A value per period with its interval, and that of all rows as a dashed line with its number."""
    starts = values["level"].to_numpy()
    axes.fill_between(starts, values["low"], values["high"], color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(starts, values["value"], color=BLUE, marker="o", markersize=3.5, linewidth=1.6)
    axes.axhline(overall, color=INK, linestyle="--", linewidth=1)
    axes.annotate(
        f"all rows\n{text}",
        (1, overall),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )


def draw_rows(axes: Axes, counts: pd.DataFrame, period: str) -> None:
    """The rows per period as bars."""
    axes.bar(counts["level"].to_numpy(), counts["rows"], width=choose_bar_width(period), color=GREY, alpha=0.7)
    axes.set_ylabel(f"rows per {period}")
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter("{x:,.0f}")


def choose_bar_width(period: str) -> np.timedelta64:
    """The width of the bar of one period on a time axis."""
    return np.timedelta64({"day": 19, "week": 6 * 24, "month": 25 * 24}[period], "h")


@apply_style
def plot_rate_by_category(rates: pd.DataFrame, title: str, label: str, overall: float) -> Figure:
    """A rate per level with its interval, the rows of each level beside it, and the rate of all rows as a line.

    The table has `level`, `rows`, `value`, `low`, `high` (shares, 0 to 1), drawn from top to bottom.
    """
    figure, axes = create_category_axes(rates, title)
    draw_horizontal_bars(axes, rates)
    axes.axvline(overall, color=INK, linestyle="--", linewidth=1)
    axes.set_xlabel(f"{label}   (dashed: all rows, {overall:.1%})")
    scale_share_axis(axes, rates["high"])
    return figure


@apply_style
def plot_shares_by_category(shares: pd.DataFrame, title: str, label: str) -> Figure:
    """The share of all rows that each level has, and its rows beside it.

    The table has `level`, `rows` and `value` (shares, 0 to 1), drawn from top to bottom.
    """
    figure, axes = create_category_axes(shares, title)
    axes.barh(np.arange(len(shares)), shares["value"], height=0.72, color=BLUE, alpha=0.75)
    axes.set_xlabel(label)
    scale_share_axis(axes, shares["value"])
    return figure


def create_category_axes(values: pd.DataFrame, title: str) -> tuple[Figure, Axes]:
    """A figure with a place for each level from top to bottom, and the level's rows at the right."""
    figure = create_figure(title, height=1.5 + 0.27 * max(len(values), 2))
    axes = figure.add_subplot()
    axes.set_yticks(np.arange(len(values)), [shorten_label(str(name)) for name in values["level"].astype("str")])
    axes.set_ylim(max(len(values), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    annotate_bars(axes, ["rows", *(f"{rows:,}" for rows in values["rows"])])
    return figure, axes


def scale_share_axis(axes: Axes, reached: pd.Series) -> None:
    """The axis across in percent, from 0 to a little more than what is reached."""
    axes.set_xlim(0, min(1.0, float(reached.max()) if len(reached) else 1.0) * 1.05 or 1.0)
    axes.xaxis.set_major_formatter(create_percent_formatter())


def annotate_bars(axes: Axes, texts: Sequence[str]) -> None:
    """A column of texts at the right of horizontal bars: its heading, then one text per bar."""
    for place, text in enumerate(texts, start=-1):
        axes.annotate(
            text,
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(46, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8.5,
            color=FAINT,
            annotation_clip=False,
        )


def draw_horizontal_bars(axes: Axes, values: pd.DataFrame) -> None:
    """Bars from top to bottom with the intervals as thin lines."""
    places = np.arange(len(values))
    axes.barh(places, values["value"], height=0.72, color=BLUE, alpha=0.75)
    axes.errorbar(
        values["value"], places, xerr=compute_error_bars(values), fmt="none", ecolor=INK, elinewidth=1.1, capsize=2.5
    )


def compute_error_bars(values: pd.DataFrame) -> npt.NDArray[np.float64]:
    """How far each interval reaches below and above its value."""
    ends = [values["value"] - values["low"], values["high"] - values["value"]]
    return np.array(ends, dtype="float64").clip(min=0)


@apply_style
def plot_missing_values(shares: pd.DataFrame, over_time: pd.DataFrame | None, title: str, period: str) -> Figure:
    """The missing share of each column as a bar, and beside it per period as a strip that darkens with the share.

    `shares` has `column` and `share` (0 to 1); `create_time_panels` has a row per column and a column per period.
    """
    figure = create_figure(title, height=1.7 + 0.32 * max(len(shares), 2))
    if shares.empty:
        axes = figure.add_subplot()
        axes.set_axis_off()
        write_note(axes, "no value is missing")
        return figure
    bars, *strips = figure.subplots(1, 1 if over_time is None else 2, squeeze=False, sharey=True)[0]
    draw_missing_shares(bars, shares)
    if over_time is not None:
        draw_strips(strips[0], over_time.loc[shares["column"]], period)
    return figure


def draw_missing_shares(axes: Axes, shares: pd.DataFrame) -> None:
    """A bar per column from top to bottom, 0 to 100 %, with its number."""
    places = np.arange(len(shares))
    axes.barh(places, shares["share"], height=0.72, color=GREY)
    for place, share in zip(places, shares["share"], strict=True):
        text = "< 0.1%" if share < 0.001 else f"{share:.1%}"
        axes.annotate(text, (share, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_yticks(places, [shorten_label(str(name)) for name in shares["column"]])
    axes.set_ylim(len(shares) - 0.5, -0.5)
    axes.set_xlim(0, 1.15)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(create_percent_formatter())
    axes.set_xlabel("missing, share of all rows")
    axes.grid(visible=False, axis="y")


def draw_strips(axes: Axes, over_time: pd.DataFrame, period: str) -> None:
    """A strip per column: white where no value is missing, dark where all are missing."""
    starts = pd.DatetimeIndex(over_time.columns)
    image = axes.imshow(over_time.to_numpy("float64"), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ticks = np.unique(np.linspace(0, len(starts) - 1, min(5, len(starts))).round().astype(int))
    axes.set_xticks(ticks, [f"{starts[place]:%Y-%m-%d}" for place in ticks], rotation=20, ha="right")
    axes.set_xlabel(f"{period} that starts on")
    axes.grid(visible=False)
    axes.tick_params(left=False)
    axes.hlines(np.arange(1, len(over_time)) - 0.5, -0.5, len(starts) - 0.5, color="white", linewidth=3)
    axes.spines[:].set_visible(False)
    bar = axes.figure.colorbar(image, ax=axes, label=f"missing, share of the {period}", pad=0.02)
    bar.ax.yaxis.set_major_formatter(create_percent_formatter())
