"""Events as clients send them: typed rows, ids by content, and every fault with what was wanted."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.cells.reading import Reading
from lifecycle.online.event_records import AHEAD, EventRejection, read_events
from lifecycle.online.event_tables import EventTable
from lifecycle.online.events import Event, encode_row, hash_content

NOON = 1_370_088_000_000_000  # 2013-06-01, 12:00 UTC
WEATHER_TYPES = {"origin": "text", "time_hour": "time", "temp": "number", "fog": "boolean"}
TABLES = {
    "weather": EventTable(WEATHER_TYPES, ("origin", "time_hour")),
    "planes": EventTable({"tailnum": "text", "seats": "integer", "bought": "day"}, ("tailnum",)),
}  # fmt: skip
YEARS = ", in the years 1678 to 2261"
TIME, PAST = f"a time such as 2024-05-31T14:30:00Z{YEARS}", "a time that is not in the future"
INSTANT = "a time with its offset, such as 2024-05-31T14:30:00Z"
WEATHER = {"origin": "JFK", "time_hour": "2013-06-01T14:00:00+02:00", "temp": 61, "fog": False}


def taken(*records, tables=TABLES):
    events, rejections = read_events(records, tables, NOON)
    assert rejections == []
    return events


def rejected(*records, tables=TABLES):
    events, rejections = read_events(records, tables, NOON)
    assert events == []
    return [(one.place, one.field, one.got, one.wanted) for one in rejections]


def test_a_record_becomes_an_event_with_typed_values():
    (event,) = taken({"id": "w1", "table": "weather", "known_at": "2013-06-01T11:00:00.5Z", "row": WEATHER})
    row = {"origin": "JFK", "time_hour": NOON, "temp": 61.0, "fog": False}
    assert event == Event("w1", "weather", NOON - 3_599_500_000, row)
    assert {name: type(value) for name, value in event.row.items()} == {
        "origin": str, "time_hour": int, "temp": float, "fog": bool
    }  # fmt: skip


def test_some_columns_beside_the_key_are_enough_and_null_is_a_missing_value():
    (event,) = taken({"table": "planes", "row": {"tailnum": "N1", "seats": None}})
    assert event.row == {"tailnum": "N1", "seats": None}


def test_without_known_at_an_event_is_known_now():
    assert taken({"table": "planes", "row": {"tailnum": "N1"}})[0].known_at == NOON


def test_without_an_id_an_event_has_that_of_its_content():
    record = {"table": "weather", "known_at": "2013-06-01T12:00:00Z", "row": WEATHER}
    again = record | {
        "known_at": "2013-06-01T14:00:00+02:00",
        "row": dict(reversed(WEATHER.items())) | {"temp": "61.0"},
    }
    one, other = taken(record, again)
    assert one == other
    assert one.id == hash_content("weather", NOON, one.row)
    assert re.fullmatch("[0-9a-f]{32}", one.id)


@pytest.mark.parametrize(
    ("table", "known_at", "row"),
    [
        ("planes", NOON, {"tailnum": "N1"}),
        ("weather", NOON + 1, {"tailnum": "N1"}),
        ("weather", NOON, {"tailnum": "N2"}),
        ("weather", NOON, {"tailnum": None}),
        ("weather", NOON, {"tailnum": "N1", "seats": None}),
    ],
)
def test_another_content_has_another_id(table, known_at, row):
    assert hash_content(table, known_at, row) != hash_content("weather", NOON, {"tailnum": "N1"})


def test_a_number_as_an_id_is_a_text():
    assert taken({"id": 7, "table": "planes", "row": {"tailnum": "N1"}})[0].id == "7"


@pytest.mark.parametrize(
    ("cell", "seats"),
    [
        (7, 7),
        ("7", 7),
        (7.0, 7),
        (9_007_199_254_740_993, 9_007_199_254_740_993),
        ("-9007199254740993", -9_007_199_254_740_993),
    ],
)
def test_a_whole_number_keeps_all_its_digits(cell, seats):
    (event,) = taken({"table": "planes", "row": {"tailnum": "N1", "seats": cell}})
    assert (event.row["seats"], type(event.row["seats"])) == (seats, int)


@pytest.mark.parametrize(
    ("changes", "field", "got", "wanted"),
    [
        ({"table": "wether"}, "table", "'wether'", "a raw table; use 'weather'"),
        ({"table": None}, "table", "null", "a raw table; use one of planes, weather"),
        ({"row": WEATHER | {"tempp": 1}}, "tempp", "a value", "no such column; use 'temp'"),
        ({"row": WEATHER | {"temp": "warm"}}, "temp", "'warm'", "a number, or null"),
        ({"row": WEATHER | {"temp": "1,234"}}, "temp", "'1,234'", "a number, or null"),
        ({"row": WEATHER | {"temp": [1]}}, "temp", "a list of 1", "a number, or null"),
        ({"row": WEATHER | {"temp": True}}, "temp", "true", "a number, or null"),
        ({"row": WEATHER | {"fog": "perhaps"}}, "fog", "'perhaps'", "true or false, or null"),
        ({"row": WEATHER | {"origin": {}}}, "origin", "an object of 0", "a text, or null"),
        ({"row": WEATHER | {"time_hour": "noon"}}, "time_hour", "'noon'", f"{TIME}, or null"),
        ({"row": WEATHER | {"time_hour": 5.5}}, "time_hour", "5.5", f"{TIME}, or null"),
        ({"row": WEATHER | {"time_hour": "9999-12-31T23:30Z"}}, "time_hour", "'9999-12-31T23:30Z'", f"{TIME}, or null"),
        ({"row": WEATHER | {"time_hour": "0001-01-01"}}, "time_hour", "'0001-01-01'", f"{TIME}, or null"),
        ({"row": WEATHER | {"origin": None}}, "origin", "null", "a text, by which the row is identified"),
        ({"row": WEATHER | {"origin": " "}}, "origin", "null", "a text, by which the row is identified"),
        ({"row": {"origin": "JFK"}}, "time_hour", "nothing", f"{TIME}, by which the row is identified"),
        ({"row": {}}, "row", "an object of 0", "an object with some of origin, time_hour, temp, fog"),
        ({"row": [WEATHER]}, "row", "a list of 1", "an object with some of origin, time_hour, temp, fog"),
        ({"rows": [WEATHER]}, "rows", "a value", "no such key; use 'row'"),
        ({"id": ""}, "id", "''", "a text of 1 to 200 printable characters"),
        ({"id": "a\nb"}, "id", "'a\\nb'", "a text of 1 to 200 printable characters"),
        ({"id": "\ud800"}, "id", "'\\ud800'", "a text of 1 to 200 printable characters"),
        ({"id": True}, "id", "true", "a text of 1 to 200 printable characters"),
        ({"id": 1.5}, "id", "1.5", "a text of 1 to 200 printable characters"),
        ({"known_at": "2013-06-01T12:00:00"}, "known_at", "'2013-06-01T12:00:00'", INSTANT),
        ({"known_at": "yesterday"}, "known_at", "'yesterday'", INSTANT),
        ({"known_at": 1370088000}, "known_at", "1370088000", INSTANT),
        ({"known_at": "2013-06-01T12:05:01Z"}, "known_at", "'2013-06-01T12:05:01Z'", PAST),
    ],
)  # fmt: skip
def test_a_record_that_is_no_event_is_told_how(changes, field, got, wanted):
    assert rejected({"table": "weather", "row": WEATHER} | changes) == [(0, field, got, wanted)]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2024-02-30", "soon"])
def test_a_day_is_one_of_the_calendar_and_of_the_years(day):
    record = {"table": "planes", "row": {"tailnum": "N1", "bought": day}}
    assert rejected(record) == [(0, "bought", repr(day), f"a day such as 2024-05-31{YEARS}, or null")]
    assert taken({"table": "planes", "row": {"tailnum": "N1", "bought": "2013-05-31"}})[0].row["bought"] == "2013-05-31"


def test_the_years_of_the_data_are_those_of_events():
    wide = {name: replace(table, years=(1, 9999)) for name, table in TABLES.items()}
    (event,) = taken({"table": "weather", "row": WEATHER | {"time_hour": "9999-12-31T00:00Z"}}, tables=wide)
    assert event.row["time_hour"] == 253_402_214_400_000_000


@pytest.mark.parametrize("record", ["weather", None, [], 3])
def test_what_is_no_object_is_rejected(record):
    ((place, field, _, wanted),) = rejected(record)
    assert (place, field, wanted) == (0, "event", "an object with table and row")


def test_a_clock_may_be_five_minutes_ahead():
    record = {"table": "planes", "known_at": "2013-06-01T12:05:00Z", "row": {"tailnum": "N1"}}
    assert taken(record)[0].known_at == NOON + AHEAD


def test_every_fault_of_every_record_is_listed_in_order_and_the_others_are_events():
    records = [
        {"table": "planes", "row": {"tailnum": "N1"}},
        {"table": "weather", "row": {"origin": "JFK", "temp": "x", "fog": "y"}},
        {"table": "planes", "row": {"tailnum": "N2", "seats": 1.5}},
        {"table": "nothing"},
        {"table": "planes", "row": {"tailnum": "N3", "bought": "2013-06-01"}},
    ]
    events, wrong = read_events(records, TABLES, NOON)
    assert [event.row["tailnum"] for event in events] == ["N1", "N3"]
    assert [(one.place, one.field) for one in wrong] == [
        (1, "temp"), (1, "fog"), (1, "time_hour"), (2, "seats"), (3, "table")
    ]  # fmt: skip


def test_cells_are_read_as_the_schema_says():
    money, count = Reading(na_values=("-",), decimal=","), Reading(date_format="seconds")
    choice = Reading(na_values=("-",), true_values=("ja",), false_values=("nein",), spellings={"red": ("rot",)})
    types = {
        "order": "text",
        "price": "number",
        "gift": "boolean",
        "colour": "category",
        "sent": "time",
        "note": "text",
    }
    readings = {"price": money, "gift": choice, "colour": choice, "sent": count}
    tables = {"orders": EventTable(types, ("order",), readings)}

    def row_of(**cells):
        return taken({"table": "orders", "row": {"order": "o1"} | cells}, tables=tables)[0].row

    assert row_of(price="1,5", gift="ja", colour=" rot ", sent=1_370_088_000, note="-") == {
        "order": "o1", "price": 1.5, "gift": True, "colour": "red", "sent": NOON, "note": "-"
    }  # fmt: skip
    assert row_of(price="-", gift="-", colour="-", sent=None) == {
        "order": "o1", "price": None, "gift": None, "colour": None, "sent": None
    }  # fmt: skip
    assert row_of(price=1.125, gift=True) == {"order": "o1", "price": 1.125, "gift": True}
    assert rejected({"table": "orders", "row": {"order": "o1", "sent": "noon", "gift": "yes"}}, tables=tables) == [
        (0, "sent", "'noon'", f"a time as seconds{YEARS}, or null"),
        (0, "gift", "'yes'", "ja or nein, or null"),
    ]


def test_values_of_a_table_are_cells_too():
    found = datetime(2013, 6, 1, 12, tzinfo=UTC)
    (event,) = taken(
        {"table": "weather", "known_at": found, "row": WEATHER | {"time_hour": found, "temp": float("nan")}}
    )
    assert (event.known_at, event.row["time_hour"], event.row["temp"]) == (NOON, NOON, None)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
CELLS = VALUES | st.lists(VALUES, max_size=2) | st.sampled_from(["2013-06-01T00:00Z", "1.5", "7", "true", "JFK"])
NAMES = st.sampled_from(["id", "table", "known_at", "row", "origin", "time_hour", "temp", "fog", "tailnum", "x"])
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "id": CELLS,
        "table": st.sampled_from(["weather", "planes"]) | CELLS,
        "known_at": CELLS,
        "row": st.dictionaries(NAMES, CELLS, max_size=5) | CELLS,
    },
)


@given(st.lists(RECORDS | CELLS, max_size=4))
def test_whatever_is_sent_is_an_event_or_rejected_with_words(records):
    events, wrong = read_events(records, TABLES, NOON)
    assert len(events) + len({one.place for one in wrong}) == len(records)
    assert all(isinstance(one, EventRejection) and one.field and one.got and one.wanted for one in wrong)
    assert all(json.loads(encode_row(event.row)) == event.row for event in events)
    assert all(set(event.row) >= set(TABLES[event.table].key) and event.known_at <= NOON + AHEAD for event in events)


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4))
def test_equal_rows_are_the_same_text_in_any_order(row):
    assert encode_row(row) == encode_row(dict(reversed(row.items())))
    assert json.loads(encode_row(row)) == row


def test_the_id_of_a_content_is_the_same_for_ever():
    assert hash_content("planes", NOON, {"tailnum": "N1"}) == "6b15fb821c0ed42f2de394a41a784c37"
