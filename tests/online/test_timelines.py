"""The history of one row: by hand, and bit for bit against the functions that look back for whole tables."""

import math
import struct
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import targets
from lifecycle.data.features.build import sort_past
from lifecycle.data.schema import Column, Schema
from lifecycle.online.known_rows import build_typed_table
from lifecycle.online.timelines import Timelines
from lifecycle.options import Call

HOUR = 3_600_000_000
NAN = math.nan
TYPES = {
    "id": "text",
    "at": "time",
    "asked": "time",
    "known": "time",
    "value": "number",
    "late": "boolean",
    "place": "text",
    "number": "integer",
    "level": "number",
}
ROLES = {"id": "id", "at": "time", "asked": "prediction_time"}
SCHEMA = Schema(
    columns={
        name: Column(type=kind, role=ROLES.get(name, "context"), description="")  # type: ignore[arg-type]
        for name, kind in TYPES.items()
    },
    tables={},
)


def step(function: str, **arguments: Any) -> Call:
    asked = {"prediction_time": "asked", "known_at": "known", "value": "value", "by": ["place"]} | arguments
    return Call(target=f"lifecycle.data.features.history.{function}", arguments=asked)


STEPS = [
    step("find_latest", name="last"),
    step("average_recent", name="mean", windows=["1h", "3h"]),
    Call(target="lifecycle.data.features.calendar.extract_minute_of_day", arguments={}),
    step("average_recent", name="all", windows=["2h"], by=[]),
    step("average_recent", name="late", windows=["4h", "1h"], by=["place", "number"], value="late"),
    step("lag_values", name="lag", steps=[3, 1]),
    step("average_recent", name="wide", windows=["10h"]),
    step("average_recent", name="level", windows=["2h"], by=["level"]),
    step("average_recent", name="answer", windows=["2h"], by=[], prediction_time="at"),
    step("lag_values", name="lag_of_all", steps=[2], by=[], value="number"),
    step("lag_values", name="lag_of_two", steps=[1], by=["number", "place", "at"]),
]
NAMES = (
    *("last", "last_age", "mean_1h", "mean_3h", "all_2h", "late_4h", "late_1h", "lag_3", "lag_1", "wide_10h"),
    *("level_2h", "answer_2h", "lag_of_all_2", "lag_of_two_1"),
)


def row(id: str = "a", known: int | None = 0, value: float = 1.0, **more: Any) -> dict[str, Any]:
    """An earlier row; `known` in hours."""
    moment = None if known is None else known * HOUR
    given = {"id": id, "at": 0, "asked": 0, "known": moment, "value": value, "late": None}
    return given | {"place": "A", "number": 1, "level": 0.5} | more


def ask(timelines: Timelines, hours: float, **more: Any) -> dict[str, float]:
    return timelines.compute(row(asked=int(hours * HOUR), at=int(hours * HOUR)) | more)


def build(*rows: dict[str, Any], steps: list[Call] = STEPS) -> Timelines:
    timelines = Timelines(steps, SCHEMA)
    for one in rows:
        timelines.add(one)
    return timelines


def pack(features: dict[str, float]) -> dict[str, bytes]:
    """The bits of the features; all missing ones have the same."""
    return {name: b"missing" if math.isnan(value) else struct.pack("<d", value) for name, value in features.items()}


def compute_whole(asking: list[dict[str, Any]], past: list[dict[str, Any]]) -> list[dict[str, float]]:
    """The features as the functions for tables compute them."""
    table = build_typed_table(asking, TYPES)  # type: ignore[arg-type]
    earlier = sort_past(build_typed_table(past, TYPES), SCHEMA)  # type: ignore[arg-type]
    looking_back = [one for one in STEPS if "history" in one.target]
    parts = [targets.resolve(one.target, "here")(table, earlier, **one.arguments) for one in looking_back]
    return [{str(name): value for name, value in one.items()} for one in pd.concat(parts, axis=1).to_dict("records")]


def test_the_features_are_named_in_the_order_of_the_steps() -> None:
    assert Timelines(STEPS, SCHEMA).names == NAMES
    assert tuple(ask(build(), 1)) == NAMES
    assert all(math.isnan(value) for value in ask(build(), 1).values())


def test_steps_without_lags_or_windows_have_no_features() -> None:
    timelines = build(steps=[step("lag_values", name="lag", steps=[]), step("average_recent", name="mean", windows=[])])
    assert ask(timelines, 1) == {}


def test_means_and_last_values_by_hand() -> None:
    timelines = build(row("a", 1, 4.0), row("b", 2, 8.0), row("c", 3, 0.5, place="B"))
    found = ask(timelines, 3.5)
    assert (found["last"], found["last_age"], found["lag_1"]) == (8.0, 1.5, 8.0)
    assert pack({"mean_1h": found["mean_1h"], "lag_3": found["lag_3"]}) == {"mean_1h": b"missing", "lag_3": b"missing"}
    assert (found["mean_3h"], found["wide_10h"], found["all_2h"]) == (6.0, 6.0, 4.25)


def test_an_event_counts_from_the_instant_it_is_known_and_leaves_after_exactly_one_window() -> None:
    timelines = build(row("a", 1, 7.0))
    found = [ask(timelines, hours)["mean_1h"] for hours in (0.999, 1, 1.999, 2)]
    assert pack(dict(zip("abcd", found, strict=True))) == pack({"a": NAN, "b": 7.0, "c": 7.0, "d": NAN})


@pytest.mark.parametrize(
    "late",
    [
        row("b", None, 5.0),
        row("b", 1, number=None, value=NAN),
        row("b", 1, number=None, value=math.inf),
        row("b", 1, number=None, value=-math.inf),
    ],
)
def must_be_no_event(late: dict[str, Any]) -> None:
    timelines = build(row("a", 1, 3.0), late)
    assert pack(ask(timelines, 1.5)) == pack(ask(build(row("a", 1, 3.0)), 1.5))
    timelines.remove(late)
    assert ask(timelines, 1.5)["last"] == 3.0


@pytest.mark.parametrize("place", [None, "unknown"])
def test_a_missing_or_unknown_group_has_no_history(place: str | None) -> None:
    timelines = build(row("a", 1, 3.0, place=None, level=NAN), row("b", 1, 5.0))
    found = ask(timelines, 1.5, place=place, level=NAN)
    assert [name for name, value in found.items() if not math.isnan(value)] == ["all_2h", "answer_2h", "lag_of_all_2"]
    assert found["all_2h"] == 4.0


def test_sums_are_exact() -> None:
    timelines = build(*(row(str(place), 1, value) for place, value in enumerate([1e100, 1.0, -1e100])))
    assert ask(timelines, 1.5)["all_2h"] == 1.0 / 3
    tenths = build(*(row(str(place), 1, 0.1) for place in range(10)))
    assert ask(tenths, 1.5)["all_2h"] == 0.1


def test_a_sum_beyond_the_range_of_numbers_is_missing() -> None:
    timelines = build(row("a", 1, 1.7e308), row("b", 1, 1.7e308), row("c", 2, 5.0))
    assert math.isnan(ask(timelines, 1.5)["all_2h"])
    assert ask(timelines, 3.0)["all_2h"] == 5.0


def test_of_events_known_at_once_the_one_with_the_later_time_then_the_greater_id_is_the_last() -> None:
    rows = [row("b", 1, 1.0, at=5), row("a", 1, 2.0, at=6), row("c", 1, 3.0, at=None), row("d", 1, 4.0, at=None)]
    for ordered in (rows, rows[::-1]):
        timelines = build(*ordered)
        for value in (4.0, 3.0, 2.0, 1.0):
            assert ask(timelines, 2)["last"] == value
            timelines.remove(next(one for one in rows if one["value"] == value))


def test_a_removed_event_leaves_no_trace() -> None:
    timelines = build(row("a", 1, 4.0), row("b", 1, 0.1), row("c", 2, 1e300))
    for one in (row("b", 1, 0.1), row("c", 2, 1e300)):
        timelines.remove(one)
    assert pack(ask(timelines, 2)) == pack(ask(build(row("a", 1, 4.0)), 2))


def test_of_events_known_at_once_any_can_be_removed() -> None:
    rows = [row("a", 1, 4.0), row("b", 1, 0.5), row("c", 1, 8.0), row("d", 2, 16.0)]
    timelines = build(*rows)
    timelines.remove(rows[0])
    assert (ask(timelines, 1.5)["all_2h"], ask(timelines, 2)["all_2h"]) == (4.25, 24.5 / 3)
    timelines.remove(rows[1])
    assert (ask(timelines, 1.5)["all_2h"], ask(timelines, 2)["all_2h"]) == (8.0, 12.0)


@pytest.mark.parametrize("gone", [row("b", 1, 4.0, place="B"), row("b", 2, 4.0), row("b", 0, 4.0)])
def test_an_event_that_was_never_there_cannot_be_removed(gone: dict[str, Any]) -> None:
    timelines = build(row("a", 1, 4.0), steps=[step("find_latest", name="last")])
    with pytest.raises(KeyError):
        timelines.remove(gone)
    timelines = build(row("a", 1, 4.0), steps=[step("average_recent", name="mean", windows=["1h"])])
    with pytest.raises(KeyError):
        timelines.remove(gone)


def test_what_was_trimmed_can_come_and_go_again() -> None:
    rows = [row(str(hour), hour, float(hour)) for hour in range(5)]
    timelines = build(*rows, steps=STEPS[:2])
    timelines.trim(20 * HOUR)
    assert ask(timelines, 20)["last"] == 4.0
    timelines.remove(rows[0])
    timelines.add(rows[0])
    timelines.remove(rows[1])
    found = ask(timelines, 20)
    assert (found["last"], found["last_age"]) == (4.0, 16.0)
    assert math.isnan(found["mean_3h"])


def test_trimming_keeps_only_what_a_question_can_need() -> None:
    timelines = build(*(row(str(hour), hour, float(hour)) for hour in range(1, 100)), steps=STEPS[:2])
    timelines.trim(50 * HOUR)
    average, ranked = timelines.timelines.values()
    assert sorted(len(one.groups["A"].known_at) for one in (average, ranked)) == [50, 52]


def test_where_a_kept_event_goes_the_dropped_one_before_it_is_missed_until_another_comes() -> None:
    rows = [row("a", 1, 1.0), row("b", 2, 2.0), row("c", 1, 3.0, place="B")]
    timelines = build(*rows, steps=[step("find_latest", name="last")])
    timelines.trim(5 * HOUR)
    timelines.remove(rows[2])
    assert timelines.is_complete
    timelines.remove(rows[1])
    assert not timelines.is_complete
    timelines.add(row("b", 3, 4.0))
    assert timelines.is_complete
    timelines.remove(row("b", 3, 4.0))
    timelines.restore(build_typed_table(rows[:1], TYPES))
    assert timelines.is_complete
    assert ask(timelines, 5)["last"] == 1.0


def test_whole_minutes_take_two_words_an_event() -> None:
    timelines = Timelines([step("average_recent", name="mean", windows=["3h"])], SCHEMA)
    rows = [row(str(place), place, float(place % 300)) for place in range(2000)]
    timelines.load(build_typed_table(rows, TYPES))  # type: ignore[arg-type]
    (timeline,) = timelines.timelines.values()
    events = timeline.groups["A"]
    assert (events.known_at.itemsize, events.totals.itemsize) == (8, 8)  # type: ignore[union-attr]
    assert len(events.totals) == 2001  # type: ignore[union-attr]


def test_long_sums_take_over_where_a_word_is_too_short() -> None:
    timelines = build(row("a", 1, 9e18), row("b", 2, 9e18), steps=STEPS[:4])
    assert ask(timelines, 2)["mean_3h"] == 9e18
    timelines.add(row("c", 0, 2.0))
    timelines.remove(row("b", 2, 9e18))
    assert ask(timelines, 2)["mean_3h"] == (9e18 + 2.0) / 2


hours = st.one_of(st.none(), st.integers(0, 14).map(lambda half: half * HOUR // 2), st.integers(0, 7 * HOUR))
any_value = st.floats(allow_nan=True, allow_infinity=True)
values = st.one_of(
    any_value, st.integers(-300, 300).map(float), st.floats(-1e-300, 1e-300), st.sampled_from([-0.0, NAN])
)
contents = st.fixed_dictionaries(
    {
        "at": hours,
        "asked": hours,
        "known": hours,
        "value": values,
        "late": st.sampled_from([None, True, False]),
        "place": st.sampled_from([None, "A", "B", ""]),
        "number": st.one_of(st.none(), st.integers(-2, 2), st.just(2**53 + 1)),
        "level": st.sampled_from([NAN, 0.0, -0.0, 0.5]),
    }
)


def give_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"row {place % 7} {place}"} | one for place, one in enumerate(rows)]


pasts = st.lists(contents, max_size=40).map(give_ids)
questions = st.lists(contents, min_size=1, max_size=12).map(give_ids)


@settings(deadline=None, max_examples=30)
@given(pasts, questions)
def test_a_loaded_past_gives_the_bits_of_the_functions_for_tables(
    past: list[dict[str, Any]], asking: list[dict[str, Any]]
) -> None:
    timelines = Timelines(STEPS, SCHEMA)
    timelines.load(build_typed_table(past, TYPES))  # type: ignore[arg-type]
    assert [pack(timelines.compute(one)) for one in asking] == [pack(one) for one in compute_whole(asking, past)]


@settings(deadline=None, max_examples=30)
@given(pasts, pasts, questions, st.randoms(use_true_random=False))
def test_events_may_come_and_go_in_any_order(
    past: list[dict[str, Any]], gone: list[dict[str, Any]], asking: list[dict[str, Any]], random: Any
) -> None:
    gone = [one | {"id": f"gone {one['id']}"} for one in gone]
    first, added = past[: len(past) // 2], past[len(past) // 2 :]
    random.shuffle(added)
    timelines = Timelines(STEPS, SCHEMA)
    timelines.load(build_typed_table([*first, *gone[:5]], TYPES))  # type: ignore[arg-type]
    for one in [*gone[5:], *added, *first[:3]]:
        if one in first:
            timelines.remove(one)
        timelines.add(one)
    for one in gone:
        timelines.remove(one)
    assert [pack(timelines.compute(one)) for one in asking] == [pack(one) for one in compute_whole(asking, past)]


@settings(deadline=None, max_examples=30)
@given(pasts, questions, hours)
def test_trimming_changes_no_answer_from_the_horizon_on(
    past: list[dict[str, Any]], asking: list[dict[str, Any]], horizon: int | None
) -> None:
    cut = horizon or 0
    later = [one | {"asked": cut + (one["asked"] or 0), "at": cut + (one["at"] or 0)} for one in asking]
    timelines = Timelines(STEPS, SCHEMA)
    timelines.load(build_typed_table(past[::2], TYPES))  # type: ignore[arg-type]
    for one in past[1::2]:
        timelines.add(one)
    timelines.trim(cut)
    timelines.trim(cut // 2)
    assert [pack(timelines.compute(one)) for one in later] == [pack(one) for one in compute_whole(later, past)]


@settings(deadline=None, max_examples=30)
@given(pasts, questions, st.integers(0, 7 * HOUR), st.integers(0, 40))
def test_after_removals_a_trimmed_history_is_right_or_says_that_it_is_not_complete(
    past: list[dict[str, Any]], asking: list[dict[str, Any]], horizon: int, number: int
) -> None:
    later = [one | {"asked": horizon + (one["asked"] or 0), "at": horizon + (one["at"] or 0)} for one in asking]
    timelines = build(*past)
    timelines.trim(horizon)
    for one in past[:number]:
        timelines.remove(one)
    if not timelines.is_complete:
        timelines.restore(build_typed_table(past[number:], TYPES))
    expected = compute_whole(later, past[number:])
    assert [pack(timelines.compute(one)) for one in later] == [pack(one) for one in expected]
