"""Pictures of a number that is asked for: its distribution, and its means."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lifecycle.eda.plots import compute_error_bars, create_category_axes, create_time_panels, draw_line, draw_rows
from lifecycle.reporting.figures import (
    BLUE,
    INK,
    ORANGE,
    apply_style,
    create_figure,
    create_number_formatter,
    create_percent_formatter,
    write_note,
)


@apply_style
def plot_distribution(bins: pd.DataFrame, title: str, label: str, marks: Mapping[str, float]) -> Figure:
    """A histogram that adds up to 100 %, with an upright line and its name at each of at most two marks.

    The table has `left` and `right` per bin, then the share of rows, 0 to 1.
    """
    figure = create_figure(title, height=3.4)
    axes = figure.add_subplot()
    axes.set_xlabel(label)
    if bins.empty:
        write_note(axes, "no values")
        return figure
    axes.stairs(bins.iloc[:, 2], [*bins["left"], bins["right"].iloc[-1]], fill=True, color=BLUE, alpha=0.6)
    for (name, value), colour, line in zip(marks.items(), (ORANGE, INK), ("-", "--"), strict=False):
        axes.axvline(value, color=colour, linestyle=line, linewidth=1.6, label=name)
    figure.legend(loc="outside lower center", ncols=len(marks))
    axes.set_ylabel("share of rows")
    axes.yaxis.set_major_formatter(create_percent_formatter())
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(create_number_formatter())
    return figure


@apply_style
def plot_mean_over_time(means: pd.DataFrame, title: str, label: str, overall: tuple[float, str], period: str) -> Figure:
    """A mean per period with its interval, the mean of all rows as a dashed line, and the rows per period below.

    The table has `level` (start of the period), `rows`, `value`, `low`, `high`; ends may be NaN. `overall` is the
    mean of all rows, and how it is written.
    """
    figure, above, below = create_time_panels(title)
    draw_line(above, means, *overall)
    above.set_ylabel(label)
    above.yaxis.set_major_formatter(create_number_formatter())
    draw_rows(below, means, period)
    return figure


@apply_style
def plot_mean_by_category(means: pd.DataFrame, title: str, label: str, overall: tuple[float, str]) -> Figure:
    """A mean per level as a point with its interval, the rows of each level, and the mean of all rows as a line.

    The table has `level`, `rows`, `value`, `low`, `high`, drawn from top to bottom; ends may be NaN.
    """
    figure, axes = create_category_axes(means, title)
    places = np.arange(len(means))
    axes.errorbar(
        means["value"],
        places,
        xerr=compute_error_bars(means),
        fmt="o",
        color=BLUE,
        ecolor=INK,
        elinewidth=1.1,
        capsize=2.5,
    )
    axes.axvline(overall[0], color=INK, linestyle="--", linewidth=1)
    axes.set_xlabel(f"{label}   (dashed: all rows, {overall[1]})")
    axes.xaxis.set_major_formatter(create_number_formatter())
    return figure
