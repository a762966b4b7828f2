"""The one style of all pictures: colours, empty figures, axes in percent."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import ParamSpec

import matplotlib.style
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

Arguments = ParamSpec("Arguments")

# Okabe and Ito's colours, which people with any kind of colour vision tell apart.
BLUE, ORANGE, GREEN, PINK, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#8A8F98"
CYCLE = (BLUE, ORANGE, GREEN, PINK, SKY)
AMBER, YELLOW = "#E69F00", "#F0E442"
INK, FAINT, PALE = "#24292F", "#57606A", "#E6E8EB"
# Eight kinds, and what is none of them.
KINDS = (*CYCLE, AMBER, YELLOW, INK, GREY)
WIDTH = 9.0
BLANK = "(blank)"

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


def paper(title: str, *, height: float, width: float = WIDTH) -> Figure:
    """An empty figure of that size in inches with a title at its left."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(short(title, 90), x=0.01, ha="left")
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


def outer_legend(figure: Figure, names: Sequence[str]) -> None:
    """A legend below the panels: the first group's name, pale as its filled bars are, then the others'."""
    handles = [Patch(color=BLUE, alpha=0.5), *(Patch(color=colour) for colour in CYCLE[1 : len(names)])]
    legend(figure, handles, names)


def legend(figure: Figure, handles: Sequence[Patch], names: Sequence[str]) -> None:
    """A legend below the panels, at most four names in a row, rows about equally full, long names cut."""
    across = -(-len(names) // -(-len(names) // 4))
    shown = [short(name, 120 // across) for name in names]
    figure.legend(handles, shown, loc="outside lower center", ncols=across)


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


def plain() -> FuncFormatter:
    """How an axis writes numbers: 1234.5 as 1,234.5, without an offset or a power of ten beside the axis."""
    return FuncFormatter(lambda value, _: f"{value:,.10g}")


def with_unit(name: str, unit: str) -> str:
    """The name with its unit in brackets, where it has one."""
    return f"{name} [{unit}]" if unit else name


def short(name: str, most: int = 28) -> str:
    """The name in one line, cut to at most `most` characters; a blank one is `(blank)`."""
    line = " ".join(name.split()) or BLANK
    return line if len(line) <= most else line[: most - 1] + "…"
