"""Steps on the values of one row: texts, differences, comparisons, names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import numpy as np

from lifecycle.data.cells.plain import KINDS, Kind
from lifecycle.data.cells.reading import Reading, Type, Unread, read_cell
from lifecycle.data.cleaning import Tables
from lifecycle.data.steps.values import parse_entry, parse_form
from lifecycle.online.known_rows import is_missing
from lifecycle.online.row_steps.kinds import MISSING, WRITERS, Kinds, Row, RowStep
from lifecycle.online.row_steps.times import convert_to_utc

# What the signs of strftime are in a format for the datetime in a place.
SIGNS = {
    "Y": "{{{0}.year:04d}}",
    "m": "{{{0}.month:02d}}",
    "d": "{{{0}.day:02d}}",
    "H": "{{{0}.hour:02d}}",
    "M": "{{{0}.minute:02d}}",
    "S": "{{{0}.second:02d}}",
    "f": "{{{0}.microsecond:06d}}",
    "j": "{{{0}:%j}}",
    "%": "%",
}


def read_columns(kinds: Kinds, tables: Tables, *, table: str, columns: dict[str, dict[str, Any]]) -> RowStep | None:
    """Cells of text, read as the step says."""
    if any(kinds.get(name) != "text" for name in columns):
        return None
    entries = {name: parse_entry(entry, f"conf/clean/, column {name}") for name, entry in columns.items()}

    def change(row: Row) -> None:
        for name, (type, reading) in entries.items():
            row[name] = read_plain(row[name], type, reading)

    return RowStep(change, {**kinds, **{name: KINDS[type] for name, (type, _) in entries.items()}})


def read_plain(cell: Any, type: Type, reading: Reading) -> Any:
    """The plain value of a cell; raises OverflowError for one that is not understood, of which a table tells."""
    try:
        value = read_cell(cell, type, reading)
    except Unread as cause:
        raise OverflowError(f"{cell!r} is no {type}") from cause
    if value is None:
        return MISSING[KINDS[type]]
    if type == "time":
        return int(value.asm8.astype("datetime64[us]").astype(np.int64))
    return int(value) if type == "integer" else value


def format_text(kinds: Kinds, tables: Tables, *, table: str, name: str, form: str) -> RowStep | None:
    """A text written from other columns."""
    pieces = parse_form(form)
    patterns = [(column, pattern) for _, column, pattern in pieces if column]
    if not all(can_be_written(kinds.get(column), pattern) for column, pattern in patterns):
        return None
    template = "".join(write_pieces(pieces))
    readers = [(column, read_written_time if pattern else pass_on) for column, pattern in patterns]

    def change(row: Row) -> None:
        if any(is_missing(row[column]) for column, _ in readers):
            row[name] = None
        else:
            row[name] = template.format(*[read(row[column]) for column, read in readers])

    return RowStep(change, {**kinds, name: "text"})


def can_be_written(kind: Kind | None, pattern: str) -> bool:
    """Whether a column of this kind may have this format: a time must have one, no other may."""
    return kind == "time" if pattern else kind in WRITERS


def read_written_time(moment: int) -> datetime:
    """A time to be written; raises OverflowError for years of fewer than four digits, written in several ways."""
    time = convert_to_utc(moment)
    if time.year < 1000:
        raise OverflowError(f"year {time.year}")
    return time


def pass_on(value: Any) -> Any:
    """The value itself."""
    return value


def write_pieces(pieces: list[tuple[str, str, str]]) -> Iterator[str]:
    """The pieces of a form as those of a format for the values of its columns by their places."""
    place = 0
    for literal, column, pattern in pieces:
        yield literal.replace("{", "{{").replace("}", "}}")
        if column:
            yield write_signs(pattern, place) if pattern else f"{{{place}}}"
            place += 1


def write_signs(pattern: str, place: int) -> str:
    """A format of strftime as one for the datetime in this place."""
    return re.sub("%(.)", lambda sign: SIGNS[sign[1]].format(place), pattern)


def subtract(kinds: Kinds, tables: Tables, *, table: str, minuend: str, subtrahend: str, name: str) -> RowStep | None:
    """The difference of two numbers."""
    if not {kinds.get(minuend), kinds.get(subtrahend)} <= {"number", "integer"}:
        return None

    def change(row: Row) -> None:
        first, second = row[minuend], row[subtrahend]
        row[name] = math.nan if first is None or second is None else float(first) - float(second)

    return RowStep(change, {**kinds, name: "number"})


def compare_value(
    kinds: Kinds, tables: Tables, *, table: str, column: str, value: str, name: str = ""
) -> RowStep | None:
    """Whether a column holds a value."""
    strip, target = make_stripper(kinds.get(column)), name or column
    if strip is None:
        return None

    def change(row: Row) -> None:
        text = strip(row[column])
        row[target] = None if text is None else text == value

    return RowStep(change, {**kinds, target: "boolean"})


def make_stripper(kind: Kind | None) -> Callable[[Any], str | None] | None:
    """What writes a value without blanks around it, None where nothing is left."""
    write = WRITERS.get(kind) if kind else None
    return None if write is None else lambda value: None if is_missing(value) else write(value).strip() or None


def blank_codes(kinds: Kinds, tables: Tables, *, table: str, columns: dict[str, list[str]]) -> RowStep | None:
    """Texts without blanks around them, and missing ones for the codes."""
    strippers = {name: make_stripper(kinds.get(name)) for name in columns}
    readers = [(name, strip, frozenset(columns[name])) for name, strip in strippers.items() if strip]
    if len(readers) < len(columns):
        return None

    def change(row: Row) -> None:
        for name, strip, codes in readers:
            text = strip(row[name])
            row[name] = None if text in codes else text

    return RowStep(change, {**kinds, **dict.fromkeys(columns, "text")})


def rename_columns(kinds: Kinds, tables: Tables, *, table: str, columns: dict[str, str]) -> RowStep | None:
    """Columns under other names."""
    new, pairs = {old: name for name, old in columns.items()}, tuple(columns.items())
    called = [new.get(name, name) for name in kinds]
    if len(new) < len(columns) or not set(new) <= set(kinds) or len(set(called)) < len(called):
        return None

    def change(row: Row) -> None:
        row.update([(name, row.pop(old)) for name, old in pairs])

    return RowStep(change, dict(zip(called, kinds.values(), strict=True)))
