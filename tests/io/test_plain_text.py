"""Nothing that is printed acts on a terminal."""

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.io.plain_text import HIDDEN, escape_hidden, escape_value, print_plainly


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("red\x1b[31m", "red\\u001b[31m"),
        ("gpj\u202e.exe", "gpj\\u202e.exe"),
        ("a\rb\x08\x7f\x9b", "a\\u000db\\u0008\\u007f\\u009b"),
        ("half \ud800", "half \\ud800"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Zürich 名前 🙂 می\u200cخواهم", "Zürich 名前 🙂 می\u200cخواهم"),
    ],
)
def test_hidden_characters_are_spelled(text: str, escaped: str) -> None:
    assert escape_hidden(text) == escaped


def test_every_control_and_direction_is_hidden() -> None:
    kept = {"\t", "\n"}
    controls = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Zl", "Zp")}
    directions = {chr(code) for code in range(0x110000) if unicodedata.bidirectional(chr(code))[-1:] in "EOIF"} - {""}
    embedding = {one for one in directions if unicodedata.category(one) == "Cf"}
    assert {one for one in controls | embedding if not HIDDEN.fullmatch(one)} == kept


@given(st.text())
def test_json_reads_what_was_escaped_as_it_was(text: str) -> None:
    assert json.loads(escape_hidden(json.dumps(text, ensure_ascii=False))) == text


def test_a_value_keeps_its_type() -> None:
    class Markup(str):
        pass

    escaped = escape_value(Markup("\x1b"))
    assert (type(escaped), escaped) == (Markup, "\\u001b")
    assert escape_value(3) == 3


def test_what_is_printed_is_plain() -> None:
    stream = io.StringIO()
    before = sys.stdout
    with print_plainly(stream):
        print("a\x1b[2Jb", flush=True)
        assert sys.stdout.isatty() is False
    assert sys.stdout is before
    assert stream.getvalue() == "a\\u001b[2Jb\n"
