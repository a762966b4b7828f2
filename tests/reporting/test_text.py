"""How names and numbers are said in one line."""

import shlex

import pytest

from lifecycle.reporting.text import counted, listed, pasted, shown


@pytest.mark.parametrize(
    ("number", "noun", "plural", "said"),
    [
        (1, "row", "", "1 row"),
        (2000, "row", "", "2,000 rows"),
        (0, "row", "", "0 rows"),
        (2, "day", "dates", "2 dates"),
    ],
)
def test_a_number_stands_with_its_noun(number: int, noun: str, plural: str, said: str) -> None:
    assert counted(number, noun, plural) == said


def test_only_the_first_few_names_are_said() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(range(7), 5) == "0, 1, 2, 3, 4 and 2 more"


def test_a_text_is_one_line_of_limited_length() -> None:
    assert shown("a\n\x07 b") == "a b"
    assert shown(" \n") == "(blank)"
    assert shown("x" * 61) == "x" * 59 + "…"


def test_an_option_can_be_pasted_into_a_shell() -> None:
    assert shlex.split(pasted("--target", "it's a b")) == ["--target", "it's a b"]
    assert pasted("--format-of", "day", "%d/%m/%Y") == "--format-of day=%d/%m/%Y"
