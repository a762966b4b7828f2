"""Calendar and clock features of one row."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from lifecycle.data.cells.plain import KINDS
from lifecycle.data.cells.times import is_zone
from lifecycle.data.features import calendar
from lifecycle.data.schema import DTYPES, Schema
from lifecycle.online.row_steps.times import convert_to_utc

DAYS = 1024  # whose features are kept


@dataclass(frozen=True)
class RowFeatures:
    """Features that a row of plain values gives by itself: their names, and what computes them."""

    names: tuple[str, ...]
    compute: Callable[[Mapping[str, Any]], Mapping[str, float]]


def has_kind(schema: Schema, name: str, kind: str) -> bool:
    """Whether a column is of a kind."""
    column = schema.columns.get(name)
    return column is not None and KINDS[column.type] == kind


def get_value(row: Mapping[str, Any], name: str) -> Any:
    """A value of a row that is there; raises OverflowError for a missing one, of which only a table can tell."""
    if row[name] is None:
        raise OverflowError(f"{name} is missing")
    return row[name]


def extract_date_parts(schema: Schema, *, day: str, take: Sequence[calendar.Part]) -> RowFeatures | None:
    """Numbers from a calendar day, computed by the function for tables once for each day."""
    if not has_kind(schema, day, "text"):
        return None
    parts = tuple(dict.fromkeys(take))
    return RowFeatures(parts, lambda row: extract_parts_of_day(get_value(row, day), parts))


@lru_cache(maxsize=DAYS)
def extract_parts_of_day(day: str, parts: tuple[calendar.Part, ...]) -> Mapping[str, float]:
    """The parts of one day, by the function for tables."""
    table = pd.DataFrame({"day": pd.Series([day], dtype=pd.api.types.pandas_dtype(DTYPES["day"]))})
    found = calendar.extract_date_parts(table, table, day="day", take=list(parts))
    return {str(name): float(values.iloc[0]) for name, values in found.items()}


def extract_minute_of_day(schema: Schema, *, time: str, zone: str, name: str) -> RowFeatures | None:
    """Minutes since local midnight."""
    if not has_kind(schema, time, "time") or not is_zone(zone):
        return None
    place = ZoneInfo(zone)

    def compute(row: Mapping[str, Any]) -> Mapping[str, float]:
        local = convert_to_utc(get_value(row, time)).astimezone(place)
        return {name: float(local.hour * 60 + local.minute)}

    return RowFeatures((name,), compute)


def extract_time_parts(
    schema: Schema, *, time: str, zone: str, take: Sequence[calendar.TimePart]
) -> RowFeatures | None:
    """Parts of a time by a local calendar and clock, computed by the functions for tables."""
    if not has_kind(schema, time, "time") or not is_zone(zone):
        return None
    place, parts = ZoneInfo(zone), {f"{part}_of_{time}": calendar.TIME_PARTS[part] for part in take}

    def compute(row: Mapping[str, Any]) -> Mapping[str, float]:
        clock = read_clock(convert_to_utc(get_value(row, time)).astimezone(place))
        return {name: float(extract(clock)) for name, extract in parts.items()}

    return RowFeatures(tuple(parts), compute)


def read_clock(local: datetime) -> calendar.LocalClock:
    """One local time as numbers."""
    return calendar.LocalClock(
        minute=float(local.hour * 60 + local.minute),
        weekday=float(local.weekday()),
        month=float(local.month),
        day_of_year=float(local.timetuple().tm_yday),
        days=365.0 + isleap(local.year),
    )
