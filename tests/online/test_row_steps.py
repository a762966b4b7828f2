"""Steps for one row: each gives, to the bit, what the step for tables gives, or says that only that one can tell."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle import targets
from lifecycle.data.cells.plain import KINDS, Kind
from lifecycle.data.features.calendar import TimePart
from lifecycle.data.schema import Column, Schema, Type
from lifecycle.online.known_rows import build_typed_table, is_missing, list_plain_rows, list_plain_values
from lifecycle.online.row_steps.kinds import find_kind
from lifecycle.online.row_steps.registry import CLEAN_STEPS, FEATURE_STEPS, prepare_features, prepare_step
from lifecycle.options import Call

Rows = list[dict[str, Any]]
NAN = math.nan
TYPES: dict[str, Type] = {
    "at": "time",
    "text": "text",
    "other text": "category",
    "number": "number",
    "other": "number",
    "count": "integer",
    "flag": "boolean",
}
SOURCE: dict[str, Type] = {f"their {name}": kind for name, kind in TYPES.items()}
EPOCH = pd.Timestamp("1970-01-01T00:00Z")
ZONES = ["America/New_York", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]


def micros(text: str) -> int:
    return int((pd.Timestamp(text) - EPOCH) // pd.Timedelta(1, "us"))


def step(place: str, **arguments: Any) -> Call:
    return Call(target=f"lifecycle.data.steps.{place}", arguments={"table": "asks", **arguments})


def one(**given: Any) -> dict[str, Any]:
    """A row in which nothing is there but what is given."""
    return {name: NAN if kind == "number" else None for name, kind in TYPES.items()} | given


def run(call: Call, rows: Rows, tables: dict[str, pd.DataFrame]) -> list[dict[str, str]] | None:
    """The values of the rows after the step for one row, written with every digit."""
    kinds: dict[str, Kind] = {name: KINDS[kind] for name, kind in TYPES.items()}
    made = prepare_step(call, "asks", kinds, tables)
    if made is None:
        return None
    changed = [dict(row) for row in rows]
    for row in changed:
        made.change(row)
        assert set(row) == set(made.kinds)
    return [{name: write(row[name]) for name in made.kinds} for row in changed]


def write(value: Any) -> str:
    """A value with every digit."""
    return "missing" if is_missing(value) else repr(value)


def run_on_table(call: Call, rows: Rows, tables: dict[str, pd.DataFrame]) -> list[dict[str, str]]:
    """The same by the step for tables."""
    asks = build_typed_table(rows, TYPES)
    found = targets.resolve(call.target, "here")({**tables, "asks": asks}, **call.arguments)["asks"]
    types = {name: find_kind(found[name]) or "number" for name in map(str, found)}
    columns = {name: list_plain_values(found[name], kind) for name, kind in types.items()}
    return [{name: write(values[place]) for name, values in columns.items()} for place in range(len(rows))]


def must_agree(call: Call, rows: Rows, tables: dict[str, pd.DataFrame] | None = None) -> list[dict[str, str]]:
    found = run(call, rows, tables or {})
    assert found is not None
    expected = run_on_table(call, rows, tables or {})
    assert [sorted(row.items()) for row in found] == [sorted(row.items()) for row in expected]
    return found


def read(found: list[dict[str, str]], name: str) -> list[str]:
    return [row[name] for row in found]


SHIFT = step("times.shift_time", time="at", by="-2h", name="asked")
PARTS = {name: name for name in ("day", "year", "month", "hour", "minute", "weekday")}
FORM = step("values.format_text", name="id", form="{at:%Y%m%dT%H%M%S.%f %j%%}-{text}{count}/{{{flag}}}{number}")


WRITTEN = step("values.format_text", name="id", form="{at:%Y}")


def split(zone: str) -> Call:
    return step("times.add_local_parts", time="at", zone=zone, columns=PARTS)


def test_a_time_is_shifted() -> None:
    found = must_agree(SHIFT, [one(at=micros("2013-03-10T01:30Z")), one()])
    assert read(found, "asked") == [str(micros("2013-03-09T23:30Z")), "missing"]


def test_parts_follow_the_clock_of_the_zone() -> None:
    times = ["2013-03-10T06:59:59Z", "2013-03-10T07:00Z", "2013-11-03T05:30Z", "2013-11-03T06:30Z"]
    found = must_agree(split("America/New_York"), [one(at=micros(text)) for text in times] + [one()])
    assert read(found, "hour") == ["1", "3", "1", "1", "missing"]
    assert read(found, "day") == ["'2013-03-10'"] * 2 + ["'2013-11-03'"] * 2 + ["missing"]
    assert read(found, "weekday") == ["6"] * 4 + ["missing"]


@pytest.mark.parametrize("zone", ZONES)
def test_years_of_any_length_and_times_before_1970(zone: str) -> None:
    times = ["1969-12-31T23:59:59.999999Z", "1883-11-18T17:00Z", "0999-06-01T00:00Z", "9998-12-31T23:59Z"]
    must_agree(split(zone), [one(at=micros(text)) for text in times])
    rows = [one(at=micros(text), text="x", count=1, flag=True, number=0.1) for text in times]
    must_agree(FORM, [row for row in rows if row["at"] != micros("0999-06-01T00:00Z")])


@pytest.mark.parametrize(
    ("call", "moment"),
    [
        (split("UTC"), 10**18),
        (split("America/New_York"), micros("0001-01-01T00:00Z")),
        (WRITTEN, micros("0999-12-31T00:00Z")),
    ],
)
def test_a_time_that_is_not_written_in_one_way_is_said(call: Call, moment: int) -> None:
    made = prepare_step(call, "asks", {"at": "time"}, {})
    assert made is not None
    with pytest.raises(OverflowError):
        made.change({"at": moment})


def test_the_day_alone() -> None:
    found = must_agree(
        step("values.add_day", time="at", zone="Asia/Tokyo", name="day"), [one(at=micros("2013-01-01T15:00Z")), one()]
    )
    assert read(found, "day") == ["'2013-01-02'", "missing"]


def test_a_text_is_written_by_a_form() -> None:
    row = one(at=micros("2013-01-02T03:04:05.000678Z"), text="é{", count=-7, flag=False, number=1e16)
    found = must_agree(FORM, [row, row | {"text": None}, row | {"number": NAN}, row | {"at": None}])
    assert read(found, "id") == ["'20130102T030405.000678 002%-é{-7/{False}1e+16'", "missing", "missing", "missing"]


def test_a_difference() -> None:
    call = step("values.subtract", minuend="count", subtrahend="number", name="age")
    found = must_agree(
        call, [one(count=2013, number=0.5), one(count=1), one(number=1.0), one(count=2**53 + 1, number=0.0)]
    )
    assert read(found, "age") == ["2012.5", "missing", "missing", "9007199254740992.0"]


def test_a_comparison_replaces_the_column_or_gets_a_name() -> None:
    rows = [one(text=" yes "), one(text="no"), one(text="  "), one()]
    assert read(must_agree(step("values.compare_value", column="text", value="yes"), rows), "text") == [
        "True", "False", "missing", "missing",
    ]  # fmt: skip
    named = must_agree(step("values.compare_value", column="number", value="1.0", name="is"), [one(number=1.0), one()])
    assert read(named, "is") == ["True", "missing"]


def test_codes_are_blanked() -> None:
    call = step("values.blank_codes", columns={"text": ["-", "?"], "count": ["-1"], "flag": [], "number": ["missing"]})
    found = must_agree(
        call, [one(text=" - ", count=-1, flag=True, number=0.1), one(text=" ", count=3), one(text=" a ")]
    )
    assert read(found, "text") == ["missing", "missing", "'a'"]
    assert read(found, "count") == ["missing", "'3'", "missing"]


def test_columns_change_their_names_at_once() -> None:
    found = must_agree(
        step("values.rename_columns", columns={"text": "other text", "other text": "text", "n": "number"}),
        [one(text="a", **{"other text": "b"}, number=1.0)],
    )
    there = {name: value for name, value in found[0].items() if value != "missing"}
    assert there == {"other text": "'a'", "text": "'b'", "n": "1.0"}


def join(by: str, **columns: str) -> Call:
    columns = columns or {f"got {name}": f"their {name}" for name in TYPES if name not in (by, "at")}
    return step("joins.join_by_key", other="source", by=by, key=f"their {by}", columns=columns)


def join_in_time(by: str, within: str = "3h", **columns: str) -> Call:
    columns = columns or {f"got {name}": f"their {name}" for name in TYPES if name not in (by, "at")}
    return step(
        "joins.join_as_of",
        **{"other": "source", "by": by, "prediction_time": "at", "observed": "at seen"},
        within=within,
        columns=columns,
    )


def build_source(rows: Rows) -> dict[str, pd.DataFrame]:
    """The other table: its columns are called their …, and the key and the time of a join in time as there."""
    source = build_typed_table([{f"their {name}": value for name, value in row.items()} for row in rows], SOURCE)
    keys = {name: source[f"their {name}"] for name in TYPES if name != "at"}
    return {"source": pd.concat([source, pd.DataFrame({**keys, "at seen": source["their at"]})], axis=1)}


def test_of_rows_with_one_key_the_first_is_joined() -> None:
    source = build_source([one(text="A", number=1.0), one(text="A", number=2.0), one(number=3.0), one(text="B")])
    found = must_agree(join("text"), [one(text="A"), one(text="B"), one(text="C"), one()], source)
    assert read(found, "got number") == ["1.0", "missing", "missing", "missing"]


def test_a_join_may_overwrite_its_own_key() -> None:
    source = build_source([one(text="A", **{"other text": "B"})])
    found = must_agree(join("text", text="their other text"), [one(text="A"), one(text="B")], source)
    assert read(found, "text") == ["'B'", "missing"]


def test_the_last_observation_by_the_moment_is_joined_if_it_is_new_enough() -> None:
    source = build_source([one(at=hour * 3_600_000_000, text="A", count=hour) for hour in (5, 2, 1)])
    asks = [one(at=int(hours * 3_600_000_000), text="A") for hours in (0.9, 1, 1.9, 5, 8, 8.001)]
    found = must_agree(join_in_time("text"), [*asks, one(text="A"), one(at=0), one(at=1, text="B")], source)
    assert read(found, "got count")[:6] == ["missing", "1", "1", "5", "5", "missing"]


def test_of_two_observations_at_once_the_later_row_is_joined_also_where_it_is_blank() -> None:
    source = build_source([one(at=5, text="A", number=1.0), one(at=5, text="A")])
    assert read(must_agree(join_in_time("text"), [one(at=5, text="A")], source), "got number") == ["missing"]


SOME = build_source([one(text="A", number=1.0, count=1)])
ODD = {"source": pd.DataFrame({"their text": pd.Series(["A"], dtype="str"), "seats": np.array([1], dtype="int64")})}
DECLINED = [
    (step("times.shift_time", time="number", by="2h", name="x"), {}),
    (step("times.shift_time", time="absent", by="2h", name="x"), {}),
    (step("times.shift_time", time="at", by="1ns", name="x"), {}),
    (step("times.add_local_parts", time="text", zone="UTC", columns={}), {}),
    (step("times.add_local_parts", time="at", zone="Nowhere/City", columns={}), {}),
    (step("values.add_day", time="count", zone="UTC", name="x"), {}),
    (step("values.format_text", name="x", form="{at}"), {}),
    (step("values.format_text", name="x", form="{text:%Y}"), {}),
    (step("values.format_text", name="x", form="{absent}"), {}),
    (step("values.subtract", minuend="text", subtrahend="number", name="x"), {}),
    (step("values.subtract", minuend="number", subtrahend="flag", name="x"), {}),
    (step("values.compare_value", column="at", value="x"), {}),
    (step("values.blank_codes", columns={"text": [], "absent": []}), {}),
    (step("values.rename_columns", columns={"number": "text"}), {}),
    (step("values.rename_columns", columns={"x": "text", "y": "text"}), {}),
    (step("values.rename_columns", columns={"x": "absent"}), {}),
    (step("values.number_rows", name="x"), {}),
    (step("values.read_columns", columns={"count": {"type": "text"}}), {}),
    (step("noise.smooth", by="text", order="at", columns=["number"], readings=3), {}),
    (Call(target="lifecycle.data.steps.times.shift_time", arguments=SHIFT.arguments | {"table": "source"}), SOME),
    (join("text"), {}),
    (join("text", x="their text"), SOME),
    (join("text", x="their at"), SOME),
    (join("other text"), SOME),
    (step("joins.join_by_key", other="source", by="text", key="their number", columns={"x": "their number"}), SOME),
    (step("joins.join_by_key", other="source", by="number", key="their count", columns={"x": "their number"}), SOME),
    (step("joins.join_by_key", other="source", by="text", key="their text", columns={"x": "absent"}), SOME),
    (step("joins.join_by_key", other="source", by="text", key="their text", columns={"x": "seats"}), ODD),
    (step("joins.join_by_key", other="asks", by="text", key="text", columns={"x": "number"}), SOME),
    (join_in_time("text", within="1ns"), SOME),
    (join_in_time("text", x="at seen"), SOME),
    (join_in_time("absent", x="their number"), SOME),
]


@pytest.mark.parametrize(("call", "tables"), DECLINED)
def test_what_only_a_table_can_tell_is_left_to_it(call: Call, tables: dict[str, pd.DataFrame]) -> None:
    assert run(call, [one()], tables) is None


times = st.one_of(
    st.none(),
    st.integers(micros("1800-01-01T00:00Z"), micros("2200-01-01T00:00Z")),
    st.integers(-3, 3).map(lambda hour: hour * 1_800_000_000),
)
texts = st.one_of(st.none(), st.sampled_from(["A", "B", " A", "", "1", "1.0", "True", "-"]), st.text(max_size=4))
numbers = st.one_of(st.floats(), st.sampled_from([NAN, 0.0, -0.0, 1.0, 0.5]))
counts = st.one_of(st.none(), st.integers(-2, 2), st.integers(-(2**63), 2**63 - 1))
contents = st.fixed_dictionaries(
    {
        "at": times,
        "text": texts,
        "other text": texts,
        "number": numbers,
        "other": numbers,
        "count": counts,
        "flag": st.sampled_from([None, True, False]),
    }
)
rows_of = st.lists(contents, min_size=1, max_size=8)
AGREEING: Sequence[Call] = [
    SHIFT,
    FORM,
    step("values.add_day", time="at", zone="America/New_York", name="day"),
    step("values.subtract", minuend="number", subtrahend="count", name="text"),
    step("values.subtract", minuend="number", subtrahend="other", name="number"),
    *(step("values.compare_value", column=name, value=value) for name, value in
      [("text", "A"), ("number", "0.5"), ("count", "1"), ("flag", "True")]),
    step("values.blank_codes", columns={name: ["A", "1", "1.0", "True"] for name in TYPES if name != "at"}),
    step("values.rename_columns", columns={"a": "text", "text": "at"}),
]  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(AGREEING), rows_of)
def test_one_row_agrees_with_the_table(call: Call, rows: Rows) -> None:
    must_agree(call, rows)


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(ZONES), rows_of)
def test_local_parts_agree_with_the_table(zone: str, rows: Rows) -> None:
    must_agree(split(zone), rows)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([name for name in TYPES if name != "flag"]), rows_of, st.lists(contents, max_size=8))
def test_joins_by_key_agree_with_the_table(by: str, rows: Rows, source: Rows) -> None:
    tables = build_source(source)
    if tables["source"][f"their {by}"].isna().all():
        assert run(join(by), rows, tables) is None
    else:
        must_agree(join(by), rows, tables)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(["text", "count"]), st.sampled_from(["2h", "0s"]), rows_of, st.lists(contents, max_size=12))
def test_joins_in_time_agree_with_the_table(by: str, within: str, rows: Rows, source: Rows) -> None:
    must_agree(join_in_time(by, within), rows, build_source(source))


READ = step(
    "values.read_columns",
    columns={
        "text": {"type": "number", "units": ["$"], "na_values": ["none"]},
        "other text": {"type": "time", "date_format": "%d/%m/%Y"},
    },
)


def test_cells_are_read() -> None:
    texts = [("$1,234.5", "02/03/2013"), (" NONE ", ""), (None, None)]
    found = must_agree(READ, [one(**{"text": text, "other text": day}) for text, day in texts])
    assert read(found, "text") == ["1234.5", "missing", "missing"]
    assert read(found, "other text") == [str(micros("2013-03-02T00:00Z")), "missing", "missing"]
    with pytest.raises(OverflowError, match="'dear' is no number"):
        run(READ, [one(text="dear")], {})


def test_the_registry_knows_callables_that_exist() -> None:
    for target in (*CLEAN_STEPS, *FEATURE_STEPS):
        assert targets.resolve(target, "here").__name__ == target.rpartition(".")[2]


def build_schema(missing: Any = "reject") -> Schema:
    columns = {"day": "day", "at": "time"}
    return Schema(
        columns={
            name: Column(type=kind, role="context", description="", missing=missing)  # type: ignore[arg-type]
            for name, kind in columns.items()
        },
        tables={},
    )


def extract(function: str, **arguments: Any) -> Call:
    return Call(target=f"lifecycle.data.features.calendar.{function}", arguments=arguments)


DATE_PARTS = extract("extract_date_parts", day="day", take=["days_to_holiday", "weekday", "day_of_year"])
MINUTE = extract("extract_minute_of_day", time="at", zone="America/New_York", name="minute")
TIME_PARTS = extract("extract_time_parts", time="at", zone="America/New_York", take=list(get_args(TimePart)))


days = st.dates(date(1900, 1, 1), date(2200, 1, 1)).map(date.isoformat)


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(days, times.filter(bool)), min_size=1, max_size=3))
def test_calendar_features_agree_with_the_table(moments: list[tuple[str, int]]) -> None:
    rows = [{"day": day, "at": time} for day, time in moments]
    table = build_typed_table(rows, {"day": "day", "at": "time"})
    for call in (DATE_PARTS, MINUTE, TIME_PARTS):
        made = prepare_features(call, build_schema())
        assert made is not None
        found = targets.call(call, "conf/features/", table, table)
        types: dict[str, Type] = dict.fromkeys(map(str, found.columns), "number")
        assert made.names == tuple(found.columns)
        assert [repr(dict(made.compute(row))) for row in rows] == [repr(row) for row in list_plain_rows(found, types)]


@pytest.mark.parametrize("call", [DATE_PARTS, MINUTE, TIME_PARTS])
def test_a_missing_moment_is_left_to_the_table(call: Call) -> None:
    made = prepare_features(call, build_schema("keep"))
    assert made is not None
    with pytest.raises(OverflowError, match="is missing"):
        made.compute({"day": None, "at": None})


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (extract("extract_date_parts", day="at", take=["weekday"]), "reject"),
        (extract("extract_minute_of_day", time="day", zone="UTC", name="x"), "reject"),
        (extract("extract_time_parts", time="day", zone="UTC", take=["hour"]), "reject"),
        (extract("extract_time_parts", time="at", zone="Nowhere/City", take=["hour"]), "reject"),
        (extract("extract_minute_of_day", time="at", zone="Nowhere/City", name="x"), "reject"),
        (extract("extract_minute_of_day", time="absent", zone="UTC", name="x"), "reject"),
        (extract("count_days_to_holiday"), "reject"),
    ],
)
def test_features_that_only_a_table_can_tell_are_left_to_it(call: Call, missing: str) -> None:
    assert prepare_features(call, build_schema(missing)) is None
