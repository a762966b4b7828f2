"""Number formats: the decimal sign and the thousands separator."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from lifecycle.onboarding.note import Note

ENOUGH = 2000  # values of a column that are analysed
AROUND = "$€£¥%()+- \u00a0"


def build_grouped_pattern(signs: str) -> str:
    """The pattern of an integer with one of the signs as thousands separator."""
    return rf"\d{{1,3}}(?:[{signs}]\d{{3}})+"


COMMA = re.compile("(?:" + build_grouped_pattern(". '’") + r"|\d+),\d+")
DOT = re.compile("(?:" + build_grouped_pattern(", '’") + r"|\d+)\.\d+(?:[eE][+-]?\d+)?")
INTEGER = re.compile("|".join([r"\d+", *(build_grouped_pattern(sign) for sign in ",. '")]))
EITHER_COMMA = re.compile(r"[1-9]\d{0,2},\d{3}")
EITHER_DOT = re.compile(r"[1-9]\d{0,2}\.\d{3}")
REPEATED_COMMA = re.compile(r"\d{1,3}(?:,\d{3}){2,}")
REPEATED_DOT = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")


def detect_number_format(table: pd.DataFrame, delimiter: str, decimal: str = "") -> tuple[dict[str, Any], list[Note]]:
    """`decimal`, `thousands` where one is used, and notes; from the columns whose every value is a number.

    `1,234` alone says either; then the comma is the decimal sign in a file of semicolons, and else groups
    thousands. A given `decimal` is kept.
    """
    columns = [values for name in table.columns if (values := list_numbers(table[name]))]
    sign, notes = (decimal, []) if decimal else detect_decimal_sign(columns, delimiter)
    group = detect_thousands_sign(columns, sign)
    if group:
        notes.append(Note(f"thousands {group!r}", f"numbers such as {find_example(columns, group)} use it"))
    return {"decimal": sign} | ({"thousands": group} if group else {}), notes


def list_numbers(column: pd.Series) -> list[str]:
    """The values without currency, percent and sign, if all are numbers in some notation; else none."""
    texts = [str(value).strip(AROUND) for value in column.dropna().head(ENOUGH)]
    return texts if all(COMMA.fullmatch(v) or DOT.fullmatch(v) or INTEGER.fullmatch(v) for v in texts) else []


def detect_decimal_sign(columns: Sequence[Sequence[str]], delimiter: str) -> tuple[str, list[Note]]:
    """The decimal sign: the one that is unambiguous in more columns."""
    commas = [sure for values in columns if (sure := [value for value in values if has_decimal_comma(value)])]
    dots = [sure for values in columns if (sure := [value for value in values if has_decimal_point(value)])]
    unsure = [value for values in columns for value in values if EITHER_COMMA.fullmatch(value)]
    if commas and dots:
        sign, examples, contrary = (",", commas, dots) if len(commas) > len(dots) else (".", dots, commas)
        return sign, [
            Note(f"decimal {sign!r}, a guess", f"there are numbers like {examples[0][0]} and like {contrary[0][0]}")
        ]
    if commas:
        return ",", [Note("decimal ','", f"numbers such as {commas[0][0]} use it")]
    if unsure and not dots:
        sign = "," if delimiter == ";" else "."
        return sign, [Note(f"decimal {sign!r}, a guess", f"{unsure[0]} may be read either way")]
    return ".", []


def has_decimal_comma(value: str) -> bool:
    """Whether the number has an unambiguous decimal comma."""
    return bool((COMMA.fullmatch(value) and not EITHER_COMMA.fullmatch(value)) or REPEATED_DOT.fullmatch(value))


def has_decimal_point(value: str) -> bool:
    """Whether the number has an unambiguous decimal point."""
    return bool((DOT.fullmatch(value) and not EITHER_DOT.fullmatch(value)) or REPEATED_COMMA.fullmatch(value))


def detect_thousands_sign(columns: Sequence[Sequence[str]], decimal: str) -> str:
    """The thousands separator, empty without one."""
    for sign in ("." if decimal == "," else ",", " ", "'", "’"):
        pattern = re.compile(rf"{build_grouped_pattern(sign)}(?:[{decimal}]\d+)?")
        if any(pattern.fullmatch(value) for values in columns for value in values):
            return sign
    return ""


def find_example(columns: Sequence[Sequence[str]], sign: str) -> str:
    """The first number that has the sign."""
    return next(value for values in columns for value in values if sign in value)
