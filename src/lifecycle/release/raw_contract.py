"""The contract of a raw row: what a caller knows at the moment of asking, read cell by cell into plain values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.data.cells.plain import PLAIN, describe_cell, quote_value
from lifecycle.data.cells.reading import Mask, ReadCells, Reading, Type, Unread, parse_reading, read_cell, read_cells
from lifecycle.data.cells.years import YEARS, Years, describe_years, find_outside, is_within
from lifecycle.data.schema import DTYPES
from lifecycle.errors import CorruptFile, WrongValue, suggest_name
from lifecycle.release.contract import (
    ID_WANTED,
    MOST_STRANGERS,
    Fault,
    Rejection,
    check_id,
    describe_cells,
    find_repeated_names,
    name_fields,
)
from lifecycle.release.fields import LARGEST, Unfit, list_values

# A value as Event.row has it: a number is a float, a time the microseconds since 1970 in UTC.
RawValue = float | int | bool | str | None
RawRow = dict[str, RawValue]

START = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# ISO 8601 as it is mostly written, which needs no table to be read.
USUAL_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?", re.ASCII
)


@dataclass(frozen=True)
class RawField:
    """One raw column: its type, how its cells are written, whether it may be missing, and what is said of it.

    `known` are values that it often has, as suggestions; another value is no fault. Without a `reading` cells are
    written plainly, and times by ISO 8601. A time or a day is one of the `years`.
    """

    name: str
    type: Type
    nullable: bool
    reading: Reading | None = None
    description: str = ""
    unit: str = ""
    known: tuple[str, ...] = ()
    years: Years = YEARS

    @property
    def cells(self) -> Reading:
        """How the cells are written."""
        return self.reading or PLAIN

    @property
    def wanted(self) -> str:
        """What the field takes, in words."""
        words = describe_cell(self.type, self.cells) + describe_years(self.type, self.years)
        return words + (", or null" if self.nullable else "")

    def read(self, value: Any) -> RawValue:
        """The plain value of a cell: NaN where a number is missing, else None.

        Raises Unfit for a cell that is not understood, a number beyond 1e30, a time of other years, and a cell that
        may not be missing.
        """
        try:
            found = self._read(value)
        except Unread as cause:
            raise Unfit from cause
        if not (self.nullable if found is None else is_within(found, self.type, self.years)):
            raise Unfit
        return math.nan if found is None and self.type == "number" else found

    def _read(self, value: Any) -> RawValue:
        if self.type == "time":
            return read_instant(value, self.cells)
        found: RawValue = read_cell(value, self.type, self.cells)
        if self.type in ("number", "integer") and isinstance(found, float):
            if abs(found) > LARGEST:
                raise Unread
            return int(found) if self.type == "integer" else found
        return found

    def read_column(self, cells: pd.Series) -> tuple[pd.Series, Mask]:
        """The cells in the column's type, and which of them do not fit; the same rule as `read`."""
        found = self.read_cells(cells)
        values, unfit = found.values, found.unread
        if self.type in ("number", "integer"):
            unfit = unfit | (values.abs() > LARGEST).fillna(False).to_numpy(dtype=bool)
        return values, unfit if self.nullable else unfit | values.isna().to_numpy(dtype=bool)

    def read_cells(self, cells: pd.Series) -> ReadCells:
        """The cells in the column's type; a time of other years is one that is not understood."""
        found = (
            read_times_of_any_unit(cells, self.cells)
            if self.type == "time"
            else read_cells(cells, self.type, self.cells)
        )
        values = found.values.astype(pd.api.types.pandas_dtype(DTYPES[self.type]))
        outside = find_outside(values, self.type, self.years)
        return replace(found, values=values.mask(outside) if outside.any() else values, unread=found.unread | outside)


def read_times_of_any_unit(cells: pd.Series, reading: Reading) -> ReadCells:
    """The cells as times; one that microseconds cannot count is not understood."""
    try:
        return read_cells(cells, "time", reading)
    except pd.errors.OutOfBoundsDatetime:
        return read_cells(cells.astype(object), "time", reading)


def read_instant(value: Any, reading: Reading) -> int | None:
    """The microseconds since 1970 of a time, None where it is missing; raises Unread."""
    usual = USUAL_TIME.fullmatch(value.strip()) if type(value) is str and reading.date_format == "ISO8601" else None
    if usual and (usual[1] or reading.zone == "UTC"):
        return parse_usual_time(usual[0])
    found = read_cell(value, "time", reading)
    return None if found is None else int(found.asm8.astype("datetime64[us]").astype(np.int64))


def parse_usual_time(text: str) -> int:
    """The microseconds since 1970 of a text that looks like ISO 8601; raises Unread for a day that does not exist."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Unread from cause
    return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - START) // MICROSECOND


@dataclass(frozen=True)
class RawContract:
    """The raw columns that a row is asked with, the id that its answer gets, and the names that are left aside."""

    fields: tuple[RawField, ...]
    id: str
    unused: Mapping[str, str] = field(default_factory=dict)
    schema: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The raw columns in their order."""
        return [one.name for one in self.fields]

    @cached_property
    def known(self) -> frozenset[str]:
        """Every name that a row may have."""
        return frozenset([*self.names, self.id, *self.unused])

    @cached_property
    def has_own_id(self) -> bool:
        """Whether the id is no raw column of its own, so that a row may bring one for its answer alone."""
        return self.id not in self.names

    def read(self, record: Mapping[str, Any]) -> tuple[RawRow, list[Rejection]]:
        """The plain values of a row by column, and every field that does not fit; what may be missing may be absent.

        Names are those of raw tables: keys of inner objects stand behind dots.
        """
        named = record if record.keys() <= self.known else dict(name_fields(record, self.known))
        values: RawRow = {}
        rejections: list[Rejection] = []
        for one in self.fields:
            try:
                values[one.name] = one.read(named.get(one.name))
            except Unfit:
                got = quote_value(named[one.name]) if one.name in named else "nothing"
                rejections.append(Rejection(one.name, got, one.wanted))
        if self.has_own_id and self.id in named:
            rejections += check_id(self.id, named[self.id])
        return values, rejections if named is record else rejections + self.find_strangers(named)

    def read_table(self, table: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
        """The rows in their columns' types, and by field which do not fit; a column that is not there is missing."""
        columns, faults = {}, []
        for one in self.fields:
            cells = table[one.name] if one.name in table else pd.Series(index=table.index, dtype=object)
            columns[one.name], unfit = one.read_column(cells)
            faults.append(Fault(one.name, one.wanted, unfit))
        if self.has_own_id and self.id in table:
            unfit = np.array([bool(check_id(self.id, value)) for value in list_values(table[self.id])], dtype=bool)
            faults.append(Fault(self.id, ID_WANTED, unfit))
        return pd.DataFrame(columns, index=table.index), faults

    def read_loosely(self, table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
        """The rows in their columns' types, in which what is not understood is missing; and what is wrong, by field."""
        columns, reasons = {}, {}
        for one in self.fields:
            cells = table[one.name] if one.name in table else pd.Series(index=table.index, dtype=object)
            found = one.read_cells(cells)
            columns[one.name] = found.values
            lacks = one.name not in table and not one.nullable
            reasons[one.name] = "is missing" if lacks else describe_cells(cells, found)
        return pd.DataFrame(columns, index=table.index), {name: why for name, why in reasons.items() if why}

    def tabulate(self, rows: Sequence[RawRow]) -> pd.DataFrame:
        """Plain values that `read` gave, as a table in the columns' types."""
        columns = {one.name: convert_values([row[one.name] for row in rows], one.type) for one in self.fields}
        return pd.DataFrame(columns, index=range(len(rows)))

    def find_strangers(self, names: Sequence[str] | Mapping[str, Any]) -> list[Rejection]:
        """A rejection for each name that the contract does not know."""
        unknown = [str(name) for name in names if name not in self.known][:MOST_STRANGERS]
        return [
            Rejection(name, "a value", f"no such field; {suggest_name(name, self.names)}"[:200]) for name in unknown
        ]

    def check_columns(self, columns: Sequence[str]) -> list[Rejection]:
        """A rejection for each column that a table lacks, has twice, or has too much."""
        twice = find_repeated_names(columns)
        lacking = [one for one in self.fields if not one.nullable and one.name not in columns]
        return twice or [Rejection(one.name, "nothing", one.wanted) for one in lacking] + self.find_strangers(columns)


def convert_values(values: Sequence[RawValue], kind: Type) -> pd.Series:
    """Plain values as a column of their type."""
    if kind != "time":
        return pd.Series(list(values), dtype=DTYPES[kind])
    stamps = np.array([np.datetime64("NaT") if one is None else np.datetime64(int(one), "us") for one in values])
    return pd.Series(stamps.astype("datetime64[us]")).dt.tz_localize("UTC")


def parse_raw_contract(schema: Mapping[str, Any], where: str) -> RawContract:
    """The contract that a release's question.json states; raises CorruptFile where it is none."""
    try:
        fields = tuple(parse_raw_field(name, entry, where) for name, entry in schema["properties"].items())
        if schema["required"] != [one.name for one in fields if not one.nullable]:
            raise ValueError("required and properties differ")
        return RawContract(fields, str(schema["x-id"]), dict(schema["x-unused"]), schema)
    except (KeyError, TypeError, ValueError, AttributeError, WrongValue) as cause:
        raise CorruptFile(
            f"{where} is no contract of a raw row ({type(cause).__name__}: {cause})",
            where=where,
            todo="dvc checkout models/release",
        ) from cause


def parse_raw_field(name: str, entry: Mapping[str, Any], where: str) -> RawField:
    """One property as a field; raises ValueError for a type that no column has."""
    if entry["x-type"] not in DTYPES:
        raise ValueError(f"{entry['x-type']} is no type of a column")
    first, last = entry.get("x-years", YEARS)
    found = RawField(
        name=name,
        type=entry["x-type"],
        nullable="null" in entry["type"],
        description=str(entry["description"]),
        unit=str(entry.get("x-unit", "")),
        known=tuple(entry.get("x-known", ())),
        years=(int(first), int(last)),
    )
    return replace(found, reading=parse_reading(entry["x-read"], where)) if "x-read" in entry else found
