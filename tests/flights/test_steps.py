"""Clock times in their zones, over midnight and clock changes, and what is derived from them."""

import pandas as pd
import pytest

from flights.steps import add_times, derive_columns

HOME = "America/New_York"
AIRPORTS = pd.DataFrame(
    {"faa": ["LAX", "ORD", "ORD"], "tzone": ["America/Los_Angeles", "America/Chicago", "America/Denver"]}
)
WEATHER = pd.DataFrame({"origin": ["JFK"], "time_hour": ["2013-01-01T06:00:00Z"]})


def flight(
    date: str = "2013-01-15",
    departs: int = 1000,
    hour: str = "2013-01-15T15:00:00Z",
    arrives: int | None = 1300,
    dest: str = "LAX",
    dep_delay: float | None = 0.0,
    arr_delay: float | None = 0.0,
) -> dict[str, object]:
    """One raw flight out of JFK."""
    year, month, day = (int(part) for part in date.split("-"))
    return {
        "year": year,
        "month": month,
        "day": day,
        "sched_dep_time": departs,
        "minute": departs % 100,
        "time_hour": hour,
        "sched_arr_time": arrives,
        "dest": dest,
        "origin": "JFK",
        "carrier": "AA",
        "flight": 7,
        "dep_delay": dep_delay,
        "arr_delay": arr_delay,
        "air_time": 300.0,
        "built": 2000.0,
    }


def clocked(*flights: dict[str, object]) -> pd.DataFrame:
    """The flights with their instants."""
    tables = {"flights": pd.DataFrame(list(flights)), "weather": WEATHER, "airports": AIRPORTS}
    return add_times(tables, ahead="2h", zones={"SJU": "America/Puerto_Rico"}, home=HOME)["flights"]


@pytest.mark.parametrize(
    ("given", "arrival"),
    [
        (flight(), "2013-01-15T21:00Z"),
        (flight(dest="ORD"), "2013-01-15T19:00Z"),
        (flight(dest="SJU"), "2013-01-15T17:00Z"),
        (flight(dest="XXX"), "2013-01-15T18:00Z"),
        (flight(departs=2330, hour="2013-01-16T04:00:00Z", arrives=245), "2013-01-16T10:45Z"),
        (flight(departs=2330, hour="2013-01-16T04:00:00Z", arrives=30, dest="XXX"), "2013-01-16T05:30Z"),
        (flight(arrives=2400, dest="XXX"), "2013-01-16T05:00Z"),
        (flight(date="2013-07-15", hour="2013-07-15T14:00:00Z"), "2013-07-15T20:00Z"),
        (
            flight(date="2013-03-10", departs=100, hour="2013-03-10T06:00:00Z", arrives=230, dest="XXX"),
            "2013-03-10T07:00Z",
        ),
        (
            flight(date="2013-11-03", departs=30, hour="2013-11-03T04:00:00Z", arrives=130, dest="XXX"),
            "2013-11-03T06:30Z",
        ),
    ],
    ids=[
        "its zone",
        "first of two entries",
        "given zone",
        "home",
        "over midnight",
        "over midnight at home",
        "at midnight",
        "summer",
        "skipped hour",
        "repeated hour",
    ],
)
def test_scheduled_arrival_is_read_on_the_clock_of_the_destination(given: dict[str, object], arrival: str) -> None:
    assert clocked(given)["scheduled_arrival"].to_list() == [pd.Timestamp(arrival)]


def test_instants_follow_from_the_schedule_and_the_delays() -> None:
    row = clocked(flight(departs=1035, dep_delay=-5.0, arr_delay=20.0)).iloc[0]
    assert row["scheduled_departure"] == pd.Timestamp("2013-01-15T15:35Z")
    assert row["prediction_time"] == pd.Timestamp("2013-01-15T13:35Z")
    assert row["departed_at"] == pd.Timestamp("2013-01-15T15:30Z")
    assert row["arrived_at"] == pd.Timestamp("2013-01-15T21:20Z")
    assert row["day"] == "2013-01-15"


def test_what_never_happened_has_no_instant() -> None:
    row = clocked(flight(dep_delay=None, arr_delay=None), flight()).iloc[0]
    assert pd.isna(row["departed_at"])
    assert pd.isna(row["arrived_at"])


def test_weather_is_observed_at_its_hour() -> None:
    tables = {"flights": pd.DataFrame([flight()]), "weather": WEATHER, "airports": AIRPORTS}
    made = add_times(tables, ahead="2h", zones={}, home=HOME)["weather"]
    assert made["observed_at"].to_list() == [pd.Timestamp("2013-01-01T06:00Z")]
    assert made["observed_at"].dtype == "datetime64[us, UTC]"


def derived(*flights: dict[str, object]) -> pd.DataFrame:
    """The flights with everything derived; 15 minutes are late."""
    return derive_columns({"flights": clocked(*flights)}, late_minutes=15)["flights"]


def test_names_and_schedule() -> None:
    row = derived(flight(departs=1035, dep_delay=10.0, arr_delay=25.0)).iloc[0]
    assert row["flight_id"] == "20130115T1535Z-AA7-JFKLAX"
    assert row["flight_number"] == "AA7"
    assert (row["hour"], row["block"], row["aircraft_age"]) == (10, 325.0, 13.0)
    assert row["ground"] == 325.0 + 25.0 - 10.0 - 300.0
    assert row["due_15"] == pd.Timestamp("2013-01-15T15:50Z")
    assert row["due_60"] == pd.Timestamp("2013-01-15T16:35Z")


@pytest.mark.parametrize(("delay", "late"), [(14.0, False), (15.0, True), (-3.0, False), (None, None)])
def test_late_begins_at_the_configured_minutes(delay: float | None, late: bool | None) -> None:
    found = derived(flight(arr_delay=delay), flight())["late"].iloc[0]
    assert (pd.isna(found) and late is None) or found == late


@pytest.mark.parametrize(
    ("delay", "after_15", "after_60"),
    [(15.0, False, False), (16.0, True, False), (60.0, True, False), (61.0, True, True), (None, True, True)],
)
def test_not_having_left_counts_whether_it_left_later_or_never(
    delay: float | None, after_15: bool, after_60: bool
) -> None:
    row = derived(flight(dep_delay=delay), flight()).iloc[0]
    assert (row["left_15_late"], row["left_60_late"]) == (after_15, after_60)
