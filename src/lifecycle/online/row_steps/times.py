"""Steps on the times of one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from lifecycle.data.cells.plain import Kind
from lifecycle.data.cells.times import is_zone
from lifecycle.data.cleaning import Tables
from lifecycle.data.steps.times import Part
from lifecycle.online.row_steps.kinds import Kinds, Row, RowStep

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = pd.Timedelta(1, "us")
PARTS: Mapping[Part, tuple[Kind, Callable[[datetime], Any]]] = {
    "day": ("text", lambda local: local.date().isoformat()),
    "year": ("integer", lambda local: local.year),
    "month": ("integer", lambda local: local.month),
    "hour": ("integer", lambda local: local.hour),
    "minute": ("integer", lambda local: local.minute),
    "weekday": ("integer", lambda local: local.weekday()),
}


def convert_to_utc(moment: int) -> datetime:
    """The time in UTC of microseconds since 1970; raises OverflowError outside the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=moment)


def count_microseconds(duration: str) -> int | None:
    """The whole microseconds of a duration such as 2h; None where there is a rest."""
    found = pd.Timedelta(duration)
    number = int(found // MICROSECOND)
    return number if found == number * MICROSECOND else None


def shift_time(kinds: Kinds, tables: Tables, *, table: str, time: str, by: str, name: str) -> RowStep | None:
    """A time moved by a duration."""
    microseconds = count_microseconds(by)
    if kinds.get(time) != "time" or microseconds is None:
        return None

    def change(row: Row) -> None:
        moment = row[time]
        row[name] = None if moment is None else moment + microseconds

    return RowStep(change, {**kinds, name: "time"})


def add_local_parts(
    kinds: Kinds, tables: Tables, *, table: str, time: str, zone: str, columns: dict[str, Part]
) -> RowStep | None:
    """Parts of a time by a local calendar and clock."""
    if kinds.get(time) != "time" or not is_zone(zone):
        return None
    place, parts = ZoneInfo(zone), {name: PARTS[part] for name, part in columns.items()}
    readers, missing = [(name, read) for name, (_, read) in parts.items()], dict.fromkeys(columns)

    def change(row: Row) -> None:
        moment = row[time]
        if moment is None:
            row.update(missing)
        else:
            local = convert_to_utc(moment).astimezone(place)
            for name, read in readers:
                row[name] = read(local)

    return RowStep(change, {**kinds, **{name: kind for name, (kind, _) in parts.items()}})


def add_day(kinds: Kinds, tables: Tables, *, table: str, time: str, name: str, zone: str) -> RowStep | None:
    """The calendar day of a time."""
    return add_local_parts(kinds, tables, table=table, time=time, zone=zone, columns={name: "day"})
