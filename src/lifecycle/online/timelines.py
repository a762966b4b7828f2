"""The history features of one row in plain Python, equal to the bit to those of `lifecycle.data.features.history`.

Events are kept by group and sorted, so that a feature costs two bisections. Steps that look at the same value, known
since the same column, by the same groups, share their events.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from lifecycle.data.features.build import sort_past
from lifecycle.data.schema import Schema
from lifecycle.online.average_timeline import AverageTimeline
from lifecycle.online.definitions import HISTORY
from lifecycle.online.history_steps import Features, name_features
from lifecycle.online.past_events import PlainRow, Source
from lifecycle.online.ranked_timeline import RankedTimeline
from lifecycle.online.ties import list_tie_columns, list_ties, make_tie
from lifecycle.options import Call


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
