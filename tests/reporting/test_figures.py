"""Figures look alike whatever the user's settings and the names in the data are."""

import matplotlib
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lifecycle.reporting.figures import (
    CYCLE,
    add_legend,
    append_unit,
    apply_style,
    assign_colours,
    create_figure,
    create_number_formatter,
    create_panels,
    create_percent_formatter,
    create_unit_axes,
    shorten_label,
    write_note,
)


@apply_style
def draw(text: str) -> tuple[str, str]:
    """The font size and the frame of the legend while a figure is drawn."""
    return text, f"{matplotlib.rcParams['font.size']:g} {matplotlib.rcParams['legend.frameon']}"


def test_a_drawing_function_runs_in_the_style_and_leaves_the_users():
    with matplotlib.rc_context({"font.size": 33, "legend.frameon": True}):
        assert draw("a") == ("a", "10 False")
        assert matplotlib.rcParams["font.size"] == 33
    assert draw.__name__ == "draw"


def test_panels_fill_rows_and_the_rest_is_hidden():
    figure, panels = create_panels(5, "Panels", columns=3, height=2.0, head=1.0)
    assert len(panels) == 5
    assert tuple(figure.get_size_inches()) == (9.0, 5.0)
    assert [axes.axison for axes in figure.axes] == [True] * 5 + [False]


def test_no_panel_is_an_empty_figure():
    figure, panels = create_panels(0, "Panels", columns=3, height=2.0, head=1.0)
    assert panels == []
    assert [axes.axison for axes in figure.axes] == [False]


def test_a_long_title_is_cut():
    figure = create_figure("a" * 200, height=2.0)
    assert figure.get_suptitle() == "a" * 89 + "…"


def test_unit_axes_run_from_0_to_100_percent():
    _, axes = create_unit_axes("ROC curve", "false positive rate", "true positive rate")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("false positive rate", "true positive rate")
    assert axes.get_xlim() == axes.get_ylim() == (-0.01, 1.01)
    assert axes.xaxis.get_major_formatter()(0.25) == "25%"


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (4, 4), (5, 3), (8, 4), (9, 3)])
def test_a_legend_has_at_most_four_names_in_a_row(count, columns):
    figure = Figure()
    add_legend(figure, [Patch()] * count, [f"{'name ' * 30}{place}" for place in range(count)])
    (legend,) = figure.legends
    assert legend._ncols == columns
    assert {len(text.get_text()) for text in legend.get_texts()} == {120 // columns}


def test_colours_repeat_after_the_last():
    tables = {str(place): pd.DataFrame({"a": [place]}) for place in range(len(CYCLE) + 1)}
    assert [colour for _, colour, _ in assign_colours(tables)] == [*CYCLE, CYCLE[0]]


def test_a_note_replaces_the_ticks():
    axes = Figure().add_subplot()
    write_note(axes, "no rows")
    assert [text.get_text() for text in axes.texts] == ["no rows"]
    assert list(axes.get_xticks()) == list(axes.get_yticks()) == []


def test_numbers_and_shares_on_an_axis():
    assert [create_percent_formatter()(share) for share in (0.125, 0.0001234567, 1.0)] == ["12.5%", "0.01235%", "100%"]
    assert [create_number_formatter()(value) for value in (1234.5, 1e9, 0.1)] == ["1,234.5", "1,000,000,000", "0.1"]


def test_labels():
    assert (append_unit("delay", "min"), append_unit("carrier", "")) == ("delay [min]", "carrier")
    assert shorten_label("a\nb " + "c" * 40) == "a b " + "c" * 23 + "…"
    assert shorten_label(" ") == "(blank)"
