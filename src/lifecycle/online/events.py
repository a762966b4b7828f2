"""Facts that became known: raw rows of raw tables, or some of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """A fact: some columns of a raw row of a raw table, and the moment since which they are known.

    Events with the same `id` are the same event. `known_at` is in microseconds since 1970, UTC. `row` has typed
    values by raw column: a float, an int, a bool, a str or None; a time is an int of microseconds since 1970, UTC.
    """

    id: str
    table: str
    known_at: int
    row: Mapping[str, Any]
