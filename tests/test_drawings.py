"""Every drawing draws, says what it shows, and leaves the user's matplotlib as it was."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lifecycle import drawings

RATES = pd.DataFrame(
    {"level": ["a", "b"], "rows": [10, 2000], "rate": [0.5, 0.1], "low": [0.2, 0.09], "high": [0.8, 0.11]}
)
BINS = pd.DataFrame({"left": [0.0, 1.0], "right": [1.0, 2.0], "negative": [0.25, 0.75], "positive": [1.0, 0.0]})
VOID = BINS.iloc[:0]
CURVE = pd.DataFrame({"false_positive_rate": [0.0, 0.5, 1.0], "true_positive_rate": [0.0, 0.9, 1.0]})
RECALLS = pd.DataFrame({"recall": [0.0, 1.0], "precision": [1.0, 0.3]})
SCORES = pd.DataFrame({"name": ["x", "y"], "value": [0.7, 0.6], "low": [0.6, 0.5], "high": [0.8, 0.7]})
STATED = pd.DataFrame(
    {"predicted": [0.1, 0.4], "observed": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5], "rows": [9, 3]}
)
POINTS = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, np.nan], "target": [0.0, 1.0]})
WEEKS = RATES.assign(level=pd.to_datetime(["2020-01-06", "2020-01-13"]))
CELLS = pd.DataFrame([[1.0, -0.5], [-0.5, np.nan]], ["a", "b"], ["a", "b"])
SHARES = pd.DataFrame({"column": ["b", "a"], "share": [0.5, 0.0001]})
STRIPS = pd.DataFrame([[0.0, 0.0002], [1.0, 0.0]], ["a", "b"], pd.to_datetime(["2020-01-06", "2020-01-13"]))
KINDS = ("no", "yes")

FIGURES = {
    "histogram_grid": lambda: drawings.histogram_grid({"a": BINS, "void": VOID}, "T", {"a": "mi"}, KINDS),
    "scatter_grid": lambda: drawings.scatter_grid([(POINTS, "told")], "T", {"x": "h"}, KINDS),
    "heatmap": lambda: drawings.heatmap(CELLS, "T", "correlation"),
    "heatmap_of_shares": lambda: drawings.heatmap(CELLS.abs(), "T", "share", low=0),
    "line_over_time": lambda: drawings.line_over_time(WEEKS, "T", "late, share", 0.3, "week"),
    "bars_by_category": lambda: drawings.bars_by_category(RATES, "T", "late, share", 0.3),
    "bars_with_intervals": lambda: drawings.bars_with_intervals(SCORES, "T", "score", {"floor": 0.65}),
    "bars_without_marks": lambda: drawings.bars_with_intervals(SCORES, "T", "score"),
    "missing_values": lambda: drawings.missing_values(SHARES, STRIPS, "T", "week"),
    "missing_without_time": lambda: drawings.missing_values(SHARES, None, "T", ""),
    "roc_curve": lambda: drawings.roc_curve({"m": CURVE}, "T"),
    "pr_curve": lambda: drawings.pr_curve({"m": RECALLS}, "T", 0.3),
    "calibration": lambda: drawings.calibration({"m": STATED}, "T"),
    "confusion": lambda: drawings.confusion([[5, 1], [2, 2]], "T", KINDS),
}


def words(figure: Figure) -> list[str]:
    FigureCanvasAgg(figure).draw()
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]


@pytest.mark.parametrize("name", FIGURES)
def test_each_drawing_draws_with_its_title(name):
    assert "T" in words(FIGURES[name]())


def test_drawing_leaves_the_style_as_it_was():
    before = dict(matplotlib.rcParams)
    for draw in FIGURES.values():
        draw()
    assert dict(matplotlib.rcParams) == before


def test_a_users_style_has_no_say():
    with matplotlib.rc_context({"font.size": 30, "axes.grid": False}):
        figure = FIGURES["bars_by_category"]()
    assert figure.axes[0].xaxis.get_label().get_fontsize() == 10
    assert figure.axes[0].xaxis.get_gridlines()[0].get_visible()


def test_axes_have_names_and_units():
    assert {"a [mi]", "void", "no values", "no", "yes"} <= set(words(FIGURES["histogram_grid"]()))
    assert {"x [h]", "y", "told"} <= set(words(FIGURES["scatter_grid"]()))
    assert {"late, share", "rows per week", "all rows\n30.0%"} <= set(words(FIGURES["line_over_time"]()))
    assert "late, share   (dashed: all rows, 30.0%)" in words(FIGURES["bars_by_category"]())


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
    assert "every value is there" in words(drawings.missing_values(SHARES.iloc[:0], None, "T", ""))


def test_confusion_counts_and_shares():
    axes = FIGURES["confusion"]().axes[0]
    assert [text.get_text() for text in axes.texts] == ["5\n83.3%", "1\n16.7%", "2\n50.0%", "2\n50.0%"]
    assert "0\n0.0%" in words(drawings.confusion(np.zeros((2, 2)), "T", KINDS))


def test_curves_carry_their_points():
    line = FIGURES["roc_curve"]().axes[0].lines[1]
    assert line.get_xydata().tolist() == [[0.0, 0.0], [0.5, 0.9], [1.0, 1.0]]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: drawings.bars_by_category(RATES.iloc[:0], "T", "share", 0.0),
        lambda: drawings.bars_by_category(RATES.assign(rate=0.0, low=0.0, high=0.0), "T", "share", 0.0),
        lambda: drawings.bars_with_intervals(SCORES.iloc[:0], "T", "score"),
        lambda: drawings.histogram_grid({}, "T", {}, KINDS),
        lambda: drawings.heatmap(CELLS.iloc[:1, :1], "T", "one"),
        lambda: drawings.line_over_time(WEEKS.iloc[:1], "T", "share", 0.5, "day"),
        lambda: drawings.calibration({}, "T"),
    ],
)
def test_little_or_nothing_to_draw(draw):
    assert "T" in words(draw())


def test_names_are_drawn_as_they_are():
    odd = RATES.assign(level=["$x_1$ \\frac", "a name that is much longer than a picture has room for"])
    axes = drawings.bars_by_category(odd, "T", "share", 0.3).axes[0]
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown == ["$x_1$ \\frac", "a name that is much longer …"]
    assert words(axes.figure)
