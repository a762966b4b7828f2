"""What only the flights need: clock times from the schedule's numbers, and who is late."""

import numpy as np
import pandas as pd

from lifecycle.table import Tables

INSTANT = pd.DatetimeTZDtype("us", "UTC")


def clock(tables: Tables, *, ahead: str, zones: dict[str, str], home: str) -> Tables:
    """The tables, with instants in UTC: `observed_at` of the weather, and for the flights

    `scheduled_departure`, `moment` (`ahead` earlier), `scheduled_arrival` (read on the clock of the
    destination: its zone from the airports table, else from `zones`, else `home`), `departed_at` and
    `arrived_at` (missing where it never happened), and `day`, the local date of departure.
    """
    table, weather, airports = tables["flights"], tables["weather"], tables["airports"]
    departure = instants(table["time_hour"]) + minutes(table["minute"])
    zone = (
        table["dest"]
        .map(airports.drop_duplicates("faa").set_index("faa")["tzone"])
        .fillna(table["dest"].map(zones))
        .fillna(home)
    )
    date = pd.to_datetime(table[["year", "month", "day"]].astype("int64"))
    arrival = after(departure, in_zone(date + clock_time(table["sched_arr_time"]), zone))
    flights = table.assign(
        day=date.dt.strftime("%Y-%m-%d"),
        scheduled_departure=departure,
        moment=departure - pd.Timedelta(ahead),
        scheduled_arrival=arrival,
        departed_at=departure + minutes(table["dep_delay"]),
        arrived_at=arrival + minutes(table["arr_delay"]),
    )
    return tables | {"flights": flights, "weather": weather.assign(observed_at=instants(weather["time_hour"]))}


def instants(text: pd.Series) -> pd.Series:
    """Times in UTC from text or from times."""
    return pd.to_datetime(text, utc=True).astype(INSTANT)


def minutes(count: pd.Series) -> pd.Series:
    """Durations from a number of minutes, missing where the number is."""
    return pd.to_timedelta(count.astype("float64"), unit="m").astype("timedelta64[us]")


def clock_time(hhmm: pd.Series) -> pd.Series:
    """The duration since midnight that a number such as 1435 stands for."""
    whole = hhmm.astype("float64")
    return minutes(whole // 100 * 60 + whole % 100)


def in_zone(local: pd.Series, zone: pd.Series) -> pd.Series:
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


def after(departure: pd.Series, arrival: pd.Series) -> pd.Series:
    """The arrival, a day later where its clock time stands before the departure."""
    return arrival.where(arrival > departure, arrival + pd.Timedelta("1D"))


def derive(tables: Tables, *, late_minutes: int) -> Tables:
    """The tables, with the flights' id, schedule, aircraft's age and target added.

    `late` is whether the flight arrived `late_minutes` or more after schedule, missing where it did not
    arrive. `block` is the scheduled time from gate to gate and `ground` what of the actual one was not
    spent in the air, both in minutes. `left_15_late` and `left_60_late` say whether the flight had not
    left so long after schedule, known at `due_15` and `due_60`, whether it left later or never.
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
