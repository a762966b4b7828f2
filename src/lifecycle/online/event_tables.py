"""The raw tables whose rows may become known, and how the cells of these rows are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.data.cells.plain import PLAIN, describe_cell
from lifecycle.data.cells.reading import Reading, Type, Unread, read_cell, read_cells
from lifecycle.data.cells.years import YEARS, Years, describe_years, is_within
from lifecycle.online.definitions import FeatureDefinitions, list_keys


@dataclass(frozen=True)
class EventTable:
    """A raw table whose rows may become known: its columns' types once cells are read, and the columns of its key.

    Cells of a column in `readings` are written by the schema, others plainly. A time or a day is one of the `years`.
    """

    types: Mapping[str, Type]
    key: tuple[str, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    years: Years = YEARS

    def get_reading(self, column: str) -> Reading:
        """How the cells of a column are written."""
        return self.readings.get(column, PLAIN)

    def describe_cell(self, column: str) -> str:
        """What a cell of a column holds where it is not missing, in words."""
        kind = self.types[column]
        return describe_cell(kind, self.get_reading(column)) + describe_years(kind, self.years)


def list_event_tables(definitions: FeatureDefinitions) -> dict[str, EventTable]:
    """The raw tables whose rows may become known after a release was made."""
    return {name: build_event_table(definitions, name, key) for name, key in list_keys(definitions).items()}


def build_event_table(definitions: FeatureDefinitions, name: str, key: tuple[str, ...]) -> EventTable:
    """One raw table, its cells read as cleaning reads them."""
    readings = {column: reading for column, (_, reading) in definitions.find_readings(name).items()}
    return EventTable(definitions.list_types(name), key, readings, definitions.years)


def read_column(table: EventTable, column: str, cells: Sequence[Any]) -> Iterable[Any]:
    """The typed values of a column's cells; Unread in the place of one that is not understood."""
    kind, reading = table.types[column], table.get_reading(column)
    found = read_instants(cells, reading) if kind == "time" else [read_value(cell, kind, reading) for cell in cells]
    return [value if is_fit(value, kind, table.years) else Unread() for value in found]


def is_fit(value: Any, kind: Type, years: Years) -> bool:
    """Whether a typed value is missing, not understood, or within the years."""
    return value is None or isinstance(value, Unread) or is_within(value, kind, years)


def read_instants(cells: Sequence[Any], reading: Reading) -> Iterator[int | Unread | None]:
    """Times in microseconds since 1970, read at once: one by one they take a hundred times as long."""
    found = read_cells(pd.Series(list(cells), dtype=object), "time", reading)
    missing, instants = found.values.isna(), found.values.to_numpy(dtype="datetime64[us]").astype(np.int64)
    for value, gone, unread in zip(instants, missing, found.unread, strict=True):
        yield Unread() if unread else None if gone else int(value)


def read_value(cell: Any, kind: Type, reading: Reading) -> Any:
    """One typed value; Unread where the cell is not understood."""
    try:
        found = read_cell(cell, kind, reading)
    except Unread as why:
        return why
    return read_exactly(cell, found) if kind == "integer" and found is not None else found


def read_exactly(cell: Any, found: float) -> int:
    """A whole number with all digits that a plain cell has: a float keeps fewer than 64 bits."""
    if isinstance(cell, int):
        return cell
    text = cell.strip() if isinstance(cell, str) else ""
    return int(text) if text.isascii() and text.removeprefix("-").isdecimal() else int(found)
