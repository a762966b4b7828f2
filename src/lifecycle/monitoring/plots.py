"""Plots over periods: KPIs, estimated and measured; drift by feature; alerts."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lifecycle.monitoring.observations import RELEASED, Basis
from lifecycle.reporting.figures import (
    AMBER,
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    apply_style,
    create_figure,
    create_panels,
    shorten_label,
    write_note,
)

MOST_COLUMNS = 24


@apply_style
def plot_kpis(table: pd.DataFrame, title: str, basis: Basis) -> Figure:
    """A panel per metric: the estimate with its band, the value with its interval, the floor and the reference.

    The value of the basis' model stands beside its estimate where that is not the model whose value is shown.

    The table has a row per period and metric with the columns of `lifecycle.monitoring.performance_checks.RESULTS`.
    """
    names = list(dict.fromkeys(table["metric"]))
    figure, panels = create_panels(max(len(names), 1), title, columns=3, height=2.9, head=0.9)
    if not names:
        write_note(panels[0], "no period has predictions")
    for axes, name in zip(panels, names, strict=False):
        draw_kpi(axes, table[table["metric"] == name], basis)
    if names:
        panels[0].legend(fontsize=7.5)
    return figure


def draw_kpi(axes: Axes, rows: pd.DataFrame, basis: Basis) -> None:
    """One metric over its periods."""
    places = np.arange(len(rows))
    floor, reference = rows["floor"].iloc[0], rows["reference"].iloc[0]
    axes.axhline(reference, color=GREY, linewidth=1, linestyle="--", label=basis.part)
    axes.axhline(floor, color=ORANGE, linewidth=1, linestyle=":", label="floor")
    draw_intervals(
        axes, places - 0.08, rows[["estimate", "estimate_low", "estimate_high"]], AMBER, "estimated before labels"
    )
    if basis.model != RELEASED:
        compared = rows["compared"].to_numpy(dtype="float64")
        axes.scatter(places - 0.08, compared, marker="_", s=90, color=INK, zorder=3, label=f"{basis.model}, measured")
    draw_intervals(axes, places + 0.08, rows[["value", "low", "high"]], BLUE, f"{RELEASED}, measured")
    axes.set_title(str(rows["metric"].iloc[0]))
    axes.set_xticks(places, [shorten_label(str(period), 12) for period in rows["period"]], rotation=40, ha="right")
    axes.set_xlim(-0.6, len(rows) - 0.4)


def draw_intervals(axes: Axes, places: "np.ndarray", ends: pd.DataFrame, colour: str, label: str) -> None:
    """A dot with its interval in each period; nothing where no value is known."""
    value, low, high = (ends.iloc[:, column].to_numpy(dtype="float64") for column in range(3))
    if np.isnan(value).all():
        return
    reach = np.array([value - low, high - value]).clip(min=0)
    axes.errorbar(
        places, value, yerr=reach, color=colour, marker="o", markersize=4, capsize=2.5, ls="none", label=label
    )


@apply_style
def plot_drift(signals: pd.DataFrame, title: str) -> Figure:
    """A bar per column with its drift and its usual drift, the farthest beyond its limit on top.

    The table has `subject`, `size`, `limit`, `usual` and `raised`, one row each.
    """
    rows = signals.assign(reach=signals["size"] / signals[["limit", "usual"]].max(axis=1).clip(lower=1e-12))
    rows = rows.sort_values(["raised", "reach", "subject"], ascending=[False, False, True]).head(MOST_COLUMNS)
    figure = create_figure(title, height=1.5 + 0.26 * max(len(rows), 2))
    axes = figure.add_subplot()
    if rows.empty:
        write_note(axes, "no column was compared")
        return figure
    places = np.arange(len(rows))
    colours = [ORANGE if raised else GREY for raised in rows["raised"]]
    axes.barh(places, rows["size"], height=0.72, color=colours, alpha=0.75, label="drift (orange: raised)")
    axes.scatter(
        rows["usual"], places, marker="|", s=110, color=INK, linewidths=1.6, zorder=3, label="usual drift, at most"
    )
    axes.axvline(rows["limit"].iloc[0], color=GREY, linestyle="--", linewidth=1, label="limit")
    axes.set_yticks(places, [shorten_label(str(name)) for name in rows["subject"]])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("size of the drift")
    axes.legend(loc="lower right", fontsize=8)
    axes.grid(visible=False, axis="y")
    return figure


@apply_style
def plot_alerts(alerts: pd.DataFrame, periods: list[str], title: str) -> Figure:
    """A row per alert and a column per period: filled where the alert is active.

    The table has `name` and `period`, one row for each period in which an alert is active.
    """
    names = sorted(alerts["name"].unique())[:MOST_COLUMNS]
    figure = create_figure(title, height=1.4 + 0.26 * max(len(names), 2))
    axes = figure.add_subplot()
    if not names:
        write_note(axes, "no alert")
        return figure
    for row, name in enumerate(names):
        on = set(alerts.loc[alerts["name"] == name, "period"])
        axes.barh(
            [row] * len(periods),
            [0.9] * len(periods),
            left=np.arange(len(periods)) - 0.45,
            height=0.72,
            color=[ORANGE if period in on else PALE for period in periods],
        )
    axes.set_xticks(range(len(periods)), periods, rotation=40 if len(periods) > 6 else 0)
    axes.set_yticks(range(len(names)), [shorten_label(name, 40) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False)
    return figure
