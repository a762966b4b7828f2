"""A raw table as it is known by now: the rows of the data version, and what events have said of them since.

Of the values that a row's column was given the one with the greatest time of knowledge wins, then the greatest event
id; so the table is the same in whatever order the events came.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.data.schema import DTYPES, Type
from lifecycle.online.events import Event

Key = tuple[Hashable, ...]
Mark = tuple[int, str]


@dataclass
class KnownTable:
    """The rows of a raw table by key; `known_until` is when those of the data version were known, in microseconds."""

    types: Mapping[str, Type]
    base: pd.DataFrame
    keys: Sequence[Key]
    known_until: int
    places: dict[Key, int] = field(init=False)
    cells: dict[Key, dict[str, tuple[Mark, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the rows of the data version; of rows with one key the last one counts."""
        self.places = {key: place for place, key in enumerate(self.keys)}

    def learn(self, key: Key, event: Event) -> None:
        """Take in what an event says of the row with this key."""
        cells = self.cells.get(key)
        if cells is None:
            cells = self.cells[key] = self._recall(key)
        for name, value in event.row.items():
            mark = (event.known_at, event.id)
            if name not in cells or cells[name][0] < mark:
                cells[name] = (mark, value)

    def _recall(self, key: Key) -> dict[str, tuple[Mark, Any]]:
        """The cells of the data version's row; a missing one was never known."""
        place = self.places.get(key)
        if place is None:
            return {}
        values = list_plain_rows(self.base.iloc[[place]], self.types)[0]
        return {name: ((self.known_until, ""), value) for name, value in values.items() if not is_missing(value)}

    def select(self, keys: Sequence[Key]) -> pd.DataFrame:
        """The rows of these keys that events have spoken of, in their types."""
        rows = [{name: value for name, (_, value) in self.cells[key].items()} for key in keys]
        return build_typed_table(rows, self.types)

    @property
    def rows(self) -> pd.DataFrame:
        """All rows: those of the data version that no event has spoken of, then the others by key."""
        if not self.cells:
            return self.base
        kept = np.array([key not in self.cells for key in self.keys], dtype=bool)
        changed = self.select(sorted(self.cells, key=repr))
        return pd.concat([self.base[kept], changed], ignore_index=True)

    def find_newest_mark(self, key: Key) -> int:
        """When the newest value of a row that events have spoken of was known, in microseconds since 1970."""
        return max((known_at for (known_at, _), _ in self.cells[key].values()), default=0)

    def forget(self, keys: Sequence[Key]) -> None:
        """Drop what events have said of these rows, and the rows."""
        gone = set(keys)
        for key in gone:
            self.cells.pop(key, None)
        kept = np.array([key not in gone for key in self.keys], dtype=bool)
        if not kept.all():
            self.base = self.base[kept].reset_index(drop=True)
            self.keys = [key for key in self.keys if key not in gone]
            self.places = {key: place for place, key in enumerate(self.keys)}


def is_missing(value: Any) -> bool:
    """Whether a plain value is missing."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def build_typed_table(rows: Sequence[Mapping[str, Any]], types: Mapping[str, Type]) -> pd.DataFrame:
    """Rows of plain values as a table of these columns in their types; a time is in microseconds since 1970."""
    columns = {}
    for name, kind in types.items():
        values = pd.Series([row.get(name) for row in rows], dtype=object)
        columns[name] = type_values(values, kind)
    return pd.DataFrame(columns, index=range(len(rows)))


def type_values(values: pd.Series, kind: Type) -> pd.Series:
    """Plain values in the type of a column."""
    if kind == "time":
        ticks = pd.array([pd.NaT if is_missing(value) else value for value in values], dtype="datetime64[us]")
        instants: pd.Series = pd.Series(ticks, index=values.index).dt.tz_localize("UTC")
        return instants
    if kind == "number":
        return values.astype("float64")
    missing = np.array([is_missing(value) for value in values], dtype=bool)
    return values.where(~missing, None).astype(pd.api.types.pandas_dtype(DTYPES[kind]))


def list_plain_rows(table: pd.DataFrame, types: Mapping[str, Type]) -> list[dict[str, Any]]:
    """The rows of a table in plain values: float, int, str, bool, and microseconds since 1970 for a time.

    A missing number is NaN, any other missing value None.
    """
    columns = [list_plain_values(table[name], kind) for name, kind in types.items()]
    return [dict(zip(types, row, strict=True)) for row in zip(*columns, strict=True)]


def list_plain_values(values: pd.Series, kind: Type) -> list[Any]:
    """The values of one column in plain Python."""
    if kind == "number":
        return [float(value) for value in values.to_numpy(dtype=np.float64, na_value=np.nan)]
    there = values.notna().to_numpy()
    if kind == "time":
        ticks = values.astype("datetime64[us, UTC]").to_numpy(dtype="datetime64[us]").astype(np.int64)
        return [int(tick) if known else None for tick, known in zip(ticks, there, strict=True)]
    convert = {"integer": int, "boolean": bool}.get(kind, str)
    return [convert(value) if known else None for value, known in zip(values, there, strict=True)]


def infer_type(values: pd.Series) -> Type:
    """The type of a feature by how its values are stored."""
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return "time"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"
