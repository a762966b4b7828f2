"""Which earlier rows features can still need: those within the longest window, and the last ones of each group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lifecycle.arrays import Booleans, Integers
from lifecycle.data.features.history import NEVER, convert_to_microseconds, parse_window
from lifecycle.online.definitions import HISTORY, SLACK, FeatureDefinitions, is_own
from lifecycle.options import Call


def find_needed_rows(past: pd.DataFrame, definitions: FeatureDefinitions, newest: int) -> Booleans:
    """The rows of the past that a question with a moment from `newest` less the slack on can need.

    A step that is none of the engine's may need every row. Rows whose own moment is that new are kept in any case:
    what is known of them is still to come.
    """
    cut = newest - SLACK
    steps = definitions.features.steps
    looking_back = [step for step in steps if step.target in HISTORY]
    if any(is_own(step) for step in steps):
        return np.ones(len(past), dtype=bool)
    needed = np.zeros(len(past), dtype=bool)
    if definitions.moment and looking_back:
        needed = read_times(past, definitions.moment) > cut
    for step in looking_back:
        needed |= find_needed_by(past, step, cut)
    return needed


def read_times(past: pd.DataFrame, column: str) -> Integers:
    """The times of a column in microseconds since 1970, 0 where they are missing."""
    ticks = convert_to_microseconds(past[column])
    return np.where(ticks == NEVER, 0, ticks)


def find_needed_by(past: pd.DataFrame, step: Call, cut: int) -> Booleans:
    """The rows of the past that one step can need for moments from `cut` on."""
    asked = step.arguments
    known = convert_to_microseconds(past[asked["known_at"]])
    usable = (known < NEVER) & past[asked["value"]].notna().to_numpy(dtype=bool)
    if "windows" in asked:
        longest = max(parse_window(window) for window in asked["windows"])
        within: Booleans = usable & (known > cut - longest)
        return within
    last = find_last(past, known, usable & (known <= cut), asked["by"], count_back(asked))
    needed: Booleans = usable & ((known > cut) | last)
    return needed


def count_back(arguments: dict[str, object]) -> int:
    """How many of a group's last events a step reads."""
    steps = arguments.get("steps", [1])
    assert isinstance(steps, list)  # noqa: S101 - the step's own declaration
    return max(map(int, steps), default=1)


def find_last(past: pd.DataFrame, known: Integers, among: Booleans, by: Sequence[str], count: int) -> Booleans:
    """The last `count` rows of each group among some rows, by the time they became known, then by their order."""
    places = np.flatnonzero(among)
    ordered = places[np.argsort(known[places], kind="stable")]
    rows = past.iloc[ordered]
    groups = rows.groupby(list(by), dropna=False, sort=False) if by else rows.groupby(np.zeros(len(rows)))
    found = np.zeros(len(past), dtype=bool)
    found[ordered] = groups.cumcount(ascending=False).to_numpy() < count
    return found
