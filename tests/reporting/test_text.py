"""Names, numbers and lists on one line."""

import shlex

import pytest

from lifecycle.reporting.text import (
    format_amount,
    format_count,
    format_percent,
    format_through,
    join_words,
    list_names,
    quote_option,
    shorten_text,
)


@pytest.mark.parametrize(
    ("number", "noun", "plural", "expected"),
    [
        (1, "row", "", "1 row"),
        (2000, "row", "", "2,000 rows"),
        (0, "row", "", "0 rows"),
        (2, "day", "dates", "2 dates"),
    ],
)
def test_a_count_has_its_noun(number: int, noun: str, plural: str, expected: str) -> None:
    assert format_count(number, noun, plural) == expected


def test_only_the_first_names_are_listed() -> None:
    assert list_names(["a", "b"]) == "a, b"
    assert list_names(range(7), 5) == "0, 1, 2, 3, 4 and 2 more"


def test_a_text_is_one_line_of_limited_length() -> None:
    assert shorten_text("a\n\x07 b") == "a b"
    assert shorten_text(" \n") == "(blank)"
    assert shorten_text("x" * 61) == "x" * 59 + "…"


def test_an_option_can_be_pasted_into_a_shell() -> None:
    assert shlex.split(quote_option("--target", "it's a b")) == ["--target", "it's a b"]
    assert quote_option("--format-of", "day", "%d/%m/%Y") == "--format-of day=%d/%m/%Y"


def test_a_data_version_ends_on_a_day_where_it_has_one() -> None:
    assert format_through("2013-09-30") == " through 2013-09-30"
    assert format_through(None) == ""


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1234.5678, "m", "1,235 m"),
        (12345.678, "", "12,346"),
        (0.000123456, "s", "0.0001235 s"),
        (float("nan"), "m", ""),
        (-2.0, "°C", "-2 °C"),
    ],
)
def test_amounts(value: float, unit: str, expected: str) -> None:
    assert format_amount(value, unit) == expected


def test_lists_and_percentages() -> None:
    assert join_words(["a"]) == "a"
    assert join_words(["a", "b", "c"]) == "a, b and c"
    assert format_percent(0.1234) == "12.3%"
    assert format_percent(float("nan")) == ""
