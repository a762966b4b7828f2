"""Untrusted text for a comment: nothing in it mentions, refers, links, loads or runs."""

import re

import pytest

from lifecycle.review.github import MARK
from lifecycle.review.sanitize import BREAK, cut_text, sanitize


@pytest.mark.parametrize(
    ("hostile", "sanitized"),
    [
        ("@alice and @org/team", f"@{BREAK}alice and @{BREAK}org/team"),
        ("&#64;alice &commat;bob", f"&amp;#{BREAK}64;alice &amp;commat;bob"),
        ("see #8, o/r#8 and gh-8", f"see #{BREAK}8, o/r#{BREAK}8 and gh{BREAK}-8"),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y>"),
        (f"{MARK}", "&lt;!-- lifecycle review -->"),
        ("<details open><summary>x</summary>", "&lt;details open><summary>x</summary>"),
        ("![x](https://evil.example/p.png)", f"![x]{BREAK}(https{BREAK}://evil.example/p.png)"),
        ("[x]: //evil.example", f"[x]{BREAK}: //evil.example"),
        ("https://github.com/o/r/pull/8", f"https{BREAK}://github.com/o/r/pull/8"),
        ("www.evil.example", f"www{BREAK}.evil.example"),
        ("safe\u202eevil\x07", "safeevil"),
    ],
)
def test_hostile_text_is_sanitized(hostile: str, sanitized: str) -> None:
    assert sanitize(hostile) == sanitized


def test_the_parts_of_a_review_stay_as_they_are() -> None:
    text = (
        "# 🟢 Better\n\n> [!CAUTION]\n> **x**\n\n| a | b |\n| --- | ---: |\n| x | +0.0100 |\n\n"
        "<details><summary>more</summary>\n\n`abc1234`\n\n</details>\n\n```mermaid\n"
        '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#8c959f, #0969da"}}}}%%\n'
        'xychart-beta\n  x-axis "n" 0 --> 1\n  line [0, 1]\n```\n'
    )
    assert sanitize(text) == text


def test_a_text_is_cut_at_the_end_of_a_line() -> None:
    text = cut_text("one\n" * 100, 200)
    assert len(text) <= 200
    assert re.fullmatch(r"(one\n)+one\n\n\*Cut here: .*\*\n", text)


@pytest.mark.parametrize("text", ["a <b", "R&D", "<script>", "x &lt; y", "#8", "a\\b <i>"])
def test_what_a_report_escaped_is_shown_as_it_was(text: str) -> None:
    from markdown_it import MarkdownIt

    from lifecycle.reporting.markdown import escape_markdown

    (paragraph,) = [one for one in MarkdownIt("commonmark").parse(sanitize(escape_markdown(text))) if one.children]
    assert "".join(one.content for one in paragraph.children or []).replace(BREAK, "") == text
