"""One raw row to its features: to the bit what tables give, in a problem with every kind of step."""

import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.cleaning import Clean, Tables
from lifecycle.data.features.build import Features, compute_features, sort_past
from lifecycle.data.schema import Column, Schema, Type
from lifecycle.online.definitions import FeatureDefinitions
from lifecycle.online.known_rows import build_typed_table, list_plain_rows
from lifecycle.online.raw_rows import clean_rows, list_other_tables
from lifecycle.online.single_row import CompiledRow, RowResult, compile_row
from lifecycle.online.timelines import Timelines
from lifecycle.options import Call

NAN = math.nan
HOUR = 3_600_000_000
START = 1_700_000_000_000_000  # 2023-11-14T22:13:20Z
RAW: dict[str, Type] = {"shop": "text", "number": "integer", "ordered_at": "time", "weight": "number", "gift": "text"}
READINGS: dict[str, Type] = {"city": "text", "read_at": "time", "degrees": "number"}
SHOPS: dict[str, Type] = {"shop": "text", "city": "text", "opened": "number"}
PAST: dict[str, Type] = {"id": "text", "asked_at": "time", "shop": "text", "late": "boolean", "known_at": "time"}


def column(type: Type, role: Any = "feature", **rules: Any) -> Column:
    return Column(type=type, role=role, description="", **rules)


COLUMNS = {
    "id": column("text", "id", missing="reject"),
    "asked_at": column("time", "prediction_time", missing="reject"),
    "day": column("day", "context", missing="reject"),
    "hour": column("integer", missing="reject", low=1.0),
    "shop": column("category", missing="reject"),
    "city": column("category", categories=("Oslo", "Rome")),
    "weight": column("number", low=0.0, high=30.0, outside="clip"),
    "degrees": column("number", low=-50.0, high=50.0, outside="blank"),
    "age": column("number"),
    "gift": column("boolean"),
    "late": column("boolean", "target"),
    "known_at": column("time", "forbidden"),
}
SCHEMA = Schema(columns=COLUMNS, tables={"orders": RAW, "readings": READINGS, "shops": SHOPS})


def call(target: str, **arguments: Any) -> Call:
    return Call(target=f"lifecycle.data.{target}", arguments=arguments)


def step(target: str, **arguments: Any) -> Call:
    return call(f"steps.{target}", table="orders", **arguments)


JOIN_SHOPS = step("joins.join_by_key", other="shops", by="shop", columns={"city": "city", "opened": "opened"})
JOIN_READINGS = step(
    "joins.join_as_of",
    other="readings",
    by="city",
    prediction_time="asked_at",
    observed="read_at",
    within="6h",
    columns={"degrees": "degrees"},
)
PARTS = ("day", "hour", "year")
STEPS = (
    step("times.shift_time", time="ordered_at", by="-30min", name="asked_at"),
    step("times.add_local_parts", time="ordered_at", zone="Europe/Oslo", columns=dict(zip(PARTS, PARTS, strict=True))),
    step("values.format_text", name="id", form="{ordered_at:%Y%m%d}-{shop}{number}"),
    JOIN_SHOPS,
    call("steps.noise.smooth", table="readings", by="city", order="read_at", columns=["degrees"], readings=2),
    JOIN_READINGS,
    step("values.subtract", minuend="year", subtrahend="opened", name="age"),
    step("values.compare_value", column="gift", value="yes"),
)  # fmt: skip
HISTORY = {"prediction_time": "asked_at", "value": "late", "known_at": "known_at", "by": ["shop"]}
FEATURES = Features(
    keep=("shop", "weight", "hour", "gift", "degrees", "city", "age"),
    past=(),
    steps=(
        call("features.history.average_recent", name="late", windows=["7D", "1D"], **HISTORY),
        call("features.calendar.extract_date_parts", day="day", take=["weekday"]),
        call("features.history.lag_values", name="before", steps=[2], **HISTORY),
        call("features.calendar.extract_minute_of_day", time="asked_at", zone="UTC", name="minute"),
    ),
)
NAMES = [*FEATURES.keep, "late_7D", "late_1D", "weekday", "before_2", "minute"]
DEFINITIONS = FeatureDefinitions(
    schema=SCHEMA,
    clean=Clean(unit="orders", steps=STEPS, no_label=""),
    features=FEATURES,
    asked=tuple(RAW),
    identity=(),
    identity_steps=(),
    past_steps=(),
    past_columns=(),
    nullable=(),
    makes_id=True,
    steps=(0, 1, 2, 3, 5, 6, 7),
    other_steps=(4,),
    needed=("asked_at", "day", "hour", "shop", "city", "weight", "degrees", "age", "gift"),
    horizon=0,
)


def ask(shop: str | None = "A", number: int | None = 7, hours: float | None = 0, weight: float = 1.5,
        gift: str | None = None) -> dict[str, Any]:  # fmt: skip
    moment = None if hours is None else START + int(hours * HOUR)
    return {"shop": shop, "number": number, "ordered_at": moment, "weight": weight, "gift": gift}


def build_others(degrees: float = 4.0, first: str = "Oslo") -> Tables:
    readings = [(first, START - 2 * HOUR, degrees), ("Oslo", START - 3 * HOUR, 2.0), ("Rome", START - 9 * HOUR, 20.0)]
    shops = [("A", "Oslo", 2010.0), ("B", "Rome", NAN), ("C", "Paris", 1990.0)]
    return {
        "readings": build_typed_table([dict(zip(READINGS, row, strict=True)) for row in readings], READINGS),
        "shops": build_typed_table([dict(zip(SHOPS, row, strict=True)) for row in shops], SHOPS),
    }


def build_past() -> pd.DataFrame:
    """Earlier orders; only the columns that features look back at are filled."""
    rows = [("a", 0, "A", True, 5), ("b", 1, "A", False, 30), ("c", 2, "A", True, 40), ("d", 3, "B", None, 1)]
    past = [(id, START - day * HOUR, shop, late, START - hours * HOUR) for id, day, shop, late, hours in rows]
    filled = [dict(zip(PAST, row, strict=True)) for row in past]
    return build_typed_table(filled, {name: one.type for name, one in COLUMNS.items()})


def build_worlds(others: Tables, definitions: FeatureDefinitions = DEFINITIONS) -> list[Tables]:
    return list_other_tables(definitions, others, build_typed_table([ask()], RAW))


def compile_all(definitions: FeatureDefinitions = DEFINITIONS, others: Tables | None = None) -> CompiledRow | None:
    timelines = Timelines(definitions.features.steps, SCHEMA)
    timelines.load(build_past())
    return compile_row(definitions, build_worlds(others or build_others(), definitions), timelines)


def compute(row: dict[str, Any]) -> RowResult:
    compiled = compile_all()
    assert compiled is not None
    return compiled(row)


def compute_by_table(rows: list[dict[str, Any]], worlds: list[Tables]) -> dict[int, tuple[str, str]]:
    """The id and the features of each row, with every digit, as the functions for tables make them.

    Of a row that is rejected, the first column that does not fit.
    """
    cleaned = clean_rows(DEFINITIONS, build_typed_table(rows, RAW), worlds)
    faults = cleaned.rejected.set_index("row")[["field", "got", "wanted"]]
    rejected = {int(place): ("rejected", repr(tuple(fault))) for place, *fault in faults.itertuples()}  # type: ignore[misc]
    made = compute_features(cleaned.table, sort_past(build_past(), SCHEMA), FEATURES, SCHEMA, "here")
    texts: dict[str, Type] = {"shop": "text", "city": "text", "gift": "boolean"}
    features = list_plain_rows(made, {name: texts.get(name, "number") for name in NAMES})
    ids = ["" if pd.isna(id) else str(id) for id in made["id"]]
    found = zip(cleaned.places.tolist(), zip(ids, map(repr, features), strict=True), strict=True)
    return rejected | dict(found)


def must_agree(rows: list[dict[str, Any]], compiled: CompiledRow, worlds: list[Tables]) -> None:
    found = {}
    for place, one in enumerate(map(compiled, rows)):
        features = repr(dict(one.features))
        found[place] = ("rejected", repr(one.rejections[0])) if one.rejections else (one.id, features)
    assert found == compute_by_table(rows, worlds)


def test_the_features_of_a_row_by_hand() -> None:
    found = compute(ask(gift=" yes ", weight=31.0))
    assert found.rejections == ()
    assert (found.id, found.moment) == ("20231114-A7", START - HOUR // 2)
    assert list(found.features) == NAMES
    assert found.features == {
        "shop": "A", "weight": 30.0, "hour": 23.0, "gift": True, "degrees": 3.0, "city": "Oslo", "age": 13.0,
        "late_7D": 2 / 3, "late_1D": 1.0, "weekday": 1.0, "before_2": 0.0, "minute": 1303.0,
    }  # fmt: skip


def test_what_is_not_known_is_missing() -> None:
    found = compute(ask(shop="Z", number=None, weight=NAN)).features
    assert (found["city"], found["gift"]) == (None, None)
    assert all(math.isnan(found[name]) for name in ("weight", "degrees", "age", "late_7D", "before_2"))
    assert compute(ask(number=None)).id == ""


def test_a_column_that_is_not_given_is_missing() -> None:
    given = ask()
    del given["gift"], given["number"]
    assert compute(given).features == compute(ask(number=None)).features


def test_every_value_that_does_not_fit_is_said() -> None:
    found = compute(ask(shop="C", hours=1))
    assert found.features == {}
    assert found.rejections == (
        ("hour", "0", "a integer and at least 1"),
        ("city", "Paris", "one of Oslo, Rome"),
    )
    assert [one[0] for one in compute(ask(shop=None, hours=None)).rejections] == ["asked_at", "day", "hour", "shop"]


def test_other_tables_take_the_place_of_those_before() -> None:
    compiled = compile_all()
    assert compiled is not None
    others = build_others(degrees=6.0)
    changed = compiled.with_tables(build_worlds({**others, **compiled.steps[3].others}))
    assert changed is not None
    assert (compiled(ask()).features["degrees"], changed(ask()).features["degrees"]) == (3.0, 4.0)
    assert [new is old for new, old in zip(changed.steps, compiled.steps, strict=True)] == [
        *[True] * 4,
        False,
        *[True] * 2,
    ]
    must_agree([ask()], changed, build_worlds(others))


def test_a_table_of_another_type_changes_the_steps_behind_it() -> None:
    compiled = compile_all()
    assert compiled is not None
    others = build_others()
    others["shops"] = others["shops"].astype({"opened": "Int64"})
    changed = compiled.with_tables(build_worlds(others))
    assert changed is not None
    assert changed(ask()).features["age"] == 13.0
    others["shops"] = others["shops"].astype({"opened": "str"})
    assert compiled.with_tables([others] * len(STEPS)) is None


OWN = Call(target="flights.steps.add_outcomes", arguments={"table": "orders"})


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": (0, 1, 2, 3, 5, 6)},
        {"clean": replace(DEFINITIONS.clean, rejected="city")},
        {"needed": (*DEFINITIONS.needed, "late")},
    ],
)
def test_what_only_tables_can_tell_is_left_to_them(changes: dict[str, Any]) -> None:
    worlds, timelines = build_worlds(build_others()), Timelines(FEATURES.steps, SCHEMA)
    assert compile_row(DEFINITIONS, worlds, timelines) is not None
    found = compile_row(replace(DEFINITIONS, **changes), worlds, timelines)
    assert found is None


def test_a_projects_own_step_is_left_to_tables() -> None:
    worlds, timelines = build_worlds(build_others()), Timelines(FEATURES.steps, SCHEMA)
    clean = replace(DEFINITIONS.clean, steps=(*STEPS[:7], OWN))
    assert compile_row(replace(DEFINITIONS, clean=clean), worlds, timelines) is None
    features = replace(FEATURES, steps=(*FEATURES.steps, OWN))
    assert compile_row(replace(DEFINITIONS, features=features), worlds, timelines) is None


def test_a_time_that_only_a_table_can_tell_is_said() -> None:
    with pytest.raises(OverflowError):
        compute({**ask(), "ordered_at": 10**18})


asked = st.builds(
    ask,
    shop=st.sampled_from([None, "A", "B", "C", "Z", " A"]),
    number=st.one_of(st.none(), st.integers(-5, 5)),
    hours=st.one_of(st.none(), st.floats(-60, 30), st.sampled_from([-4, -1.5, 0])),
    weight=st.one_of(st.floats(), st.floats(-5, 40)),
    gift=st.sampled_from([None, "yes", " yes", "no", ""]),
)


@settings(deadline=None, max_examples=15)
@given(st.lists(asked, min_size=5, max_size=20), st.sampled_from([4.0, 99.0, NAN]), st.sampled_from(["Oslo", "Rome"]))
def test_rows_agree_with_the_table(rows: list[dict[str, Any]], degrees: float, first: str) -> None:
    others = build_others(degrees, first)
    compiled = compile_all(others=others)
    assert compiled is not None
    must_agree(rows, compiled, build_worlds(others))
