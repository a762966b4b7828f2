"""Numbers as tables write them."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.cells.numbers import NumberFormat, fold_signs, parse_number, parse_numbers

POINT = NumberFormat()
COMMA = NumberFormat(",", ".")
MONEY = NumberFormat(units=("$", "USD"), multipliers=(("k", 1e3), ("M", 1e6)))


@pytest.mark.parametrize(
    ("text", "form", "number"),
    [
        ("1,234.5", POINT, 1234.5),
        ("1,23,456", POINT, 123456.0),
        ("1.234,5", COMMA, 1234.5),
        ("1\u202f234", NumberFormat(thousands=" "), 1234.0),
        ("1\u2019234.5", NumberFormat(thousands="'"), 1234.5),
        ("\u22123", POINT, -3.0),
        ("3-", POINT, -3.0),
        ("(3)", POINT, -3.0),
        ("$(3)", MONEY, -3.0),
        ("($3)", MONEY, -3.0),
        ("-$3", MONEY, -3.0),
        ("$ -3", MONEY, -3.0),
        ("3 usd", MONEY, 3.0),
        ("$1.2M", MONEY, 1_200_000.0),
        ("\uff11\uff12", POINT, 12.0),
        ("\u0663\u066b\u0665", POINT, 3.5),
        ("52,5 m²", NumberFormat(",", ".", ("m²",)), 52.5),
        ("\u200e5", POINT, 5.0),
        ("1e3", POINT, 1000.0),
        ("1.250,-", COMMA, 1250.0),
        ("5.--", POINT, 5.0),
        ("-5,-", COMMA, -5.0),
        (".5", POINT, 0.5),
        ("5.", POINT, 5.0),
        ("\u221e", POINT, math.inf),
        ("-Infinity", POINT, -math.inf),
        ("1.#INF", POINT, math.inf),
    ],
)
def test_numbers(text: str, form: NumberFormat, number: float) -> None:
    assert parse_number(text, form) == number
    found, unread = parse_numbers(pd.Series([text], dtype="str"), form)
    assert (found.tolist(), unread.tolist()) == ([number], [False])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "x",
        "5²",
        "1,23,4",
        "12 34",
        "0,123",
        "--5",
        "-(5)",
        "1:23",
        "10-20",
        "$5 USD",
        "nan",
        "5 kg",
        "1.2.3",
        "1.250,-",
        "5,-",
    ],
)
def test_other_texts_are_no_numbers(text: str) -> None:
    assert parse_number(text, MONEY) is None
    found, unread = parse_numbers(pd.Series([text], dtype="str"), MONEY)
    assert (math.isnan(found[0]), unread.tolist()) == (True, [True])


def test_a_missing_text_is_neither_a_number_nor_unread() -> None:
    found, unread = parse_numbers(pd.Series(["1", None], dtype="str"), POINT)
    assert (found[0], math.isnan(found[1]), unread.tolist()) == (1.0, True, [False, False])


def test_signs_of_unicode_become_those_of_ascii() -> None:
    assert fold_signs("\uff0d\u2013\u00a0\u0661\u2019\ufeff²") == "--\u00a01'²".replace("\u00a0", " ")


FORMS = st.sampled_from([POINT, COMMA, MONEY, NumberFormat(",", " ", ("kg",)), NumberFormat(".", "'", ("€", "%"))])


@given(st.lists(st.text("0123456789.,' -+()$€%kMeE", max_size=9), max_size=8), FORMS)
def test_all_at_once_or_one_by_one_gives_the_same(texts: list[str], form: NumberFormat) -> None:
    stripped = [text.strip() for text in texts]
    single = [parse_number(text, form) for text in stripped]
    found, unread = parse_numbers(pd.Series(stripped, dtype="str"), form)
    assert unread.tolist() == [number is None for number in single]
    assert [number for number in found.tolist() if not math.isnan(number)] == [n for n in single if n is not None]
