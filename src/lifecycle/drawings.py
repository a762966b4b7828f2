"""Pictures drawn from tables and arrays, in one style: every function returns a matplotlib Figure."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import ParamSpec

import matplotlib.style
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

Arguments = ParamSpec("Arguments")

# Okabe and Ito's colours, which people with any kind of colour vision tell apart.
BLUE, ORANGE, GREEN, PINK, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#8A8F98"
CYCLE = (BLUE, ORANGE, GREEN, PINK, SKY)
INK, FAINT, PALE = "#24292F", "#57606A", "#E6E8EB"
WIDTH = 9.0

STYLE = {
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "figure.titlesize": 12.5,
    "figure.titleweight": "bold",
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


def styled(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """The drawing function, run in this module's style whatever the user's own settings are."""

    @wraps(draw)
    def drawn(*arguments: Arguments.args, **named: Arguments.kwargs) -> Figure:
        with matplotlib.style.context(["default", STYLE]):
            return draw(*arguments, **named)

    return drawn


@styled
def histogram_grid(
    panels: Mapping[str, pd.DataFrame], title: str, units: Mapping[str, str], names: tuple[str, str]
) -> Figure:
    """One small histogram per column, negative and positive rows over each other, each adding up to 100 %.

    A panel's table has `left`, `right`, `negative`, `positive` (shares, 0 to 1) per bin.
    """
    figure, places = grid(len(panels), title, columns=3, height=1.9, head=0.75)
    for axes, (name, bins) in zip(places, panels.items(), strict=True):
        draw_histogram(axes, bins, with_unit(short(name), units.get(name, "")))
    outer_legend(figure, names)
    return figure


def draw_histogram(axes: Axes, bins: pd.DataFrame, label: str) -> None:
    """Two histograms over each other: the negative rows filled, the positive ones as a line."""
    axes.set_title(label)
    if bins.empty:
        say(axes, "no values")
        return
    edges = [*bins["left"], bins["right"].iloc[-1]]
    axes.stairs(bins["negative"], edges, fill=True, color=BLUE, alpha=0.35)
    axes.stairs(bins["positive"], edges, color=ORANGE, linewidth=1.6)
    axes.yaxis.set_major_formatter(percent())
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(visible=False, axis="x")


@styled
def scatter_grid(
    panels: Sequence[tuple[pd.DataFrame, str]], title: str, units: Mapping[str, str], names: tuple[str, str]
) -> Figure:
    """One scatter per panel: a table whose first two columns are x and y and whose third is 1 or 0, and its title."""
    figure, places = grid(len(panels), title, columns=2, height=3.7, head=0.75)
    for axes, (points, told) in zip(places, panels, strict=True):
        x, y, labels = (points.iloc[:, place] for place in range(3))
        colours = np.where(labels == 1, ORANGE, BLUE).tolist()
        axes.scatter(x, y, s=11, c=colours, alpha=0.55, linewidths=0)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.set_title(told)
        axes.set_xlabel(with_unit(short(str(x.name)), units.get(str(x.name), "")))
        axes.set_ylabel(with_unit(short(str(y.name)), units.get(str(y.name), "")))
    outer_legend(figure, names)
    return figure


@styled
def heatmap(cells: pd.DataFrame, title: str, label: str, *, low: float = -1, high: float = 1) -> Figure:
    """Each cell of the table as a coloured square with its number; the colours run from `low` to `high`.

    Two colours around a white middle where `low` is negative, one colour otherwise; a missing cell is grey.
    """
    count = max(len(cells), 1)
    figure = paper(title, height=1.6 + 0.42 * count)
    axes = figure.add_subplot()
    image = axes.imshow(
        cells.to_numpy("float64"), cmap="PuOr_r" if low < 0 else "Blues", vmin=low, vmax=high, aspect="auto"
    )
    axes.set_facecolor(PALE)
    axes.grid(visible=False)
    axes.set_xticks(range(len(cells.columns)), [short(str(name)) for name in cells.columns], rotation=45, ha="right")
    axes.set_yticks(range(len(cells)), [short(str(name)) for name in cells.index])
    if len(cells.columns) <= 20:
        write_numbers(axes, cells.to_numpy("float64"), low, high)
    figure.colorbar(image, ax=axes, label=label, shrink=0.8, pad=0.02)
    return figure


def write_numbers(axes: Axes, cells: npt.NDArray[np.float64], low: float, high: float) -> None:
    """Each cell's number in its middle, white on dark cells."""
    for (row, column), value in np.ndenumerate(cells):
        if np.isfinite(value):
            deep = abs(value - max(low, 0)) / (high - max(low, 0)) > 0.6
            text = f"{value:.2f}".replace("0.", ".").replace("-.00", ".00")
            axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color="white" if deep else INK)


@styled
def line_over_time(rates: pd.DataFrame, title: str, label: str, whole: float, period: str) -> Figure:
    """A rate per period with its interval, the rate of all rows as a dashed line, and the rows per period below.

    The table has `level` (start of the period), `rows`, `rate`, `low`, `high` (shares, 0 to 1).
    """
    figure = paper(title, height=4.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    starts = rates["level"].to_numpy()
    above.fill_between(starts, rates["low"], rates["high"], color=BLUE, alpha=0.18, linewidth=0)
    above.plot(starts, rates["rate"], color=BLUE, marker="o", markersize=3.5, linewidth=1.6)
    above.axhline(whole, color=INK, linestyle="--", linewidth=1)
    above.annotate(
        f"all rows\n{whole:.1%}",
        (1, whole),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )
    above.set_ylabel(label)
    above.set_ylim(bottom=0)
    above.yaxis.set_major_formatter(percent())
    below.bar(starts, rates["rows"], width=bar_width(period), color=GREY, alpha=0.7)
    below.set_ylabel(f"rows per {period}")
    below.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    below.yaxis.set_major_formatter("{x:,.0f}")
    return figure


def bar_width(period: str) -> np.timedelta64:
    """How wide a bar for one period is on a time axis."""
    return np.timedelta64({"day": 19, "week": 6 * 24, "month": 25 * 24}[period], "h")


@styled
def bars_by_category(rates: pd.DataFrame, title: str, label: str, whole: float) -> Figure:
    """A rate per level with its interval, the rows of each level beside it, and the rate of all rows as a line.

    The table has `level`, `rows`, `rate`, `low`, `high` (shares, 0 to 1), drawn from top to bottom.
    """
    figure = paper(title, height=1.5 + 0.27 * max(len(rates), 2))
    axes = figure.add_subplot()
    horizontal_bars(axes, rates["level"].astype("str"), rates["rate"], rates["low"], rates["high"])
    write_beside(axes, ["rows", *(f"{rows:,}" for rows in rates["rows"])])
    axes.axvline(whole, color=INK, linestyle="--", linewidth=1)
    axes.set_xlabel(f"{label}   (dashed: all rows, {whole:.1%})")
    axes.set_xlim(0, min(1.0, float(rates["high"].max()) if len(rates) else 1.0) * 1.05 or 1.0)
    axes.xaxis.set_major_formatter(percent())
    return figure


def write_beside(axes: Axes, texts: Sequence[str]) -> None:
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


def horizontal_bars(axes: Axes, names: pd.Series, values: pd.Series, lows: pd.Series, highs: pd.Series) -> None:
    """Bars from top to bottom with the intervals as thin lines."""
    places = np.arange(len(names))
    reach = np.array([values - lows, highs - values]).clip(min=0)
    axes.barh(places, values, height=0.72, color=BLUE, alpha=0.75)
    axes.errorbar(values, places, xerr=reach, fmt="none", ecolor=INK, elinewidth=1.1, capsize=2.5)
    axes.set_yticks(places, [short(str(name)) for name in names])
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


@styled
def bars_with_intervals(
    values: pd.DataFrame, title: str, label: str, marks: Mapping[str, float] | None = None
) -> Figure:
    """A dot per row of the table with its interval, best for comparing scores, and named marks as dashed lines.

    The table has `name`, `value`, `low`, `high` in one unit, drawn from top to bottom.
    """
    figure = paper(title, height=1.7 + 0.36 * max(len(values), 2))
    axes = figure.add_subplot()
    places = np.arange(len(values))
    reach = np.array([values["value"] - values["low"], values["high"] - values["value"]]).clip(min=0)
    axes.errorbar(values["value"], places, xerr=reach, fmt="o", color=BLUE, ecolor=BLUE, elinewidth=2, capsize=3.5)
    for place, value in zip(places, values["value"], strict=True):
        axes.annotate(
            f"{value:.3f}", (value, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8
        )
    for number, (name, value) in enumerate((marks or {}).items()):
        axes.axvline(value, color=CYCLE[1 + number % 4], linestyle="--", linewidth=1.2, label=f"{name} {value:.3f}")
    axes.set_yticks(places, [short(str(name)) for name in values["name"]])
    axes.set_ylim(max(len(values), 1) - 0.4, -0.7)
    axes.set_xlabel(label)
    axes.grid(visible=False, axis="y")
    if marks:
        figure.legend(loc="outside lower center", ncols=len(marks))
    return figure


@styled
def missing_values(shares: pd.DataFrame, over_time: pd.DataFrame | None, title: str, period: str) -> Figure:
    """The missing share of each column as a bar, and beside it per period as a strip that darkens with the share.

    `shares` has `column` and `share` (0 to 1); `over_time` has a row per column and a column per period.
    """
    figure = paper(title, height=1.7 + 0.32 * max(len(shares), 2))
    if shares.empty:
        axes = figure.add_subplot()
        axes.set_axis_off()
        say(axes, "every value is there")
        return figure
    bars, *strips = figure.subplots(1, 1 if over_time is None else 2, squeeze=False, sharey=True)[0]
    draw_shares(bars, shares)
    if over_time is not None:
        draw_strips(strips[0], over_time.loc[shares["column"]], period)
    return figure


def draw_shares(axes: Axes, shares: pd.DataFrame) -> None:
    """A bar per column from top to bottom, 0 to 100 %, with its number."""
    places = np.arange(len(shares))
    axes.barh(places, shares["share"], height=0.72, color=GREY)
    for place, share in zip(places, shares["share"], strict=True):
        text = "< 0.1%" if share < 0.001 else f"{share:.1%}"
        axes.annotate(text, (share, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5)
    axes.set_yticks(places, [short(str(name)) for name in shares["column"]])
    axes.set_ylim(len(shares) - 0.5, -0.5)
    axes.set_xlim(0, 1.15)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(percent())
    axes.set_xlabel("missing, share of all rows")
    axes.grid(visible=False, axis="y")


def draw_strips(axes: Axes, over_time: pd.DataFrame, period: str) -> None:
    """A strip per column: white where every value is there, dark where all are missing."""
    starts = pd.DatetimeIndex(over_time.columns)
    image = axes.imshow(over_time.to_numpy("float64"), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    shown = np.unique(np.linspace(0, len(starts) - 1, min(5, len(starts))).round().astype(int))
    axes.set_xticks(shown, [f"{starts[place]:%Y-%m-%d}" for place in shown], rotation=20, ha="right")
    axes.set_xlabel(f"{period} that starts on")
    axes.grid(visible=False)
    axes.tick_params(left=False)
    axes.hlines(np.arange(1, len(over_time)) - 0.5, -0.5, len(starts) - 0.5, color="white", linewidth=3)
    axes.spines[:].set_visible(False)
    bar = axes.figure.colorbar(image, ax=axes, label=f"missing, share of the {period}", pad=0.02)
    bar.ax.yaxis.set_major_formatter(percent())


@styled
def roc_curve(curves: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """Found positives against false alarms, one line per name, and the diagonal of guessing.

    A curve's table has `false_positive_rate` and `true_positive_rate` (0 to 1), in the order of the threshold.
    """
    figure, axes = square(title, "false alarms, share of the negative rows", "found, share of the positive rows")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="guessing")
    for name, colour, curve in coloured(curves):
        axes.plot(curve["false_positive_rate"], curve["true_positive_rate"], color=colour, linewidth=2, label=name)
    axes.legend(loc="lower right")
    return figure


@styled
def pr_curve(curves: Mapping[str, pd.DataFrame], title: str, rate: float) -> Figure:
    """How many of the flagged rows are positive against how many positives are found, one line per name.

    A curve's table has `recall` and `precision` (0 to 1); the dashed line is the rate, which guessing reaches.
    """
    figure, axes = square(title, "found, share of the positive rows", "positive, share of the flagged rows")
    axes.axhline(rate, color=GREY, linestyle="--", linewidth=1, label=f"guessing {rate:.1%}")
    for name, colour, curve in coloured(curves):
        axes.step(curve["recall"], curve["precision"], where="post", color=colour, linewidth=2, label=name)
    axes.legend(loc="upper right")
    return figure


@styled
def calibration(bins: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """Observed rate against stated chance per bin, one line per name; a chance to be trusted lies on the diagonal.

    A table has `predicted`, `observed`, `low`, `high` (0 to 1) and `rows` per bin.
    """
    figure = paper(title, height=6.6, width=6.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    above.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="as stated")
    for name, colour, table in coloured(bins):
        reach = np.array([table["observed"] - table["low"], table["high"] - table["observed"]]).clip(min=0)
        above.errorbar(
            table["predicted"],
            table["observed"],
            yerr=reach,
            color=colour,
            marker="o",
            markersize=4.5,
            linewidth=1.6,
            elinewidth=1,
            capsize=2.5,
            label=name,
        )
        below.plot(table["predicted"], table["rows"], color=colour, marker="o", markersize=3, linewidth=1)
    reached = [1.05 * max(table[["predicted", "high"]].max()) for table in bins.values() if len(table)]
    above.set(xlim=(0, min(1.0, max(reached, default=1))), ylim=(0, min(1.0, max(reached, default=1))))
    above.set_ylabel("observed rate")
    above.legend(loc="upper left")
    below.set(xlabel="stated chance", ylabel="rows per bin")
    below.set_ylim(bottom=0)
    below.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    below.yaxis.set_major_formatter("{x:,.0f}")
    below.xaxis.set_major_formatter(percent())
    above.yaxis.set_major_formatter(percent())
    return figure


@styled
def cost_curve(costs: pd.DataFrame, threshold: float, title: str) -> Figure:
    """Mean cost per row against the threshold, with the chosen one marked; the table has `threshold` and `cost`."""
    figure = paper(title, height=3.6, width=6.4)
    axes = figure.add_subplot()
    axes.plot(costs["threshold"], costs["cost"], color=BLUE, linewidth=2)
    axes.axvline(threshold, color=GREY, linestyle="--", linewidth=1, label=f"chosen: {threshold:.2f}")
    axes.set(xlabel="threshold of the chance", ylabel="mean cost per row", xlim=(0, 1))
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right")
    return figure


@styled
def importance(falls: pd.DataFrame, title: str, label: str) -> Figure:
    """A bar per feature, the most important on top; the table has `feature` and `fall`."""
    figure = paper(title, height=1.2 + 0.26 * max(len(falls), 2))
    axes = figure.add_subplot()
    places = np.arange(len(falls))
    axes.barh(places, falls["fall"], height=0.72, color=BLUE, alpha=0.75)
    axes.set_yticks(places, [short(str(name)) for name in falls["feature"]])
    axes.set_ylim(max(len(falls), 1) - 0.4, -0.6)
    axes.set_xlabel(label + " when its values are shuffled")
    axes.grid(visible=False, axis="y")
    return figure


@styled
def confusion(counts: npt.ArrayLike, title: str, names: tuple[str, str]) -> Figure:
    """Rows by what was (top to bottom) and what was said (left to right): count and share of the true class.

    `counts` is 2 by 2, negative before positive: [[true negative, false alarm], [miss, found]].
    """
    cells = np.asarray(counts, dtype="float64")
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    figure = paper(title, height=4.4, width=5.6)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    for (row, column), share in np.ndenumerate(shares):
        text = f"{cells[row, column]:,.0f}\n{share:.1%}"
        axes.text(column, row, text, ha="center", va="center", fontsize=12, color="white" if share > 0.6 else INK)
    axes.set_xticks([0, 1], [short(name) for name in names])
    axes.set_yticks([0, 1], [short(name) for name in names], rotation=90, va="center")
    axes.set(xlabel="what the model says", ylabel="what happened")
    return figure


def paper(title: str, *, height: float, width: float = WIDTH) -> Figure:
    """An empty figure of that size in inches with a title at its left."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    return figure


def square(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, both from 0 to 100 %."""
    figure = paper(title, height=5.8, width=6.0)
    axes = figure.add_subplot()
    axes.set(xlabel=across, ylabel=up, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.xaxis.set_major_formatter(percent())
    axes.yaxis.set_major_formatter(percent())
    return figure, axes


def grid(count: int, title: str, *, columns: int, height: float, head: float) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels in rows of `columns`; what is left over in the last row stays empty."""
    across = max(1, min(columns, count))
    rows = max(1, -(-count // across))
    figure = paper(title, height=head + height * rows)
    places = list(figure.subplots(rows, across, squeeze=False).flat)
    for axes in places[count:]:
        axes.set_axis_off()
    return figure, places[:count]


def outer_legend(figure: Figure, names: tuple[str, str]) -> None:
    """A legend below the panels: the negative rows' name, then the positive ones'."""
    handles = [Patch(color=BLUE, alpha=0.5), Patch(color=ORANGE)]
    figure.legend(handles, [short(name, 60) for name in names], loc="outside lower center", ncols=2)


def coloured(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, pd.DataFrame]]:
    """Each table with its name and its colour."""
    return [(name, CYCLE[place % len(CYCLE)], table) for place, (name, table) in enumerate(tables.items())]


def say(axes: Axes, words: str) -> None:
    """Words in the middle of otherwise empty axes."""
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, color=GREY)
    axes.set_xticks([])
    axes.set_yticks([])


def percent() -> FuncFormatter:
    """How an axis writes shares: 0.125 as 12.5%."""
    return FuncFormatter(lambda share, _: f"{100 * share:.4g}%")


def with_unit(name: str, unit: str) -> str:
    """The name with its unit in brackets, where it has one."""
    return f"{name} [{unit}]" if unit else name


def short(name: str, most: int = 28) -> str:
    """The name in one line, cut to at most `most` characters."""
    line = " ".join(name.split())
    return line if len(line) <= most else line[: most - 1] + "…"
