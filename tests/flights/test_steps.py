"""Clock times in their zones, over midnight and clock changes, and what is known of a flight only later."""

import pandas as pd
import pytest

from flights.steps import add_outcomes

HOME = "America/New_York"
AIRPORTS = pd.DataFrame(
    {"faa": ["LAX", "ORD", "ORD"], "tzone": ["America/Los_Angeles", "America/Chicago", "America/Denver"]}
)


def flight(
    departs: str | None = "2013-01-15T15:00Z",
    arrives: int | None = 1300,
    dest: str = "LAX",
    dep_delay: float | None = 0.0,
    arr_delay: float | None = 0.0,
) -> dict[str, object]:
    """One flight out of JFK, with its instant of departure."""
    return {
        "scheduled_departure": pd.Timestamp(departs) if departs else pd.NaT,
        "sched_arr_time": arrives,
        "dest": dest,
        "dep_delay": dep_delay,
        "arr_delay": arr_delay,
        "air_time": 300.0,
    }


def told(*flights: dict[str, object]) -> pd.DataFrame:
    """The flights with all that is known later; 15 minutes are late."""
    rows = pd.DataFrame(list(flights)).astype({"dep_delay": "float64", "arr_delay": "float64"})
    rows["scheduled_departure"] = rows["scheduled_departure"].astype("datetime64[us, UTC]")
    rows["sched_arr_time"] = rows["sched_arr_time"].astype("Int64")
    tables = {"flights": rows, "airports": AIRPORTS}
    return add_outcomes(tables, home=HOME, zones={"SJU": "America/Puerto_Rico"}, late_minutes=15)["flights"]


@pytest.mark.parametrize(
    ("given", "arrival"),
    [
        (flight(), "2013-01-15T21:00Z"),
        (flight(dest="ORD"), "2013-01-15T19:00Z"),
        (flight(dest="SJU"), "2013-01-15T17:00Z"),
        (flight(dest="XXX"), "2013-01-15T18:00Z"),
        (flight(departs="2013-01-16T04:30Z", arrives=245), "2013-01-16T10:45Z"),
        (flight(departs="2013-01-16T04:30Z", arrives=30, dest="XXX"), "2013-01-16T05:30Z"),
        (flight(arrives=2400, dest="XXX"), "2013-01-16T05:00Z"),
        (flight(departs="2013-07-15T14:00Z"), "2013-07-15T20:00Z"),
        (flight(departs="2013-03-10T06:00Z", arrives=230, dest="XXX"), "2013-03-10T07:00Z"),
        (flight(departs="2013-11-03T04:30Z", arrives=130, dest="XXX"), "2013-11-03T06:30Z"),
        (flight(arrives=None), None),
        (flight(departs=None), None),
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
        "no arrival yet",
        "no departure",
    ],
)
def test_scheduled_arrival_is_read_on_the_clock_of_the_destination(
    given: dict[str, object], arrival: str | None
) -> None:
    found = told(given, flight())["scheduled_arrival"]
    assert found.dtype == "datetime64[us, UTC]"
    assert found.iloc[0] == pd.Timestamp(arrival) if arrival else pd.isna(found.iloc[0])


def test_instants_follow_from_the_schedule_and_the_delays() -> None:
    row = told(flight(departs="2013-01-15T15:35Z", dep_delay=-5.0, arr_delay=20.0)).iloc[0]
    assert row["departed_at"] == pd.Timestamp("2013-01-15T15:30Z")
    assert row["arrived_at"] == pd.Timestamp("2013-01-15T21:20Z")
    assert row["due_15"] == pd.Timestamp("2013-01-15T15:50Z")
    assert row["due_60"] == pd.Timestamp("2013-01-15T16:35Z")


def test_what_never_happened_has_no_instant() -> None:
    row = told(flight(dep_delay=None, arr_delay=None), flight()).iloc[0]
    assert [pd.isna(row[name]) for name in ("departed_at", "arrived_at", "ground", "late")] == [True] * 4


def test_minutes_between_the_gates() -> None:
    row = told(flight(departs="2013-01-15T15:35Z", dep_delay=10.0, arr_delay=25.0)).iloc[0]
    assert (row["block"], row["ground"]) == (325.0, 325.0 + 25.0 - 10.0 - 300.0)


def test_a_flight_of_which_nothing_is_known_has_not_left() -> None:
    row = told(flight(arrives=None, dep_delay=None, arr_delay=None), flight()).iloc[0]
    assert (row["left_15_late"], row["left_60_late"]) == (True, True)
    assert [pd.isna(row[name]) for name in ("scheduled_arrival", "block", "late")] == [True] * 3


@pytest.mark.parametrize(("delay", "late"), [(14.0, False), (15.0, True), (-3.0, False), (None, None)])
def test_late_begins_at_the_configured_minutes(delay: float | None, late: bool | None) -> None:
    found = told(flight(arr_delay=delay), flight())["late"].iloc[0]
    assert (pd.isna(found) and late is None) or found == late


@pytest.mark.parametrize(
    ("delay", "after_15", "after_60"),
    [(15.0, False, False), (16.0, True, False), (60.0, True, False), (61.0, True, True), (None, True, True)],
)
def test_not_having_left_counts_whether_it_left_later_or_never(
    delay: float | None, after_15: bool, after_60: bool
) -> None:
    row = told(flight(dep_delay=delay), flight()).iloc[0]
    assert (row["left_15_late"], row["left_60_late"]) == (after_15, after_60)
