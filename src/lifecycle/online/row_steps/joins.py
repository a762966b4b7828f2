"""Joins of other tables to one row: a lookup, or a bisection in time that only looks back."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.data.cells.plain import Kind
from lifecycle.data.cleaning import Tables
from lifecycle.online.known_rows import is_missing, list_plain_values
from lifecycle.online.row_steps.kinds import MISSING, Kinds, Row, RowStep, find_kind
from lifecycle.online.row_steps.times import count_microseconds


@dataclass(frozen=True)
class PlainTable:
    """Columns of another table in plain values, and their kinds."""

    kinds: Mapping[str, Kind]
    values: Mapping[str, list[Any]]

    def select(self, columns: Mapping[str, str]) -> list[Row]:
        """The rows of some columns, by the new names that stand for the table's own."""
        chosen = [self.values[column] for column in columns.values()]
        return [dict(zip(columns, row, strict=True)) for row in zip(*chosen, strict=True)]

    def select_kinds(self, columns: Mapping[str, str]) -> dict[str, Kind]:
        """The kinds of some columns by new name."""
        return {name: self.kinds[column] for name, column in columns.items()}


def read_table(table: pd.DataFrame | None, columns: Iterable[str]) -> PlainTable | None:
    """These columns of a table; None where one is not there, or is not stored as the schema stores its types."""
    names = list(dict.fromkeys(columns))
    if table is None or not set(names) <= set(table.columns):
        return None
    kinds = {name: kind for name in names if (kind := find_kind(table[name]))}
    if len(kinds) < len(names):
        return None
    return PlainTable(kinds, {name: list_plain_values(table[name], kind) for name, kind in kinds.items()})


def list_missing(kinds: Mapping[str, Kind]) -> Row:
    """A row in which each column is missing."""
    return {name: MISSING[kind] for name, kind in kinds.items()}


def join_by_key(
    kinds: Kinds, tables: Tables, *, table: str, other: str, by: str, key: str = "", columns: dict[str, str]
) -> RowStep | None:
    """Columns of another table's row with the same key."""
    key = key or by
    source = read_table(tables.get(other), [key, *columns.values()])
    if source is None or not columns or source.kinds[key] != kinds.get(by):
        return None
    index, added = index_first_rows(source, key, columns), source.select_kinds(columns)
    # The step for tables knows no column beside the key by the key's name, takes times from their zone, and makes
    # numbers of all that is joined where there is nothing to join.
    if key in columns.values() or "time" in added.values() or not index:
        return None
    missing = list_missing(added)

    def change(row: Row) -> None:
        row.update(index.get(row[by], missing))

    return RowStep(change, {**kinds, **added})


def index_first_rows(source: PlainTable, key: str, columns: Mapping[str, str]) -> dict[Any, Row]:
    """The first row of each key."""
    index: dict[Any, Row] = {}
    for asked, row in zip(source.values[key], source.select(columns), strict=True):
        if not is_missing(asked):
            index.setdefault(asked, row)
    return index


def join_as_of(
    kinds: Kinds,
    tables: Tables,
    *,
    table: str,
    other: str,
    by: str,
    prediction_time: str,
    observed: str,
    within: str,
    columns: dict[str, str],
) -> RowStep | None:
    """Columns of another table's last row that was observed by the prediction time, if it is not too old."""
    source, oldest = read_table(tables.get(other), [by, observed, *columns.values()]), count_microseconds(within)
    clashing = {by, observed, prediction_time, "row"} & set(columns.values())
    if source is None or oldest is None or clashing or not columns:
        return None
    if kinds.get(prediction_time) != "time" or source.kinds[observed] != "time" or source.kinds[by] != kinds.get(by):
        return None
    histories, added = group_observations(source, by, observed, columns), source.select_kinds(columns)
    missing = list_missing(added)

    def change(row: Row) -> None:
        row.update(find_observation(histories, row[by], row[prediction_time], oldest) or missing)

    return RowStep(change, {**kinds, **added})


@dataclass(frozen=True)
class Observations:
    """The rows of one key, and when each was observed, in order."""

    times: array[int]
    rows: list[Row]


Histories = Mapping[Any, Observations]


def group_observations(source: PlainTable, by: str, observed: str, columns: Mapping[str, str]) -> Histories:
    """The observations of each key; of those at one time the last row."""
    rows = zip(source.values[observed], source.values[by], source.select(columns), strict=True)
    usable = [row for row in rows if row[0] is not None and not is_missing(row[1])]
    histories: dict[Any, Observations] = {}
    for time, key, row in sorted(usable, key=lambda row: row[0]):
        history = histories.setdefault(key, Observations(array("q"), []))
        if history.times and history.times[-1] == time:
            history.rows[-1] = row
        else:
            history.times.append(time)
            history.rows.append(row)
    return histories


def find_observation(histories: Histories, key: Any, moment: int | None, oldest: int) -> Row | None:
    """The last row of a key that was observed by a moment and at most so long before it."""
    history = histories.get(key)
    if history is None or moment is None:
        return None
    place = bisect_right(history.times, moment) - 1
    return history.rows[place] if place >= 0 and moment - history.times[place] <= oldest else None
