"""Number formats: the notation in which every text of a column is a number, and texts that nearly are numbers."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lifecycle.arrays import Booleans, Floats, Strings
from lifecycle.data.cells.numbers import (
    INFINITE,
    SAMPLE,
    NumberFormat,
    cast_floats,
    fold_signs,
    parse_number,
    parse_numbers,
)

POINT = NumberFormat(".", ",")
COMMA = NumberFormat(",", ".")
STYLES = {
    "1,234.5": POINT,
    "1.234,5": COMMA,
    "1 234.5": NumberFormat(".", " "),
    "1 234,5": NumberFormat(",", " "),
    "1'234.5": NumberFormat(".", "'"),
    "1’234.5": NumberFormat(".", "'"),
    "1'234,5": NumberFormat(",", "'"),
}
MOST_AFFIXES = 40
MOST_LETTERS = 20  # of a unit
DIGITS = 15  # longer integers are rounded in a float

CORE = r"[.,٫．]?\p{Nd}[\p{Nd}.,'’٫٬．， \x{a0}\x{2009}\x{202f}]*(?:[eE][-+]?\p{Nd}+)?"
INFINITY = rf"(?i)^[-+\s(]*(?:{INFINITE.pattern})[\s)]*$"
CODE = rf"^[-+]?(?:0\p{{Nd}}+|\p{{Nd}}{{{DIGITS + 1},}})$"
NEARLY = (
    r"(?i)^(?:[<>≤≥~≈=±(+\-−–\p{Sc}#'\s]|(?:ca|approx|about|circa|around|over|under|up to|nearly|almost|min|max)\b\.?)*"
    r"[.,]?\p{Nd}[\p{Nd}.,' ]*(?:$|[^\p{L}\p{Nd}]|\p{L}+(?:$|[^\p{L}\p{Nd}]))"
)

CODES = frozenset([
    "AED", "ARS", "AUD", "BAM", "BDT", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK",
    "DZD", "EGP", "ETB", "EUR", "GBP", "GEL", "GHS", "HKD", "HRK", "HUF", "IDR", "ILS", "INR", "ISK", "JOD",
    "JPY", "KES", "KRW", "KWD", "KZT", "LKR", "MAD", "MXN", "MYR", "NGN", "NOK", "NPR", "NZD", "OMR", "PEN",
    "PHP", "PKR", "PLN", "QAR", "RMB", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD",
    "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VND", "XAF", "XOF", "ZAR",
])  # fmt: skip
NAMES = frozenset([
    "kr", "kr.", "rs", "rs.", "zł", "kč", "fr", "fr.", "lei", "лв", "лв.", "руб", "руб.", "rm", "rp", "rp.", "ден",
    "дин", "din", "ft", "us$", "au$", "a$", "ca$", "c$", "r$", "nz$", "hk$", "nt$", "s$", "mx$", "s/", "s/.",
])  # fmt: skip
CLEAR = {  # multipliers that mean nothing else
    **dict.fromkeys(["thousand", "Thousand", "tsd", "Tsd", "tsd.", "Tsd."], 1e3),
    **dict.fromkeys(["lakh", "Lakh", "lakhs", "Lakhs", "lac", "Lac", "lacs", "Lacs"], 1e5),
    **dict.fromkeys(["million", "Million", "mio", "Mio", "mio.", "Mio.", "mln", "mln."], 1e6),
    **dict.fromkeys(["crore", "Crore", "crores", "Crores"], 1e7),
    **dict.fromkeys(["billion", "Billion", "mrd", "Mrd", "mrd.", "Mrd.", "bln"], 1e9),
}
BESIDE_BARE = dict.fromkeys(["k", "K"], 1e3) | {"M": 1e6, "bn": 1e9, "Bn": 1e9}
UNSURE = {"m": 1e6, "mn": 1e6, "MM": 1e6, "Cr": 1e7, "cr": 1e7, "B": 1e9, "b": 1e9, "G": 1e9, "T": 1e12, "tn": 1e12}
FACTORS = CLEAR | BESIDE_BARE | UNSURE
NO_UNITS = re.compile(
    r"[ap]\.?m\.?|(or |and )?(more|less|up|over|above|below|under|older|younger)|plus|bis|to|about|approx\.?|ca\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Affixes:
    """What stands beside the digits of a column's numbers: units that are left out, and multipliers."""

    units: tuple[str, ...] = ()
    multipliers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class NumberFit:
    """The format in which every text is a number, and the numbers, infinite ones included."""

    form: NumberFormat
    numbers: Floats


@dataclass(frozen=True)
class NumberTexts:
    """The different texts of a column without blanks around them, looked at as numbers."""

    texts: Strings

    @cached_property
    def array(self) -> pa.Array:
        """The texts in Arrow's memory."""
        return pa.array(self.texts, type=pa.string())

    @cached_property
    def finite(self) -> pa.Array:
        """The texts that do not stand for infinity."""
        infinite = pc.match_substring_regex(self.array, INFINITY) if self.contain("(?i)inf|∞") else None
        return self.array if infinite is None else self.array.filter(pc.invert(infinite))

    @cached_property
    def affix_pairs(self) -> frozenset[tuple[str, str]] | None:
        """What stands before and behind the digits, without signs; None where a text holds no number or many differ."""
        left = pc.unique(pc.replace_substring_regex(self.finite, CORE, "\0", max_replacements=1))
        if len(left) > MOST_AFFIXES:
            return None
        pairs = [split_affixes(text) for text in left.to_pylist()]
        return None if None in pairs else frozenset(pair for pair in pairs if pair)

    @cached_property
    def affixes(self) -> Affixes | None:
        """The units and multipliers beside every number; None where there is anything else."""
        if not len(self.texts) or not all(map(has_digits, self.texts[:SAMPLE])):
            return None
        if self.are_plain:
            return Affixes()
        return None if self.affix_pairs is None else choose_affixes(self.affix_pairs)

    @cached_property
    def are_plain(self) -> bool:
        """Whether the texts are numbers as most programs write them."""
        return cast_floats(self.array) is not None

    @cached_property
    def are_codes(self) -> bool:
        """Whether some text is a code, not a number: with leading zeros, or with too many digits for a float."""
        return self.contain(CODE)

    @cached_property
    def fits(self) -> dict[NumberFormat, NumberFit | None]:
        """What was found for each style."""
        return {}

    def contain(self, pattern: str) -> bool:
        """Whether the pattern matches in some text."""
        return bool(pc.any(pc.match_substring_regex(self.array, pattern)).as_py())

    def fit(self, style: NumberFormat) -> NumberFit | None:
        """The texts as numbers of a style, with the units and multipliers beside them; None where one is none."""
        if style not in self.fits:
            self.fits[style] = self.find_style_fit(style)
        return self.fits[style]

    def find_style_fit(self, style: NumberFormat) -> NumberFit | None:
        """As `fit`, found anew."""
        if self.affixes is None:
            return None
        form = replace(style, units=self.affixes.units, multipliers=self.affixes.multipliers)
        if any(parse_number(text, form) is None for text in self.texts[:SAMPLE]):
            return None
        numbers, unread = parse_texts(self, form)
        return None if unread.any() else NumberFit(form, numbers)

    def find_fit(self, habit: NumberFormat) -> NumberFit | None:
        """The texts as numbers: in the table's habit where that fits, else in the first style that does."""
        styles = [habit, *sorted(STYLES.values(), key=lambda style: style.decimal != habit.decimal)]
        return next((fit for style in dict.fromkeys(styles) if (fit := self.fit(style))), None)

    def is_sure(self, decimal: str) -> bool:
        """Whether the texts hold a decimal sign, and can be read by no other one."""
        return self.contain(re.escape(decimal)) and self.affixes is not None and self.list_decimals() == {decimal}

    def list_decimals(self) -> set[str]:
        """The decimal signs of the styles that fit."""
        return {style.decimal for style in dict.fromkeys(STYLES.values()) if self.fit(style)}

    def match_nearly(self) -> Booleans:
        """Which texts begin with a number, a word or sign such as `about` or `<` before it included."""
        return np.asarray(pc.match_substring_regex(self.array, NEARLY), dtype=bool)


def parse_texts(texts: NumberTexts, form: NumberFormat) -> tuple[Floats, Booleans]:
    """The numbers in the texts, infinite ones included, and which texts hold none."""
    return parse_numbers(pd.Series(texts.texts, dtype="str"), form)


def detect_table_form(columns: Iterable[NumberTexts]) -> NumberFormat:
    """The style of a table: decimal comma if some column needs it and none needs a decimal point."""
    every = list(columns)
    comma = any(texts.is_sure(",") for texts in every)
    return COMMA if comma and not any(texts.is_sure(".") for texts in every) else POINT


def has_digits(text: str) -> bool:
    """Whether a text holds a digit, or is infinite."""
    return any(sign.isdecimal() for sign in text) or is_infinite(text)


def is_infinite(text: str) -> bool:
    """Whether a text stands for infinity."""
    return bool(INFINITE.fullmatch(fold_signs(text).strip(" ()+-")))


def split_affixes(text: str) -> tuple[str, str] | None:
    """What stands before and behind the digits, which are a zero byte here, without signs; None without digits."""
    head, mark, tail = text.partition("\0")
    return (fold_signs(head).strip(" (-+"), fold_signs(tail).strip(" )-")) if mark else None


def choose_affixes(pairs: Collection[tuple[str, str]]) -> Affixes | None:
    """The one unit, and the multipliers, that the pairs of heads and tails stand for; None where that is not safe.

    Before a number only a currency is a unit: a word there, as in `Store 5`, names something.
    """
    heads, tails = {head for head, _ in pairs if head}, {tail for _, tail in pairs if tail}
    if not all(map(is_currency, heads)):
        return None
    bare = ("", "") in pairs
    split = [split_multiplier(tail) for tail in tails]
    names, units = {name for name, _ in split if name}, heads | {unit for _, unit in split if unit}
    money = bool(units) and all(map(is_currency, units))
    if names and (money or not units) and are_multipliers(names, money, bare):
        return build_affixes(units, names)
    units = heads | tails
    alone = all(is_unit(tail, bare) for tail in tails) and not {"m", "M"} <= tails
    return build_affixes(units, ()) if alone else None


def build_affixes(units: Collection[str], names: Iterable[str]) -> Affixes | None:
    """Units that are one, in any case or in the plural, with multipliers; None for units that differ."""
    different = {unit.casefold(): unit for unit in sorted(units)}
    if len(different) > 1 and set(different) != {one := min(different, key=len), f"{one}s"}:
        return None
    return Affixes(tuple(sorted(different.values())), tuple((name, FACTORS[name]) for name in sorted(names)))


def split_multiplier(tail: str) -> tuple[str, str]:
    """The multiplier and the currency of a text behind a number, as in `M €`; anything else is a unit."""
    if tail in FACTORS:
        return tail, ""
    fitting = [name for name in FACTORS if tail.startswith(name) and is_currency(tail[len(name) :].strip())]
    name = "" if is_currency(tail) else max(fitting, key=len, default="")
    return name, tail[len(name) :].strip()


def are_multipliers(names: set[str], money: bool, bare: bool) -> bool:
    """Whether texts behind numbers can be nothing but multipliers: beside each other, a currency, or bare numbers."""
    factors = {FACTORS[name] for name in names}
    if names & {"B", "b", "G", "T"} and not (money or 1e6 in factors):
        return False  # bytes
    if "m" in names and ("M" in names or not (money or 1e3 in factors or 1e9 in factors)):
        return False  # metres, minutes
    return money or names <= set(CLEAR) or len(factors) > 1 or (bare and names <= set(BESIDE_BARE))


def is_currency(text: str) -> bool:
    """Whether a text is the sign, the code or the short name of a currency."""
    is_sign = len(text) == 1 and unicodedata.category(text) == "Sc"
    return is_sign or text in CODES or text.casefold() in NAMES


def is_unit(text: str, bare: bool) -> bool:
    """Whether a text behind a number can be its unit, `bare` numbers being in the column too.

    Percent beside plain numbers may be shares, and 12 beside 12A are two things.
    """
    if not text or len(text) > MOST_LETTERS or NO_UNITS.fullmatch(text):
        return False
    if bare and (text in ("%", "‰", "+") or (len(text) == 1 and text.isupper())):
        return False
    start = text[0].isalpha() or text[0] in '%‰°′″"+/' or unicodedata.category(text[0]) == "Sc"
    return start and text != "/" and all(is_unit_sign(text, place) for place in range(len(text)))


def is_unit_sign(text: str, place: int) -> bool:
    """Whether a sign can be part of a unit: a letter, a mark, or a power behind one."""
    sign = text[place]
    if sign.isdecimal():
        is_last = not text[place + 1 : place + 2].isalnum()
        return sign in "23" and place > 0 and is_last and (text[place - 1].isalpha() or text[place - 1] == "^")
    return sign.isalpha() or sign in '%‰°′″"+/·.*^²³ -' or unicodedata.category(sign) in ("Sc", "Mn")


def list_units(texts: NumberTexts) -> list[str]:
    """The units of a column whose texts are numbers beside several; empty where they are not."""
    pairs = texts.affix_pairs
    if pairs is None or not all(is_known_affix(pair) for pair in pairs):
        return []
    return sorted({head or tail or "none" for head, tail in pairs})


def is_known_affix(pair: tuple[str, str]) -> bool:
    """Whether what stands beside a number is one unit or nothing."""
    head, tail = pair
    return not (head and tail) and (not head or is_currency(head)) and (not tail or is_unit(tail, False))


def describe_form(texts: NumberTexts, form: NumberFormat, is_integer: bool) -> str:
    """The number format: units, multipliers, parentheses, separators, where there are any."""
    parts = list(describe_signs(texts, form))
    return ("integers" if is_integer else "numbers") + (f" with {', '.join(parts)}" if parts else "")


def describe_signs(texts: NumberTexts, form: NumberFormat) -> Iterator[str]:
    """What is special in a number format."""
    signs = [*form.units, *(["parentheses"] if texts.contain(r"\(") else [])]
    if signs:
        yield " and ".join(signs)
    if form.multipliers:
        yield " and ".join(f"{name} for {factor:,.0f}" for name, factor in form.multipliers)
    names = {" ": "a space", "'": "an apostrophe", ",": "a comma", ".": "a point"}
    marks = {" ": r"\p{Nd}[ \x{a0}\x{2009}\x{202f}]\p{Nd}", "'": "['’]"}
    mark = marks.get(form.thousands, re.escape(form.thousands))
    if mark and texts.contain(mark):
        yield f"{names[form.thousands]} between thousands"
    if form.decimal == "," and texts.contain(","):
        yield "a decimal comma"
