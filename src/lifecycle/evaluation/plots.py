"""Plots of a model's predictions: ROC, precision-recall and calibration curve, confusion matrix, importance."""

from collections.abc import Mapping, Sequence
from typing import Any

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
    ORANGE,
    apply_style,
    assign_colours,
    create_figure,
    create_percent_formatter,
    create_unit_axes,
    shorten_label,
    write_note,
)

SLANTED: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
UPRIGHT: dict[str, Any] = {"rotation": 90, "va": "center"}
# The colours' second, third, … round.
MARKS = "o^sDv"
BADGE: dict[str, Any] = {"bbox": {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": GREY, "alpha": 0.8}}


@apply_style
def plot_roc_curve(curves: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """The ROC curve, one line per name, and the diagonal of random predictions.

    A curve's table has `false_positive_rate` and `true_positive_rate` (0 to 1), in the order of the threshold.
    """
    figure, axes = create_unit_axes(title, "false positive rate", "true positive rate")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="random")
    for place, (name, colour, curve) in enumerate(assign_colours(curves)):
        stroke = "-" if place < len(CYCLE) else ":"
        across, up = curve["false_positive_rate"], curve["true_positive_rate"]
        axes.plot(across, up, color=colour, linestyle=stroke, linewidth=2, label=shorten_label(name))
    axes.legend(loc="lower right")
    return figure


@apply_style
def plot_precision_recall_curve(curves: Mapping[str, pd.DataFrame], title: str, rate: float) -> Figure:
    """The precision-recall curve, one line per name.

    A curve's table has `recall` and `precision` (0 to 1); the dashed line is the base rate.
    """
    figure, axes = create_unit_axes(title, "recall", "precision")
    axes.axhline(rate, color=GREY, linestyle="--", linewidth=1, label=f"base rate {rate:.1%}")
    for name, colour, curve in assign_colours(curves):
        axes.step(curve["recall"], curve["precision"], where="post", color=colour, linewidth=2, label=name)
    axes.legend(loc="upper right")
    return figure


@apply_style
def plot_calibration_curve(bins: Mapping[str, pd.DataFrame], title: str) -> Figure:
    """The calibration curve: observed rate against predicted probability per bin, one line per name.

    A table has `predicted`, `observed`, `low`, `high` (0 to 1) and `rows` per bin.
    """
    figure = create_figure(title, height=6.6, width=6.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    above.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfectly calibrated")
    for name, colour, table in assign_colours(bins):
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
    below.set(xlabel="predicted probability", ylabel="rows per bin")
    below.set_ylim(bottom=0)
    below.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    below.yaxis.set_major_formatter("{x:,.0f}")
    below.xaxis.set_major_formatter(create_percent_formatter())
    above.yaxis.set_major_formatter(create_percent_formatter())
    return figure


@apply_style
def plot_cost_curve(costs: pd.DataFrame, threshold: float, title: str) -> Figure:
    """Mean cost per row against the threshold, with the chosen one marked; the table has `threshold` and `cost`."""
    figure = create_figure(title, height=3.6, width=6.4)
    axes = figure.add_subplot()
    axes.plot(costs["threshold"], costs["cost"], color=BLUE, linewidth=2)
    axes.axvline(threshold, color=GREY, linestyle="--", linewidth=1, label=f"chosen: {threshold:.2f}")
    axes.set(xlabel="decision threshold", ylabel="mean cost per row", xlim=(0, 1))
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right")
    return figure


@apply_style
def plot_importance(importance: pd.DataFrame, title: str, label: str) -> Figure:
    """A bar per feature, the most important on top; the table has `feature` and `importance`."""
    figure = create_figure(title, height=1.2 + 0.26 * max(len(importance), 2))
    axes = figure.add_subplot()
    places = np.arange(len(importance))
    axes.barh(places, importance["importance"], height=0.72, color=BLUE, alpha=0.75)
    axes.set_yticks(places, [shorten_label(str(name)) for name in importance["feature"]])
    axes.set_ylim(max(len(importance), 1) - 0.4, -0.6)
    axes.set_xlabel(f"drop of {label} when the feature is shuffled")
    axes.grid(visible=False, axis="y")
    return figure


@apply_style
def plot_confusion_matrix(counts: npt.ArrayLike, title: str, names: Sequence[str]) -> Figure:
    """The confusion matrix, true classes downwards, predicted across: count and share of the true class.

    `counts` has a row and a column for each name; for two [[true negatives, false positives], [false negatives,
    true positives]].
    With more than eight names the shares stand alone, and none where no row is.
    """
    cells = np.asarray(counts, dtype="float64")
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    pair, many = len(names) <= 2, len(names) > 8
    size = 0.5 if many else 0.75
    height, width = (4.4, 5.6) if pair else (2.2 + size * len(names), 2.8 + size * len(names))
    figure = create_figure(title, height=height, width=width)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    for (row, column), share in np.ndenumerate(shares):
        text = f"{cells[row, column]:,.0f}\n{share:.1%}"
        if many:
            text = f"{share:.0%}" if cells[row, column] else ""
        ink, font = "white" if share > 0.6 else INK, 12 if pair else 8.5
        axes.text(column, row, text, ha="center", va="center", fontsize=font, color=ink)
        axes.set_xticks(
            range(len(names)),
            [shorten_label(name) for name in names],
            **(SLANTED if not pair and max(map(len, names)) > 4 else {}),
        )
    axes.set_yticks(range(len(names)), [shorten_label(name) for name in names], **(UPRIGHT if pair else {}))
    axes.set(xlabel="predicted class", ylabel="true class")
    return figure


@apply_style
def plot_actual_vs_predicted(points: pd.DataFrame, title: str, name: str) -> Figure:
    """A dot per row: the true against the predicted number; perfect predictions lie on the diagonal.

    The table has `predicted` and `actual` in the unit that `name` says.
    """
    figure = create_figure(title, height=5.8, width=6.0)
    axes = figure.add_subplot()
    low, high = points.min().min(), points.max().max()
    axes.plot([low, high], [low, high], color=GREY, linestyle="--", linewidth=1, label="perfect prediction")
    axes.scatter(points["predicted"], points["actual"], color=BLUE, **style_dots(len(points)))
    axes.set(xlabel=f"predicted {shorten_label(name, 60)}", ylabel=f"actual {shorten_label(name, 60)}")
    axes.legend(loc="lower right")
    return figure


def style_dots(count: int) -> dict[str, Any]:
    """Size and opacity for so many dots: where there are many, overlapping ones darken."""
    few = count <= 200
    return {"s": 26 if few else 14, "alpha": 0.85 if few else 0.4, "linewidths": 0}


@apply_style
def plot_residuals(points: pd.DataFrame, title: str, name: str) -> Figure:
    """A dot per row: the residual, actual less predicted, against the prediction.

    The table has `predicted` and `actual` in the unit that `name` says.
    """
    figure = create_figure(title, height=4.2, width=7.0)
    axes = figure.add_subplot()
    axes.axhline(0, color=GREY, linestyle="--", linewidth=1)
    axes.scatter(points["predicted"], points["actual"] - points["predicted"], color=BLUE, **style_dots(len(points)))
    axes.set(xlabel=f"predicted {shorten_label(name, 60)}", ylabel="actual less predicted")
    return figure


@apply_style
def plot_error_distribution(bins: pd.DataFrame, title: str, name: str) -> Figure:
    """The distribution of actual less predicted; the table has `left`, `right`, `share`."""
    figure = create_figure(title, height=3.8, width=7.0)
    axes = figure.add_subplot()
    axes.bar(bins["left"], bins["share"], bins["right"] - bins["left"], align="edge", color=BLUE, alpha=0.75)
    axes.axvline(0, color=GREY, linestyle="--", linewidth=1)
    axes.set(xlabel=f"actual less predicted {shorten_label(name, 60)}", ylabel="share of the rows")
    axes.yaxis.set_major_formatter(create_percent_formatter())
    return figure


@apply_style
def plot_error_by_decile(deciles: pd.DataFrame, title: str, name: str) -> Figure:
    """The mean absolute error and the mean error in each tenth of the rows, by the prediction.

    The table has `predicted` (the tenth's mean), `absolute_error` and `error`, lowest predictions first.
    """
    figure = create_figure(title, height=4.0, width=7.0)
    axes = figure.add_subplot()
    places = np.arange(len(deciles))
    axes.bar(places, deciles["absolute_error"], width=0.72, color=BLUE, alpha=0.75, label="mean absolute error")
    axes.plot(places, deciles["error"], color=ORANGE, marker="o", markersize=4.5, label="mean of actual less predicted")
    axes.axhline(0, color=GREY, linewidth=1)
    label_deciles(axes, deciles, name)
    axes.set_ylabel("error")
    axes.margins(y=0.25)
    axes.legend(loc="upper left", ncols=2)
    axes.grid(visible=False, axis="x")
    return figure


def label_deciles(axes: Axes, deciles: pd.DataFrame, name: str) -> None:
    """Name the tenths of the rows by their mean prediction."""
    labels = [f"{value:.3g}" for value in deciles["predicted"]]
    axes.set_xticks(range(len(labels)), labels, **(SLANTED if max(map(len, labels)) > 6 else {}))
    axes.set_xlabel(f"predicted {shorten_label(name, 40)}, mean of each tenth of the rows")


@apply_style
def plot_coverage(deciles: pd.DataFrame, title: str, name: str, nominal: float) -> Figure:
    """The share of truths within their interval in each tenth of the rows, by the prediction.

    The table has `predicted`, `covered` and the ends `low` and `high` of its 95 % interval (0 to 1); the
    dashed line is the nominal coverage.
    """
    figure = create_figure(title, height=4.0, width=7.0)
    axes = figure.add_subplot()
    places = np.arange(len(deciles))
    reach = np.array([deciles["covered"] - deciles["low"], deciles["high"] - deciles["covered"]]).clip(min=0)
    axes.axhline(nominal, color=GREY, linestyle="--", linewidth=1, label=f"nominal {nominal:.0%}")
    axes.errorbar(places, deciles["covered"], yerr=reach, color=BLUE, marker="o", linestyle="none", capsize=2.5)
    label_deciles(axes, deciles, name)
    axes.set(ylabel="coverage", ylim=(0, 1.02), xlim=(-0.6, len(deciles) - 0.4))
    axes.yaxis.set_major_formatter(create_percent_formatter())
    axes.legend(loc="lower right")
    return figure


@apply_style
def plot_cluster_sizes(clusters: pd.DataFrame, title: str) -> Figure:
    """A bar per cluster with its share of the rows; the table has `cluster`, `rows` and `share`."""
    figure = create_figure(title, height=1.3 + 0.3 * max(len(clusters), 2), width=7.0)
    axes = figure.add_subplot()
    places = list(range(len(clusters)))
    axes.barh(places, clusters["share"], height=0.72, color=[choose_colour(place) for place in places], alpha=0.75)
    for place, rows, share in zip(places, clusters["rows"], clusters["share"], strict=True):
        axes.text(share, place, f" {rows:,}", va="center", fontsize=9, color=FAINT)
    axes.set_yticks(places, [str(number) for number in clusters["cluster"]])
    axes.set_ylim(len(clusters) - 0.4, -0.6)
    axes.set(xlabel="share of the rows, with their number", ylabel="cluster")
    axes.set_xlim(0, 1.15 * max(clusters["share"], default=1))
    axes.xaxis.set_major_formatter(create_percent_formatter())
    axes.grid(visible=False, axis="y")
    return figure


def choose_colour(place: int) -> str:
    """The colour of the cluster at that place; neighbours differ."""
    return CYCLE[place % len(CYCLE)]


@apply_style
def plot_silhouettes(rows: pd.DataFrame, title: str) -> Figure:
    """The silhouettes of each cluster's rows, the highest on top; the dashed line is the mean of all.

    The table has `cluster` and `silhouette` (-1 to 1; missing where there is but one cluster).
    """
    figure = create_figure(title, height=max(5.0, 0.36 * rows["cluster"].nunique()), width=7.0)
    axes = figure.add_subplot()
    if not rows["silhouette"].notna().any():
        write_note(axes, "one cluster only: no silhouette")
        return figure
    start, gap, middles = 0.0, 0.03 * len(rows), {}
    for place, (number, values) in enumerate(rows.groupby("cluster")["silhouette"]):
        edges = np.repeat(start + np.arange(len(values) + 1), 2)[1:-1]
        lengths = np.repeat(values.sort_values(ascending=False).to_numpy(), 2)
        axes.fill_betweenx(edges, 0, lengths, color=choose_colour(place), alpha=0.75, linewidth=0)
        middles[number] = start + len(values) / 2
        start += len(values) + gap
    mean = rows["silhouette"].mean()
    axes.axvline(mean, color=INK, linestyle="--", linewidth=1)
    axes.set_yticks(list(middles.values()), [str(number) for number in middles])
    axes.set_ylim(start, -gap)
    axes.set(xlabel=f"silhouette, below 0 nearer to another cluster   (dashed: mean {mean:.2f})", ylabel="cluster")
    axes.grid(visible=False, axis="y")
    return figure


@apply_style
def plot_projection(points: pd.DataFrame, title: str, shares: tuple[float, float]) -> Figure:
    """A dot per row along the first two principal components, coloured by cluster, with the clusters' numbers.

    The table has `x`, `y` and `cluster`; `shares` of the variance lie along the two axes.
    """
    figure = create_figure(title, height=5.6, width=7.0)
    axes = figure.add_subplot()
    for place, (_, rows) in enumerate(points.groupby("cluster")):
        mark = MARKS[place // len(CYCLE) % len(MARKS)]
        axes.scatter(rows["x"], rows["y"], color=choose_colour(place), marker=mark, **style_dots(len(points)))
    for number, rows in points.groupby("cluster"):
        axes.text(rows["x"].median(), rows["y"].median(), str(number), ha="center", va="center", **BADGE)
    axes.set_xlabel(f"first principal component, {shares[0]:.0%} of the variance")
    axes.set_ylabel(f"second principal component, {shares[1]:.0%} of the variance")
    return figure
