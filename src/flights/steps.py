"""Cleaning steps of the flights: clock times, the target, and day profiles."""

import numpy as np
import pandas as pd

from lifecycle.data.cleaning import Tables

INSTANT = pd.DatetimeTZDtype("us", "UTC")


def add_times(tables: Tables, *, ahead: str, zones: dict[str, str], home: str) -> Tables:
    """The tables, with instants in UTC: `observed_at` of the weather, and for the flights

    `scheduled_departure`, `prediction_time` (`ahead` earlier), `scheduled_arrival` (read on the clock of the
    destination: its zone from the airports table, else from `zones`, else `home`), `departed_at` and
    `arrived_at` (missing where it never happened), and `day`, the local date of departure.
    """
    table, weather, airports = tables["flights"], tables["weather"], tables["airports"]
    departure = parse_instants(table["time_hour"]) + convert_minutes(table["minute"])
    zone = (
        table["dest"]
        .map(airports.drop_duplicates("faa").set_index("faa")["tzone"])
        .fillna(table["dest"].map(zones))
        .fillna(home)
    )
    date = pd.to_datetime(table[["year", "month", "day"]].astype("int64"))
    arrival = move_to_next_day(departure, localize(date + parse_clock_time(table["sched_arr_time"]), zone))
    flights = table.assign(
        day=date.dt.strftime("%Y-%m-%d"),
        scheduled_departure=departure,
        prediction_time=departure - pd.Timedelta(ahead),
        scheduled_arrival=arrival,
        departed_at=departure + convert_minutes(table["dep_delay"]),
        arrived_at=arrival + convert_minutes(table["arr_delay"]),
    )
    return tables | {"flights": flights, "weather": weather.assign(observed_at=parse_instants(weather["time_hour"]))}


def parse_instants(text: pd.Series) -> pd.Series:
    """Times in UTC from text or from times."""
    return pd.to_datetime(text, utc=True).astype(INSTANT)


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


def derive_columns(tables: Tables, *, late_minutes: int) -> Tables:
    """The tables, with the flights' id, schedule, aircraft's age and target added.

    `late` is whether the flight arrived `late_minutes` or more after schedule, missing where it did not
    arrive. `block` is the scheduled time from gate to gate and `ground` what of the actual one was not
    spent in the air, both in minutes. `left_15_late` and `left_60_late` are whether the flight had not
    departed so long after schedule, known at `due_15` and `due_60`, also for flights that never departed.
    """
    table = tables["flights"]
    departure = table["scheduled_departure"]
    block = (table["scheduled_arrival"] - departure).dt.total_seconds() / 60
    never = table["dep_delay"].isna()
    flights = table.assign(
        flight_id=departure.dt.strftime("%Y%m%dT%H%MZ")
        + "-"
        + table["carrier"]
        + table["flight"].astype("str")
        + "-"
        + table["origin"]
        + table["dest"],
        flight_number=table["carrier"] + table["flight"].astype("str"),
        hour=table["sched_dep_time"] // 100,
        block=block,
        ground=block + table["arr_delay"] - table["dep_delay"] - table["air_time"],
        aircraft_age=table["year"] - table["built"],
        left_15_late=((table["dep_delay"] > 15) | never).astype("boolean"),
        due_15=departure + pd.Timedelta("15min"),
        left_60_late=((table["dep_delay"] > 60) | never).astype("boolean"),
        due_60=departure + pd.Timedelta("60min"),
        late=(table["arr_delay"] >= late_minutes).astype("boolean").mask(table["arr_delay"].isna()),
    )
    return tables | {"flights": flights}


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
