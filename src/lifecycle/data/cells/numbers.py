"""Numbers in text: signs, separators, a unit or a currency, multipliers."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa

SPACES = " \u00a0\u2009\u202f"
APOSTROPHES = "'\u2019"
SAMPLE = 50  # texts that are looked at before all are
MINUS = frozenset("\u2212\u2012\u2013\u2014\ufe63\uff0d")
POINTS = {"\u2019": "'", "\u02bc": "'", "\u066b": ".", "\u066c": ","}  # the last two between Arabic digits
NO_CENTS = "|--?"  # behind the decimal sign, as in 5,-
INFINITE = re.compile(r"inf|infinity|∞|1\.#inf", re.IGNORECASE)


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


class Folding(dict[int, str]):
    """For `str.translate`: digits, minus signs, blanks and full-width signs of Unicode as those of ASCII."""

    def __missing__(self, code: int) -> str:
        """The sign for one that was not met before."""
        self[code] = fold_sign(chr(code))
        return self[code]


def fold_sign(sign: str) -> str:
    """A sign as the one of ASCII that means the same, if there is one; empty for a mark that is not shown."""
    if sign.isascii() or sign in POINTS:
        return POINTS.get(sign, sign)
    if sign in MINUS:
        return "-"
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.decimal(sign))
    wide = chr(ord(sign) - 0xFEE0) if "\uff01" <= sign <= "\uff5e" else sign
    return {"Zs": " ", "Cf": ""}.get(kind, wide)


FOLDING = Folding()


def fold_signs(text: str) -> str:
    """The text with one sign for each minus, digit, blank and apostrophe of Unicode."""
    return text if text.isascii() else text.translate(FOLDING)


@cache
def fold_units(form: NumberFormat) -> tuple[str, ...]:
    """The units, the longest first."""
    return tuple(sorted((fold_signs(unit).strip() for unit in form.units), key=len, reverse=True))


@cache
def build_pattern(decimal: str, thousands: str) -> str:
    """The pattern of a number without sign and unit, in groups `integer`, `part` and `power`."""
    sign = {" ": f"[{SPACES}]", "'": f"[{APOSTROPHES}]", "\u2019": f"[{APOSTROPHES}]"}
    between = sign.get(thousands, re.escape(thousands))
    groups = rf"[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+|" if thousands else ""
    groups += r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}|" if thousands == "," else ""
    part = rf"(?:{re.escape(decimal)}(?P<part>[0-9]*{NO_CENTS}))?"
    return rf"(?P<integer>{groups}[0-9]+)?{part}(?P<power>[eE][+-]?[0-9]+)?"


@cache
def compile_digits(decimal: str, thousands: str) -> re.Pattern[str]:
    """What a number without sign and unit looks like."""
    return re.compile(build_pattern(decimal, thousands))


def parse_number(text: str, form: NumberFormat) -> float | None:
    """The number in a text, an infinite one included, or None where it holds none.

    A number in parentheses is negative; a sign may stand before or behind, save behind the decimal sign: 5,- is 5.
    """
    bare, signs = take_off(fold_signs(text), fold_units(form))
    if len(signs) > 1:
        return None
    sign = 1.0 if signs in ("", "+") else -1.0
    if INFINITE.fullmatch(bare):
        return sign * float("inf")
    bare, factor = take_multiplier(bare, form.multipliers)
    match = compile_digits(form.decimal, form.thousands).fullmatch(bare)
    if match is None or not (match["integer"] or match["part"]):
        return None
    digits = re.sub(r"\D", "", match["integer"] or "0")
    size = f"{digits}.{(match['part'] or '').strip('-') or '0'}{match['power'] or ''}"
    number = float(size) if factor == 1 else float(Decimal(size) * Decimal(repr(factor)))
    return sign * number


def take_off(text: str, units: Sequence[str]) -> tuple[str, str]:
    """The text without one unit, and without its signs and parentheses, and these: `(` for parentheses."""
    signs, left = "", units
    while True:
        text = text.strip()
        if text[:1] in ("-", "+") and text:
            signs, text = signs + text[0], text[1:]
        elif text[-1:] == "-" and not re.search(r"[.,]--?$", text):
            signs, text = signs + "-", text[:-1]
        elif text[:1] == "(" and text[-1:] == ")":
            signs, text = signs + "(", text[1:-1]
        elif unit := next((one for one in left if ends_with(text, one)), ""):
            text, left = (text[len(unit) :] if text.casefold().startswith(unit.casefold()) else text[: -len(unit)]), ()
        else:
            return text, signs


def ends_with(text: str, unit: str) -> bool:
    """Whether the text begins or ends with the unit, and has more than that."""
    folded, one = text.casefold(), unit.casefold()
    return len(folded) == len(text) > len(one) and (folded.startswith(one) or folded.endswith(one))


def take_multiplier(text: str, multipliers: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """The text without the multiplier at its end, the longest that fits, and the factor that it stands for."""
    fitting = [one for one in multipliers if text.endswith(one[0])]
    name, factor = max(fitting, key=lambda one: len(one[0]), default=("", 1.0))
    return (text[: -len(name)].rstrip() if name else text), factor


def parse_numbers(texts: pd.Series, form: NumberFormat) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """The numbers in stripped texts, infinite ones included, and which texts hold none; a missing text is neither.

    The usual shapes are read all at once, the others one by one, as `parse_number` does.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pa.array(texts, type=pa.string(), from_pandas=True)
    numbers = cast_plain(array, form)
    rest = pc.and_(pc.is_valid(array), pc.is_null(numbers))
    unread = np.array(rest, dtype=bool)
    found = numbers.to_numpy(zero_copy_only=False).astype(np.float64)
    if unread.any():
        left = pd.Series(array.filter(rest).to_pylist(), dtype=object)
        read = {text: parse_number(text, form) for text in left.unique()}
        values = left.map(read).to_numpy(dtype=np.float64)
        found = found.copy()
        found[unread], unread[unread] = values, np.isnan(values)
    return found, unread


def cast_plain(texts: "pa.Array", form: NumberFormat) -> "pa.Array":
    """The numbers of the usual shapes, null where a text has another one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if form.decimal == "." and (plain := cast_floats(texts)) is not None:
        return plain
    shape = compile_shape(form)
    bare = pc.replace_substring_regex(
        pc.if_else(pc.match_substring_regex(texts, shape), texts, None), shape, r"\1\2\3\4"
    )
    for sign in {" ": SPACES, "'": APOSTROPHES, "\u2019": APOSTROPHES}.get(form.thousands, form.thousands):
        bare = pc.replace_substring(bare, sign, "")
    return (bare if form.decimal == "." else pc.replace_substring(bare, form.decimal, ".")).cast(pa.float64())


def cast_floats(texts: "pa.Array") -> "pa.Array | None":
    """The numbers, where every text is one as most programs write it; None where one is not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        texts.slice(0, SAMPLE).cast(pa.float64())
        plain = texts.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    return None if pc.any(pc.is_nan(plain)).as_py() else plain


@cache
def compile_shape(form: NumberFormat) -> str:
    """The pattern (RE2) of a number with at most one sign before it and one unit beside it: sign, digits, twice."""
    number = build_pattern(form.decimal, form.thousands)
    digits = re.sub(r"\(\?P<\w+>", "(?:", number).replace(NO_CENTS, "")
    some = digits.replace(")?", ")", 1)  # with digits before the decimal sign
    unit = "|".join(re.escape(one) for one in fold_units(form))
    before, after = (f"(?i:{unit})?[ ]*", f"[ ]*(?i:{unit})") if unit else ("", "")
    return rf"^(?:([-+]?)[ ]*{before}({some})|([-+]?)[ ]*({some}){after})$"
