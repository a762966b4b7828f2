"""The state of what is known: other tables hold what questions can need, and no more."""

import pandas as pd
import pytest
from builders import shops

from lifecycle.online.events import Event
from lifecycle.online.features import find_differences
from lifecycle.online.packing import unpack_features

UNTIL = "2024-03-14T00:00Z"
DAY = 24 * 3_600_000_000


@pytest.fixture(scope="module")
def everything():
    return shops.build_orders()


@pytest.fixture(scope="module")
def packed(everything):
    return shops.pack(shops.select_until(everything, UNTIL))


@pytest.fixture
def online(packed):
    return unpack_features(packed.files, "models/release")


def ask(online, everything):
    orders = everything["orders"].tail(20)
    return online.compute(orders[["shop", "ordered_at"]].reset_index(drop=True)).features


def read(id, at, known_at):
    return Event(id, "readings", known_at, {"city": "Kiel", "read_at": at, "degrees": 99.0})


def test_old_rows_of_another_table_are_dropped_with_what_events_said_of_them(everything, online):
    before = online.state.others["readings"].rows["read_at"].min()
    for event in shops.list_events(everything, UNTIL):
        online.apply([event])
    readings = online.state.others["readings"]
    oldest = pd.Timestamp("2024-03-11T18:00Z")
    assert before < readings.rows["read_at"].min() == oldest
    assert min(at for _, at in readings.cells) >= shops.count_microseconds(oldest)


def test_a_late_reading_of_a_dropped_hour_changes_no_answer(everything, online):
    online.apply(shops.list_events(everything, UNTIL))
    before = ask(online, everything)
    online.apply([read("late", online.state.trimmed_at - 10 * DAY, online.state.known_until)])
    assert find_differences(ask(online, everything), before) == []


def test_a_row_about_the_future_makes_no_other_older(everything, online):
    online.apply(shops.list_events(everything, UNTIL))
    before = ask(online, everything)
    assert before["degrees"].notna().all()
    online.apply([read("forecast", online.state.known_until + 30 * DAY, online.state.known_until)])
    assert find_differences(ask(online, everything), before) == []


def test_rows_that_break_a_rule_are_dropped_too_once_they_are_old(everything, online):
    known = online.state.known_until
    rows = [
        Event(f"broken-{place}", "orders", known + place, {"shop": "east", "ordered_at": known + place * 60_000_000})
        for place in range(50)
    ]
    online.apply(rows)
    assert len(online.state.changed) == len(online.state.units.cells) == 50
    for event in shops.list_events(everything, "2024-03-16T00:00Z"):
        online.apply([event])
    online.apply([read("later", online.state.known_until + 9 * DAY, online.state.known_until + 9 * DAY)])
    assert not any(one.endswith("-east") for one in online.state.changed)
    assert not any(key[0].endswith("-east") for key in online.state.units.cells)
