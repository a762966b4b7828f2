"""The contract of a row: made from the schema, read one by one and as a table alike."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.schema import Column, Schema
from lifecycle.errors import CorruptFile
from lifecycle.release import row_schema
from lifecycle.release.contract import Rejection, parse_contract

SCHEMA = Schema(
    columns={
        "order": Column(type="text", role="id", description="the order"),
        "weight": Column(type="number", role="feature", description="of the parcel", unit="kg", low=0.0, high=30.0),
        "hour": Column(type="integer", role="feature", description="of day", low=0.0, high=23.0, missing="reject"),
        "humidity": Column(type="number", role="feature", description="of air", low=0.0, high=100.0, outside="clip"),
        "seats": Column(type="number", role="feature", description="of the van", low=1.0, outside="blank"),
        "shop": Column(type="category", role="feature", description="where", categories=("north", "south")),
        "kind": Column(type="category", role="feature", description="what", categories=("a",), outside="blank"),
        "gift": Column(type="boolean", role="feature", description="wrapped", missing="reject"),
        "words": Column(type="text", role="feature", description="a note"),
        "late": Column(type="boolean", role="target", description="too late"),
        "took": Column(type="number", role="forbidden", description="days"),
        "day": Column(type="day", role="context", description="date"),
    },
    tables={},
)
KINDS = {
    "weight": "number", "hour": "integer", "humidity": "number", "seats": "number", "shop": "text", "kind": "text",
    "gift": "boolean", "words": "text", "late_7D": "number",
}  # fmt: skip
ROW = {
    "order": "x1", "weight": 2.5, "hour": 7, "humidity": 50.0, "seats": 3.0, "shop": "north", "kind": "a",
    "gift": True, "words": "hello", "late_7D": None,
}  # fmt: skip
DOCUMENT = row_schema.build_contract(
    "Late?", "binary", SCHEMA, KINDS, {"late_7D": "made by history.recent: value late"}, dict.fromkeys(KINDS)
)
AGREED = parse_contract(DOCUMENT, "contract.json")


def rejections(**changes):
    row = {name: value for name, value in (ROW | changes).items() if value is not ...}
    return AGREED.read(row)[1]


def values(**changes):
    found, wrong = AGREED.read(ROW | changes)
    assert wrong == []
    return dict(zip(AGREED.names, found, strict=True))


def test_the_properties_are_the_features_in_the_models_order():
    assert list(DOCUMENT["properties"]) == list(KINDS) == DOCUMENT["required"] == AGREED.names
    assert DOCUMENT["additionalProperties"] is False
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


def test_a_property_says_what_the_schema_says():
    assert DOCUMENT["properties"]["weight"] == {
        "type": ["number", "null"], "description": "of the parcel", "x-unit": "kg", "minimum": 0.0, "maximum": 30.0,
        "x-typical": None,
    }  # fmt: skip
    assert DOCUMENT["properties"]["hour"]["type"] == "integer"
    assert DOCUMENT["properties"]["shop"]["enum"] == ["north", "south", None]
    assert DOCUMENT["properties"]["humidity"]["x-clip"] == {"minimum": 0.0, "maximum": 100.0}
    assert DOCUMENT["properties"]["humidity"]["maximum"] == 1e30


def test_what_a_step_makes_is_described_by_the_step_and_may_be_missing():
    assert DOCUMENT["properties"]["late_7D"] == {
        "type": ["number", "null"], "minimum": -1e30, "maximum": 1e30,
        "description": "made by history.recent: value late", "x-typical": None,
    }  # fmt: skip


def test_a_row_is_read_in_the_models_order():
    found, wrong = AGREED.read(ROW)
    assert wrong == []
    assert found[:-1] == [2.5, 7.0, 50.0, 3.0, "north", "a", 1.0, "hello"]
    assert math.isnan(found[-1])


@pytest.mark.parametrize(
    ("changes", "field", "got", "wanted"),
    [
        ({"weight": "2.5"}, "weight", "'2.5'", "a number from 0 to 30, or null"),
        ({"weight": 31}, "weight", "31", "a number from 0 to 30, or null"),
        ({"weight": True}, "weight", "true", "a number from 0 to 30, or null"),
        ({"weight": float("nan")}, "weight", "nan", "a number from 0 to 30, or null"),
        ({"late_7D": 10**400}, "late_7D", "1" + "0" * 59 + "…", "a number, or null"),
        ({"late_7D": float("inf")}, "late_7D", "inf", "a number, or null"),
        ({"hour": 7.5}, "hour", "7.5", "a whole number from 0 to 23"),
        ({"hour": None}, "hour", "null", "a whole number from 0 to 23"),
        ({"hour": ...}, "hour", "nothing", "a whole number from 0 to 23"),
        ({"shop": "east"}, "shop", "'east'", "one of north, south, or null"),
        ({"shop": ["north"]}, "shop", "a list of 1", "one of north, south, or null"),
        ({"gift": 1}, "gift", "1", "true or false"),
        ({"words": 3.0}, "words", "3.0", "a text, or null"),
        ({"order": 1.5}, "order", "1.5", "a text of at most 200 characters, or a whole number"),
        ({"wieght": 3.0}, "wieght", "a value", "no such field; use 'weight'"),
    ],
)
def test_what_does_not_fit_is_told_with_field_got_and_wanted(changes, field, got, wanted):
    assert rejections(**changes) == [Rejection(field, got, wanted)]


def test_every_field_that_does_not_fit_is_told():
    assert [one.field for one in rejections(weight="a", hour=..., wieght=1.0)] == ["weight", "hour", "wieght"]


def test_other_columns_of_the_table_are_known_and_not_used():
    assert AGREED.read(ROW | {"took": 3.0, "late": True, "day": "2020-01-01"}) == AGREED.read(ROW)
    assert AGREED.unused == {
        "late": "not used: it is the target",
        "took": "not used: it is known only after the prediction time",
        "day": "not used: its role is context",
    }


def test_outside_values_are_clipped_and_blanked_as_in_the_table():
    found = values(humidity=120, seats=0, kind="b")
    assert found["humidity"] == 100.0
    assert math.isnan(found["seats"])
    assert found["kind"] is None


def test_a_row_may_do_without_its_id():
    assert rejections(order=...) == []


def test_a_table_lacks_and_has_too_many_columns():
    found = AGREED.check_columns([name for name in ROW if name != "hour"] + ["took", "tok"])
    assert [(one.field, one.got) for one in found] == [("hour", "nothing"), ("tok", "a value")]


def table(rows):
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in ROW})


def test_a_table_is_parted_into_rows_that_fit_and_rejected_ones():
    found = AGREED.check(table([ROW, ROW | {"weight": "much", "hour": 99}, ROW | {"humidity": 120.0}]))
    assert found.places.tolist() == [0, 2]
    assert found.features["humidity"].tolist() == [50.0, 100.0]
    assert found.features.dtypes.astype(str).to_dict() == {
        name: "str" if kind == "text" else "float64" for name, kind in KINDS.items()
    }
    assert found.rejected.to_dict("records") == [
        {"row": 1, "field": "weight", "got": "'much'", "wanted": "a number from 0 to 30, or null"}
    ]


ANYTHING = (
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-50, 150) | st.sampled_from([0.0, 7, 30.0])
    | st.sampled_from(["north", "a", "b", ""]) | st.just(float("inf"))
)  # fmt: skip
FITTING = st.fixed_dictionaries(
    {
        "order": st.text("abc", max_size=3),
        "weight": st.none() | st.floats(0, 30),
        "hour": st.integers(0, 23),
        "humidity": st.none() | st.floats(-500, 500),
        "seats": st.none() | st.floats(-5, 5),
        "shop": st.sampled_from(["north", "south", None]),
        "kind": st.sampled_from(["a", "b", None]),
        "gift": st.booleans(),
        "words": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        "late_7D": st.none() | st.floats(allow_nan=False, allow_infinity=False),
    }
)
BROKEN = st.builds(lambda row, name, value: row | {name: value}, FITTING, st.sampled_from(list(KINDS)), ANYTHING)


def same(one, other):
    return one == other or (isinstance(one, float) and isinstance(other, float) and math.isnan(one + other))


@given(st.lists(FITTING | BROKEN, min_size=1, max_size=5), st.booleans())
@settings(max_examples=150, deadline=None)
def test_rows_and_tables_are_read_alike(rows, inferred):
    """Whatever the columns' types: as objects, or as pandas infers them from what is in them."""
    given_table = table(rows)
    if inferred:
        given_table = given_table.infer_objects()
    checked = AGREED.check(given_table)
    alone = [AGREED.read(row) for row in rows]
    if not inferred:  # a column of one type turns 7 into 7.0 and True into True: only what is read may differ
        assert checked.places.tolist() == [place for place, (_, wrong) in enumerate(alone) if not wrong]
        first = {place: wrong[0] for place, (_, wrong) in enumerate(alone) if wrong}
        told = [(one["row"], one["field"], one["wanted"]) for one in checked.rejected.to_dict("records")]
        assert told == [(place, one.field, one.wanted) for place, one in first.items()]
    for row, place in zip(checked.features.itertuples(index=False), checked.places, strict=True):
        expected = [None if value is None else value for value in alone[place][0]]
        read = [None if isinstance(value, float) and math.isnan(value) and kind == "text" else value
                for value, kind in zip(row, KINDS.values(), strict=True)]  # fmt: skip
        assert all(same(one, other) for one, other in zip(read, expected, strict=True)), (read, expected)


def test_numpy_types_and_extension_types_are_read_as_their_values():
    rows = pd.DataFrame(
        {
            "order": ["x", "y"],
            "weight": np.array([1, 2], dtype="int32"),
            "hour": pd.array([1, 2], dtype="Int64"),
            "humidity": np.array([1, 2], dtype="float32"),
            "seats": pd.array([None, 2.5], dtype="Float64"),
            "shop": pd.Categorical(["north", None]),
            "kind": pd.array(["a", None], dtype="string"),
            "gift": pd.array([True, False], dtype="boolean"),
            "words": pd.Series([None, "b"], dtype="str"),
            "late_7D": [None, None],
        }
    )
    found = AGREED.check(rows)
    assert found.rejected.empty
    assert found.features["hour"].tolist() == [1.0, 2.0]
    assert found.features["gift"].tolist() == [1.0, 0.0]
    assert found.features["seats"].isna().tolist() == [True, False]
    assert found.features["shop"].isna().tolist() == [False, True]


@pytest.mark.parametrize("damage", [{"properties": 3}, {"required": []}, {"x-task": ""}, {"x-unused": 1}])
def test_another_document_is_no_contract(damage):
    with pytest.raises(CorruptFile, match="is no contract of a release"):
        parse_contract(DOCUMENT | damage, "contract.json")


def test_the_id_is_described_beside_the_properties_by_its_very_name():
    pattern = next(iter(DOCUMENT["patternProperties"]))
    assert pattern == "^order$"
    assert row_schema.match_exactly("a.b-c d") == r"^a\.b-c d$"
