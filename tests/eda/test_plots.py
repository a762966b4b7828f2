"""Every drawing of rows draws, says what it shows, and leaves the user's matplotlib as it was."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from builders.figures import draw_all, read_words

from lifecycle.eda import plots, plots_classes, plots_numeric

RATES = pd.DataFrame(
    {"level": ["a", "b"], "rows": [10, 2000], "value": [0.5, 0.1], "low": [0.2, 0.09], "high": [0.8, 0.11]}
)
MEANS = RATES.assign(value=[1e6, -2.0], low=[np.nan, -3.0], high=[np.nan, -1.0])
SHARES = pd.DataFrame({"level": ["a", "b"], "rows": [4, 1], 0: [0.25, 0.0], 1: [0.5, 0.0], 2: [0.25, 1.0]})
BINS = pd.DataFrame({"left": [0.0, 1.0], "right": [1.0, 2.0], 0: [0.25, 0.75], 1: [1.0, 0.0]})
VOID = BINS.iloc[:0]
POINTS = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, np.nan], "group": [0.0, 1.0]})
STARTS = pd.to_datetime(["2020-01-06", "2020-01-13"])
WEEKS = RATES.assign(level=STARTS)
CELLS = pd.DataFrame([[1.0, -0.5], [-0.5, np.nan]], ["a", "b"], ["a", "b"])
MISSING = pd.DataFrame({"column": ["b", "a"], "share": [0.5, 0.0001]})
STRIPS = pd.DataFrame([[0.0, 0.0002], [1.0, 0.0]], ["a", "b"], STARTS)
KINDS = ("no", "yes")
CLASSES = ("ant", "bee", "(others)")
WHOLE = (5e5, "500,000 CHF")

FIGURES = {
    "histogram_grid": lambda: plots.plot_histograms({"a": BINS, "void": VOID}, "T", {"a": "mi"}, KINDS),
    "scatter_grid": lambda: plots.plot_scatters([(POINTS, "told")], "T", {"x": "h"}, KINDS),
    "heatmap": lambda: plots.plot_heatmap(CELLS, "T", "correlation"),
    "heatmap_of_shares": lambda: plots.plot_heatmap(CELLS.abs(), "T", "share", low=0),
    "line_over_time": lambda: plots.plot_rate_over_time(WEEKS, "T", "late, share", 0.3, "week"),
    "rows_over_time": lambda: plots.plot_rows_over_time(WEEKS, "T", "month"),
    "bars_by_category": lambda: plots.plot_rate_by_category(RATES, "T", "late, share", 0.3),
    "shares_by_category": lambda: plots.plot_shares_by_category(RATES, "T", "share of rows"),
    "missing_values": lambda: plots.plot_missing_values(MISSING, STRIPS, "T", "week"),
    "missing_without_time": lambda: plots.plot_missing_values(MISSING, None, "T", ""),
    "distribution": lambda: plots_numeric.plot_distribution(
        BINS[["left", "right", 0]], "T", "price [CHF]", {"mean 1": 1.0}
    ),
    "mean_over_time": lambda: plots_numeric.plot_mean_over_time(
        MEANS.assign(level=STARTS), "T", "mean of price [CHF]", WHOLE, "week"
    ),
    "mean_by_category": lambda: plots_numeric.plot_mean_by_category(MEANS, "T", "mean of price [CHF]", WHOLE),
    "stacks_by_category": lambda: plots_classes.plot_stacks_by_category(SHARES, "T", CLASSES),
    "stacks_over_time": lambda: plots_classes.plot_stacks_over_time(SHARES.assign(level=STARTS), "T", CLASSES, "day"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_each_drawing_draws_with_its_title(name):
    assert "T" in read_words(FIGURES[name]())


def test_drawing_leaves_the_style_as_it_was():
    before, after = draw_all(FIGURES.values())
    assert after == before


def test_a_users_style_has_no_say():
    with matplotlib.rc_context({"font.size": 30, "axes.grid": False}):
        figure = FIGURES["bars_by_category"]()
    assert figure.axes[0].xaxis.get_label().get_fontsize() == 10
    assert figure.axes[0].xaxis.get_gridlines()[0].get_visible()


def test_axes_have_names_and_units():
    assert {"a [mi]", "void", "no values", "no", "yes"} <= set(read_words(FIGURES["histogram_grid"]()))
    assert {"x [h]", "y", "told"} <= set(read_words(FIGURES["scatter_grid"]()))
    assert {"late, share", "rows per week", "all rows\n30.0%"} <= set(read_words(FIGURES["line_over_time"]()))
    assert {"mean of price [CHF]", "all rows\n500,000 CHF"} <= set(read_words(FIGURES["mean_over_time"]()))
    assert "mean of price [CHF]   (dashed: all rows, 500,000 CHF)" in read_words(FIGURES["mean_by_category"]())
    assert {"price [CHF]", "share of rows", "mean 1"} <= set(read_words(FIGURES["distribution"]()))
    assert {"ant", "bee", "(others)", "rows per day"} <= set(read_words(FIGURES["stacks_over_time"]()))
    assert "late, share   (dashed: all rows, 30.0%)" in read_words(FIGURES["bars_by_category"]())


def test_bars_stand_from_top_to_bottom_with_their_rows():
    axes = FIGURES["bars_by_category"]().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert axes.yaxis_inverted()
    assert [text.get_text() for text in axes.texts] == ["rows", "10", "2,000"]
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.1]


def test_heatmap_writes_each_known_number():
    axes = FIGURES["heatmap"]().axes[0]
    assert [text.get_text() for text in axes.texts] == ["1.00", "-.50", "-.50"]


def test_missing_values_in_the_order_of_the_shares():
    figure = FIGURES["missing_values"]()
    assert [text.get_text() for text in figure.axes[0].texts] == ["50.0%", "< 0.1%"]
    assert figure.axes[1].images[0].get_array().tolist() == [[1.0, 0.0], [0.0, 0.0002]]
    assert "no value is missing" in read_words(plots.plot_missing_values(MISSING.iloc[:0], None, "T", ""))


def test_one_group_needs_no_legend():
    assert plots.plot_histograms({"a": BINS[["left", "right", 0]]}, "T", {}, ("all rows",)).legends == []
    assert plots.plot_scatters([(POINTS.assign(group=0.0), "told")], "T", {}, ("all rows",)).legends == []


def test_each_group_has_its_colour():
    figure = plots.plot_histograms({"a": BINS.assign(**{"2": 0.5})}, "T", {}, ("a", "b", "c"))
    fill, *lines = figure.axes[0].patches
    drawn = [fill.get_facecolor(), *(line.get_edgecolor() for line in lines)]
    colours = [matplotlib.colors.to_hex(colour).upper() for colour in drawn]
    assert colours == ["#0072B2", "#D55E00", "#009E73"]
    handles = figure.legends[0].get_patches()
    assert [matplotlib.colors.to_hex(patch.get_facecolor()).upper() for patch in handles] == colours


def test_stacks_add_up_from_left_to_right():
    bars = FIGURES["stacks_by_category"]().axes[0].patches
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [
        (0.0, 0.25), (0.0, 0.0), (0.25, 0.5), (0.0, 0.0), (0.75, 0.25), (0.0, 1.0),
    ]  # fmt: skip


def test_what_is_gathered_is_grey():
    names = (*"abcdefgh", "(others)")
    shares = pd.DataFrame({"level": ["x"], "rows": [9]} | {code: [1 / 9] for code in range(9)})
    bars = plots_classes.plot_stacks_by_category(shares, "T", names).axes[0].patches
    colours = [matplotlib.colors.to_hex(bar.get_facecolor()) for bar in bars]
    assert len(set(colours)) == 9 and colours[-1] == "#8a8f98"


def test_a_mean_without_an_interval_is_a_point_alone():
    axes = FIGURES["mean_by_category"]().axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[1e6, 0.0], [-2.0, 1.0]]
    assert [np.isnan(path.vertices).any() for path in axes.collections[0].get_paths()] == [True, False]
    assert "1,000,000" in read_words(axes.figure)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.plot_rate_by_category(RATES.iloc[:0], "T", "share", 0.0),
        lambda: plots.plot_rate_by_category(RATES.assign(value=0.0, low=0.0, high=0.0), "T", "share", 0.0),
        lambda: plots.plot_shares_by_category(RATES.iloc[:0], "T", "share"),
        lambda: plots.plot_histograms({}, "T", {}, KINDS),
        lambda: plots.plot_heatmap(CELLS.iloc[:1, :1], "T", "one"),
        lambda: plots.plot_rate_over_time(WEEKS.iloc[:1], "T", "share", 0.5, "day"),
        lambda: plots_numeric.plot_distribution(VOID, "T", "price", {}),
        lambda: plots_numeric.plot_mean_by_category(MEANS.iloc[:0], "T", "mean", WHOLE),
        lambda: plots_numeric.plot_mean_over_time(MEANS.assign(level=STARTS).iloc[:1], "T", "mean", WHOLE, "day"),
        lambda: plots_classes.plot_stacks_by_category(SHARES.iloc[:0], "T", CLASSES),
    ],
)
def test_little_or_nothing_to_draw(draw):
    assert "T" in read_words(draw())


def test_names_are_drawn_as_they_are():
    odd = RATES.assign(level=["$x_1$ \\frac", "a name that is much longer than a picture has room for"])
    axes = plots.plot_rate_by_category(odd, "T", "share", 0.3).axes[0]
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown == ["$x_1$ \\frac", "a name that is much longer …"]
    assert read_words(axes.figure)


def test_blank_names_and_titles_of_several_lines():
    figure = plots.plot_shares_by_category(RATES.assign(level=["", " \n"]), "one\ntwo " + "x" * 100, "share")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["(blank)", "(blank)"]
    assert figure.get_suptitle() == "one two " + "x" * 81 + "…"
