"""Numbers in text: signs, separators, a unit or a currency, multipliers."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

SPACES = " \u00a0\u2009\u202f"
APOSTROPHES = "'\u2019"
MINUS = dict.fromkeys(map(ord, "\u2212\u2012\u2013\ufe63\uff0d"), "-") | {ord("\u2019"): "'"}
INFINITE = re.compile(r"inf|infinity|\u221e", re.IGNORECASE)


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a column are written.

    `thousands` separates groups of three digits, or of two before the last three (1,23,456) where it is a comma; a
    space and an apostrophe stand for every sign of their kind. `units` are texts beside the number that are left
    out, `multipliers` those that multiply it.
    """

    decimal: str = "."
    thousands: str = ","
    units: tuple[str, ...] = ()
    multipliers: tuple[tuple[str, float], ...] = ()


@cache
def compile_digits(decimal: str, thousands: str) -> re.Pattern[str]:
    """What a number without sign and unit looks like."""
    sign = {" ": f"[{SPACES}]", "'": f"[{APOSTROPHES}]"}.get(thousands, re.escape(thousands))
    groups = rf"\d{{1,3}}(?:{sign}\d{{3}})+" if thousands else r"\d+"
    groups += r"|\d{1,2}(?:,\d{2})+,\d{3}" if thousands == "," else ""
    return re.compile(
        rf"(?P<integer>{groups}|\d+)?(?:{re.escape(decimal)}(?P<part>\d*))?(?P<power>[eE][+-]?\d+)?", re.ASCII
    )


def fold_signs(text: str) -> str:
    """The text with one sign for each minus, digit, blank and apostrophe of Unicode."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(MINUS)


def parse_number(text: str, form: NumberFormat) -> float | None:
    """The number in a text, an infinite one included, or None where it holds none.

    A number in parentheses is negative; a sign may stand before or behind.
    """
    inner = fold_signs(text).strip()
    negative = inner.startswith("(") and inner.endswith(")")
    bare, signs = take_off(inner[1:-1] if negative else inner, [fold_signs(unit) for unit in form.units])
    if len(signs) + negative > 1:
        return None
    sign = -1.0 if negative or "-" in signs else 1.0
    if INFINITE.fullmatch(bare):
        return sign * float("inf")
    bare, factor = take_multiplier(bare, dict(form.multipliers))
    match = compile_digits(form.decimal, form.thousands).fullmatch(bare)
    if match is None or not (match["integer"] or match["part"]):
        return None
    digits = re.sub(r"\D", "", match["integer"] or "0")
    size = f"{digits}.{match['part'] or '0'}{match['power'] or ''}"
    number = float(size) if factor == 1 else float(Decimal(size) * Decimal(repr(factor)))
    return sign * number


def take_off(text: str, units: Sequence[str]) -> tuple[str, str]:
    """The text without one unit and its signs at either end, and the signs."""
    signs, left = "", sorted(units, key=len, reverse=True)
    while True:
        text = text.strip()
        if text[:1] in ("-", "+") and text:
            signs, text = signs + text[0], text[1:]
        elif text[-1:] == "-":
            signs, text = signs + "-", text[:-1]
        elif unit := next((one for one in left if ends_with(text, one)), ""):
            text, left = (text[len(unit) :] if text.casefold().startswith(unit.casefold()) else text[: -len(unit)]), []
        else:
            return text, signs


def ends_with(text: str, unit: str) -> bool:
    """Whether the text begins or ends with the unit, and has more than that."""
    folded, one = text.casefold(), unit.casefold()
    return len(folded) == len(text) > len(one) and (folded.startswith(one) or folded.endswith(one))


def take_multiplier(text: str, multipliers: Mapping[str, float]) -> tuple[str, float]:
    """The text without the multiplier at its end, and the factor that it stands for."""
    for name, factor in multipliers.items():
        if text.endswith(name):
            return text[: -len(name)].rstrip(), factor
    return text, 1.0
