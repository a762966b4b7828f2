import pandas as pd
import pytest

from lifecycle.onboarding.detect.number_format import detect_number_format


@pytest.mark.parametrize(
    ("values", "delimiter", "expected"),
    [
        (["0.5", "1.25"], ",", {"decimal": "."}),
        (["0,5", "1,25"], ";", {"decimal": ","}),
        (["1.234,5"], ";", {"decimal": ",", "thousands": "."}),
        (["1,234.5"], ",", {"decimal": ".", "thousands": ","}),
        (["1,234"], ";", {"decimal": ","}),
        (["1,234"], ",", {"decimal": ".", "thousands": ","}),
        (["1.234.567"], ",", {"decimal": ",", "thousands": "."}),
        (["1 234,50"], ";", {"decimal": ",", "thousands": " "}),
        (["$1'234.50"], ",", {"decimal": ".", "thousands": "'"}),
        (["1,5", "x"], ";", {"decimal": "."}),
    ],
)
def test_the_format_is_that_of_the_numeric_columns(values: list[str], delimiter: str, expected: dict[str, str]) -> None:
    found, _ = detect_number_format(pd.DataFrame({"a": values}, dtype="str"), delimiter)
    assert found == expected


def test_an_ambiguous_or_contradictory_format_is_noted_as_a_guess() -> None:
    _, (note, *_) = detect_number_format(pd.DataFrame({"a": ["1,234"]}, dtype="str"), ";")
    assert note.what == "decimal ',', a guess"
    _, (note, *_) = detect_number_format(pd.DataFrame({"a": ["0,5"], "b": ["0.25"]}, dtype="str"), ";")
    assert note.what == "decimal '.', a guess"


def test_a_given_decimal_sign_is_kept() -> None:
    found, notes = detect_number_format(pd.DataFrame({"a": ["1,234"]}, dtype="str"), ",", decimal=",")
    assert (found, notes) == ({"decimal": ","}, [])
