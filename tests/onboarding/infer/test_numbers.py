"""The notation in which every text of a column is a number."""

from __future__ import annotations

import numpy as np
import pytest

from lifecycle.data.cells.numbers import NumberFormat
from lifecycle.onboarding.infer.numbers import (
    COMMA,
    POINT,
    STYLES,
    Affixes,
    NumberTexts,
    describe_form,
    detect_table_form,
    list_units,
)


@pytest.mark.parametrize(
    ("texts", "form", "numbers"),
    [
        (["1,234.5", "-7"], POINT, [1234.5, -7.0]),
        (["1,23,456", "66,23,974"], POINT, [123456.0, 6623974.0]),
        (["1.234,5", "0,25"], COMMA, [1234.5, 0.25]),
        (["0,123", "0,456"], COMMA, [0.123, 0.456]),
        (["1 234,5", "12\u202f000"], STYLES["1 234,5"], [1234.5, 12000.0]),
        (["1'234.5", "1’234"], STYLES["1'234.5"], [1234.5, 1234.0]),
        (["$1,000.50", "($20)", "$(7)"], NumberFormat(units=("$",)), [1000.5, -20.0, -7.0]),
        (["12%", "7.5 %"], NumberFormat(units=("%",)), [12.0, 7.5]),
        (["1e3", "-Infinity"], POINT, [1000.0, -np.inf]),
        (["\u22120.4", "1.5", "\u22122"], POINT, [-0.4, 1.5, -2.0]),
        (["12-", "7"], POINT, [-12.0, 7.0]),
        (["٣٫٥", "٢"], POINT, [3.5, 2.0]),
        (["52.1 kg", "60 KG", "7"], NumberFormat(units=("kg",)), [52.1, 60.0, 7.0]),
        (["1 day", "12 days"], NumberFormat(units=("day", "days")), [1.0, 12.0]),
        (["52 m²", "1,200 m²"], NumberFormat(units=("m²",)), [52.0, 1200.0]),
        (["21.5°C", "-3 °C"], NumberFormat(units=("°C",)), [21.5, -3.0]),
        (["1 234 kr", "kr 75"], NumberFormat(".", " ", ("kr",)), [1234.0, 75.0]),
        (["EUR 1,734.21", "EUR 802.83"], NumberFormat(units=("EUR",)), [1734.21, 802.83]),
        (["usd 5", "USD 7.5"], NumberFormat(units=("usd",)), [5.0, 7.5]),
        (["1.734,21 €", "-€ 2,5"], NumberFormat(",", ".", ("€",)), [1734.21, -2.5]),
        (["5 m", "7 m"], NumberFormat(units=("m",)), [5.0, 7.0]),
        (["5 min", "7"], NumberFormat(units=("min",)), [5.0, 7.0]),
        (["1.2k", "3M", "850"], NumberFormat(multipliers=(("M", 1e6), ("k", 1e3))), [1200.0, 3e6, 850.0]),
        (["1.2k", "850"], NumberFormat(multipliers=(("k", 1e3),)), [1200.0, 850.0]),
        (["$5m", "$1.5bn"], NumberFormat(units=("$",), multipliers=(("bn", 1e9), ("m", 1e6))), [5e6, 1.5e9]),
        (["5 M €", "1 k €"], NumberFormat(units=("€",), multipliers=(("M", 1e6), ("k", 1e3))), [5e6, 1e3]),
        (["42 Lac", "1.5 Crore"], NumberFormat(multipliers=(("Crore", 1e7), ("Lac", 1e5))), [4.2e6, 1.5e7]),
        (["1.250,- kr", "5,-kr"], NumberFormat(",", ".", ("kr",)), [1250.0, 5.0]),
        (["10,000+", "500+"], NumberFormat(units=("+",)), [10000.0, 500.0]),
    ],
)
def test_numbers_are_read_in_the_detected_notation(texts: list[str], form: NumberFormat, numbers: list[float]) -> None:
    fit = NumberTexts(texts).find_fit(POINT)
    assert fit is not None
    assert (fit.form, fit.numbers.tolist()) == (form, numbers)


@pytest.mark.parametrize(
    "texts",
    [
        ["1,23,4"],
        ["12", "x"],
        ["030 123 456"],
        ["1.2.3.4"],
        ["1%", "2"],
        ["$1", "2€"],
        ["5 kg", "300 g"],
        ["10-20", "20-30"],
        ["<5", "7"],
        [">=100", "90"],
        ["approx 7", "8"],
        ["1:23:45", "0:10:00"],
        ["10:00", "11:00"],
        ["5'11", "6'2"],
        ["12 bags", "a few"],
        ["Store 5", "Store 7"],
        ["A1", "A2"],
        ["12", "12A"],
        ["4+", "3"],
        ["9 am", "10 am"],
        ["512B", "3K"],
        ["1.5m", "3M"],
        ["TOP 5", "TOP 10"],
        ["2020-01-31", "2020-02-01"],
        ["3f2a", "77bc"],
    ],
)
def test_other_texts_are_no_numbers(texts: list[str]) -> None:
    assert NumberTexts(texts).find_fit(POINT) is None


def test_a_constant_letter_is_a_unit_and_beside_others_a_multiplier() -> None:
    assert NumberTexts(["300K", "310K"]).affixes == Affixes(("K",))
    assert NumberTexts(["300K", "310M"]).affixes == Affixes((), (("K", 1e3), ("M", 1e6)))


def test_an_ambiguous_column_follows_the_table() -> None:
    assert [fit.form for habit in (POINT, COMMA) if (fit := NumberTexts(["1,234"]).find_fit(habit))] == [POINT, COMMA]
    assert detect_table_form(map(NumberTexts, (["1,234"], ["0,5 kg"], ["x"]))) == COMMA
    assert detect_table_form(map(NumberTexts, (["0,5"], ["0.5"]))) == POINT


def test_codes_have_leading_zeros_or_too_many_digits() -> None:
    found = [NumberTexts(texts).are_codes for texts in (["007"], ["1234567890123456"], ["0", "10"], ["0.5"])]
    assert found == [True, True, False, False]


def test_different_units_are_listed() -> None:
    assert list_units(NumberTexts(["1%", "2"])) == ["%", "none"]
    assert list_units(NumberTexts(["$1", "2€"])) == ["$", "€"]
    assert list_units(NumberTexts(["12 bags", "<5"])) == []


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["1", "2"], "integers"),
        (["1 234,5 kr", "2 kr"], "numbers with kr, a space between thousands, a decimal comma"),
        (["$1,234", "($5)"], "numbers with $ and parentheses, a comma between thousands"),
        (["1.2k", "3M"], "numbers with M for 1,000,000 and k for 1,000"),
    ],
)
def test_the_notation_is_described(texts: list[str], said: str) -> None:
    numbers = NumberTexts(texts)
    fit = numbers.find_fit(POINT)
    assert fit is not None
    assert describe_form(numbers, fit.form, said.startswith("integers")) == said


def test_texts_that_begin_with_a_number_are_found() -> None:
    texts = ["12 bags", "<5", "approx 7", "10-20", "1:23:45", "a few", "R2D2", "3f2a", "12 kg"]
    assert NumberTexts(texts).match_nearly().tolist() == [True] * 5 + [False] * 3 + [True]
