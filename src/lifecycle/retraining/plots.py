"""The months of a backtest: loss by policy with its releases, one KPI with its estimate, alerts."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lifecycle.reporting.figures import CYCLE, GREY, apply_style, create_figure, shorten_label
from lifecycle.reporting.text import format_count
from lifecycle.retraining.report import BacktestRecord, MonthRecord, format_float


@apply_style
def plot_timeline(record: BacktestRecord, kpi: str, title: str) -> Figure:
    """Three panels over the months: the loss, the KPI with its estimate and floor, the number of alerts."""
    figure = create_figure(title, height=8.2)
    above, middle, below = figure.subplots(3, 1, sharex=True, height_ratios=(3, 3, 2))
    first = next(iter(record.policies.values()))
    for position, (name, policy) in enumerate(record.policies.items()):
        colour = CYCLE[position % len(CYCLE)]
        label = f"{shorten_label(name)}: {format_float(policy.loss)}, {format_count(policy.releases, 'release')}"
        plot_losses(above, policy.months, colour, label)
        plot_kpi(middle, policy.months, kpi, colour)
        plot_alerts(below, policy.months, position, len(record.policies), colour)
    plot_estimate(middle, first.months, kpi)
    above.set(ylabel=record.loss)
    above.legend(fontsize=8)
    middle.set(ylabel=kpi)
    middle.legend(fontsize=8)
    below.set(ylabel="alerts")
    below.set_xticks(range(len(first.months)), [one.month for one in first.months])
    return figure


def plot_losses(axes: Axes, months: Sequence[MonthRecord], colour: str, label: str) -> None:
    """The loss of each month; a ring where the month is the first of a new release."""
    values = [to_float(one.loss) for one in months]
    axes.plot(range(len(months)), values, color=colour, marker="o", markersize=4, label=label)
    new = [position for position in range(1, len(months)) if months[position].release != months[position - 1].release]
    axes.plot(new, [values[position] for position in new], "o", markersize=10, mfc="none", mec=colour)


def plot_kpi(axes: Axes, months: Sequence[MonthRecord], kpi: str, colour: str) -> None:
    """The KPI once every label was known."""
    values = [to_float(one.kpis[kpi].real) for one in months]
    axes.plot(range(len(months)), values, color=colour, marker="o", markersize=4)


def plot_estimate(axes: Axes, months: Sequence[MonthRecord], kpi: str) -> None:
    """The first policy's estimate before labels with its interval, and the floor."""
    kpis = [one.kpis[kpi] for one in months]
    low, middle, high = (
        np.array([to_float(value) for value in values])
        for values in zip(*((one.estimate_low, one.estimate, one.estimate_high) for one in kpis), strict=True)
    )
    errors = np.array([middle - low, high - middle]).clip(min=0)
    axes.errorbar(np.arange(len(kpis)) - 0.06, middle, yerr=errors, color=GREY, marker="s", markersize=4,
                  capsize=3, ls="none", label="estimated before labels, first policy")  # fmt: skip
    axes.axhline(kpis[0].floor, color=GREY, linestyle=":", label="floor")


def plot_alerts(axes: Axes, months: Sequence[MonthRecord], position: int, policies: int, colour: str) -> None:
    """How many alerts were active in each month."""
    width = 0.8 / policies
    where = np.arange(len(months)) - 0.4 + width * (position + 0.5)
    axes.bar(where, [len(one.alerts) for one in months], width=width * 0.9, color=colour)


def to_float(value: float | None) -> float:
    """The value; NaN for none."""
    return float("nan") if value is None else value
