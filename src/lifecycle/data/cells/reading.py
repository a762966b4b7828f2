"""The reading of a cell: the one function that turns what a table or a request holds into a column's values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cells.numbers import NumberFormat, parse_number, parse_numbers
from lifecycle.data.cells.times import INSTANT, NAMED, is_format, is_zone, parse_instants
from lifecycle.errors import WrongValue, suggest_name
from lifecycle.options import options

Type = Literal["number", "integer", "text", "category", "time", "day", "boolean", "image"]
Mask = npt.NDArray[np.bool_]
LARGEST_INTEGER = 2.0**63


class Unread(ValueError):
    """A cell that the column's reading does not understand."""


@options
class Reading:
    """How the cells of a column are written.

    `na_values` are codes for a missing value, compared without case and as numbers where they are some; a blank cell
    is missing in any case. `decimal`, `thousands`, `units` (texts beside a number that are left out) and
    `multipliers` (such as k: 1000) are of numbers. `true_values` and `false_values` are the spellings of a boolean;
    an empty one stands for a blank cell. `date_format` is of signs of strptime, or ISO8601, days, minutes,
    seconds, milliseconds, microseconds or nanoseconds (since 1970), filetime (of Windows), ticks (of .NET), excel_days,
    matlab_days, weeks, quarters or halves; `zone` is that of clock times without one. `spellings` lists other spellings
    of a category by its name. Raises ValueError for another format or zone.
    """

    na_values: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ","
    units: tuple[str, ...] = ()
    multipliers: dict[str, float] = field(default_factory=dict)
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    date_format: str = "ISO8601"
    zone: str = "UTC"
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a format that tells no year of a time, and an unknown zone."""
        if not is_format(self.date_format):
            raise ValueError(
                f"date_format {self.date_format!r} is no format of a time: {', '.join(NAMED)}, or %Y-%m-%d"
            )
        if not is_zone(self.zone):
            raise ValueError(f"zone {self.zone!r} is no time zone such as UTC or Europe/Berlin")

    @cached_property
    def numbers(self) -> NumberFormat:
        """How numbers are written; a point separates thousands where the comma that does so is the decimal sign."""
        thousands = "." if self.decimal == self.thousands == "," else self.thousands
        return NumberFormat(self.decimal, thousands, self.units, tuple(self.multipliers.items()))

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes for a missing value, in lower case."""
        return frozenset(code.strip().casefold() for code in ("", *self.na_values))

    @cached_property
    def numeric_codes(self) -> npt.NDArray[np.float64]:
        """The codes that are numbers."""
        found = [parse_number(code, self.numbers) for code in self.na_values]
        return np.array([number for number in found if number is not None], dtype=np.float64)

    @cached_property
    def meanings(self) -> dict[str, bool]:
        """What each spelling of a boolean means, in lower case, 1.0 as 1 too."""
        listed = dict.fromkeys(self.false_values or FALSE, False) | dict.fromkeys(self.true_values or TRUE, True)
        folded = {text.strip().casefold(): meaning for text, meaning in listed.items()}
        return folded | {simplify_number(text): meaning for text, meaning in folded.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        """The category that each other spelling stands for."""
        return {other: name for name, others in self.spellings.items() for other in others}

    def is_missing(self, text: str) -> bool:
        """Whether a stripped text is blank or a code for a missing value."""
        return not text or text.casefold() in self.codes


TRUE, FALSE = ("true",), ("false",)


@lru_cache(maxsize=1024)
def _validate_reading(text: str) -> Reading:
    """The reading of a JSON text; most columns of a wide table have the same."""
    from pydantic import TypeAdapter

    return TypeAdapter(Reading).validate_json(text)


def parse_reading(record: Mapping[str, Any], where: str) -> Reading:
    """A reading of the keys of a mapping; raises WrongValue for another key or a value of another type."""
    from pydantic import ValidationError

    try:
        return _validate_reading(json.dumps(record))
    except ValidationError as cause:
        first = cause.errors()[0]
        name, known = str(first["loc"][0]) if first["loc"] else "", [key.name for key in fields(Reading)]
        raise WrongValue(
            f"{name or 'the entry'}: {first['msg']}",
            where=f"{where}, key {name}",
            todo=f"correct {name}:" if name in known else suggest_name(name, known),
        ) from cause


@dataclass(frozen=True)
class ReadCells:
    """The values in the column's type, and which cells were not understood or infinite: these are missing values."""

    values: pd.Series
    unread: Mask
    infinite: Mask


def read_cells(cells: pd.Series, type: Type, reading: Reading) -> ReadCells:
    """The values of a column's cells, whatever they came as: text, numbers, booleans, times or a mixture."""
    return READERS[type](cells, reading)


def read_cell(value: Any, type: Type, reading: Reading) -> Any:
    """The value of one cell as `read_cells` gives it, None where it is missing; raises Unread."""
    found = read_cells(pd.Series([value], dtype=object), type, reading) if type == "time" else None
    if found is None:
        return CELLS[type](value, reading)
    if found.unread[0]:
        raise Unread
    return None if pd.isna(found.values.iloc[0]) else found.values.iloc[0]


def read_number(value: Any, reading: Reading) -> float | None:
    """One finite number; an infinite one is missing."""
    number = parse_cell(value, reading)
    return None if number is None or not np.isfinite(number) or number in reading.numeric_codes else number


def parse_cell(value: Any, reading: Reading) -> float | None:
    """The number that a cell holds, codes for a missing one included where they are numbers."""
    if is_gap(value):
        return None
    if isinstance(value, str):
        text = value.strip()
        number = None if reading.is_missing(text) else parse_number(text, reading.numbers)
        if number is None and not reading.is_missing(text):
            raise Unread
    elif isinstance(value, timedelta):
        number = value.total_seconds()
    elif isinstance(value, int | float | Decimal | np.integer | np.floating) and not isinstance(value, bool):
        number = convert_to_float(value)
    else:
        raise Unread
    return number


def convert_to_float(value: Any) -> float:
    """The number as a float; raises Unread for one that is too large for it."""
    try:
        return float(value)
    except OverflowError as cause:
        raise Unread from cause


def read_integer(value: Any, reading: Reading) -> float | None:
    """One integer, as a float."""
    number = read_number(value, reading)
    if number is not None and (not number.is_integer() or abs(number) >= LARGEST_INTEGER):
        raise Unread
    return number


def read_boolean(value: Any, reading: Reading) -> bool | None:
    """One boolean."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    text = "" if is_gap(value) else render_scalar(value)
    for spelling in (text.casefold(), simplify_number(text)):
        if spelling in reading.meanings:
            return reading.meanings[spelling]
    if reading.is_missing(text):
        return None
    raise Unread


def read_text(value: Any, reading: Reading) -> str | None:
    """One text or category."""
    text = "" if is_gap(value) else render_scalar(value)
    return None if reading.is_missing(text) else reading.names.get(text, text)


def is_gap(value: Any) -> bool:
    """Whether nothing is there: None, NaN, NA or NaT."""
    return value is None or (not isinstance(value, str) and pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def render_scalar(value: Any) -> str:
    """A value as stripped text: 1.0 as 1, a time by ISO 8601; raises Unread for a list or an object."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating | Decimal):
        number = convert_to_float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise Unread


def simplify_number(text: str) -> str:
    """A text such as 1.0 as 1; any other as it is."""
    whole, point, part = text.partition(".")
    return whole if point and whole.lstrip("+-").isdecimal() and not part.strip("0") else text


def read_numbers(cells: pd.Series, reading: Reading) -> ReadCells:
    """The cells as numbers."""
    dtype = cells.dtype
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        found, unread = cells.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(cells), dtype=bool)
    elif isinstance(dtype, pd.StringDtype):
        text = cells.str.strip()
        found, unread = parse_numbers(text.mask(text.str.lower().isin(list(reading.codes))), reading.numbers)
    else:
        found, unread = read_each(cells, parse_cell, reading)
    infinite = np.isinf(found)
    gone = infinite | np.isin(found, reading.numeric_codes)
    values = np.where(gone, np.nan, found) if gone.any() else found
    return ReadCells(pd.Series(values, index=cells.index, name=cells.name), unread, infinite)


def read_integers(cells: pd.Series, reading: Reading) -> ReadCells:
    """The cells as integers, in Int64."""
    found = read_numbers(cells, reading)
    broken = found.values.notna() & ((found.values != np.floor(found.values)) | (found.values.abs() >= LARGEST_INTEGER))
    values = found.values.mask(broken)
    return ReadCells(values.astype("Int64"), found.unread | broken.to_numpy(dtype=bool), found.infinite)


def read_booleans(cells: pd.Series, reading: Reading) -> ReadCells:
    """The cells as booleans."""
    if pd.api.types.is_bool_dtype(cells.dtype) and "" not in reading.meanings:
        return build_read(cells.astype("boolean"))
    values, unread = read_each_object(cells, read_boolean, reading)
    return build_read(values.astype("boolean"), unread)


def read_texts(cells: pd.Series, reading: Reading) -> ReadCells:
    """The cells as text."""
    if isinstance(cells.dtype, pd.StringDtype) and not reading.names:
        text = cells.str.strip()
        return build_read(text.mask(text.str.lower().isin(list(reading.codes))).astype("str"))
    values, unread = read_each_object(cells, read_text, reading)
    return build_read(values.astype("str"), unread)


def read_times(cells: pd.Series, reading: Reading) -> ReadCells:
    """The cells as instants in UTC."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return build_read(parse_instants(cells, reading.date_format, reading.zone))
    values, unread = read_each_object(cells, read_text, reading)
    text = values.astype("str")
    unique = pd.Series(text.dropna().unique(), dtype="str")
    instants = parse_instants(unique, reading.date_format, reading.zone).set_axis(unique)
    times = text.map(instants).astype(INSTANT) if len(unique) else pd.Series(pd.NaT, index=cells.index, dtype=INSTANT)
    return build_read(times, unread | (text.notna() & times.isna()).to_numpy(dtype=bool))


def build_read(values: pd.Series, unread: Mask | None = None) -> ReadCells:
    """What was read, with nothing infinite."""
    none = np.zeros(len(values), dtype=bool)
    return ReadCells(values, none if unread is None else unread, none)


Cell = Callable[[Any, Reading], Any]


def read_each(cells: pd.Series, read: Cell, reading: Reading) -> tuple[npt.NDArray[np.float64], Mask]:
    """Numbers, each different text read once, and which cells were not understood."""
    values, unread = read_each_object(cells, read, reading)
    return values.to_numpy(dtype=np.float64, na_value=np.nan), unread


def read_each_object(cells: pd.Series, read: Cell, reading: Reading) -> tuple[pd.Series, Mask]:
    """The cells read one by one, each different text once, and which were not understood."""
    places, different = index_cells(cells)
    values, unread = np.empty(len(different) + 1, dtype=object), np.zeros(len(different) + 1, dtype=bool)
    for place, value in enumerate([*different, None]):
        try:
            values[place] = read(value, reading)
        except Unread:
            unread[place] = True
    return pd.Series(values[places], index=cells.index, name=cells.name, dtype=object), unread[places]


def index_cells(cells: pd.Series) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """The place of each cell among the different ones, -1 for a missing one; other than text counts as different."""
    if isinstance(cells.dtype, pd.StringDtype):
        places, different = pd.factorize(cells)
        return places, list(different)
    return np.arange(len(cells)), [None if is_gap(value) else value for value in cells.tolist()]


READERS: Mapping[Type, Callable[[pd.Series, Reading], ReadCells]] = {
    "number": read_numbers,
    "integer": read_integers,
    "boolean": read_booleans,
    "time": read_times,
    "text": read_texts,
    "category": read_texts,
    "day": read_texts,
    "image": read_texts,
}
CELLS: Mapping[Type, Cell] = {
    "number": read_number,
    "integer": read_integer,
    "boolean": read_boolean,
    "text": read_text,
    "category": read_text,
    "day": read_text,
    "image": read_text,
}
