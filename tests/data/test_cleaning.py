"""The table: each row kept or rejected with its first reason, each changed value counted."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.cleaning import (
    Clean,
    Cleaned,
    Open,
    apply_rules,
    conform_to_schema,
    count_blanked,
    relax_later_columns,
    run_steps,
)
from lifecycle.data.schema import Column, Schema, enforce_schema
from lifecycle.errors import ForbiddenTarget, UnfitTable, UnknownName, WrongValue
from lifecycle.options import Call

NO_LABEL = "no label"


def column(kind: Any, role: Any, **more: Any) -> Column:
    """A column without a description worth reading."""
    return Column(type=kind, role=role, description="", **more)


SCHEMA = Schema(
    columns={
        "id": column("text", "id", missing="reject"),
        "at": column("time", "time"),
        "late": column("boolean", "target"),
        "shop": column("category", "feature", categories=("A", "B")),
        "weight": column("number", "feature", low=0.0, high=10.0, outside="clip"),
        "pieces": column("integer", "feature", low=1.0, outside="blank"),
        "price": column("number", "feature", high=99.0, missing="reject"),
    },
    tables={},
)


GOOD = {"at": "2013-01-01T00:00Z", "late": True, "shop": "A", "weight": 1.0, "pieces": 1, "price": 5.0}


def orders(*changes: dict[str, Any]) -> pd.DataFrame:
    """One good order per entry, with that entry's changes."""
    return conform_to_schema(
        pd.DataFrame([{"id": f"o{place}"} | GOOD | change for place, change in enumerate(changes)]), SCHEMA
    )


def test_columns_come_in_the_order_and_types_of_the_schema_sorted_by_time_and_id() -> None:
    made = orders({"id": "b", "extra": 1}, {"id": "a"}, {"id": "c", "at": "2012-12-31T00:00Z"})
    assert list(made.columns) == list(SCHEMA.columns)
    assert made["id"].to_list() == ["c", "a", "b"]
    assert made.dtypes.astype(str).to_list() == [
        "str",
        "datetime64[us, UTC]",
        "boolean",
        "str",
        "float64",
        "Int64",
        "float64",
    ]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(UnfitTable, match="column 'price' is missing; the table has 6 columns, 1 rows"):
        conform_to_schema(orders({}).drop(columns="price"), SCHEMA)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None, "late": None}, "id is missing"),
        ({"late": None, "price": None}, "no label"),
        ({"price": None}, "price is missing"),
        ({"price": None, "shop": "C"}, "price is missing"),
        ({"price": 99.5}, "price is impossible"),
        ({"shop": "C"}, "shop is impossible"),
        ({"shop": "C", "price": 100.0}, "shop is impossible"),
    ],
)
def test_a_row_is_rejected_with_its_first_reason(change: dict[str, Any], reason: str) -> None:
    cleaned = apply_rules(orders({}, change), SCHEMA, NO_LABEL)
    assert cleaned.rejected["reason"].to_list() == [reason]
    assert cleaned.table["id"].to_list() == ["o0"]
    assert list(cleaned.rejected.columns) == [*SCHEMA.columns, "reason"]


def test_a_step_rejects_a_row_with_a_reason_of_its_own() -> None:
    table = pd.DataFrame(orders({}, {"late": None}, {})).assign(why=[None, "seen before", "too old"])
    made = conform_to_schema(table, SCHEMA, "why")
    assert list(made.columns) == [*SCHEMA.columns, "why"]
    cleaned = apply_rules(made, SCHEMA, NO_LABEL, "why")
    assert list(cleaned.table.columns) == list(SCHEMA.columns)
    assert cleaned.table["id"].to_list() == ["o0"]
    assert cleaned.rejected["reason"].to_list() == ["seen before", "too old"]
    assert list(cleaned.rejected.columns) == [*SCHEMA.columns, "reason"]


def test_the_column_of_reasons_must_be_there() -> None:
    with pytest.raises(UnfitTable, match="column 'why' is missing"):
        conform_to_schema(orders({}), SCHEMA, "why")


def test_of_two_rows_with_one_id_the_last_is_kept() -> None:
    cleaned = apply_rules(orders({"id": "o"}, {"id": "o", "weight": 2.0}), SCHEMA, NO_LABEL)
    assert cleaned.table["weight"].to_list() == [2.0]
    assert cleaned.rejected["weight"].to_list() == [1.0]
    assert cleaned.rejected["reason"].to_list() == ["duplicate id"]


def test_a_good_row_is_kept_although_a_later_one_with_its_id_is_rejected() -> None:
    cleaned = apply_rules(orders({"id": "o"}, {"id": "o", "weight": 2.0}, {"id": "o", "price": None}), SCHEMA, NO_LABEL)
    assert cleaned.table["weight"].to_list() == [2.0]
    assert cleaned.rejected["reason"].to_list() == ["duplicate id", "price is missing"]


def test_rows_without_an_id_are_no_duplicates() -> None:
    cleaned = apply_rules(orders({"id": None}, {"id": None}), SCHEMA, NO_LABEL)
    assert cleaned.rejected["reason"].to_list() == ["id is missing", "id is missing"]


def test_values_repaired_in_rejected_rows_are_not_counted() -> None:
    rows = orders({"weight": 11.0, "price": 100.0}, {"weight": 12.0}, {"pieces": 0, "late": None})
    cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
    assert cleaned.changed == {"weight": {"clip": 1}}
    assert cleaned.table["weight"].to_list() == [10.0]
    assert cleaned.rejected["weight"].to_list() == [10.0, 1.0]


def test_without_a_target_no_row_lacks_a_label() -> None:
    cleaned = apply_rules(orders({"late": None}, {"price": None}), SCHEMA.with_target(None), NO_LABEL)
    assert cleaned.table["id"].to_list() == ["o0"]
    assert cleaned.rejected["reason"].to_list() == ["price is missing"]


def test_without_a_time_rows_are_sorted_by_id() -> None:
    schema = Schema(columns={name: one for name, one in SCHEMA.columns.items() if name != "at"}, tables={})
    made = conform_to_schema(orders({"id": "b", "at": "2012-01-01T00:00Z"}, {"id": "a"}), schema)
    assert made["id"].to_list() == ["a", "b"]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", None]),
            st.sampled_from([5.0, 100.0, None]),
            st.sampled_from([1.0, 99.0]),
            st.sampled_from([True, None]),
        ),
        max_size=8,
    )
)
def test_every_row_is_kept_or_open_once_or_rejected_with_one_reason_and_ids_are_unique(
    found: list[tuple[str | None, float | None, float, bool | None]],
) -> None:
    changes = [{"id": id, "price": price, "weight": weight, "late": late} for id, price, weight, late in found]
    rows = orders({}, *[change | ({} if change["late"] else {"at": LATER}) for change in changes])
    cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
    assert len(cleaned.table) + len(cleaned.open) + len(cleaned.rejected) == len(rows)
    assert cleaned.rejected["reason"].notna().all()
    assert pd.concat([cleaned.table["id"], cleaned.open["id"]]).is_unique
    good = {(id, late) for id, price, _, late in found if id and price == 5.0}
    assert set(cleaned.table["id"]) == {id for id, late in good if late} | {"o0"}
    assert set(cleaned.open["id"]) == {id for id, late in good if not late and (id, True) not in good}
    assert cleaned.changed.get("weight", {"clip": 0})["clip"] == int((cleaned.table["weight"] == 10.0).sum())


LATER, SOON = "2013-01-02T00:00Z", "2013-01-03T00:00Z"
TIMETABLE = Schema(
    columns=SCHEMA.columns
    | {
        "due": column("time", "context"),
        "due_day": column("day", "context"),
        "taken": column("number", "forbidden", low=0.0, missing="reject"),
    },
    tables={},
)


def timetable(*changes: dict[str, Any]) -> pd.DataFrame:
    """Orders as above with the time until which their label is due, and one column that is known with the label."""
    due = {"due": LATER, "due_day": "2013-01-02", "taken": 1.0}
    return conform_to_schema(
        pd.DataFrame([{"id": f"o{place}"} | GOOD | due | change for place, change in enumerate(changes)]), TIMETABLE
    )


def state(cleaned: Cleaned) -> dict[str, list[str]]:
    """The ids of the kept, the open and the rejected rows."""
    return {name: getattr(cleaned, name)["id"].to_list() for name in ("table", "open", "rejected")}


def test_a_row_without_a_label_is_open_if_it_is_later_than_every_labelled_row() -> None:
    rows = orders({}, {"late": None}, {"late": None, "at": LATER}, {"late": None, "at": None})
    cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
    assert state(cleaned) == {"table": ["o0"], "open": ["o2"], "rejected": ["o1", "o3"]}
    assert cleaned.rejected["reason"].to_list() == [NO_LABEL, NO_LABEL]
    assert cleaned.open.dtypes.equals(cleaned.table.dtypes)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [("all", ["o1", "o2"]), ("none", []), ("later", ["o2"])],
)
def test_a_team_may_say_that_all_or_none_are_open(rows: Any, expected: list[str]) -> None:
    cleaned = apply_rules(
        orders({}, {"late": None}, {"late": None, "at": LATER}), SCHEMA, NO_LABEL, open_rows=Open(rows=rows)
    )
    assert cleaned.open["id"].to_list() == expected


@pytest.mark.parametrize("until", ["due", "due_day"])
def test_a_row_is_open_until_its_label_is_due(until: str) -> None:
    rows = timetable(
        {"at": LATER},
        {"late": None, "taken": None},
        {"late": None, "taken": None, "due": SOON, "due_day": "2013-01-03"},
    )
    cleaned = apply_rules(rows, TIMETABLE, NO_LABEL, open_rows=Open(until=until))
    assert state(cleaned) == {"table": ["o0"], "open": ["o2"], "rejected": ["o1"]}


def test_rows_without_a_time_are_open_only_where_a_team_says_so() -> None:
    schema = Schema(columns={name: one for name, one in SCHEMA.columns.items() if name != "at"}, tables={})
    rows = conform_to_schema(orders({}, {"late": None}), schema)
    assert state(apply_rules(rows, schema, NO_LABEL)) == {"table": ["o0"], "open": [], "rejected": ["o1"]}
    assert apply_rules(rows, schema, NO_LABEL, open_rows=Open(rows="all")).open["id"].to_list() == ["o1"]


def test_without_a_labelled_row_no_row_is_later() -> None:
    assert state(apply_rules(orders({"late": None}), SCHEMA, NO_LABEL)) == {"table": [], "open": [], "rejected": ["o0"]}


def test_an_open_row_keeps_every_rule_but_those_of_what_is_known_with_its_label() -> None:
    late = {"late": None, "at": LATER, "taken": None}
    rows = timetable({}, late, late | {"price": None}, late | {"shop": "C"}, late | {"taken": -1.0}, {"taken": None})
    cleaned = apply_rules(rows, TIMETABLE, NO_LABEL)
    assert state(cleaned) == {"table": ["o0"], "open": ["o1"], "rejected": ["o5", "o2", "o3", "o4"]}
    reasons = ["taken is missing", "price is missing", "shop is impossible", "taken is impossible"]
    assert cleaned.rejected["reason"].to_list() == reasons
    assert enforce_schema(cleaned.open, relax_later_columns(TIMETABLE)) is not None
    with pytest.raises(UnfitTable, match="breaks its schema"):
        enforce_schema(cleaned.open, TIMETABLE)


def test_values_of_open_rows_are_repaired_and_not_counted() -> None:
    cleaned = apply_rules(orders({}, {"late": None, "at": LATER, "weight": 11.0}), SCHEMA, NO_LABEL)
    assert cleaned.open["weight"].to_list() == [10.0]
    assert cleaned.changed == {}


def test_a_labelled_row_takes_the_place_of_its_open_twin_wherever_it_stands() -> None:
    twins = [{"id": "o", "weight": 2.0}, {"id": "o", "late": None, "weight": 3.0}]
    for rows in (orders(*twins), orders(*reversed(twins))):
        cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
        assert cleaned.table["weight"].to_list() == [2.0]
        assert len(cleaned.open) == 0
        assert cleaned.rejected["reason"].to_list() == ["duplicate id"]


def test_of_open_twins_the_last_that_keeps_the_rules_is_open() -> None:
    twin = {"id": "o", "late": None, "at": LATER}
    rows = orders({}, twin | {"weight": 1.0}, twin | {"weight": 2.0}, twin | {"price": 100.0})
    cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
    assert cleaned.open["weight"].to_list() == [2.0]
    assert cleaned.rejected["reason"].to_list() == ["duplicate id", "duplicate id"]


def test_a_row_that_stays_without_a_label_is_rejected_for_it_once() -> None:
    cleaned = apply_rules(orders({}, {"id": "o", "late": None}, {"id": "o", "late": None}), SCHEMA, NO_LABEL)
    assert cleaned.rejected["reason"].to_list() == ["duplicate id", NO_LABEL]


def test_without_a_target_no_row_is_open() -> None:
    rows = orders({"late": None}, {"late": None, "at": LATER})
    cleaned = apply_rules(rows, SCHEMA.with_target(None), NO_LABEL, open_rows=Open(rows="all"))
    assert state(cleaned) == {"table": ["o0", "o1"], "open": [], "rejected": []}


@pytest.mark.parametrize(
    ("rows", "schema", "error", "message"),
    [
        (Open(until="deu"), TIMETABLE, UnknownName, "open.until: 'deu' is not a column of the schema"),
        (Open(until="price"), TIMETABLE, WrongValue, "open.until: price is of type number, no time"),
        (Open(rows="all", until="due"), TIMETABLE, WrongValue, "open.until: rows is all, so there is no time"),
    ],
)
def test_an_until_that_is_no_time_is_an_error(rows: Open, schema: Schema, error: Any, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        apply_rules(timetable({}), schema, NO_LABEL, open_rows=rows)
    assert caught.value.where == "conf/clean/, key open.until"


def test_values_are_clipped_and_blanked_and_counted() -> None:
    rows = orders({"weight": 11.0}, {"weight": -1.0}, {"weight": None}, {"pieces": 0}, {"shop": None, "price": 99.0})
    cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
    assert cleaned.table["weight"].fillna(-9).to_list() == [10.0, 0.0, -9.0, 1.0, 1.0]
    assert cleaned.table["pieces"].fillna(-9).to_list() == [1, 1, 1, -9, 1]
    assert cleaned.changed == {"weight": {"clip": 2}, "pieces": {"blank": 1}}
    assert len(cleaned.rejected) == 0


def test_no_row_is_lost() -> None:
    rows = orders({}, {"late": None}, {"price": 100.0}, {"id": "o0"})
    cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
    assert len(cleaned.table) + len(cleaned.rejected) == len(rows)


def test_steps_run_in_order() -> None:
    raw = {
        "a": pd.DataFrame({"k": ["x"]}),
        "b": pd.DataFrame({"k": ["x"], "n": ["y"]}),
        "c": pd.DataFrame({"n": ["y"], "v": [3]}),
    }
    lookup = "lifecycle.data.steps.joins.join_by_key"
    steps = (
        Call(target=lookup, arguments={"table": "a", "other": "b", "by": "k", "columns": {"n": "n"}}),
        Call(target=lookup, arguments={"table": "a", "other": "c", "by": "n", "columns": {"v": "v"}}),
    )
    made = run_steps(raw, Clean(unit="a", steps=steps, no_label=NO_LABEL), "conf/clean/mine.yaml")
    assert made["a"].to_dict("records") == [{"k": "x", "n": "y", "v": 3}]


def test_a_step_outside_the_list_is_rejected_with_its_place() -> None:
    clean = Clean(unit="a", steps=(Call(target="os.system"),), no_label=NO_LABEL)
    with pytest.raises(ForbiddenTarget) as caught:
        run_steps({}, clean, "conf/clean/mine.yaml")
    assert caught.value.where == "conf/clean/mine.yaml, key steps.0"


def test_blanked_counts_what_the_steps_made_missing() -> None:
    before = {"wind": pd.DataFrame({"speed": [1.0, 2.0, None], "gust": [1.0, 2.0, 3.0]})}
    after = {"wind": pd.DataFrame({"speed": [None, None, None], "gust": [1.0, 2.0, 3.0], "new": [None] * 3})}
    assert count_blanked(before, after) == {"wind.speed": 2}


def test_what_is_missing_in_rows_that_a_step_added_was_not_blanked() -> None:
    before = {"wind": pd.DataFrame({"speed": [1.0, 2.0]}), "later": pd.DataFrame({"speed": [None]})}
    after = before | {"wind": pd.DataFrame({"speed": [None, 2.0, None]})}
    assert count_blanked(before, after) == {"wind.speed": 1}
