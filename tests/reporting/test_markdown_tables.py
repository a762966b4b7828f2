"""Names from the data cannot break a page."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.reporting import markdown_tables


def test_a_table_keeps_its_cells():
    cells = pd.DataFrame({"a|b": ["x\ny", 1], "c": ["`|`", ""]})
    assert markdown_tables.table(cells) == "| a\\|b | c |\n| --- | --- |\n| x y | `\\|` |\n| 1 |  |"


@given(st.text())
def test_code_is_one_line_between_two_ticks(name):
    made = markdown_tables.code(name)
    assert made.count("`") == 2 and made == f"`{made[1:-1].strip()}`" and len(made.splitlines()) == 1


def test_blank_names_are_named():
    assert markdown_tables.code(" \n") == "`(blank)`"


@pytest.mark.parametrize(
    ("description", "said"), [("kilograms", "`weight`: kilograms"), ("weight", "`weight`"), (" ", "`weight`")]
)
def test_a_name_is_not_said_twice(description, said):
    assert markdown_tables.described("weight", description) == said


def test_a_title_cannot_end_a_picture():
    assert markdown_tables.picture("By `](x`: [it]", "a.png") == "![By (x: it](a.png)"


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1234.5678, "m", "1,235 m"),
        (12345.678, "", "12,346"),
        (0.000123456, "s", "0.0001235 s"),
        (float("nan"), "m", ""),
        (-2.0, "°C", "-2 °C"),
    ],
)
def test_amounts(value, unit, told):
    assert markdown_tables.amount(value, unit) == told


def test_lists_and_percentages():
    assert markdown_tables.listed(["a"]) == "a"
    assert markdown_tables.listed(["a", "b", "c"]) == "a, b and c"
    assert markdown_tables.percent(0.1234) == "12.3%"
    assert markdown_tables.percent(float("nan")) == ""
