"""No value from the data breaks a table, an image or inline code."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.reporting import markdown
from lifecycle.reporting.markdown import embed_figure, escape_markdown, format_table, render_table


def test_format_table_formats_and_escapes_values():
    rows = pd.DataFrame({"name": ["a|b", "c\nd"], "count": [1200, 3], "share": [0.5, np.nan], "left out": [1, 2]})
    assert format_table(rows, {"name": "", "count": ",d", "share": ".1%"}).splitlines() == [
        "| name | count | share |",
        "|---|---:|---:|",
        "| a\\|b | 1,200 | 50.0% |",
        "| c d | 3 |  |",
    ]


def test_render_table_keeps_its_cells():
    cells = pd.DataFrame({"a|b": ["x\ny", 1], "c": ["`|`", ""]})
    assert render_table(cells.columns, cells.to_numpy()) == "| a\\|b | c |\n|---|---|\n| x y | `\\|` |\n| 1 |  |"


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [("a\\|b", "a\\|b"), ("a\\\\|b", "a\\\\\\|b"), ("||", "\\|\\|"), (escape_markdown("\\|"), "\\\\\\|")],
)
def test_a_pipe_is_escaped_once(cell, guarded):
    assert render_table([cell], []).splitlines()[0] == f"| {guarded} |"


@given(st.lists(st.text(), min_size=2, max_size=2))
def test_a_table_has_as_many_cells_as_columns(cells):
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").enable("table").render(render_table(["a", "b"], [cells]))
    assert html.count("<td>") == 2


def test_text_is_not_read_as_markdown():
    assert escape_markdown("a_b *c* <d> [e] `f` \\ g") == r"a\_b \*c\* \<d\> \[e\] \`f\` \\ g"


def test_figure():
    assert embed_figure("ROC curve", "roc.png") == "![ROC curve](roc.png)"


def test_a_title_cannot_end_an_image():
    assert embed_figure("By `](x`: [it]", "a.png") == "![By (x: it](a.png)"


@given(st.text())
def test_code_is_one_line_between_two_ticks(name):
    code = markdown.quote_code(name)
    assert code.count("`") == 2 and code == f"`{code[1:-1].strip()}`" and len(code.splitlines()) == 1


def test_blank_names_are_named():
    assert markdown.quote_code(" \n") == "`(blank)`"


@pytest.mark.parametrize(
    ("description", "expected"), [("kilograms", "`weight`: kilograms"), ("weight", "`weight`"), (" ", "`weight`")]
)
def test_a_description_does_not_repeat_the_name(description, expected):
    assert markdown.describe_name("weight", description) == expected


def test_a_long_name_is_cut():
    assert markdown.quote_code("x" * 500) == f"`{'x' * 59}…`"
    assert markdown.describe_name("x" * 500, f"{'x' * 59}…") == f"`{'x' * 59}…`"


def test_a_description_is_escaped():
    assert markdown.describe_name("w", "a|b <c>") == "`w`: a\\|b \\<c\\>"


def test_the_text_of_an_image_ends_where_it_is_meant_to():
    assert markdown.embed_figure("By `x`: size \\[m\\]", "x.png") == "![By x: size m](x.png)"
