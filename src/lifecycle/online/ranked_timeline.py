"""The last values known of each group, and their ages."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from lifecycle.data.features.build import sort_past
from lifecycle.data.schema import Schema
from lifecycle.online.history_steps import BEGINNING, Features, name_features, read_moment
from lifecycle.online.past_events import PastEvents, PlainRow, Source
from lifecycle.online.sorted_events import RankedEvents, store
from lifecycle.online.ties import Tie, list_ties
from lifecycle.options import Call

HOUR = 3.6e9  # microseconds


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
        steps = step.arguments.get("steps")
        back = [(1, False), (1, True)] if steps is None else [(number, False) for number in steps]
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


def rank_events(past: PastEvents, ties: Sequence[Tie]) -> dict[Hashable, RankedEvents]:
    """The events of each group with their values."""
    ordered = [ties[row] for row in past.rows.tolist()]
    return {
        group: RankedEvents(store(past.known_at[start:end]), ordered[start:end], store(past.values[start:end], "d"))
        for group, start, end in past.list_spans()
    }
