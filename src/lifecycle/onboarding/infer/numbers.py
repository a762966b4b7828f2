"""Numbers in text: money, percent, thousands, decimal comma, negatives in parentheses."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from lifecycle.arrays import Strings
from lifecycle.data.steps.values import SPACES

MONEY = "$€£¥"
PLAIN = frozenset("0123456789.eE+-")
SIGNS = frozenset("0123456789.,eE+-%()'’" + SPACES + MONEY)
DIGITS = 15  # longer integers are rounded in a float


@dataclass(frozen=True)
class NumberStyle:
    """How numbers are written."""

    decimal: str
    thousands: str


POINT = NumberStyle(".", ",")
COMMA = NumberStyle(",", ".")
STYLES = {
    "1,234.5": POINT,
    "1.234,5": COMMA,
    "1 234.5": NumberStyle(".", " "),
    "1 234,5": NumberStyle(",", " "),
    "1'234.5": NumberStyle(".", "'"),
    "1’234.5": NumberStyle(".", "’"),
}


@cache
def compile_pattern(style: NumberStyle) -> re.Pattern[str]:
    """A regular expression for one number, its sign before or behind that of the currency."""
    point, comma = re.escape(style.decimal), f"[{SPACES}]" if style.thousands == " " else re.escape(style.thousands)
    start = r"\d{1,3}" if style in (POINT, COMMA) else r"[1-9]\d{0,2}"  # 030 123 456 is no amount
    digits = rf"(?:(?:{start}(?:{comma}\d{{3}})+|\d+)(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?"
    body = rf"(?:[-+]?[{MONEY}]?|[{MONEY}]\s?[-+])\s?{digits}\s?[%{MONEY}]?"
    return re.compile(rf"\([{MONEY}]?{digits}[%{MONEY}]?\)|{body}", re.ASCII)


def collect_characters(texts: Strings) -> set[str]:
    """Every character that occurs."""
    return set("".join(texts))


def matches_style(texts: Strings, style: NumberStyle) -> bool:
    """Whether every text is a number in this style."""
    if style == POINT and collect_characters(texts) <= PLAIN:
        return are_plain_numbers(texts)
    match = compile_pattern(style).fullmatch
    return all(match(text) for text in texts)


def are_plain_numbers(texts: Strings) -> bool:
    """Whether texts of digits, points, signs and exponents are numbers."""
    try:
        for text in texts:
            float(text)
    except ValueError:
        return False
    return True


def detect_style(texts: Strings, habit: NumberStyle) -> NumberStyle | None:
    """The style in which every text is a number: the table's habit where both fit, None where neither does."""
    if not collect_characters(texts) <= SIGNS:
        return None
    others = sorted(STYLES.values(), key=lambda style: style.decimal != habit.decimal)
    return next((style for style in (habit, *others) if matches_style(texts, style)), None)


def detect_table_style(columns: Iterable[Strings]) -> NumberStyle:
    """The style of a table: decimal comma if some column needs it and none needs a decimal point."""
    figures = [texts for texts in columns if collect_characters(texts) <= SIGNS]
    comma = any(is_sure(texts, ",") for texts in figures)
    return COMMA if comma and not any(is_sure(texts, ".") for texts in figures) else POINT


def is_sure(texts: Strings, decimal: str) -> bool:
    """Whether texts hold a decimal sign, and can be read by no other one."""
    return decimal in collect_characters(texts) and {
        one.decimal for one in STYLES.values() if matches_style(texts, one)
    } == {decimal}


def has_mixed_units(texts: Strings) -> bool:
    """Whether only some values are percentages, or two currencies are in one column."""
    used = collect_characters(texts)
    return len(used.intersection(MONEY)) > 1 or ("%" in used and not all("%" in text for text in texts))


def is_code(texts: Strings) -> bool:
    """Whether the texts are codes, not numbers: with leading zeros, or with too many digits for a float."""
    bare = (text.lstrip("+-") for text in texts)
    return any(text.isdigit() and (len(text) > DIGITS or (len(text) > 1 and text[0] == "0")) for text in bare)


def parse_numbers(texts: Strings, style: NumberStyle) -> npt.NDArray[np.float64]:
    """The numbers in the texts; percentages as they are written."""
    if style == POINT and collect_characters(texts) <= PLAIN:
        return np.array([float(text) for text in texts], dtype=np.float64)
    signs = dict.fromkeys(map(ord, f"{MONEY}%()+{SPACES}{style.thousands}")) | {ord(style.decimal): "."}
    sizes = np.array([float(text.translate(signs)) for text in texts], dtype=np.float64)
    return np.where(np.array([text.startswith("(") for text in texts], dtype=bool), -sizes, sizes)


def are_integers(texts: Strings, style: NumberStyle) -> bool:
    """Whether no text has a decimal sign, an exponent or a percent sign."""
    return not collect_characters(texts) & {style.decimal, "e", "E", "%"}
