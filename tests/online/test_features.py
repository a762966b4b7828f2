"""Features of raw rows at the moment of asking: the bits of those that training had, in any order of events."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from builders import shops

from lifecycle import targets
from lifecycle.data.features.build import Features
from lifecycle.errors import CorruptFile, UnfitTable
from lifecycle.io.tables import decode_table, encode_table
from lifecycle.online.definitions import parse_definitions
from lifecycle.online.events import Event
from lifecycle.online.features import OnlineFeatures, find_differences
from lifecycle.online.known_rows import list_plain_rows
from lifecycle.online.packing import pack_features, unpack_features

UNTIL = "2024-03-14T00:00Z"


@pytest.fixture(scope="module")
def everything():
    return shops.build_orders()


@pytest.fixture(scope="module")
def packed(everything):
    return shops.pack(shops.select_until(everything, UNTIL))


@pytest.fixture(scope="module")
def offline(everything):
    return shops.compute_offline(everything)[1].set_index("order")


@pytest.fixture
def online(packed):
    return unpack_features(packed.files, "models/release")


def ask(online: OnlineFeatures, orders: pd.DataFrame) -> pd.DataFrame:
    """The features of orders, each asked about by its two raw columns."""
    found = online.compute(orders[["shop", "ordered_at"]].reset_index(drop=True))
    assert found.rejected.empty
    assert found.moments.tolist() == [*map(shops.count_microseconds, orders["ordered_at"])]
    return found.features.set_axis(found.ids)


def select_new(everything) -> pd.DataFrame:
    """The orders that the release does not know."""
    orders = everything["orders"]
    return orders[orders["ordered_at"] > pd.Timestamp(UNTIL)]


def test_a_question_has_two_columns(packed):
    found = packed.definitions
    assert (found.asked, found.identity, found.nullable) == (("shop", "ordered_at"), ("shop", "ordered_at"), ())
    assert found.makes_id
    assert found.steps == (0, 1, 2, 4)
    assert found.other_steps == (3,)
    assert found.needed == ("ordered_at", "day", "shop", "city", "degrees")


def test_definitions_are_read_back_as_they_were(packed):
    import json

    assert parse_definitions(json.loads(packed.files["features.json"]), "features.json") == packed.definitions


def test_answers_in_the_order_of_time_have_the_bits_of_training(everything, online, offline):
    events, asked = shops.list_events(everything, UNTIL), 0
    for moment, orders in select_new(everything).groupby("ordered_at"):
        known = shops.count_microseconds(pd.Timestamp(moment))
        online.apply([event for event in events if event.known_at <= known])
        found = ask(online, orders)
        assert find_differences(found, offline.loc[found.index]) == []
        asked += len(found)
    assert asked == 28


def test_one_row_has_the_features_that_it_has_in_a_table(everything, online, offline):
    online.apply(shops.list_events(everything, UNTIL))
    orders = select_new(everything)[["shop", "ordered_at"]]
    for row in list_plain_rows(orders, {"shop": "text", "ordered_at": "time"}):
        one = online.compute_one(row)
        expected = offline.loc[one.id]
        assert one.rejections == ()
        assert one.moment == row["ordered_at"]
        assert list(one.features) == list(offline.columns)
        for name, value in expected.items():
            assert one.features[name] == value or (pd.isna(value) and pd.isna(one.features[name]))


def test_the_order_of_events_and_repeats_change_nothing(everything, packed, offline):
    events = shops.list_events(everything, UNTIL)
    expected = offline.loc[[*offline.index[-28:]]]
    for seed in range(5):
        online = unpack_features(packed.files, "models/release")
        drawn = random.Random(seed)
        shuffled = drawn.sample([*events, *drawn.sample(events, 30)], len(events) + 30)
        for start in range(0, len(shuffled), 17):
            online.apply(shuffled[start : start + 17])
        found = ask(online, select_new(everything))
        assert find_differences(found, expected.loc[found.index]) == []


def test_nothing_later_changes_an_answer(everything, online):
    """Every outcome and reading after the moment is turned into another one."""
    moment = pd.Timestamp("2024-03-16T08:00Z")
    known = shops.count_microseconds(moment)
    events = shops.list_events(everything, UNTIL)
    orders = everything["orders"][everything["orders"]["ordered_at"] == moment]
    online.apply([event for event in events if event.known_at <= known])
    before = ask(online, orders)
    later = [event for event in events if event.known_at > known]
    assert len(later) > 50
    online.apply([distort(event) for event in later])
    assert find_differences(ask(online, orders), before) == []


def distort(event: Event) -> Event:
    """The event with another outcome, or another reading."""
    changed = {
        name: {"late": lambda value: not value, "degrees": lambda value: value + 17.0}[name](value)
        for name, value in event.row.items()
        if name in ("late", "degrees")
    }
    return replace(event, row={**event.row, **changed})


def test_a_correction_replaces_what_was_said_before_it_whichever_comes_first(everything, packed):
    made = shops.count_microseconds(pd.Timestamp("2024-03-14T08:00Z"))
    done = made + 4 * 3_600_000_000
    key = {"shop": "north", "ordered_at": made}
    said = Event("a", "orders", done, key | {"late": False, "delivered_at": done})
    corrected = Event("b", "orders", done + 1, key | {"late": True})
    row = pd.DataFrame({"shop": ["north"], "ordered_at": pd.to_datetime(["2024-03-14T20:00Z"]).as_unit("us")})
    found = []
    for events in ([said, corrected], [corrected, said]):
        online = unpack_features(packed.files, "models/release")
        online.apply(events[:1])
        online.apply(events[1:])
        found.append(ask(online, row).iloc[0])
    assert found[0]["last_late"] == found[1]["last_late"] == 1.0
    assert found[0]["last_late_age"] == 8.0


def test_a_correction_of_a_row_of_the_data_version(everything, online):
    """The order was delivered late on the version's last day; it was not, as is known later."""
    orders = shops.select_until(everything, UNTIL)["orders"]
    last = orders[orders["shop"] == "north"].iloc[-1]
    made = shops.count_microseconds(last["ordered_at"])
    row = pd.DataFrame({"shop": ["north"], "ordered_at": pd.to_datetime(["2024-03-14T08:00Z"]).as_unit("us")})
    before = ask(online, row).iloc[0]["last_late"]
    assert before == float(last["late"])
    known = shops.count_microseconds(pd.Timestamp("2024-03-14T07:00Z"))
    online.apply([Event("c", "orders", known, {"shop": "north", "ordered_at": made, "late": not last["late"]})])
    assert ask(online, row).iloc[0]["last_late"] == float(not last["late"])


def test_a_row_that_breaks_a_rule_is_rejected_with_its_column(online):
    rows = pd.DataFrame(
        {"shop": ["east", "north"], "ordered_at": pd.to_datetime(["2024-03-14T08:00Z"] * 2).as_unit("us")}
    )
    found = online.compute(rows)
    assert found.places.tolist() == [1]
    assert found.rejected.to_dict("records") == [
        {"row": 0, "field": "shop", "got": "east", "wanted": "one of north, south"}
    ]


def test_a_moment_before_what_is_kept_is_rejected(online):
    rows = pd.DataFrame({"shop": ["north"], "ordered_at": pd.to_datetime(["2024-03-01T08:00Z"]).as_unit("us")})
    found = online.compute(rows)
    assert found.rejected["field"].tolist() == ["ordered_at"]
    assert found.rejected["wanted"].tolist() == ["a time from 2024-03-06T20:00:00+00:00 on: older facts are not kept"]
    one = online.compute_one({"shop": "north", "ordered_at": shops.count_microseconds(rows["ordered_at"].iloc[0])})
    assert [field for field, _, _ in one.rejections] == ["ordered_at"]


def test_rows_of_which_none_fits_are_all_rejected_whatever_a_step_makes_of_no_rows(everything):
    calendar = shops.call(f"{shops.FEATURES}.calendar.extract_date_parts", day="day", take=["days_to_holiday"])
    steps = replace(shops.FEATURE_STEPS, steps=(calendar, *shops.FEATURE_STEPS.steps[1:]))
    online = unpack_features(shops.pack(shops.select_until(everything, UNTIL), steps).files, "models/release")
    asked = pd.DataFrame({"shop": ["north"] * 2, "ordered_at": pd.to_datetime(["2024-01-01T00:00Z"] * 2).as_unit("us")})
    found = online.compute(asked)
    assert found.rejected[["row", "field"]].values.tolist() == [[0, "ordered_at"], [1, "ordered_at"]]
    assert (len(found.features), found.ids.tolist(), found.places.tolist()) == (0, [], [])
    assert list(found.features) == list(online.compute(everything["orders"][["shop", "ordered_at"]].tail(1)).features)


def test_the_years_of_times_are_those_of_the_data(everything, packed):
    assert packed.definitions.years == (1678, 2261)
    readings = everything["readings"].copy()
    readings.loc[len(readings)] = ["nowhere", pd.Timestamp("9999-12-31T00:00Z"), 1.0]
    known = shops.select_until(everything, UNTIL) | {"readings": readings}
    assert shops.pack(known).definitions.years == (1678, 9999)


def test_older_facts_are_dropped_and_answers_stay(everything, online, offline):
    """The state does not grow with the days: what no question can need goes."""
    events = shops.list_events(everything, UNTIL)
    for event in events:
        online.apply([event])
    kept = online.state.build_past()
    assert kept["ordered_at"].min() > pd.Timestamp("2024-03-08T00:00Z")
    found = ask(online, select_new(everything).tail(20))
    assert find_differences(found, offline.loc[found.index]) == []


def test_a_feature_that_is_another_when_a_row_is_asked_about_alone_is_refused(everything):
    past, made = shops.compute_offline(everything)
    whole = made.assign(late_shop_2D=made["late_shop_2D"].mean())
    with pytest.raises(UnfitTable, match="features differ when a row is asked about alone: late_shop_2D"):
        pack_features(everything, past, whole, shops.SCHEMA, shops.CLEAN, shops.FEATURE_STEPS)


def test_a_changed_row_of_the_proof_is_found(packed):
    answers = decode_table(packed.files["answers.parquet"], "", "")
    answers["late_shop_2D"] = np.nextafter(answers["late_shop_2D"], 2.0)
    files = packed.files | {"answers.parquet": encode_table(answers)}
    with pytest.raises(CorruptFile, match="raw rows get other features than when it was made: late_shop_2D"):
        unpack_features(files, "models/release")


def test_a_release_keeps_what_questions_can_need_and_no_more(packed):
    rows = decode_table(packed.files["rows.parquet"], "", "")
    assert rows["ordered_at"].min() > pd.Timestamp("2024-03-04T00:00Z")
    assert len(decode_table(packed.files["table-1.parquet"], "", "")) < 2 * 8 * 10


def test_steps_of_a_projects_own_run_in_both_places(everything, monkeypatch):
    """They are written for tables, and are run on a table of one row when one is asked about."""
    monkeypatch.setattr(targets, "ALLOWED", (*targets.ALLOWED, "builders"))
    season = shops.call("builders.shops_steps.name_season", table="orders", time="ordered_at", name="city")
    clean = replace(shops.CLEAN, steps=(*shops.CLEAN.steps[:2], season), tables={})
    count = shops.call("builders.shops_steps.count_earlier", by="shop", known_at="delivered_at", now="ordered_at")
    features = Features(keep=("shop", "city"), past=(), steps=(*shops.FEATURE_STEPS.steps[1:], count))
    schema = replace(
        shops.SCHEMA,
        columns={name: one for name, one in shops.SCHEMA.columns.items() if name != "degrees"},
        tables={"orders": shops.SCHEMA.tables["orders"]},
    )
    raw = {"orders": everything["orders"]}
    offline = shops.compute_offline(raw, features, clean, schema)[1].set_index("order")
    known = {"orders": shops.select_until(everything, UNTIL)["orders"]}
    packed = pack_features(known, *shops.compute_offline(known, features, clean, schema), schema, clean, features)
    assert packed.definitions.asked == ("shop", "ordered_at")
    online = unpack_features(packed.files, "models/release")
    assert online.compiled is not None
    online.apply([event for event in shops.list_events(everything, UNTIL) if event.table == "orders"])
    orders = select_new(everything)
    found = ask(online, orders)
    assert find_differences(found, offline.loc[found.index]) == []
    for row in list_plain_rows(orders[["shop", "ordered_at"]], {"shop": "text", "ordered_at": "time"}):
        one = online.compute_one(row)
        assert one.features["earlier"] == offline.loc[one.id, "earlier"] > 10
        assert one.features["any_earlier"] is True
        assert one.features["city"] == "quarter 1"
