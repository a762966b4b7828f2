"""The table: each row kept or rejected with its first reason, each changed value counted."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.data.cleaning import Clean, apply_rules, conform_to_schema, count_blanked, run_steps
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import ForbiddenTarget, UnfitTable
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


def orders(*changes: dict[str, Any]) -> pd.DataFrame:
    """One good order per entry, with that entry's changes."""
    good = {"at": "2013-01-01T00:00Z", "late": True, "shop": "A", "weight": 1.0, "pieces": 1, "price": 5.0}
    return conform_to_schema(
        pd.DataFrame([{"id": f"o{place}"} | good | change for place, change in enumerate(changes)]), SCHEMA
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


def test_of_two_rows_with_one_id_the_first_is_kept() -> None:
    cleaned = apply_rules(orders({"id": "o"}, {"id": "o", "weight": 2.0}), SCHEMA, NO_LABEL)
    assert cleaned.table["weight"].to_list() == [1.0]
    assert cleaned.rejected["reason"].to_list() == ["duplicate id"]


def test_a_good_row_is_kept_although_an_earlier_one_with_its_id_is_rejected() -> None:
    cleaned = apply_rules(orders({"id": "o", "price": None}, {"id": "o", "weight": 2.0}, {"id": "o"}), SCHEMA, NO_LABEL)
    assert cleaned.table["weight"].to_list() == [2.0]
    assert cleaned.rejected["reason"].to_list() == ["price is missing", "duplicate id"]


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


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([5.0, 100.0, None]), st.sampled_from([1.0, 99.0]))
    )
)
def test_every_row_is_kept_once_or_rejected_with_one_reason_and_ids_are_unique(
    found: list[tuple[str | None, float | None, float]],
) -> None:
    rows = orders({}, *[{"id": id, "price": price, "weight": weight} for id, price, weight in found])
    cleaned = apply_rules(rows, SCHEMA, NO_LABEL)
    assert len(cleaned.table) + len(cleaned.rejected) == len(rows)
    assert cleaned.rejected["reason"].notna().all()
    assert cleaned.table["id"].is_unique
    good = {id for id, price, _ in found if id and price == 5.0}
    assert set(cleaned.table["id"]) == good | {"o0"}
    assert cleaned.changed.get("weight", {"clip": 0})["clip"] == int((cleaned.table["weight"] == 10.0).sum())


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
