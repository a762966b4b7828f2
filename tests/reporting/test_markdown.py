"""No value from the data breaks a table, an image or inline code."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lifecycle.reporting import markdown
from lifecycle.reporting.markdown import embed_figure, escape_markdown, format_table, render_table
from lifecycle.reporting.references import BREAK
from lifecycle.reporting.text import flatten_text


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


def render_tokens(text: str):
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


SIGNS = st.text(alphabet="`*_[]()<>|~$!#-+=&;:/\\@ .0189aAbz\n\t\"'") | st.text()


@given(SIGNS)
def test_escaped_text_is_a_paragraph_of_exactly_that_text(text):
    shown = flatten_text(text)
    tokens = render_tokens(markdown.escape_markdown(text))
    if not shown:
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    inner = tokens[1].children
    assert {one.type for one in inner} <= {"text", "text_special"}
    assert "".join(one.content for one in inner).replace(BREAK, "") == shown.replace(BREAK, "")


@given(SIGNS)
def test_words_are_escaped_alike(text):
    tokens = render_tokens("x " + markdown.escape_words(text))
    inner = tokens[1].children
    assert {one.type for one in inner} <= {"text", "text_special"}
    assert "".join(one.content for one in inner).replace(BREAK, "") == ("x " + flatten_text(text)).strip().replace(
        BREAK, ""
    )


@given(SIGNS)
def test_a_cell_holds_exactly_its_text(text):
    tokens = render_tokens(render_table(["a", "b"], [[escape_markdown(text), "c"]]))
    cell = next(token for place, token in enumerate(tokens) if tokens[place - 1].type == "td_open")
    assert {one.type for one in cell.children} <= {"text", "text_special"}
    assert "".join(one.content for one in cell.children).replace(BREAK, "") == flatten_text(text).replace(BREAK, "")


@given(SIGNS)
def test_the_title_of_an_image_is_text(text):
    (inline,) = [token for token in render_tokens(embed_figure(text, "a.png")) if token.type == "inline"]
    assert [one.type for one in inline.children] == ["image"]
    assert inline.children[0].attrs["src"] == "a.png"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<script>a(1)</script>", "&lt;script\\>a(1)&lt;/script\\>"),
        ("<img src=x onerror=a>", "&lt;img src=x onerror=a\\>"),
        ("![a](https://b.example)", f"!\\[a\\](https{BREAK}://b.example)"),
        ("@alice #8", f"@{BREAK}alice #{BREAK}8"),
        ("&#60;b&gt; R&D", f"&amp;#{BREAK}60;b&amp;gt; R&D"),
        ("red\x1b[31m gpj\u202e", "red \\[31m gpj"),
        ("# a", "\\# a"),
        ("12. a", "12\\. a"),
        ("- a", "\\- a"),
        ("$a$ ~~b~~", "\\$a\\$ \\~\\~b\\~\\~"),
    ],
)
def test_nothing_in_a_text_acts(text, escaped):
    assert escape_markdown(text) == escaped


def test_a_name_keeps_its_underscores_where_they_mean_nothing():
    assert markdown.escape_words("roc_auc of dep_delay_2h") == "roc_auc of dep_delay_2h"
    assert markdown.escape_words("_a_ b_") == "\\_a\\_ b\\_"


def test_code_opens_no_tag():
    assert markdown.quote_code("<script>a</script>") == "`‹script>a‹/script>`"
    assert markdown.quote_code("<5 or <b>") == "`<5 or <b>`"
