"""Periods of monitoring: days, weeks or months."""

from typing import Literal

import pandas as pd

Every = Literal["day", "week", "month"]

ALL = "all"


def name_periods(times: pd.Series, every: Every) -> pd.Series:
    """The name of each time's period: its day (2013-09-01), the Monday of its week, or its month (2013-09).

    `times` are times or days as text, in UTC unless they say otherwise; the row of a missing time has no name.
    """
    stamps = pd.to_datetime(times, utc=True, format="ISO8601" if times.dtype == "str" else None).dt.tz_localize(None)
    if every == "month":
        return stamps.dt.strftime("%Y-%m")
    days = stamps.dt.normalize()
    back = pd.to_timedelta(days.dt.day_of_week, unit="D") if every == "week" else pd.Timedelta(0)
    return (days - back).dt.strftime("%Y-%m-%d")


def count_daily_rows(times: pd.Series, every: Every) -> pd.DataFrame:
    """One row for each calendar day from the first time to the last: `period` and `rows`, 0 on a day without any."""
    days = name_periods(times, "day")
    calendar = pd.date_range(days.min(), days.max(), freq="D").strftime("%Y-%m-%d").to_series().reset_index(drop=True)
    counts = days.value_counts()
    rows = calendar.map(counts).fillna(0).astype("int64")
    return pd.DataFrame({"period": name_periods(calendar.astype("str"), every), "rows": rows})
