"""Calendar and clock features, each computed from its own row."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from pandas.tseries.holiday import USFederalHolidayCalendar

Part = Literal["weekday", "day_of_year", "days_to_holiday"]


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
