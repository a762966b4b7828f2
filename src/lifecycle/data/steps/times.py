"""Steps on the times of one table: shifted, and as the parts of a local calendar and clock."""

from collections.abc import Callable, Mapping
from typing import Literal

import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns
from lifecycle.data.steps.values import get_table, must_be_time, must_be_zone
from lifecycle.errors import WrongValue

Part = Literal["day", "year", "month", "hour", "minute", "weekday"]

EXTRACT: Mapping[Part, Callable[[pd.Series], pd.Series]] = {
    "day": lambda local: local.dt.strftime("%Y-%m-%d").astype("str"),
    "year": lambda local: local.dt.year.astype("Int64"),
    "month": lambda local: local.dt.month.astype("Int64"),
    "hour": lambda local: local.dt.hour.astype("Int64"),
    "minute": lambda local: local.dt.minute.astype("Int64"),
    "weekday": lambda local: local.dt.day_of_week.astype("Int64"),
}


def shift_time(tables: Tables, *, table: str, time: str, by: str, name: str) -> Tables:
    """The tables, with a time of `table` moved by a duration such as 15min or -2h; missing where it is missing.

    Raises UnfitTable for a column that is no time and WrongValue for text that is no duration.
    """
    rows, duration = get_table(tables, table, [time]), parse_duration(by)
    must_be_time(rows[time], f"step shift_time, table {table}")
    return tables | {table: with_columns(rows, {name: (rows[time] + duration).astype(rows[time].dtype)})}


def parse_duration(text: str) -> pd.Timedelta:
    """A duration such as 15min, -2h or 28D; raises WrongValue for other text."""
    try:
        duration: object = pd.Timedelta(text)
    except ValueError:
        duration = None
    if isinstance(duration, pd.Timedelta):
        return duration
    raise WrongValue(
        f"by is {text!r}, which is no duration",
        where="conf/clean/, step shift_time, key by",
        todo="write a number and a unit, such as 15min, -2h or 28D",
    )


def add_local_parts(tables: Tables, *, table: str, time: str, zone: str, columns: dict[str, Part]) -> Tables:
    """The tables, with parts of a time by the calendar and the clock of `zone`; missing where it is missing.

    `columns` maps new names to day (text such as 2013-01-31), year, month, hour, minute or weekday (Monday is 0),
    which are integers. Raises UnfitTable for a column that is no time and UnknownName for a zone that is none.
    """
    rows = get_table(tables, table, [time])
    must_be_zone(zone)
    must_be_time(rows[time], f"step add_local_parts, table {table}")
    local = rows[time].dt.tz_convert(zone)
    return tables | {table: with_columns(rows, {name: EXTRACT[part](local) for name, part in columns.items()})}
