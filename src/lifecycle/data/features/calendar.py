"""Calendar and clock features, each computed from its own row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

from lifecycle.data.cells.times import is_zone
from lifecycle.errors import UnfitTable, UnknownName

Part = Literal["weekday", "day_of_year", "days_to_holiday"]
TimePart = Literal[
    "hour",
    "weekday",
    "month",
    "day_of_year",
    "is_weekend",
    "time_of_day_sin",
    "time_of_day_cos",
    "weekday_sin",
    "weekday_cos",
    "day_of_year_sin",
    "day_of_year_cos",
]


@dataclass(frozen=True)
class LocalClock:
    """A local time, or a column of them, as numbers.

    `minute` counts from midnight (0 to 1439), `weekday` from Monday (0), `month` and `day_of_year` from 1; `days` are
    those of the year.
    """

    minute: Any
    weekday: Any
    month: Any
    day_of_year: Any
    days: Any


# A cyclic part is the sine or cosine of the share of the day, week or year that is over, times 2 pi.
TIME_PARTS: Mapping[TimePart, Callable[[LocalClock], Any]] = {
    "hour": lambda at: at.minute // 60,
    "weekday": lambda at: at.weekday,
    "month": lambda at: at.month,
    "day_of_year": lambda at: at.day_of_year,
    "is_weekend": lambda at: at.weekday // 5,
    "time_of_day_sin": lambda at: np.sin(2 * np.pi * at.minute / 1440),
    "time_of_day_cos": lambda at: np.cos(2 * np.pi * at.minute / 1440),
    "weekday_sin": lambda at: np.sin(2 * np.pi * at.weekday / 7),
    "weekday_cos": lambda at: np.cos(2 * np.pi * at.weekday / 7),
    "day_of_year_sin": lambda at: np.sin(2 * np.pi * (at.day_of_year - 1) / at.days),
    "day_of_year_cos": lambda at: np.cos(2 * np.pi * (at.day_of_year - 1) / at.days),
}


def extract_date_parts(table: pd.DataFrame, past: pd.DataFrame, *, day: str, take: list[Part]) -> pd.DataFrame:
    """Numbers from a calendar day: weekday (Monday is 0), day of the year (1 to 366), days to a holiday.

    `days_to_holiday` is signed and at most 7 either way: -1 is the day before a US federal holiday.
    """
    days = pd.to_datetime(table[day])
    extract: dict[Part, Callable[[], pd.Series]] = {
        "weekday": lambda: days.dt.day_of_week.astype("int64"),
        "day_of_year": lambda: days.dt.day_of_year.astype("int64"),
        "days_to_holiday": lambda: count_days_to_holiday(days),
    }
    return pd.DataFrame({name: extract[name]() for name in take})


def count_days_to_holiday(days: pd.Series) -> pd.Series:
    """Days since the nearest US federal holiday (negative before it), cut to -7..7."""
    calendar = USFederalHolidayCalendar()
    holidays = calendar.holidays(days.min() - pd.Timedelta("60D"), days.max() + pd.Timedelta("60D"))
    gaps = (days.to_numpy()[:, None] - holidays.to_numpy()[None, :]) / np.timedelta64(1, "D")
    nearest = gaps[np.arange(len(days)), np.abs(gaps).argmin(axis=1)]
    return pd.Series(np.clip(nearest, -7, 7), index=days.index)


def extract_minute_of_day(table: pd.DataFrame, past: pd.DataFrame, *, time: str, zone: str, name: str) -> pd.DataFrame:
    """Minutes since local midnight, 0 to 1439."""
    local = table[time].dt.tz_convert(zone)
    return pd.DataFrame({name: (local.dt.hour * 60 + local.dt.minute).astype("int64")})


def extract_time_parts(
    table: pd.DataFrame, past: pd.DataFrame, *, time: str, zone: str, take: list[TimePart]
) -> pd.DataFrame:
    """Parts of a time by the calendar and the clock of `zone`, as numbers called `<part>_of_<time>`.

    hour (0 to 23), weekday (Monday is 0), month (1 to 12), day_of_year (1 to 366), is_weekend (0 or 1), and for what
    repeats sine and cosine (-1 to 1): time_of_day, weekday and day_of_year, each with _sin and _cos. Missing where the
    time is missing. Raises UnfitTable for a column that is no time and UnknownName for a zone that is none.
    """
    must_be_moment(table[time], zone)
    local = table[time].dt.tz_convert(zone).dt
    clock = LocalClock(
        minute=(local.hour * 60 + local.minute).astype("float64"),
        weekday=local.day_of_week.astype("float64"),
        month=local.month.astype("float64"),
        day_of_year=local.day_of_year.astype("float64"),
        days=local.is_leap_year.astype("float64") + 365,
    )
    return pd.DataFrame({f"{part}_of_{time}": TIME_PARTS[part](clock) for part in take}, index=table.index)


def must_be_moment(values: pd.Series, zone: str) -> None:
    """Raise UnfitTable unless the values are times, and UnknownName unless the zone to show them in exists."""
    where = f"conf/features/, step extract_time_parts, key time: {values.name}"
    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        todo = f"name a column of type: time in conf/schema/, or give {values.name} that type"
        raise UnfitTable(f"{values.name} is {values.dtype}, not a time", where=where, todo=todo)
    if not is_zone(zone):
        where = "conf/features/, step extract_time_parts, key zone"
        raise UnknownName(
            f"there is no time zone {zone!r}", where=where, todo="use a name such as UTC or Europe/Berlin"
        )
