"""The raw rows of past months asked again: one after the other, by what was known then, as a service would be asked.

Facts come as events, day by day, before the rows of a day are asked about. What features look back at is decided by
when it was known, so that facts of later that day change no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from lifecycle.data.cleaning import Clean, Tables
from lifecycle.data.features.build import Features
from lifecycle.data.schema import Schema
from lifecycle.errors import UnfitTable
from lifecycle.online.asked_columns import build_definitions, observe_steps
from lifecycle.online.definitions import FeatureDefinitions
from lifecycle.online.events import Event
from lifecycle.online.features import OnlineFeatures, find_differences
from lifecycle.online.known_rows import is_missing, list_plain_rows
from lifecycle.online.packing import SAMPLE, is_plain
from lifecycle.online.state import KnownState

DAY = pd.Timedelta("1D")
US = pd.Timedelta("1us")
START = pd.Timestamp("1970-01-01", tz="UTC")


@dataclass
class RawQuestions:
    """The raw tables of the whole history, with the id and the day of each of the units' rows, by their index.

    `asked` has the features of each month's rows once they were asked about; facts are known until before `reached`.
    """

    raw: Tables
    schema: Schema
    clean: Clean
    features: Features
    ids: pd.Series
    days: pd.Series
    asked: dict[str, pd.DataFrame] = field(default_factory=dict)
    online: OnlineFeatures | None = None
    reached: pd.Timestamp = pd.Timestamp.max

    def ask(self, month: pd.Period, expected: pd.DataFrame) -> pd.DataFrame:
        """The features of a month's rows, by id, each made when its row was asked about.

        `expected` are those that training has, indexed by id. Raises UnfitTable where they differ.
        """
        if str(month) not in self.asked:
            found = pd.concat(self._ask_days(self._start(month), month, expected)).loc[expected.index]
            must_agree(found, expected, month)
            self.asked[str(month)] = found
        return self.asked[str(month)]

    def _start(self, month: pd.Period) -> OnlineFeatures:
        """The state, which goes on from month to month; at first it is what was there before the first one."""
        if self.online is None:
            self.reached = pd.Timestamp(month.start_time.date())
            unit = self.clean.unit
            units = self.raw[unit][(self.days < self.reached).to_numpy()].reset_index(drop=True)
            others = {name: self._select(name, pd.Timestamp.min, self.reached) for name in self._others}
            known, sample = {unit: units, **others}, units.tail(SAMPLE).reset_index(drop=True)
            horizon = count_microseconds(self.reached)
            observed = observe_steps(known, self.clean)
            definitions = build_definitions(observed, sample, self.schema, self.clean, self.features, horizon)
            self.online = OnlineFeatures(KnownState(definitions, units, others, sample))
        return self.online

    @property
    def _others(self) -> list[str]:
        return [name for name in self.schema.tables if name != self.clean.unit]

    def _select(self, name: str, first: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """The rows of another table from a time on and before another; all where its rows have no time."""
        other = self.clean.tables.get(name)
        table = self.raw[name]
        if other is None or not other.time:
            return table if first == pd.Timestamp.min else table.head(0)
        times = table[other.time].dt.tz_localize(None)
        found: pd.DataFrame = table[((times >= first) & (times < end)).to_numpy()]
        return found

    def _ask_days(self, online: OnlineFeatures, month: pd.Period, expected: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """The features of the rows of each day; its facts have come by then, and those of the day after in its zone."""
        rows = self.raw[self.clean.unit]
        wanted = self.ids.isin(list(expected.index)).to_numpy()
        for day in pd.date_range(month.start_time.date(), month.end_time.date()):
            online.apply(list(self._list_events(online.definitions, day + 2 * DAY)))
            asked = rows[wanted & (self.days == day).to_numpy()]
            if len(asked):
                yield ask_one_by_one(online, asked).set_axis(self.ids[asked.index])

    def _list_events(self, definitions: FeatureDefinitions, end: pd.Timestamp) -> Iterator[Event]:
        """The rows of all tables from where facts are known until an end."""
        first, unit = min(self.reached, end), self.clean.unit
        new = self.raw[unit][((self.days >= first) & (self.days < end)).to_numpy()]
        yield from list_events(new, definitions, unit, count_microseconds(first))
        for name in self._others:
            if name in self.clean.tables:
                some = self._select(name, first, end)
                yield from list_events(some, definitions, name, count_microseconds(first))
        self.reached = end


def ask_one_by_one(online: OnlineFeatures, asked: pd.DataFrame) -> pd.DataFrame:
    """The features of raw rows in their order, each row asked about alone."""
    definitions = online.definitions
    types = definitions.list_types(definitions.unit)
    questions = list_plain_rows(asked, {name: types[name] for name in definitions.asked})
    found = [online.compute_one(question) for question in questions]
    return pd.DataFrame([one.features for one in found])


def list_events(rows: pd.DataFrame, definitions: FeatureDefinitions, table: str, known_at: int) -> Iterator[Event]:
    """Each row as a fact, in which nothing is said of a missing value."""
    plain = list_plain_rows(rows, definitions.list_types(table))
    for place, row in zip(rows.index, plain, strict=True):
        said = {name: value for name, value in row.items() if not is_missing(value)}
        yield Event(f"{table}-{place}", table, known_at, said)


def count_microseconds(day: pd.Timestamp) -> int:
    """The beginning of a day in UTC, in microseconds since 1970."""
    return int((day.tz_localize("UTC") - START) / US)


def must_agree(found: pd.DataFrame, expected: pd.DataFrame, month: pd.Period) -> None:
    """Raise UnfitTable unless the features are those of training, to the bit."""
    typed = found.astype(expected.dtypes.to_dict())
    wrong = find_differences(typed.reset_index(drop=True), expected.reset_index(drop=True))
    if wrong:
        raise UnfitTable(
            f"features differ when the rows of {month} are asked about again: {', '.join(wrong[:5])}",
            where=f"conf/features/, {len(wrong)} of {expected.shape[1]} features of {len(expected):,} rows",
            todo=f"take the step that makes {wrong[0]} out of conf/features/, or write asked: prepared there",
        )


def can_ask(schema: Schema, clean: Clean, features: Features) -> bool:
    """Whether releases of the problem make the features of raw rows, and tell by a row's own columns which it is."""
    return features.asked == "raw" and clean.unit in schema.tables and not is_plain(schema, clean, features)
