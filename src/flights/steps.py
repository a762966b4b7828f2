"""Cleaning steps of the flights: what is known of a flight only later, and day profiles."""

import numpy as np
import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns

INSTANT = pd.DatetimeTZDtype("us", "UTC")


def add_outcomes(tables: Tables, *, home: str, zones: dict[str, str], late_minutes: int) -> Tables:
    """The tables, with all that is known of a flight only after it was asked about.

    `scheduled_arrival` and `block`, the scheduled minutes from gate to gate, come with the flight's record;
    `departed_at`, `arrived_at` and `ground`, the minutes between the gates not spent in the air, are missing
    where they never happened, as is `late`: whether it arrived `late_minutes` or more after schedule.
    `left_15_late` and `left_60_late` are whether the flight had not departed so long after schedule, known at
    `due_15` and `due_60`, also for flights that never departed.
    """
    flights, airports = tables["flights"], tables["airports"]
    departure = flights["scheduled_departure"]
    arrival = schedule_arrival(flights, airports, zones, home)
    block = (arrival - departure).dt.total_seconds() / 60
    outcomes = {
        "scheduled_arrival": arrival,
        "departed_at": departure + convert_minutes(flights["dep_delay"]),
        "arrived_at": arrival + convert_minutes(flights["arr_delay"]),
        "block": block,
        "ground": block + flights["arr_delay"] - flights["dep_delay"] - flights["air_time"],
        "left_15_late": has_not_left(flights["dep_delay"], 15),
        "due_15": departure + pd.Timedelta("15min"),
        "left_60_late": has_not_left(flights["dep_delay"], 60),
        "due_60": departure + pd.Timedelta("60min"),
        "late": (flights["arr_delay"] >= late_minutes).astype("boolean").mask(flights["arr_delay"].isna()),
    }
    return tables | {"flights": with_columns(flights, outcomes)}


def schedule_arrival(flights: pd.DataFrame, airports: pd.DataFrame, zones: dict[str, str], home: str) -> pd.Series:
    """When flights arrive by schedule, in UTC: a clock time at the destination, on the day of departure or the next.

    The destination's time zone is that of the airports, else of `zones`, else `home`, where flights depart.
    """
    departure, dest = flights["scheduled_departure"], flights["dest"]
    known = airports.drop_duplicates("faa").set_index("faa")["tzone"]
    zone = dest.map(known).fillna(dest.map(zones)).fillna(home)
    midnight = departure.dt.tz_convert(home).dt.tz_localize(None).dt.normalize()
    return move_to_next_day(departure, localize(midnight + parse_clock_time(flights["sched_arr_time"]), zone))


def has_not_left(dep_delay: pd.Series, minutes: int) -> pd.Series:
    """Whether a flight had not departed so many minutes after schedule, also when it never did."""
    return ((dep_delay > minutes) | dep_delay.isna()).astype("boolean")


def convert_minutes(count: pd.Series) -> pd.Series:
    """Durations from a number of minutes, missing where the number is."""
    return pd.to_timedelta(count.astype("float64"), unit="m").astype("timedelta64[us]")


def parse_clock_time(hhmm: pd.Series) -> pd.Series:
    """The duration since midnight of a clock time in digits, such as 1435."""
    number = hhmm.astype("float64")
    return convert_minutes(number // 100 * 60 + number % 100)


def localize(local: pd.Series, zone: pd.Series) -> pd.Series:
    """Instants from local clock times, each in its own time zone.

    A time that a clock change skips moves forward; of one that it repeats the later is meant.
    """
    parts = [
        times.dt.tz_localize(str(name), ambiguous=np.zeros(len(times), dtype=bool), nonexistent="shift_forward")
        .dt.tz_convert("UTC")
        .astype(INSTANT)
        for name, times in local.groupby(zone)
    ]
    joined: pd.Series = pd.concat(parts)
    return joined.reindex(local.index)


def move_to_next_day(departure: pd.Series, arrival: pd.Series) -> pd.Series:
    """The arrival, moved one day later if it is before the departure."""
    return arrival.where(arrival > departure, arrival + pd.Timedelta("1D"))


def build_day_profiles(tables: Tables, *, late_minutes: int, times_of_day: dict[str, tuple[int, int]]) -> Tables:
    """The tables, with one row per local date added as `days`.

    `date`, `month`, `weekday` (Monday is 0), the number of `flights`, the share `cancelled`; the share of
    flights that arrived `late_minutes` or more after schedule for each time of day (from hour, to hour of
    scheduled departure), `late_<name>`; the mean delay of departure in minutes for each airport,
    `delay_<origin>`; and of the day's weather the mean `wind` speed and the summed `rain` of an airport.
    """
    flights = tables["flights"].assign(
        date=format_dates(tables["flights"]), hour=tables["flights"]["sched_dep_time"] // 100
    )
    by_day = flights.groupby("date")
    statistics: dict[str, pd.Series] = {
        "flights": by_day.size(),
        "cancelled": by_day["dep_delay"].agg(lambda delays: delays.isna().mean()),
    }
    arrived = flights[flights["arr_delay"].notna()].assign(late=lambda rows: rows["arr_delay"] >= late_minutes)
    for name, (first, last) in times_of_day.items():
        within = arrived[(arrived["hour"] >= first) & (arrived["hour"] < last)]
        statistics[f"late_{name}"] = within.groupby("date")["late"].mean()
    for origin, rows in flights.groupby("origin"):
        statistics[f"delay_{origin}"] = rows.groupby("date")["dep_delay"].mean()
    days = pd.DataFrame(statistics | aggregate_weather(tables["weather"]), index=sorted(statistics["flights"].index))
    days = days.rename_axis("date").reset_index()
    calendar = pd.to_datetime(days["date"])
    return tables | {"days": days.assign(month=calendar.dt.month, weekday=calendar.dt.day_of_week)}


def format_dates(table: pd.DataFrame) -> pd.Series:
    """The local date of each row as text, such as 2013-01-31."""
    return pd.to_datetime(table[["year", "month", "day"]].astype("int64")).dt.strftime("%Y-%m-%d")


def aggregate_weather(weather: pd.DataFrame) -> dict[str, pd.Series]:
    """By date the mean `wind` speed, and the `rain` of an airport summed over its hours."""
    dated = weather.assign(date=format_dates(weather))
    rain = dated.groupby(["date", "origin"])["precip"].sum().groupby("date").mean()
    return {"wind": dated.groupby("date")["wind_speed"].mean(), "rain": rain}
