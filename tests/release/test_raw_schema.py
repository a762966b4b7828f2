"""The JSON Schema of a raw row says what its reader takes."""

from dataclasses import replace

import jsonschema
import pytest
from builders import raw_rows
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.cells.reading import Reading
from lifecycle.data.schema import Column
from lifecycle.release.raw_contract import parse_raw_contract
from lifecycle.release.raw_schema import MOST_KNOWN, build_raw_contract

AGREED = raw_rows.contract()


def test_the_schema_is_that_of_the_raw_table():
    found = AGREED.schema
    assert found["properties"]["grams"] == {
        "type": ["number", "boolean", "string"], "x-type": "number", "description": "what it weighs",
    }  # fmt: skip
    assert found["properties"]["place"] == {
        "type": ["string", "number", "boolean", "null"], "x-type": "text", "description": "where it goes",
        "x-known": ["a", "b"],
    }  # fmt: skip
    assert found["properties"]["sent_at"] == {
        "type": ["string", "number", "boolean"], "x-type": "time", "x-years": [1678, 2261],
        "description": "when it was sent",
    }  # fmt: skip
    assert found["required"] == ["grams", "sent_at", "gift"]
    assert found["x-unused"] == {
        "courier": "not needed for an answer",
        "took": "not used: it is known only after the prediction time",
        "late": "not used: it is the target",
    }


def build(column, raw="text", known=()):
    schema = raw_rows.schema()
    changed = replace(schema, columns=schema.columns | {"x": column}, tables={"orders": {"x": raw}})
    return build_raw_contract("?", changed, "orders", ["x"], {"x"}, {"x": known})["properties"]["x"]


def test_a_column_that_the_schema_reads_has_its_type_there_and_its_reading():
    column = Column(type="number", role="feature", description="a fee", unit="€", read=Reading(decimal=","))
    found = build(column)
    assert (found["x-type"], found["x-read"], found["x-unit"]) == ("number", {"decimal": ","}, "€")
    assert found["type"][0] == "number"
    plain = build(replace(column, read=None))
    assert (plain["x-type"], "x-read" in plain) == ("text", False)


def test_categories_are_suggested_before_values_that_are_often_there():
    column = Column(type="category", role="feature", description="", categories=("low", "high"))
    assert build(column, known=["x"])["x-known"] == ["low", "high"]
    many = [str(value) for value in range(300)]
    assert build(replace(column, categories=()), known=many)["x-known"] == many[:MOST_KNOWN]


def test_an_id_that_is_a_raw_column_is_described_once():
    schema = raw_rows.schema()
    schema = replace(schema, tables={"orders": {"order": "text", **schema.tables["orders"]}})
    found = build_raw_contract("?", schema, "orders", ["order", "grams"], (), {})
    assert list(found["properties"]) == ["order", "grams"]
    assert not any("order" in name for name in found["patternProperties"])
    assert not parse_raw_contract(found, "question.json").has_own_id


@settings(deadline=None)
@given(
    row=st.dictionaries(
        st.sampled_from([*raw_rows.ASKED, "order", "courier", "took", "gram"]),
        st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["a", "2024-05-31T10:00Z"])),
        max_size=7,
    )
)
def test_a_row_that_is_read_keeps_the_schema(row):
    whole = raw_rows.ASKED | row
    _, wrong = AGREED.read(whole)
    validator = jsonschema.Draft202012Validator(AGREED.schema)
    if not wrong:
        assert list(validator.iter_errors(whole)) == []
    if "gram" in row:
        assert wrong


@pytest.mark.parametrize("name", ["grams", "sent_at", "gift"])
def test_a_row_without_a_required_column_breaks_both(name):
    row = {key: value for key, value in raw_rows.ASKED.items() if key != name}
    assert AGREED.read(row)[1]
    assert not jsonschema.Draft202012Validator(AGREED.schema).is_valid(row)
