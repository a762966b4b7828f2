"""Every drawing of answers draws, says what it shows, and leaves the user's matplotlib as it was."""

import numpy as np
import pandas as pd
import pytest
from builders.figures import draw_all, read_words

from lifecycle.evaluation import plots

CURVE = pd.DataFrame({"false_positive_rate": [0.0, 0.5, 1.0], "true_positive_rate": [0.0, 0.9, 1.0]})
RECALLS = pd.DataFrame({"recall": [0.0, 1.0], "precision": [1.0, 0.3]})
STATED = pd.DataFrame(
    {"predicted": [0.1, 0.4], "observed": [0.2, 0.4], "low": [0.1, 0.3], "high": [0.3, 0.5], "rows": [9, 3]}
)
KINDS = ("no", "yes")
PAIRS = pd.DataFrame({"predicted": [1.0, 4.0], "actual": [3.0, 2.0]})
ERRORS = pd.DataFrame({"left": [-1.0, 0.0], "right": [0.0, 1.0], "share": [0.25, 0.75]})
TENTHS = pd.DataFrame(
    {
        "predicted": [1.0, 1234567.0],
        "absolute_error": [0.5, 2.0],
        "error": [-0.5, 0.0],
        "covered": [0.5, 1.0],
        "low": [0.2, 0.6],
        "high": [0.8, 1.0],
    }
)
SIZES = pd.DataFrame({"cluster": [-1, 2], "rows": [1000, 3000], "share": [0.25, 0.75]})
SILHOUETTES = pd.DataFrame({"cluster": [0, 0, 7], "silhouette": [0.25, 0.75, -0.25]})
PLANE = pd.DataFrame({"x": [0.0, 1.0, 2.0], "y": [1.0, 3.0, 5.0], "cluster": [0, 0, 7]})

FIGURES = {
    "roc_curve": lambda: plots.plot_roc_curve({"m": CURVE}, "T"),
    "pr_curve": lambda: plots.plot_precision_recall_curve({"m": RECALLS}, "T", 0.3),
    "calibration": lambda: plots.plot_calibration_curve({"m": STATED}, "T"),
    "confusion": lambda: plots.plot_confusion_matrix([[5, 1], [2, 2]], "T", KINDS),
    "confusion_of_many": lambda: plots.plot_confusion_matrix(np.eye(9), "T", [f"class {code}" for code in range(9)]),
    "actual_and_predicted": lambda: plots.plot_actual_vs_predicted(PAIRS, "T", "time [days]"),
    "residuals": lambda: plots.plot_residuals(PAIRS, "T", "time [days]"),
    "errors": lambda: plots.plot_error_distribution(ERRORS, "T", "time [days]"),
    "error_by_decile": lambda: plots.plot_error_by_decile(TENTHS, "T", "time [days]"),
    "coverage": lambda: plots.plot_coverage(TENTHS, "T", "time [days]", 0.8),
    "sizes": lambda: plots.plot_cluster_sizes(SIZES, "T"),
    "silhouettes": lambda: plots.plot_silhouettes(SILHOUETTES, "T"),
    "projection": lambda: plots.plot_projection(PLANE, "T", (0.6, 0.3)),
}


@pytest.mark.parametrize("name", FIGURES)
def test_each_drawing_draws_with_its_title(name):
    assert "T" in read_words(FIGURES[name]())


def test_drawing_leaves_the_style_as_it_was():
    before, after = draw_all(FIGURES.values())
    assert after == before


def test_confusion_counts_and_shares():
    axes = FIGURES["confusion"]().axes[0]
    assert [text.get_text() for text in axes.texts] == ["5\n83.3%", "1\n16.7%", "2\n50.0%", "2\n50.0%"]
    assert "0\n0.0%" in read_words(plots.plot_confusion_matrix(np.zeros((2, 2)), "T", KINDS))


def test_confusion_of_three_counts_and_of_many_says_shares_alone():
    axes = plots.plot_confusion_matrix([[2, 2, 0], [0, 4, 0], [0, 0, 0]], "T", ["a", "b", "c"]).axes[0]
    assert [text.get_text() for text in axes.texts][:3] == ["2\n50.0%", "2\n50.0%", "0\n0.0%"]
    axes = FIGURES["confusion_of_many"]().axes[0]
    assert [text.get_text() for text in axes.texts][:10] == ["100%"] + [""] * 8 + [""]
    assert [label.get_text() for label in axes.get_yticklabels()] == [f"class {code}" for code in range(9)]


def test_more_curves_than_colours_differ_by_stroke():
    lines = plots.plot_roc_curve({f"class {code}": CURVE for code in range(6)}, "T").axes[0].lines[1:]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 6


def test_numbers_carry_their_points_and_unit():
    axes = FIGURES["actual_and_predicted"]().axes[0]
    assert axes.collections[0].get_offsets().tolist() == [[1.0, 3.0], [4.0, 2.0]]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted time [days]", "actual time [days]")
    assert FIGURES["residuals"]().axes[0].collections[0].get_offsets().tolist() == [[1.0, 2.0], [4.0, -2.0]]
    assert [bar.get_height() for bar in FIGURES["errors"]().axes[0].patches] == [0.25, 0.75]


def test_tenths_are_named_by_their_prediction():
    for name in ("error_by_decile", "coverage"):
        assert [label.get_text() for label in FIGURES[name]().axes[0].get_xticklabels()] == ["1", "1.23e+06"]
    assert "nominal 80%" in read_words(FIGURES["coverage"]())


def test_clusters_carry_their_numbers():
    assert {"-1", "2", " 1,000", " 3,000"} <= set(read_words(FIGURES["sizes"]()))
    axes = FIGURES["silhouettes"]().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "7"]
    assert axes.get_xlabel().endswith("(dashed: mean 0.25)")
    assert [text.get_text() for text in FIGURES["projection"]().axes[0].texts] == ["0", "7"]


def test_many_clusters_differ_by_colour_or_mark():
    plane = pd.DataFrame({"x": np.arange(20.0), "y": 0.0, "cluster": np.arange(20)})
    dots = plots.plot_projection(plane, "T", (1.0, 0.0)).axes[0].collections
    looks = {(str(one.get_facecolor()), str(one.get_paths()[0].vertices)) for one in dots}
    assert len(looks) == 20


def test_one_cluster_has_nothing_to_compare_with():
    assert "one cluster only: no silhouette" in read_words(
        plots.plot_silhouettes(SILHOUETTES.assign(silhouette=np.nan), "T")
    )


def test_curves_carry_their_points():
    line = FIGURES["roc_curve"]().axes[0].lines[1]
    assert line.get_xydata().tolist() == [[0.0, 0.0], [0.5, 0.9], [1.0, 1.0]]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.plot_calibration_curve({}, "T"),
        lambda: plots.plot_confusion_matrix([[3]], "T", ["only"]),
        lambda: plots.plot_actual_vs_predicted(PAIRS.iloc[:1], "T", "x"),
        lambda: plots.plot_error_by_decile(TENTHS.iloc[:1], "T", "x"),
        lambda: plots.plot_cluster_sizes(SIZES.iloc[:1], "T"),
        lambda: plots.plot_silhouettes(SILHOUETTES.iloc[:1], "T"),
    ],
)
def test_little_or_nothing_to_draw(draw):
    assert "T" in read_words(draw())
