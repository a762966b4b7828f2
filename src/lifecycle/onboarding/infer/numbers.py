"""Number formats: the notation in which every text of a column is a number, and texts that nearly are numbers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lifecycle.arrays import Booleans, Floats, Integers, Strings
from lifecycle.data.cells.numbers import (
    INFINITE,
    SAMPLE,
    NumberFormat,
    cast_floats,
    fold_signs,
    parse_number,
    parse_numbers,
)
from lifecycle.onboarding.infer.units import Affixes, choose_affixes, is_known_affix, split_affixes

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
FREQUENT = 0.05  # minimum share of rows with a unit at which the others are named
MOST_AFFIXES = 40
DIGITS = 15  # longer integers are rounded in a float

CORE = r"[.,٫．]?\p{Nd}[\p{Nd}.,'’٫٬．， \x{a0}\x{2009}\x{202f}]*(?:[eE][-+]?\p{Nd}+)?"
INFINITY = rf"(?i)^[-+\s(]*(?:{INFINITE.pattern})[\s)]*$"
CODE = rf"^[-+]?(?:0\p{{Nd}}+|\p{{Nd}}{{{DIGITS + 1},}})$"
NEARLY = (
    r"(?i)^(?:[<>≤≥~≈=±(+\-−–\p{Sc}#'\s]|(?:ca|approx|about|circa|around|over|under|up to|nearly|almost|min|max)\b\.?)*"
    r"[.,]?\p{Nd}[\p{Nd}.,' ]*(?:$|[^\p{L}\p{Nd}]|\p{L}+(?:$|[^\p{L}\p{Nd}])|x\p{Nd})"
)


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

    def find_partial_fit(self, counts: Integers, habit: NumberFormat) -> tuple[Booleans, NumberFit] | None:
        """The texts with the frequent units beside them, `counts` saying how often each occurs, if they are numbers."""
        left = pc.replace_substring_regex(self.array, CORE, "\0", max_replacements=1)
        places, affixes = pd.factorize(pd.Series(left.to_pandas(), dtype="str"))
        rows = np.bincount(places, weights=counts, minlength=len(affixes))
        known = [
            often >= FREQUENT * rows.sum() and (pair := split_affixes(text)) is not None and is_known_affix(pair)
            for text, often in zip(affixes, rows, strict=True)
        ]
        mask = np.array(known, dtype=bool)[places]
        fit = NumberTexts(np.asarray(self.texts, dtype=object)[mask]).find_fit(habit)
        return (mask, fit) if fit else None

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


def list_units(texts: NumberTexts) -> list[str]:
    """The units of a column whose texts are numbers beside several; empty where they are not."""
    pairs = texts.affix_pairs
    if pairs is None or len(pairs) < 2 or not all(is_known_affix(pair) for pair in pairs):
        return []
    return sorted({head or tail or "none" for head, tail in pairs})


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
