"""Cells of CSV for a person: no spreadsheet computes one, and every text comes back."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.io.csv_cells import protect_cell, restore_cell

ACTING = re.compile(r'(?:[^\S\t\n]|")*[=+\-@＝＋－＠]')
HOSTILE = st.text(alphabet="=+-@＝;'\"\t\n\r ,|\\u00001bdf 1\x1b\u202ea")


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+cmd", "'+1+cmd"),
        ("-5 to 3", "'-5 to 3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\t=1", "'\t'=1"),
        ("a;=1", "a;'=1"),
        ('a;"=1"', 'a;\'"=1"'),
        ("a\n =1", "a\n' =1"),
        ('a;" =1"', 'a;\'" =1"'),
        ("a\n=1", "a\n'=1"),
        ("\r=1", "\\u000d=1"),
        ("'=1", "''=1"),
        ("＝1", "'＝1"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\\u001b", "\\\\u001b"),
        ("-1.5e-3", "-1.5e-3"),
        ("+49", "+49"),
        ("it's a-b=c", "it's a-b=c"),
        ("C:\\users", "C:\\users"),
        ("\\u0041", "\\u0041"),
    ],
)
def test_a_cell_is_protected_and_restored(text: str, protected: str) -> None:
    assert protect_cell(text) == protected
    assert restore_cell(protected) == text


@given(st.text() | HOSTILE)
def test_every_text_comes_back(text: str) -> None:
    assert restore_cell(protect_cell(text)) == text


@given(st.lists(HOSTILE, min_size=2, max_size=3), st.sampled_from(",;\t"))
def test_no_cell_is_a_formula_whatever_separates_cells(texts: list[str], delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow([protect_cell(text) for text in texts])
    for row in csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=delimiter):
        for cell in row:
            number = re.match(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(,|$)", cell)  # a comma where it separates nothing
            assert number or not ACTING.match(cell)
