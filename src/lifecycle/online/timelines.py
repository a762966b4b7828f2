"""The history features of one row in plain Python, equal to the bit to those of `lifecycle.data.features.history`.

Events are kept by group and sorted, so that a feature costs two bisections. Steps that look at the same value, known
since the same column, by the same groups, share their events.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats, Integers
from lifecycle.data.features.build import sort_past
from lifecycle.data.features.exact_sums import sum_prefixes
from lifecycle.data.features.history import NEVER, parse_window
from lifecycle.data.schema import Schema
from lifecycle.online.definitions import HISTORY
from lifecycle.online.known_rows import is_missing, list_plain_values
from lifecycle.online.past_events import PastEvents, PlainRow, Source
from lifecycle.online.sorted_events import RankedEvents, SummedEvents, pack
from lifecycle.options import Call

BEGINNING = -NEVER - 1
HOUR = 3.6e9  # microseconds
Features = dict[str, float]
Tie = tuple[Any, ...]


@dataclass
class AverageTimeline:
    """The events of one source with their sums, and the means that are made of them.

    `windows` are the features by the column with their prediction time, each with its length in microseconds, the
    longest first.
    """

    source: Source
    windows: dict[str, dict[str, int]] = field(default_factory=dict)
    groups: dict[Hashable, SummedEvents] = field(default_factory=dict)
    forgotten_until: int = BEGINNING

    def prepare(self, step: Call) -> None:
        """Compute the features of a step from now on."""
        asked = step.arguments
        windows = dict(zip(name_features(step), map(parse_window, asked["windows"]), strict=True))
        windows |= self.windows.get(asked["prediction_time"], {})
        self.windows[asked["prediction_time"]] = dict(sorted(windows.items(), key=lambda one: -one[1]))

    def load(self, past: pd.DataFrame, schema: Schema, ties: Sequence[Tie]) -> None:
        """Take the events of a past in place of all others."""
        self.groups = sum_events(self.source.sort_past(past, schema))
        self.forgotten_until = BEGINNING

    def add(self, row: PlainRow, tie: Tie) -> None:
        """Take in the event of a row, if it is one; what came too late for any question is left out."""
        fact = self.source.read_fact(row)
        if fact and fact.known_at > self.forgotten_until:
            events = self.groups.setdefault(fact.group, SummedEvents(array("q"), array("q", [0]), 0))
            events.add(fact.known_at, fact.value)

    def remove(self, row: PlainRow, tie: Tie) -> None:
        """Take out the event of a row, if it is one; raises KeyError if it is not there."""
        fact = self.source.read_fact(row)
        if fact and fact.known_at > self.forgotten_until:
            self.groups[fact.group].remove(fact.known_at, fact.value)
            self._drop_if_empty(fact.group)

    def _drop_if_empty(self, group: Hashable) -> None:
        if not self.groups[group].known_at:
            del self.groups[group]

    def trim(self, horizon: int) -> None:
        """Drop the events that have left the longest window by the horizon."""
        longest = max((max(windows.values(), default=0) for windows in self.windows.values()), default=0)
        self.forgotten_until = max(self.forgotten_until, horizon - longest)
        for group, events in list(self.groups.items()):
            events.forget_until(self.forgotten_until)
            self._drop_if_empty(group)

    def fill(self, row: PlainRow, features: Features) -> None:
        """Set the means of the windows in which something was known."""
        events = self.groups.get(self.source.read_group(row))
        if events is not None:
            for moment, windows in self.windows.items():
                events.average_windows(read_moment(row, moment), windows, features)


@dataclass(frozen=True)
class Rank:
    """The value, or the age in hours, of the last event by a prediction time, or of one so many steps back."""

    name: str
    prediction_time: str
    step: int
    is_age: bool


@dataclass
class RankedTimeline:
    """The events of one source with their values, and the lagged values and ages that are made of them.

    `thinned` are the groups in which one of the last events was removed after earlier ones were dropped.
    """

    source: Source
    ranks: list[Rank] = field(default_factory=list)
    thinned: set[Hashable] = field(default_factory=set)
    groups: dict[Hashable, RankedEvents] = field(default_factory=dict)
    forgotten_until: int = BEGINNING

    def prepare(self, step: Call) -> None:
        """Compute the features of a step from now on."""
        names, moment = name_features(step), step.arguments["prediction_time"]
        back = [(number, False) for number in step.arguments.get("steps", ())] or [(1, False), (1, True)]
        self.ranks += [Rank(name, moment, *one) for name, one in zip(names, back, strict=True)]

    def load(self, past: pd.DataFrame, schema: Schema, ties: Sequence[Tie]) -> None:
        """Take the events of a past in place of all others."""
        self.groups = rank_events(self.source.sort_past(past, schema), ties)
        self.forgotten_until = BEGINNING
        self.thinned.clear()

    def add(self, row: PlainRow, tie: Tie) -> None:
        """Take in the event of a row, if it is one."""
        fact = self.source.read_fact(row)
        if fact:
            events = self.groups.setdefault(fact.group, RankedEvents(array("q"), [], array("d")))
            events.add(fact.known_at, tie, fact.value)

    def remove(self, row: PlainRow, tie: Tie) -> None:
        """Take out the event of a row, if it is one; raises KeyError if it is not there and was not dropped either."""
        fact = self.source.read_fact(row)
        if fact is None:
            return
        events = self.groups.get(fact.group, NOTHING)
        if fact.known_at > self.forgotten_until or events.holds(fact.known_at, tie):
            events.remove(fact.known_at, tie)
            if events.is_cut and fact.known_at <= self.forgotten_until:
                self.thinned.add(fact.group)
            if not events.known_at:
                del self.groups[fact.group]

    def trim(self, horizon: int) -> None:
        """Drop the events that lie further back than any step by the horizon."""
        self.forgotten_until = max(self.forgotten_until, horizon)
        for events in self.groups.values():
            events.forget_until(self.forgotten_until, self.longest)

    def restore(self, past: pd.DataFrame, schema: Schema) -> None:
        """Take the events of thinned groups anew from a past."""
        rows = sort_past(past[self.source.find_groups(past, self.thinned)], schema)
        known = rank_events(self.source.sort_past(rows, schema), list_ties(rows, schema))
        for group in self.thinned:
            self.groups.pop(group, None)
            if group in known:
                self.groups[group] = known[group]
                known[group].forget_until(self.forgotten_until, self.longest)
        self.thinned.clear()

    @property
    def longest(self) -> int:
        """How many events back the features look."""
        return max((rank.step for rank in self.ranks), default=0)

    @property
    def is_complete(self) -> bool:
        """Whether no group lacks an event that was dropped."""
        counts = [self.groups.get(group, NOTHING).count_until(self.forgotten_until) for group in self.thinned]
        return min(counts, default=self.longest) >= self.longest

    def fill(self, row: PlainRow, features: Features) -> None:
        """Set the features for which enough was known."""
        events = self.groups.get(self.source.read_group(row))
        if events is None:
            return
        for rank in self.ranks:
            now = read_moment(row, rank.prediction_time)
            place = events.count_until(now) - rank.step
            if place >= 0:
                features[rank.name] = (now - events.known_at[place]) / HOUR if rank.is_age else events.values[place]


NOTHING = RankedEvents(array("q"), [], array("d"))


class Timelines:
    """The events that the history steps of conf/features/ look back at; other steps are left out.

    Rows are mappings from column to plain value, times in microseconds since 1970.
    """

    def __init__(self, steps: Sequence[Call], schema: Schema) -> None:
        self.schema, self.tied = schema, list_tie_columns(schema)
        self.missing: Features = {}
        self.timelines: dict[tuple[bool, Source], AverageTimeline | RankedTimeline] = {}
        for step in steps:
            if step.target in HISTORY:
                self._find_timeline(step).prepare(step)
                self.missing |= dict.fromkeys(name_features(step), math.nan)

    def _find_timeline(self, step: Call) -> AverageTimeline | RankedTimeline:
        """The timeline with the events that a step looks at."""
        asked, averages = step.arguments, "windows" in step.arguments
        source = Source(asked["value"], asked["known_at"], tuple(asked["by"]))
        made = AverageTimeline(source) if averages else RankedTimeline(source)
        return self.timelines.setdefault((averages, source), made)

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the order of the steps."""
        return tuple(self.missing)

    def load(self, past: pd.DataFrame) -> None:
        """Take the rows of a past, typed as in the schema, in place of all events."""
        past = sort_past(past, self.schema)
        ties = list_ties(past, self.schema)
        for timeline in self.timelines.values():
            timeline.load(past, self.schema, ties)

    def add(self, row: PlainRow) -> None:
        """Take in the events of one row of the past."""
        tie = make_tie(row[name] for name in self.tied)
        for timeline in self.timelines.values():
            timeline.add(row, tie)

    def remove(self, row: PlainRow) -> None:
        """Take out the events of a row of the past, which has the same values as when it was loaded or added.

        Raises KeyError for an event that is not there and was not dropped as too old either.
        """
        tie = make_tie(row[name] for name in self.tied)
        for timeline in self.timelines.values():
            timeline.remove(row, tie)

    def trim(self, horizon: int) -> None:
        """Drop what no question with a prediction time from `horizon` on can need, in microseconds since 1970."""
        for timeline in self.timelines.values():
            timeline.trim(horizon)

    @property
    def is_complete(self) -> bool:
        """Whether questions from the horizon on have all they need.

        Of the events known by the horizon a group keeps as many as steps look back. If one of these is removed and
        none comes in its place, the one before it is needed, which `restore` takes from the past.
        """
        return not self._list_thinned()

    def restore(self, past: pd.DataFrame) -> None:
        """Take the events that are missed from a past: all rows that were loaded or added, and not removed."""
        for timeline in self._list_thinned():
            timeline.restore(past, self.schema)

    def _list_thinned(self) -> list[RankedTimeline]:
        ranked = [one for one in self.timelines.values() if isinstance(one, RankedTimeline)]
        return [one for one in ranked if not one.is_complete]

    def compute(self, row: PlainRow) -> Features:
        """The history features of a row by name, in the order of the steps; missing ones are NaN."""
        features = self.missing.copy()
        for timeline in self.timelines.values():
            timeline.fill(row, features)
        return features


def name_features(step: Call) -> list[str]:
    """The names of a history step's features."""
    name, asked = step.arguments["name"], step.arguments
    if "windows" in asked:
        return [f"{name}_{window}" for window in asked["windows"]]
    return [f"{name}_{number}" for number in asked["steps"]] if "steps" in asked else [name, f"{name}_age"]


def read_moment(row: PlainRow, column: str) -> int:
    """A prediction time; a missing one is after all others."""
    moment = row[column]
    return NEVER if moment is None else int(moment)


def sum_events(past: PastEvents) -> dict[Hashable, SummedEvents]:
    """The events of each group with their sums, in words where they fit."""
    sums = sum_prefixes(past.values)
    if sums.totals.dtype != np.int64:
        return {group: sum_group(past, start, end) for group, start, end in past.list_spans()}
    return {
        group: SummedEvents(store(past.known_at[start:end]), store(sums.totals[start : end + 1]), sums.exponent)
        for group, start, end in past.list_spans()
    }


def sum_group(past: PastEvents, start: int, end: int) -> SummedEvents:
    """The events of one group with sums of their own unit."""
    sums = sum_prefixes(past.values[start:end])
    return SummedEvents(store(past.known_at[start:end]), pack(sums.totals.tolist()), sums.exponent)


def rank_events(past: PastEvents, ties: Sequence[Tie]) -> dict[Hashable, RankedEvents]:
    """The events of each group with their values."""
    ordered = [ties[row] for row in past.rows.tolist()]
    return {
        group: RankedEvents(store(past.known_at[start:end]), ordered[start:end], store(past.values[start:end], "d"))
        for group, start, end in past.list_spans()
    }


def store(values: Integers | Floats, kind: str = "q") -> array[Any]:
    """The values in an array that can grow."""
    stored = array(kind)
    stored.frombytes(values.tobytes())
    return stored


def list_ties(past: pd.DataFrame, schema: Schema) -> list[Tie]:
    """The tie of each row of a past."""
    columns = [list_plain_values(past[name], schema.columns[name].type) for name in list_tie_columns(schema)]
    return [make_tie(row) for row in zip(*columns, strict=True)]


def list_tie_columns(schema: Schema) -> list[str]:
    """The columns that order events which became known at one instant: the row's time and id."""
    return [name for name in (schema.time, schema.id) if name]


def make_tie(values: Iterable[Any]) -> Tie:
    """A sortable key of a row's values, in which a missing one comes after all others."""
    tie: list[Any] = []
    for value in values:
        tie += (True, None) if is_missing(value) else (False, value)
    return tuple(tie)
