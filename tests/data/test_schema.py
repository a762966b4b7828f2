"""The schema: on the way in and on the way out."""

from typing import Any

import pandas as pd
import pytest

from lifecycle.data.schema import Column, Schema, conform_raw, enforce_schema, must_have_columns
from lifecycle.errors import UnfitTable, UnknownName, WrongValue


def column(kind: Any, role: Any, **more: Any) -> Column:
    """A column without a description worth reading."""
    return Column(type=kind, role=role, description="", **more)


SCHEMA = Schema(
    columns={
        "id": column("text", "id", missing="reject"),
        "late": column("boolean", "target", missing="reject"),
        "weight": column("number", "feature", low=0.0, high=10.0),
        "shop": column("category", "feature", categories=("A", "B")),
    },
    tables={},
)


def good() -> pd.DataFrame:
    """Two rows that keep the schema."""
    return pd.DataFrame(
        {
            "id": ["a", "b"],
            "late": pd.array([True, False], dtype="boolean"),
            "weight": [0.0, None],
            "shop": ["A", None],
        }
    )


def test_columns_with_a_role_are_in_the_order_of_the_file() -> None:
    assert SCHEMA.columns_with_role("feature", "id") == ["id", "weight", "shop"]
    assert (SCHEMA.id, SCHEMA.target) == ("id", "late")


@pytest.mark.parametrize(
    ("role", "what"),
    [
        ("time", "0 columns have the role time: none"),
        ("feature", "2 columns have the role feature: weight, shop"),
    ],
)
def test_a_role_that_is_not_there_exactly_once_is_rejected(role: Any, what: str) -> None:
    with pytest.raises(WrongValue) as caught:
        SCHEMA.get_column(role)
    assert caught.value.what == what
    assert caught.value.todo == f"give exactly one column role: {role}"


def of(**columns: Column) -> Schema:
    """A schema with these columns."""
    return Schema(columns=columns, tables={})


def test_a_role_that_may_be_missing_is_none_and_two_are_rejected() -> None:
    assert (SCHEMA.time, SCHEMA.day, SCHEMA.find_column("group"), SCHEMA.find_column("part")) == (
        None,
        None,
        None,
        None,
    )
    assert of(side=column("category", "part"), who=column("text", "group")).find_column("group") == "who"
    assert of().target is None
    with pytest.raises(WrongValue, match="2 columns have the role group: a, b"):
        of(a=column("text", "group"), b=column("text", "group")).find_column("group")


def test_the_day_is_the_column_of_that_type_or_else_the_time() -> None:
    time, day = column("time", "time"), column("day", "context")
    assert (of(at=time, date=day).day, of(at=time).day, of(date=day).day) == ("date", "at", "date")


def test_free_texts_are_features_of_type_text() -> None:
    named, told = column("category", "feature"), column("text", "feature")
    assert of(id=column("text", "id"), shop=named, note=told, seen=column("text", "context")).free_texts == ["note"]


def test_images_are_features_of_type_image() -> None:
    photo, note = column("image", "feature"), column("text", "feature")
    assert of(photo=photo, note=note, seen=column("image", "context")).images == ["photo"]


@pytest.mark.parametrize(
    ("target", "classes"),
    [
        (column("boolean", "target"), ("not asked", "asked")),
        (column("category", "target", categories=("c", "a", "b")), ("c", "a", "b")),
        (column("category", "target"), ()),
        (column("number", "target"), ()),
        (column("integer", "target"), ()),
        (column("boolean", "context"), ()),
    ],
)
def test_classes_are_named_in_the_order_of_their_codes(target: Column, classes: tuple[str, ...]) -> None:
    assert of(asked=target).classes == classes


def test_asking_for_another_target_forbids_the_one_before() -> None:
    asked = SCHEMA.with_target("weight")
    assert (asked.target, asked.columns["late"].role) == ("weight", "forbidden")
    assert asked.columns_with_role("feature") == ["shop"]
    assert asked.columns["weight"].high == 10.0
    assert (SCHEMA.target, SCHEMA.columns["weight"].role) == ("late", "feature")


def test_asking_for_the_target_itself_changes_nothing() -> None:
    assert SCHEMA.with_target("late") == SCHEMA


def test_asking_for_none_forbids_the_target() -> None:
    asked = SCHEMA.with_target(None)
    assert (asked.target, asked.columns["late"].role, asked.classes) == (None, "forbidden", ())
    assert asked.with_target("late") == SCHEMA


def test_asking_for_a_column_that_is_not_there_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        SCHEMA.with_target("wieght")
    assert str(caught.value) == (
        "error: the target 'wieght' is not a column of the schema\n"
        "where: conf/problem/, key target\nnext:  use 'weight'"
    )


def test_a_missing_column_has_the_nearest_suggested() -> None:
    with pytest.raises(UnfitTable) as caught:
        must_have_columns(good(), ["id", "weigth"], "raw table")
    assert str(caught.value) == (
        "error: column 'weigth' is missing; the table has 4 columns, 2 rows\n"
        "where: raw table, column weigth\nnext:  use 'weight' in conf/schema/, or correct the source"
    )


def test_raw_columns_take_their_declared_types() -> None:
    raw = pd.DataFrame({"n": [1, 2], "w": [1.0, None], "t": ["a", None], "f": [True, None], "more": [0, 0]})
    made = conform_raw(raw, {"w": "integer", "n": "number", "t": "text", "f": "boolean"}, "raw")
    assert made.dtypes.astype(str).to_dict() == {"w": "Int64", "n": "float64", "t": "str", "f": "boolean"}
    assert made.isna().sum().to_dict() == {"w": 1, "n": 0, "t": 1, "f": 1}


@pytest.mark.parametrize(
    ("kind", "values", "what"),
    [
        ("integer", ["1", "two"], "column 'n' is str, not integer; for example 'two'"),
        ("integer", [1.5, 2.0], "column 'n' is float64, not integer; for example 1.5"),
        ("number", ["1.5", "x"], "column 'n' is str, not number; for example 'x'"),
        ("time", ["2013-01-01", "soon"], "column 'n' is str, not time"),
    ],
)
def test_a_value_of_another_type_is_shown(kind: Any, values: list[object], what: str) -> None:
    with pytest.raises(UnfitTable) as caught:
        conform_raw(pd.DataFrame({"n": values}), {"n": kind}, "data/raw/a.parquet")
    assert caught.value.what.startswith(what)
    assert caught.value.where == "data/raw/a.parquet, column n, 2 rows"
    assert len(str(caught.value).splitlines()) == 3


def test_a_raw_table_without_rows_is_rejected() -> None:
    with pytest.raises(UnfitTable, match="no rows in raw"):
        conform_raw(pd.DataFrame({"n": []}), {"n": "number"}, "raw")


def test_a_table_that_keeps_the_schema_passes_unchanged() -> None:
    pd.testing.assert_frame_equal(enforce_schema(good(), SCHEMA), good())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("weight", [11.0, 1.0]),
        ("weight", [-0.1, 1.0]),
        ("weight", [1, 1]),
        ("shop", ["C", "A"]),
        ("id", ["a", "a"]),
        ("late", pd.array([True, None], dtype="boolean")),
    ],
)
def test_a_table_that_breaks_the_schema_is_rejected_by_column(name: str, values: Any) -> None:
    with pytest.raises(UnfitTable, match="the cleaned table breaks its schema") as caught:
        enforce_schema(good().assign(**{name: values}), SCHEMA)
    assert f"column {name}" in caught.value.where
    assert len(str(caught.value).splitlines()) == 3
