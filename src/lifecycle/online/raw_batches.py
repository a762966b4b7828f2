"""Rows of raw tables, as files and sources have them, in the form of events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from lifecycle.data.cells.reading import Unread
from lifecycle.errors import UnknownName, suggest_name
from lifecycle.online.event_records import MICROSECOND, START
from lifecycle.online.event_tables import EventTable, read_instants

Records = list[dict[str, Any]]


def list_records(
    rows: pd.DataFrame, name: str, table: EventTable, known_at: str, now: int, size: int
) -> Iterator[Records]:
    """The rows of a raw table as records of events, `size` at a time; columns that the table has not are left out.

    They are known since the time in the column `known_at`, which is read as the table's cells are, or since `now`
    where it is empty. Raises UnknownName where there is no such column.
    """
    must_have_column(rows, known_at)
    for start in range(0, len(rows), size):
        some = rows.iloc[start : start + size]
        pairs = zip(list_moments(some, table, known_at, now), list_rows(some, table), strict=True)
        yield [{"table": name, "known_at": moment, "row": row} for moment, row in pairs]


def list_rows(rows: pd.DataFrame, table: EventTable) -> Records:
    """The rows with those columns that the table has; a blank cell says nothing, so what was known of it stays."""
    columns = {str(column): list_cells(rows[column]) for column in rows.columns if column in table.types}
    cells = ({column: values[place] for column, values in columns.items()} for place in range(len(rows)))
    return [{column: cell for column, cell in row.items() if cell is not None} for row in cells]


def must_have_column(rows: pd.DataFrame, known_at: str) -> None:
    """Raise UnknownName where a column of moments is named and not there."""
    if known_at and known_at not in rows.columns:
        raise UnknownName(
            f"there is no column {known_at!r} to tell since when a row is known",
            where=f"command line, --known-at; {len(rows):,} rows",
            todo=suggest_name(known_at, map(str, rows.columns)),
        )


def list_cells(column: pd.Series) -> list[Any]:
    """The values of a column as JSON has them, times by ISO 8601, None for a missing one."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = column.map(pd.Timestamp.isoformat, na_action="ignore")
    return column.astype(object).where(column.notna(), None).tolist()


def list_moments(rows: pd.DataFrame, table: EventTable, known_at: str, now: int) -> list[str]:
    """Since when each row is known, with an offset; what is no time is left as it is, for the message."""
    if not known_at:
        return [format_instant(now)] * len(rows)
    cells = list_cells(rows[known_at])
    return [
        str(cell) if value is None or isinstance(value, Unread) else format_instant(value)
        for cell, value in zip(cells, read_instants(cells, table.get_reading(known_at)), strict=True)
    ]


def format_instant(microseconds: int) -> str:
    """A moment by ISO 8601."""
    found: datetime = START + microseconds * MICROSECOND
    return found.isoformat()


def list_left_out(rows: pd.DataFrame, table: EventTable, known_at: str) -> list[str]:
    """The columns of a table's rows that its events do not have."""
    return [str(column) for column in rows.columns if column not in table.types and column != known_at]
