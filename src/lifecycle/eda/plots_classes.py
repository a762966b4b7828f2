"""Plots of the shares of classes, stacked to 100 %."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lifecycle.eda.plots import choose_bar_width, create_category_axes, create_time_panels, draw_rows
from lifecycle.reporting.figures import CATEGORY_COLOURS, add_legend, apply_style, create_percent_formatter

Floats = npt.NDArray[np.float64]


@apply_style
def plot_stacks_by_category(shares: pd.DataFrame, title: str, names: Sequence[str]) -> Figure:
    """The shares of the classes per level as one bar, and the rows of each level beside it.

    The table has `level`, `rows`, and the share of each of at most nine classes by its number, 0 to 1.
    """
    figure, axes = create_category_axes(shares, title)
    places = np.arange(len(shares))
    for code, starts in enumerate(compute_bar_starts(shares, len(names))):
        axes.barh(
            places,
            shares[code],
            left=starts,
            height=0.72,
            color=CATEGORY_COLOURS[code],
            edgecolor="white",
            linewidth=0.6,
        )
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of rows")
    axes.xaxis.set_major_formatter(create_percent_formatter())
    add_legend(figure, [Patch(color=colour) for colour in CATEGORY_COLOURS[: len(names)]], names)
    return figure


@apply_style
def plot_stacks_over_time(shares: pd.DataFrame, title: str, names: Sequence[str], period: str) -> Figure:
    """The shares of the classes per period as one bar, and the rows per period below.

    The table has `level` (start of the period), `rows`, and the share of each class by its number, 0 to 1.
    """
    figure, above, below = create_time_panels(title, height=5.4)
    places = shares["level"].to_numpy()
    for code, starts in enumerate(compute_bar_starts(shares, len(names))):
        above.bar(places, shares[code], bottom=starts, width=choose_bar_width(period), color=CATEGORY_COLOURS[code])
    above.set_ylim(0, 1)
    above.set_ylabel("share of rows")
    above.yaxis.set_major_formatter(create_percent_formatter())
    draw_rows(below, shares, period)
    add_legend(figure, [Patch(color=colour) for colour in CATEGORY_COLOURS[: len(names)]], names)
    return figure


def compute_bar_starts(shares: pd.DataFrame, count: int) -> list[Floats]:
    """Where each class's part of the bars begins: one array per class, with a place per bar."""
    cells = shares[list(range(count))].to_numpy("float64")
    return list((np.cumsum(cells, axis=1) - cells).T)
