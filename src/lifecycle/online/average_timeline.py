"""Means over windows of time, from the exact sums of the events of each group."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lifecycle.data.features.exact_sums import sum_prefixes
from lifecycle.data.features.history import parse_window
from lifecycle.data.schema import Schema
from lifecycle.online.history_steps import BEGINNING, Features, name_features, read_moment
from lifecycle.online.past_events import PastEvents, PlainRow, Source
from lifecycle.online.sorted_events import SummedEvents, pack, store
from lifecycle.online.ties import Tie
from lifecycle.options import Call


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
