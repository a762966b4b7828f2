"""The state: every raw table as it is known by now, and the cleaned earlier rows that features look back at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.arrays import Booleans
from lifecycle.data.cleaning import Open, Tables, apply_rules, conform_to_schema
from lifecycle.data.features.build import sort_past
from lifecycle.data.schema import Type
from lifecycle.online.definitions import SLACK, FeatureDefinitions, list_keys
from lifecycle.online.events import Event
from lifecycle.online.known_rows import Key, KnownTable, build_typed_table, list_plain_rows
from lifecycle.online.raw_rows import list_other_tables, run_steps
from lifecycle.online.retention import find_needed_rows

PlainRow = Mapping[str, Any]
DAY = 24 * 3_600_000_000


@dataclass(frozen=True)
class Changes:
    """What events have changed: the earlier rows that are gone and those that are new, and the other tables."""

    removed: list[PlainRow]
    added: list[PlainRow]
    others: bool


class KnownState:
    """What is known by now; the same for the same events, in whatever order and however often they came."""

    def __init__(
        self, definitions: FeatureDefinitions, rows: pd.DataFrame, others: Tables, example: pd.DataFrame
    ) -> None:
        """The state of a data version: the units' raw rows and the other raw tables, read as conf/schema/ says.

        `example` are raw rows of the units' table, with which the steps run that change the other tables.
        """
        self.definitions, self.example = definitions, example
        self.others = {name: self._build_other(name, table) for name, table in others.items()}
        self.known_until, self.trimmed_at = definitions.horizon, definitions.horizon
        self.worlds = self._prepare_others()
        self.past, keys = self._clean_version(rows)
        self.units = KnownTable(definitions.list_types(definitions.unit), rows, keys, definitions.horizon)
        self.base = index_rows(self.past, definitions.schema.id)
        self.changed: dict[str, PlainRow | None] = {}

    @property
    def tables(self) -> Tables:
        """The other tables, cut to what a question can need."""
        return {name: self._cut(name, table.rows) for name, table in self.others.items()}

    def _build_other(self, name: str, table: pd.DataFrame) -> KnownTable:
        types = self.definitions.list_types(name)
        columns = list_keys(self.definitions).get(name, ())
        return KnownTable(types, table, list_keys_of(table, columns, types), self.definitions.horizon)

    def _cut(self, name: str, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of another table that are not too old for any question."""
        old = self._find_old(name, rows)
        return rows[~old].reset_index(drop=True) if old.any() else rows

    def _find_old(self, name: str, rows: pd.DataFrame) -> Booleans:
        """The rows of another table that are too old for any question; one of a forecast makes no other older."""
        other = self.definitions.clean.tables.get(name)
        if other is None or not other.keep:
            return np.zeros(len(rows), dtype=bool)
        newest = min(rows[other.time].max(), pd.Timestamp(self.known_until, unit="us", tz="UTC"))
        oldest = newest - pd.Timedelta(other.keep) - pd.Timedelta(SLACK, "us")
        old: Booleans = (rows[other.time] < oldest).to_numpy(dtype=bool)
        return old

    def _prepare_others(self) -> list[Tables]:
        """The other tables before each cleaning step."""
        return list_other_tables(self.definitions, self.tables, self.example)

    def _clean_version(self, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Key]]:
        """The earlier rows of the data version that features look back at, and the id of each raw row."""
        if rows.empty or not self.definitions.has_past:
            empty = build_typed_table([], self.types)
            return empty, [(place,) for place in range(len(rows))]
        return self._select_past(rows, self.definitions.clean.open), [(one,) for one in self.name_rows(rows)]

    def _select_past(self, rows: pd.DataFrame, open_rows: Open) -> pd.DataFrame:
        """The raw rows that features look back at: those that keep the rules, or are rejected for a reason that counts.

        Open rows are none of them, but where all are open that have no label: of each some fact is known.
        """
        definitions, schema = self.definitions, self.definitions.past_schema
        made = run_steps(definitions, definitions.past_steps, rows, self.worlds)
        rejected = definitions.clean.rejected
        units = conform_to_schema(made, schema, rejected)
        cleaned = apply_rules(units, schema, definitions.clean.no_label, rejected, open_rows)
        counted = cleaned.rejected[cleaned.reason].isin(definitions.features.past)
        waiting = cleaned.open if open_rows.rows == "all" else cleaned.open.head(0)
        parts = [cleaned.table, cleaned.rejected[counted].drop(columns=cleaned.reason), waiting]
        return sort_past(pd.concat(parts, ignore_index=True), schema)

    def learn(self, events: Sequence[Event]) -> Changes:
        """Take in events, and say what they have changed.

        Events of tables that are not needed change nothing, nor do those that were known so long before the newest row
        of the data version that it is the one to say what was so.
        """
        keys = list_keys(self.definitions)
        events = [
            event for event in events if event.table in keys and event.known_at >= self.definitions.horizon - SLACK
        ]
        units = [event for event in events if event.table == self.definitions.unit]
        for event in events:
            self.known_until = max(self.known_until, event.known_at)
            if event.table != self.definitions.unit:
                self.others[event.table].learn(tuple(event.row.get(name) for name in keys[event.table]), event)
        if len(units) < len(events):
            self.worlds = self._prepare_others()
        removed, added = self._learn_units(units) if units else ([], [])
        return Changes(removed, added, others=len(units) < len(events))

    def _learn_units(self, events: Sequence[Event]) -> tuple[list[PlainRow], list[PlainRow]]:
        keys = self.identify(events)
        for key, event in zip(keys, events, strict=True):
            self.units.learn(key, event)
        touched = list(dict.fromkeys(keys))
        now = self._clean_known(touched)
        removed, added = [], []
        for (id,) in touched:
            before = self.changed[id] if id in self.changed else self.base.get(id)
            after = now.get(id)
            if before is not None:
                removed.append(before if isinstance(before, Mapping) else self.recall(before))
            if after is not None:
                added.append(after)
            self.changed[id] = after
        return removed, added

    def identify(self, events: Sequence[Event]) -> list[tuple[str]]:
        """The id of the row that each event speaks of."""
        name = self.definitions.schema.id
        if self.definitions.identity == (name,):
            return [(str(event.row[name]),) for event in events]
        alone = KnownTable(self.units.types, pd.DataFrame(), [], 0)
        for place, event in enumerate(events):
            alone.learn((place,), event)
        return [(one,) for one in self.name_rows(alone.select([(place,) for place in range(len(events))]))]

    def name_rows(self, rows: pd.DataFrame) -> pd.Series:
        """The id of each raw row as text, by the rows' index; missing where cleaning has dropped the row."""
        name = self.definitions.schema.id
        made = run_steps(self.definitions, self.definitions.identity_steps, rows, self.worlds)
        return made[name].reindex(rows.index).astype("str")

    def _clean_known(self, keys: Sequence[tuple[str]]) -> dict[str, PlainRow]:
        """The earlier rows of these ids as they are known by now; a row without a label counts, it may get one."""
        past = self._select_past(self.units.select(keys), Open(rows="all"))
        rows = list_plain_rows(past, self.types)
        return {str(row[self.definitions.schema.id]): row for row in rows}

    @property
    def types(self) -> Mapping[str, Type]:
        """The types of the columns of earlier rows."""
        return {name: column.type for name, column in self.definitions.past_schema.columns.items()}

    def recall(self, place: int) -> PlainRow:
        """An earlier row of the data version in plain values."""
        return list_plain_rows(self.past.iloc[[place]], self.types)[0]

    def build_past(self) -> pd.DataFrame:
        """All earlier rows that features look back at, sorted as features expect them."""
        if not self.changed:
            return self.past
        kept = ~self.past[self.definitions.schema.id].astype("str").isin(list(self.changed)).to_numpy()
        new = build_typed_table([row for row in self.changed.values() if row is not None], self.types)
        return sort_past(pd.concat([self.past[kept], new], ignore_index=True), self.definitions.schema)

    def must_trim(self) -> bool:
        """Whether a day of new facts has come since older rows were last dropped."""
        return self.known_until >= self.trimmed_at + DAY

    def trim(self) -> None:
        """Drop the rows that no question with a moment from the newest fact less the slack on can need."""
        self.trimmed_at = self.known_until
        past = self.build_past()
        needed = find_needed_rows(past, self.definitions, self.known_until)
        gone = [*past[self.definitions.schema.id][~needed].astype("str"), *self._find_idle()]
        kept = ~self.past[self.definitions.schema.id].astype("str").isin(gone).to_numpy()
        self.past = self.past[kept].reset_index(drop=True)
        self.base = index_rows(self.past, self.definitions.schema.id)
        for one in gone:
            self.changed.pop(one, None)
        self.units.forget([(one,) for one in gone])
        self._trim_others()

    def _find_idle(self) -> list[str]:
        """The ids that events spoke of long ago and that no feature looks back at: their rows break a rule."""
        return [
            id
            for id, row in self.changed.items()
            if row is None and self.units.find_newest_mark((id,)) < self.known_until - SLACK
        ]

    def _trim_others(self) -> None:
        """Drop the rows of other tables that are too old, where an event that comes later has their time in its key."""
        for name, other in self.definitions.clean.tables.items():
            if other.time in other.key:
                table = self.others[name]
                rows = table.rows
                table.forget(list_keys_of(rows[self._find_old(name, rows)], other.key, table.types))


def index_rows(past: pd.DataFrame, id: str) -> dict[str, int]:
    """The place of each id."""
    return {str(one): place for place, one in enumerate(past[id])}


def list_keys_of(table: pd.DataFrame, columns: Iterable[str], types: Mapping[str, Type]) -> list[Key]:
    """The key of each row in plain values; its place where the table has no key."""
    names = {name: types[name] for name in columns}
    if not names:
        return [(place,) for place in range(len(table))]
    return [tuple(row.values()) for row in list_plain_rows(table, names)]
