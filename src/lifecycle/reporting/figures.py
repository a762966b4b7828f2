"""The style of all figures: colours, empty figures, legends, axis formats."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import ParamSpec

import matplotlib.style
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from lifecycle.reporting.text import shorten_text

Arguments = ParamSpec("Arguments")

# Okabe and Ito's colours, which people with any kind of colour vision tell apart.
BLUE, ORANGE, GREEN, PINK, SKY, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#8A8F98"
CYCLE = (BLUE, ORANGE, GREEN, PINK, SKY)
AMBER, YELLOW = "#E69F00", "#F0E442"
INK, FAINT, PALE = "#24292F", "#57606A", "#E6E8EB"
# Eight categories, and all others.
CATEGORY_COLOURS = (*CYCLE, AMBER, YELLOW, INK, GREY)
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


def apply_style(draw: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Decorates a drawing function: it runs in this module's style, whatever the user's matplotlib settings."""

    @wraps(draw)
    def draw_in_style(*arguments: Arguments.args, **named: Arguments.kwargs) -> Figure:
        with matplotlib.style.context(["default", STYLE]):
            return draw(*arguments, **named)

    return draw_in_style


def create_figure(title: str, *, height: float, width: float = WIDTH) -> Figure:
    """An empty figure with a title at its left; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(shorten_label(title, 90), x=0.01, ha="left")
    return figure


def create_unit_axes(title: str, x_label: str, y_label: str) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, both from 0 to 100 %."""
    figure = create_figure(title, height=5.8, width=6.0)
    axes = figure.add_subplot()
    axes.set(xlabel=x_label, ylabel=y_label, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    axes.xaxis.set_major_formatter(create_percent_formatter())
    axes.yaxis.set_major_formatter(create_percent_formatter())
    return figure, axes


def create_panels(count: int, title: str, *, columns: int, height: float, head: float) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels in rows of `columns`; heights in inches, `head` for the title."""
    across = max(1, min(columns, count))
    rows = max(1, -(-count // across))
    figure = create_figure(title, height=head + height * rows)
    places = list(figure.subplots(rows, across, squeeze=False).flat)
    for axes in places[count:]:
        axes.set_axis_off()
    return figure, places[:count]


def add_group_legend(figure: Figure, names: Sequence[str]) -> None:
    """A legend of groups below the panels; the first is pale, as its filled bars are."""
    handles = [Patch(color=BLUE, alpha=0.5), *(Patch(color=colour) for colour in CYCLE[1 : len(names)])]
    add_legend(figure, handles, names)


def add_legend(figure: Figure, handles: Sequence[Patch], names: Sequence[str]) -> None:
    """A legend below the panels, with at most four names in a row; long names are cut."""
    across = -(-len(names) // -(-len(names) // 4))
    labels = [shorten_label(name, 120 // across) for name in names]
    figure.legend(handles, labels, loc="outside lower center", ncols=across)


def assign_colours(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str, pd.DataFrame]]:
    """Each table as name, colour and rows."""
    return [(name, CYCLE[place % len(CYCLE)], table) for place, (name, table) in enumerate(tables.items())]


def write_note(axes: Axes, text: str) -> None:
    """Write a text in the middle of otherwise empty axes."""
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=GREY)
    axes.set_xticks([])
    axes.set_yticks([])


def create_percent_formatter() -> FuncFormatter:
    """An axis format for shares: 0.125 as 12.5%."""
    return FuncFormatter(lambda share, _: f"{100 * share:.4g}%")


def create_number_formatter() -> FuncFormatter:
    """An axis format for numbers: 1234.5 as 1,234.5, without an offset or a power of ten beside the axis."""
    return FuncFormatter(lambda value, _: f"{value:,.10g}")


def append_unit(name: str, unit: str) -> str:
    """The name with its unit in brackets, where it has one."""
    return f"{name} [{unit}]" if unit else name


def shorten_label(name: str, most: int = 28) -> str:
    """The name as a label: on one line, cut at `most` characters; a blank name is `(blank)`."""
    return shorten_text(name, most)
