"""The raw tables whose rows may become known, and how the cells of these rows are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.data.cells.reading import Reading, Type, Unread, read_cell, read_cells
from lifecycle.data.schema import Schema
from lifecycle.online.definitions import FeatureDefinitions, list_keys

PLAIN = Reading(thousands="")
WORDS: Mapping[Type, str] = {
    "number": "a number, or null",
    "integer": "a whole number, or null",
    "text": "a text, or null",
    "category": "a text, or null",
    "day": "a day such as 2024-05-31, or null",
    "boolean": "true or false, or null",
    "time": "a time such as 2024-05-31T14:30:00Z, or null",
}


@dataclass(frozen=True)
class EventTable:
    """A raw table whose rows may become known: its columns' types, those that identify a row, how cells are written.

    Cells of a column in `readings` are written by the schema, where its type is that in `meanings`; others plainly.
    """

    types: Mapping[str, Type]
    key: tuple[str, ...]
    readings: Mapping[str, Reading] = field(default_factory=dict)
    meanings: Mapping[str, Type] = field(default_factory=dict)


def list_event_tables(definitions: FeatureDefinitions) -> dict[str, EventTable]:
    """The raw tables whose rows may become known after a release was made."""
    schema = definitions.schema
    return {
        name: build_event_table(schema, name, key, definitions.unit) for name, key in list_keys(definitions).items()
    }


def build_event_table(schema: Schema, name: str, key: tuple[str, ...], unit: str) -> EventTable:
    """One raw table; the schema's readings hold for the units' table and for those with the same columns."""
    types = schema.tables[name]
    found = {column: schema.find_reading(column) for column in types if column in schema.columns}
    readings = {column: reading for column, reading in found.items() if reading and types == schema.tables[unit]}
    return EventTable(types, key, readings, {column: schema.columns[column].type for column in readings})


def read_column(table: EventTable, column: str, cells: Sequence[Any]) -> Iterable[Any]:
    """The typed values of a column's cells; Unread in the place of one that is not understood."""
    kind, reading = table.types[column], table.readings.get(column, PLAIN)
    if kind == "time":
        return read_instants(cells, reading)
    if kind in ("text", "category", "day"):
        cells = [spell_value(cell, table.meanings.get(column, kind), reading) for cell in cells]
    return [read_value(cell, kind, reading) for cell in cells]


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


def spell_value(cell: Any, meaning: Type, reading: Reading) -> Any:
    """A JSON number or boolean as the column's texts are written, where these mean numbers or booleans."""
    if isinstance(cell, bool) and meaning == "boolean":
        return ((reading.true_values or ("true",)) if cell else (reading.false_values or ("false",)))[0]
    if isinstance(cell, float) and meaning in ("number", "integer"):
        return f"{Decimal(repr(cell)):f}".replace(".", reading.decimal)
    return cell


def describe_cells(table: EventTable, column: str) -> str:
    """What a column's cells hold, in words."""
    form = table.readings.get(column, PLAIN).date_format
    return (
        f"a time as {form}, or null"
        if table.types[column] == "time" and form != "ISO8601"
        else WORDS[table.types[column]]
    )
