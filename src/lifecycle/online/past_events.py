"""What features look back at: the events that the rows of a past are, by group and in the order of knowledge."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lifecycle.arrays import Booleans, Floats, Integers
from lifecycle.data.features.history import NEVER, convert_to_microseconds
from lifecycle.data.schema import Schema
from lifecycle.online.known_rows import is_missing, list_plain_values

PlainRow = Mapping[str, Any]  # column -> plain value; a time in microseconds since 1970


class Fact(NamedTuple):
    """One event of a group: when it became known, in microseconds since 1970, and its value."""

    group: Hashable
    known_at: int
    value: float


@dataclass(frozen=True)
class PastEvents:
    """The events of a past by group, then by the time they became known, then in the past's order.

    `bounds` are the places at which the groups start, and the end; `rows` the places of the events in the past.
    """

    groups: Sequence[Hashable]
    bounds: Sequence[int]
    known_at: Integers
    values: Floats
    rows: Integers

    def list_spans(self) -> Iterator[tuple[Hashable, int, int]]:
        """Each group with the places of its first event and behind its last."""
        return zip(self.groups, self.bounds, self.bounds[1:], strict=False)


@dataclass(frozen=True)
class Source:
    """The columns of a past that hold the value of an event, when it became known, and its group."""

    value: str
    known_at: str
    by: tuple[str, ...]

    @cached_property
    def read_group(self) -> Callable[[PlainRow], Hashable]:
        """The group of a row of plain values; one with a missing value is the group of no event."""
        return itemgetter(*self.by) if self.by else lambda row: ()

    def read_fact(self, row: PlainRow) -> Fact | None:
        """The event that a row of plain values is; None without a time, a finite value or a group."""
        known_at, value = row[self.known_at], row[self.value]
        if known_at is None or value is None or not math.isfinite(value):
            return None
        if any(is_missing(row[name]) for name in self.by):
            return None
        return Fact(self.read_group(row), known_at, float(value))

    def sort_past(self, past: pd.DataFrame, schema: Schema) -> PastEvents:
        """The events of a past; of those known at one instant the later row is the later event."""
        known_at = convert_to_microseconds(past[self.known_at])
        values = past[self.value].to_numpy(dtype="float64", na_value=np.nan)
        asked = past[list(self.by)]
        has_group = asked.notna().all(axis=1).to_numpy(dtype=bool)
        rows = np.flatnonzero((known_at < NEVER) & np.isfinite(values) & has_group)
        codes = self._encode_groups(asked.iloc[rows])
        order = np.lexsort((known_at[rows], codes))
        rows, starts = rows[order], np.flatnonzero(np.diff(codes[order], prepend=-1))
        groups = self._list_groups(asked.iloc[rows[starts]], schema)
        return PastEvents(groups, [*starts.tolist(), len(rows)], known_at[rows], values[rows], rows)

    def find_groups(self, past: pd.DataFrame, groups: Collection[Hashable]) -> Booleans:
        """The rows of a past that may be of some groups: all that are, and few others."""
        found = np.ones(len(past), dtype=bool)
        for place, name in enumerate(self.by):
            if not isinstance(past[name].dtype, pd.DatetimeTZDtype):
                values = groups if len(self.by) == 1 else {group[place] for group in groups if isinstance(group, tuple)}
                found &= past[name].isin(list(values)).to_numpy(dtype=bool)
        return found

    def _encode_groups(self, past: pd.DataFrame) -> Integers:
        """A number for each group."""
        if not self.by:
            return np.zeros(len(past), dtype=np.int64)
        return past.groupby(list(self.by), sort=False).ngroup().to_numpy().astype(np.int64)

    def _list_groups(self, past: pd.DataFrame, schema: Schema) -> list[Hashable]:
        """The group of each row, as `read_group` reads it."""
        columns = {name: list_plain_values(past[name], schema.columns[name].type) for name in self.by}
        return [self.read_group(dict(zip(columns, row, strict=True))) for row in list_rows(columns, len(past))]


def list_rows(columns: dict[str, list[Any]], number: int) -> Sequence[tuple[Any, ...]]:
    """The rows of columns; so many empty ones without columns."""
    return list(zip(*columns.values(), strict=True)) if columns else [()] * number
