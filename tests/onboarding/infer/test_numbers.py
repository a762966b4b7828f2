import pytest

from lifecycle.onboarding.infer.numbers import (
    COMMA,
    POINT,
    STYLES,
    NumberStyle,
    are_integers,
    detect_style,
    detect_table_style,
    has_mixed_units,
    is_code,
    parse_numbers,
)


@pytest.mark.parametrize(
    ("texts", "style", "numbers"),
    [
        (["1,234.5", "-7"], POINT, [1234.5, -7.0]),
        (["1.234,5", "0,25"], COMMA, [1234.5, 0.25]),
        (["1 234,5", "12\u202f000"], STYLES["1 234,5"], [1234.5, 12000.0]),
        (["1'234.5"], STYLES["1'234.5"], [1234.5]),
        (["$1,000.50", "($20)"], POINT, [1000.5, -20.0]),
        (["12%", "7.5%"], POINT, [12.0, 7.5]),
        (["1e3"], POINT, [1000.0]),
    ],
)
def test_numbers_are_parsed_in_the_detected_style(texts: list[str], style: NumberStyle, numbers: list[float]) -> None:
    assert detect_style(texts, POINT) == style
    assert parse_numbers(texts, style).tolist() == numbers


@pytest.mark.parametrize("texts", [["1,23,4"], ["12", "x"], ["030 123 456"], ["1.2.3.4"]])
def test_other_texts_have_no_style(texts: list[str]) -> None:
    assert detect_style(texts, POINT) is None


def test_an_ambiguous_column_follows_the_table() -> None:
    assert detect_style(["1,234"], POINT) == POINT
    assert detect_style(["1,234"], COMMA) == COMMA
    assert detect_table_style([["1,234"], ["0,5"], ["x"]]) == COMMA
    assert detect_table_style([["0,5"], ["0.5"]]) == POINT


def test_percentages_beside_plain_numbers_and_two_currencies_are_mixed() -> None:
    found = [has_mixed_units(texts) for texts in (["1%", "2"], ["$1", "2€"], ["1%", "2%"], ["1", "2"])]
    assert found == [True, True, False, False]


def test_codes_have_leading_zeros_or_too_many_digits() -> None:
    assert [is_code(texts) for texts in (["007"], ["1234567890123456"], ["0", "10"])] == [True, True, False]


def test_integers_have_no_decimal_exponent_or_percent_sign() -> None:
    assert [are_integers([text], POINT) for text in ("1,000", "1.0", "1e3", "1%")] == [True, False, False, False]
