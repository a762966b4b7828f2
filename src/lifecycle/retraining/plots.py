"""The months of a replay: loss by policy with its releases, one KPI with its estimate, alerts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lifecycle.reporting.figures import CYCLE, GREY, create_figure, shorten_label, apply_style
from lifecycle.reporting.text import format_count


@apply_style
def timeline(told: Mapping[str, Any], kpi: str, title: str) -> Figure:
    """Three panels over the months; `told` is the record of a replay."""
    figure = create_figure(title, height=8.2)
    above, middle, below = figure.subplots(3, 1, sharex=True, height_ratios=(3, 3, 2))
    months = [one["month"] for one in next(iter(told["policies"].values()))["months"]]
    for place, (name, policy) in enumerate(told["policies"].items()):
        colour = CYCLE[place % len(CYCLE)]
        label = f"{shorten_label(name)}: {policy['loss']:.4f}, {format_count(policy['releases'], 'release')}"
        losses(above, policy["months"], colour, label)
        real(middle, policy["months"], kpi, colour)
        bars(below, policy["months"], place, len(told["policies"]), colour)
    estimate(middle, next(iter(told["policies"].values()))["months"], kpi)
    above.set(ylabel=told["loss"])
    above.legend(fontsize=8)
    middle.set(ylabel=kpi)
    middle.legend(fontsize=8)
    below.set(ylabel="alerts")
    below.set_xticks(range(len(months)), months)
    return figure


def losses(axes: Axes, months: list[dict[str, Any]], colour: str, label: str) -> None:
    """The loss of each month; a ring where the month is the first of a new release."""
    values = [one["loss"] for one in months]
    axes.plot(range(len(months)), values, color=colour, marker="o", markersize=4, label=label)
    new = [place for place in range(1, len(months)) if months[place]["release"] != months[place - 1]["release"]]
    axes.plot(new, [values[place] for place in new], "o", markersize=10, mfc="none", mec=colour)


def real(axes: Axes, months: list[dict[str, Any]], kpi: str, colour: str) -> None:
    """What the KPI was, once every label had come."""
    axes.plot(range(len(months)), [one["kpis"][kpi]["real"] for one in months], color=colour, marker="o", markersize=4)


def estimate(axes: Axes, months: list[dict[str, Any]], kpi: str) -> None:
    """The first policy's estimate before labels with its band, and the floor."""
    told = [one["kpis"][kpi] for one in months]
    middle = np.array([one["estimate"] for one in told])
    ends = np.array([[one["estimate"] - one["estimate_low"], one["estimate_high"] - one["estimate"]] for one in told])
    axes.errorbar(np.arange(len(told)) - 0.06, middle, yerr=ends.T.clip(min=0), color=GREY, marker="s", markersize=4,
                  capsize=3, ls="none", label="estimated before labels came, first policy")  # fmt: skip
    axes.axhline(told[0]["floor"], color=GREY, linestyle=":", label="floor")


def bars(axes: Axes, months: list[dict[str, Any]], place: int, policies: int, colour: str) -> None:
    """How many alerts were on in each month."""
    width = 0.8 / policies
    where = np.arange(len(months)) - 0.4 + width * (place + 0.5)
    axes.bar(where, [len(one["alerts"]) for one in months], width=width * 0.9, color=colour)
