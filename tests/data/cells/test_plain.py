import pytest

from lifecycle.data.cells.plain import KINDS, PLAIN, describe_cell, quote_value
from lifecycle.data.cells.reading import Reading
from lifecycle.data.schema import DTYPES


def test_every_type_of_a_column_has_a_kind():
    assert KINDS.keys() == DTYPES.keys()
    assert {KINDS[type] for type in ("text", "category", "day")} == {"text"}


@pytest.mark.parametrize(
    ("type", "reading", "words"),
    [
        ("number", PLAIN, "a number"),
        ("integer", PLAIN, "a whole number"),
        ("text", PLAIN, "a text"),
        ("category", PLAIN, "a text"),
        ("day", PLAIN, "a day such as 2024-05-31"),
        ("time", PLAIN, "a time such as 2024-05-31T14:30:00Z"),
        ("time", Reading(date_format="%d.%m.%Y"), "a time as %d.%m.%Y"),
        ("boolean", PLAIN, "true or false"),
        ("boolean", Reading(true_values=("Yes", "Y"), false_values=("No",)), "Yes or No"),
        ("boolean", Reading(true_values=("x",), false_values=("",)), "x or blank"),
        ("boolean", Reading(true_values=("x",)), "x or blank"),
    ],
)
def test_what_a_cell_holds_in_words(type, reading, words):
    assert describe_cell(type, reading) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": 1}, "an object of 1"),
        ([1, 2], "a list of 2"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (0.5, "0.5"),
        ("7", "'7'"),
        ("x" * 100, "'" + "x" * 59 + "…"),
        (10**60, "1" + "0" * 59 + "…"),
    ],
)
def test_a_value_is_quoted_in_few_words(value, words):
    assert quote_value(value) == words
