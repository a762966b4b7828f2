"""The features of raw rows at the moment of asking: by the functions that made those of the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns
from lifecycle.data.features.build import compute_features
from lifecycle.data.features.history import NEVER, convert_to_microseconds
from lifecycle.errors import CorruptFile
from lifecycle.online.definitions import SLACK, FeatureDefinitions
from lifecycle.online.event_store import EventFeed, EventStore
from lifecycle.online.events import Event
from lifecycle.online.known_rows import build_typed_table, infer_type, list_plain_rows, list_plain_values
from lifecycle.online.raw_rows import CleanedRows, clean_rows
from lifecycle.online.retention import read_times
from lifecycle.online.single_row import AsTables, CompiledRow, compile_row
from lifecycle.online.state import KnownState
from lifecycle.online.timelines import Timelines

WHERE = "conf/features/"


@dataclass(frozen=True)
class Computed:
    """The features of the asked rows that fit, their ids and their places among all; and why the others do not fit.

    `moments` are those of asking, in microseconds since 1970, 0 where features do not depend on it. `rejected` has one
    row for each rejected one: `row`, its place, `field`, `got`, `wanted`.
    """

    features: pd.DataFrame
    ids: pd.Series
    places: npt.NDArray[np.int64]
    rejected: pd.DataFrame
    moments: npt.NDArray[np.int64]


@dataclass(frozen=True)
class One:
    """The features of one asked row in plain values, its id and its moment; or, as `rejections`, field, got, wanted."""

    id: str
    features: Mapping[str, Any]
    rejections: tuple[tuple[str, str, str], ...]
    moment: int = 0


@dataclass(frozen=True)
class Proof:
    """Raw rows and the features that they had when the release was made."""

    rows: pd.DataFrame
    features: pd.DataFrame


class OnlineFeatures:
    """The state of what is known by now, and the features of raw rows by it."""

    def __init__(self, state: KnownState) -> None:
        """Ready to be asked by what the state knows."""
        self.definitions, self.state = state.definitions, state
        self.timelines = Timelines(self.definitions.features.steps, self.definitions.schema)
        self.past: pd.DataFrame | None = state.past
        self.timelines.load(state.past)
        self.timelines.trim(self.oldest)
        self.compiled: CompiledRow | None = None
        self.is_compilable = True
        self.feed: EventFeed | None = None
        self.lock = RLock()
        self._compile()

    def follow(self, store: EventStore) -> None:
        """Take in what the store has, and from now on before each question what is new in it."""
        with self.lock:
            self.feed = EventFeed(store)
            self._catch_up()

    def stop_following(self) -> None:
        """Keep what is known by now, and read the store no more."""
        with self.lock:
            self.feed = None

    def _catch_up(self) -> None:
        events = self.feed.read_new() if self.feed else []
        if events:
            self._learn(events)

    def find_known_until(self) -> int:
        """When the newest fact became known, in microseconds since 1970."""
        with self.lock:
            self._catch_up()
            return self.state.known_until

    def _compile(self) -> None:
        """Take the other tables as they are by now."""
        if self.compiled is not None:
            self.compiled = self.compiled.with_tables(self.state.worlds)
        elif self.is_compilable:
            self.compiled = compile_row(
                self.definitions,
                self.state.worlds,
                self.timelines,
                as_tables=AsTables(self.state.example, self._build_past),
            )

    def compute(self, rows: pd.DataFrame) -> Computed:
        """The features of raw rows in their types, as a table."""
        with self.lock:
            self._catch_up()
            return self._compute(rows)

    def _compute(self, rows: pd.DataFrame) -> Computed:
        definitions = self.definitions
        cleaned = self._reject_old(clean_rows(definitions, rows, self.state.worlds))
        made, id = self._compute_cleaned(cleaned.table), definitions.schema.id
        return Computed(
            made.drop(columns=id), made[id], cleaned.places, cleaned.rejected, self._list_moments(cleaned.table)
        )

    def _list_moments(self, table: pd.DataFrame) -> npt.NDArray[np.int64]:
        """The moments of cleaned rows, 0 where they have none."""
        moment = self.definitions.moment
        return read_times(table, moment) if moment and moment in table else np.zeros(len(table), dtype=np.int64)

    def _compute_cleaned(self, table: pd.DataFrame) -> pd.DataFrame:
        """The ids and the features of cleaned rows; of none, those of the example without its rows.

        A step need not know what to do with a table without rows.
        """
        definitions, schema = self.definitions, self.definitions.schema
        example = self.state.example[[*definitions.asked]]
        some = table if len(table) else clean_rows(definitions, example, self.state.worlds).table.head(1)
        named = name_rows(some, schema.id)
        return compute_features(named, self._build_past(), definitions.features, schema, WHERE).head(len(table))

    def _build_past(self) -> pd.DataFrame:
        if self.past is None:
            self.past = self.state.build_past()
        return self.past

    def _reject_old(self, cleaned: CleanedRows) -> CleanedRows:
        """The rows without those whose moment is too old for what is still known."""
        moment = self.definitions.moment
        if not self.definitions.has_past or moment is None or moment not in cleaned.table:
            return cleaned
        ticks = convert_to_microseconds(cleaned.table[moment])
        old = (ticks < self.oldest) & (ticks != NEVER)
        if not old.any():
            return cleaned
        rows = [
            {"row": int(place), "field": moment, "got": str(time), "wanted": self.explain_oldest()}
            for place, time in zip(cleaned.places[old], cleaned.table[moment][old], strict=True)
        ]
        return CleanedRows(
            cleaned.table[~old].reset_index(drop=True),
            cleaned.places[~old],
            pd.concat([cleaned.rejected, pd.DataFrame(rows)], ignore_index=True).sort_values("row", ignore_index=True),
        )

    @property
    def oldest(self) -> int:
        """The oldest moment that is answered, in microseconds since 1970."""
        return self.state.trimmed_at - SLACK

    def explain_oldest(self) -> str:
        """What a moment must be, in words."""
        return f"a time from {pd.Timestamp(self.oldest, unit='us', tz='UTC').isoformat()} on: older facts are not kept"

    def compute_one(self, row: Mapping[str, Any]) -> One:
        """The features of one raw row of plain values, in plain values."""
        with self.lock:
            self._catch_up()
            return self._compute_one(row)

    def _compute_one(self, row: Mapping[str, Any]) -> One:
        if self.compiled is None:
            return self._compute_by_table(row)
        try:
            found = self.compiled(row)
        except OverflowError:  # a value that only a table can tell, such as a time in the year 0
            return self._compute_by_table(row)
        if found.moment is not None and found.moment < self.oldest and not found.rejections:
            moment = str(pd.Timestamp(found.moment, unit="us", tz="UTC"))
            return One(found.id, {}, ((str(self.definitions.moment), moment, self.explain_oldest()),))
        return One(found.id, found.features, found.rejections, found.moment or 0)

    def _compute_by_table(self, row: Mapping[str, Any]) -> One:
        table = build_typed_table([row], self.definitions.list_types(self.definitions.unit))
        found = self._compute(table[[name for name in table.columns if name in row]])
        if len(found.rejected):
            first = found.rejected.iloc[0]
            return One("", {}, ((str(first["field"]), str(first["got"]), str(first["wanted"])),))
        return One(str(found.ids.iloc[0]), list_plain_features(found.features), (), int(found.moments[0]))

    def apply(self, events: Sequence[Event]) -> None:
        """Take in facts that became known; the same ones again change nothing."""
        with self.lock:
            self._learn(events)

    def _learn(self, events: Sequence[Event]) -> None:
        changes = self.state.learn(events)
        for row in changes.removed:
            self.timelines.remove(row)
        for row in changes.added:
            self.timelines.add(row)
        if changes.removed or changes.added:
            self.past = None
        if not self.timelines.is_complete:
            self.timelines.restore(self._build_past())
        if changes.others:
            self._compile()
        if self.state.must_trim():
            self.state.trim()
            self.timelines.trim(self.oldest)
            self.past = None


def name_rows(table: pd.DataFrame, id: str) -> pd.DataFrame:
    """The rows with their ids, missing ones where they have none."""
    return table if id in table else with_columns(table, {id: pd.Series(pd.NA, index=table.index, dtype="str")})


def list_plain_features(features: pd.DataFrame) -> dict[str, Any]:
    """The first row of a table of features in plain values."""
    return {str(name): list_plain_values(features[name].head(1), infer_type(features[name]))[0] for name in features}


def find_differences(made: pd.DataFrame, expected: pd.DataFrame) -> list[str]:
    """The features that differ in any bit, a missing value being equal to a missing one."""
    return [str(name) for name in expected if name not in made or list_bits(made[name]) != list_bits(expected[name])]


def list_bits(values: pd.Series) -> list[str]:
    """The values as text with every digit."""
    return [repr(value) for value in list_plain_values(values, infer_type(values))]


def check_proof(online: OnlineFeatures, proof: Proof, where: str) -> None:
    """Raise CorruptFile unless the proof's rows have the features that they had when the release was made."""
    found = online.compute(proof.rows)
    wrong = find_differences(found.features, proof.features)
    if len(found.places) < len(proof.rows) or wrong:
        raise CorruptFile(
            f"raw rows get other features than when it was made: {', '.join(wrong[:5]) or 'some are rejected'}",
            where=f"{where}, {len(proof.rows)} rows of asked.parquet",
            todo="dvc repro package: the code of a step, or a library, is another by now",
        )


def prove_single_rows(online: OnlineFeatures, proof: Proof) -> bool:
    """Whether each of the proof's rows, alone and without a table, has the features that it has in a table."""
    types = online.definitions.list_types(online.definitions.unit)
    asked = list_plain_rows(proof.rows, {str(name): types[str(name)] for name in proof.rows.columns})
    made = list_plain_rows(proof.features, {str(name): infer_type(proof.features[name]) for name in proof.features})
    for row, expected in zip(asked, made, strict=True):
        one = online.compute_one(row)
        if one.rejections or repr(expected) != repr({name: one.features.get(name) for name in expected}):
            return False
    return True


def load_features(
    definitions: FeatureDefinitions, rows: pd.DataFrame, others: Tables, proof: Proof, where: str
) -> OnlineFeatures:
    """The online features of a release, once its proof holds; raises CorruptFile where it does not.

    Where single rows are not proven to be the same, every row takes the way of tables.
    """
    online = OnlineFeatures(KnownState(definitions, rows, others, proof.rows))
    check_proof(online, proof, where)
    if online.compiled is not None and not prove_single_rows(online, proof):
        online.compiled = None
        online.is_compilable = False
    return online
