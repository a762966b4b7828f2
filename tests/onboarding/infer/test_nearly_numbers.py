"""Texts that nearly are numbers."""

import numpy as np
import pytest

from lifecycle.onboarding.infer.nearly_numbers import NearlyNumbers, find_nearly_numbers
from lifecycle.onboarding.infer.numbers import NumberTexts


def find(texts: list[str]) -> NearlyNumbers | None:
    return find_nearly_numbers(NumberTexts(texts), np.ones(len(texts), dtype=np.int64))


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        (["12 bags", "3 boxes of 5", "a few"], "67% of them begin with a number, such as '12 bags'"),
        (["<5", ">=100", "10-20", "approx 7"], "100% of them begin with a number, such as '<5'"),
        (["5'11\"", "6'2\""], "100% of them begin with a number, such as '5\\'11\"'"),
        (["5 kg", "300 g"], "numbers in different units: g, kg"),
        (["50%", "3"], "numbers in different units: %, none"),
        (["5", "7", "8", "about 9"], "75.0% of them numbers but not about 9"),
    ],
)
def test_what_texts_hold_that_nearly_are_numbers(texts: list[str], what: str) -> None:
    found = find(texts)
    assert found is not None
    assert found.what == what


@pytest.mark.parametrize("texts", [["north", "south"], ["A1", "B2"], ["3f2a77", "7b7bc1"], ["9 lives", *"abcdefgh"]])
def test_other_texts_are_not_nearly_numbers(texts: list[str]) -> None:
    assert find(texts) is None


def test_the_cure_says_how_to_read_the_rest() -> None:
    assert find(["1.234,5 M €", "7 k €", "8,5 €", "free"]) == NearlyNumbers(
        "75.0% of them numbers with €, M for 1,000,000 and k for 1,000, a point between thousands, a decimal comma "
        "but not free",
        "put those in na_values:, decimal: ',', thousands: '.', units: [€], multipliers: {M: 1000000, k: 1000} under "
        "read: in conf/schema/, with type: number, to read the rest",
    )
