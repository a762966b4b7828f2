"""Facts that became known: raw rows of raw tables, or some of their columns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Event:
    """A fact: some columns of a raw row of a raw table, and the moment since which they are known.

    Events with the same `id` are the same event. `known_at` is in microseconds since 1970, UTC. `row` has typed
    values by raw column, read as the schema says: a float, an int, a bool, a str or None; a time is an int of
    microseconds since 1970, UTC.
    """

    id: str
    table: str
    known_at: int
    row: Row


def encode_row(row: Row) -> str:
    """The row as JSON, its columns sorted: the same values are the same text."""
    return json.dumps(row, sort_keys=True, allow_nan=False, separators=(",", ":"))


def encode_content(event: Event) -> str:
    """What an event says, without its id: equal events have the same text."""
    return f"[{json.dumps(event.table)},{event.known_at},{encode_row(event.row)}]"


def hash_content(table: str, known_at: int, row: Row) -> str:
    """The id of an event that comes without one: the first 32 hexadecimal digits of its content's SHA-256."""
    return hashlib.sha256(encode_content(Event("", table, known_at, row)).encode()).hexdigest()[:32]
