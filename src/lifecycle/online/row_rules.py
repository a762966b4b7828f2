"""The rules of the schema for one row of plain values: types, missing values, ranges and categories."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd

from lifecycle.data.cells.plain import KINDS, Kind
from lifecycle.data.cells.reading import LARGEST_INTEGER, Reading, read_text
from lifecycle.data.schema import Column, Type
from lifecycle.online.known_rows import is_missing
from lifecycle.online.raw_rows import describe_rule, show_value
from lifecycle.online.row_steps.kinds import MISSING, WRITERS, Row
from lifecycle.online.row_steps.values import read_plain

# What does not fit: the column, what it holds, and what it takes.
Rejection = tuple[str, str, str]
Rule = Callable[[Row, list[Rejection]], None]
Convert = Callable[[Any], Any]


def prepare_rule(name: str, column: Column, kind: Kind, reading: Reading | None) -> Rule | None:
    """What gives a column of a row its type, repairs its value, and adds what does not fit to a list.

    `kind` is that of the values before. None for a type or a rule that only a table can tell; a value of that sort
    raises OverflowError.
    """
    convert = make_reader(kind, column.type, reading) if reading else make_converter(kind, column.type)
    is_outside, repair = make_check(column), make_repair(column)
    if convert is None or is_outside is None or repair is None:
        return None
    must_be_there, must_fit = column.missing == "reject" and column.role != "id", column.outside == "reject"

    def apply(row: Row, rejections: list[Rejection]) -> None:
        value = row[name] = convert(row[name])
        if is_missing(value):
            if must_be_there:
                rejections.append((name, show(None, column.type), describe_rule(column)))
        elif is_outside(value):
            if must_fit:
                rejections.append((name, show(value, column.type), describe_rule(column)))
            else:
                row[name] = repair(value)

    return apply


def show(value: Any, type: Type) -> str:
    """A plain value in a rejection."""
    return show_value(pd.Timestamp(value, unit="us", tz="UTC") if type == "time" and value is not None else value)


def make_converter(kind: Kind, type: Type) -> Convert | None:
    """What turns plain values of a kind into those of a type, as `astype` does; None where it might refuse one."""
    wanted = KINDS[type]
    if wanted == "number" and kind in ("number", "integer"):
        return convert_to_float
    if wanted == kind:
        return pass_on
    write = WRITERS.get(kind) if wanted == "text" else None
    return None if write is None else lambda value: None if is_missing(value) else write(value)


def convert_to_float(value: float | None) -> float:
    """A number, NaN where it is missing."""
    return math.nan if value is None else float(value)


def pass_on(value: Any) -> Any:
    """The value itself."""
    return value


def make_reader(kind: Kind, type: Type, reading: Reading) -> Convert | None:
    """What reads plain values of a kind as cells of a type; None where it might not understand one."""
    wanted = KINDS[type]
    if kind == "text" and wanted != "text":
        return lambda value: read_plain(value, type, reading)
    if kind == "time" or wanted == "time":
        return pass_on if kind == wanted else None
    if wanted == "text":
        return make_text_reader(reading) if kind == "text" else lambda value: read_text(value, reading)
    if wanted == "boolean":
        blank = reading.meanings.get("")
        return (lambda value: blank if value is None else value) if kind == "boolean" else None
    if (kind == "number" and wanted == "number") or kind == "integer":
        return make_number_reader(reading, wanted)
    return None


def make_text_reader(reading: Reading) -> Callable[[str | None], str | None]:
    """What strips texts and makes the codes missing."""
    if reading.names:
        return lambda text: read_text(text, reading)
    codes = reading.codes

    def read(text: str | None) -> str | None:
        stripped = "" if text is None else text.strip()
        return None if stripped.lower() in codes else stripped

    return read


def make_number_reader(reading: Reading, wanted: Kind) -> Convert:
    """What makes infinite numbers and the codes missing."""
    codes = frozenset(reading.numeric_codes.tolist())

    def read(value: float | None) -> float | int | None:
        number = convert_to_float(value)
        if not math.isfinite(number) or number in codes:
            return MISSING[wanted]  # type: ignore[no-any-return]
        if wanted == "number":
            return number
        if abs(number) >= LARGEST_INTEGER:
            raise OverflowError(f"{number} is no integer of 64 binary digits")
        return int(number)

    return read


def make_check(column: Column) -> Callable[[Any], bool] | None:
    """Whether a value that is there is outside the range or the categories; None for a rule of another type."""
    low, high, categories = column.low, column.high, frozenset(column.categories)
    kind = KINDS[column.type]
    has_range = low is not None or high is not None
    if (has_range and kind not in ("number", "integer")) or (categories and kind != "text"):
        return None
    if categories:
        return lambda value: value not in categories
    if has_range:
        lowest, highest = -math.inf if low is None else low, math.inf if high is None else high
        return lambda value: value < lowest or value > highest
    return lambda value: False


def make_repair(column: Column) -> Convert | None:
    """What blanks a value outside, or clips it to the range; None for integers with an end between two of them."""
    missing, low, high = MISSING[KINDS[column.type]], column.low, column.high
    if column.outside != "clip":
        return lambda value: missing
    if column.type == "integer":
        if any(end is not None and not float(end).is_integer() for end in (low, high)):
            return None
        low, high = low if low is None else int(low), high if high is None else int(high)
    return lambda value: low if low is not None and value < low else high if high is not None else value
