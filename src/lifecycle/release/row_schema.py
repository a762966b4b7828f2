"""The JSON Schema of a row, made from the schema of the table."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lifecycle.data.cells.reading import Reading
from lifecycle.data.schema import Column, Schema
from lifecycle.release.contract import LONGEST_ID
from lifecycle.release.fields import JSON_TYPES, LARGEST, Kind, Value, find_kind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# The signs that a pattern must escape, and may.
SYNTAX = "^$\\.*+?()[]{}|/"


def build_contract(
    question: str,
    task: str,
    schema: Schema,
    kinds: Mapping[str, Kind],
    derived: Mapping[str, str],
    typical: Mapping[str, Value],
) -> dict[str, Any]:
    """The JSON Schema of one row.

    `kinds` are the features in the model's order; `derived` describes those that a step makes, and `typical`
    holds the median or the most frequent value of each among the rows that the model learned from.
    """
    properties = {
        name: describe_column(schema.columns[name], schema.find_reading(name))
        if name in schema.columns and name not in derived
        else describe_step(kind, value)
        for (name, kind), value in zip(kinds.items(), (derived.get(name, "") for name in kinds), strict=True)
    }
    for name, entry in properties.items():
        entry["x-typical"] = typical[name]
    unused = explain_unused(schema, properties)
    beside = {name: {"description": why} for name, why in unused.items()}
    images = [name for name in schema.images if name in properties]
    return {
        "$schema": DIALECT,
        "title": question,
        "type": "object",
        "properties": properties,
        "patternProperties": {match_exactly(schema.id): describe_id(schema.columns[schema.id])}
        | {match_exactly(name): entry for name, entry in beside.items()},
        "required": [*properties],
        "additionalProperties": False,
        "x-task": task,
        "x-classes": list(schema.classes),
        "x-target": schema.target,
        "x-unit": schema.columns[schema.target].unit if schema.target else "",
        "x-id": schema.id,
        "x-texts": [name for name in schema.free_texts if name in properties],
        "x-unused": unused,
    } | ({"x-images": images} if images else {})


LATER = "not used: it is known only after the prediction time"


def explain_unused(schema: Schema, features: Mapping[str, Any]) -> dict[str, str]:
    """The other columns of the table, which a row may have, and why the model does not use them."""
    reasons: dict[str, str] = {"forbidden": LATER, "target": "not used: it is the target"}
    return {
        name: reasons.get(column.role, f"not used: its role is {column.role}")
        for name, column in schema.columns.items()
        if name not in features and column.role != "id"
    }


def match_exactly(name: str) -> str:
    """A pattern, as JSON Schema has them, for this name alone."""
    return "^" + "".join(f"\\{sign}" if sign in SYNTAX else sign for sign in name) + "$"


def describe_id(column: Column) -> dict[str, Any]:
    """The id, which is copied to the prediction; a row may lack it."""
    return {
        "type": ["string", "integer"],
        "maxLength": LONGEST_ID,
        "minimum": 1 - 2**63,
        "maximum": 2**63 - 1,
        "description": f"{column.description}; is copied to the prediction, may be left out",
    }


def describe_column(column: Column, reading: Reading | None) -> dict[str, Any]:
    """What a column of the table may hold, as JSON Schema says it; where its cells are read, any scalar may be one."""
    kind, nullable = find_kind(column.type), column.missing == "keep"
    found = describe_type(kind, nullable) | {"description": column.description}
    if reading is not None:
        others = [name for name in dict.fromkeys([JSON_TYPES[kind], *JSON_TYPES.values()]) if name != "integer"]
        found |= {"type": [JSON_TYPES[kind], *others, *(["null"] if nullable else [])]}
        found |= {"x-read": describe_reading(reading)}
    found |= {"x-unit": column.unit} if column.unit else {}
    ends = {key: end for key, end in (("minimum", column.low), ("maximum", column.high)) if end is not None}
    categories = [*column.categories, *([None] if nullable else [])]
    limits = ends | ({"enum": categories} if column.categories else {})
    is_plain = not limits or (column.outside == "reject" and reading is None)
    return found | (limits if is_plain else {f"x-{column.outside}": limits})


def describe_reading(reading: Reading) -> dict[str, Any]:
    """How cells are written, as far as that differs from the defaults."""
    keys = {key: value for key, value in asdict(reading).items() if value != getattr(Reading(), key)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in keys.items()}


def describe_step(kind: Kind, description: str) -> dict[str, Any]:
    """What a feature step makes: a value that may be missing."""
    return describe_type(kind, True) | {"description": description}


def describe_type(kind: Kind, nullable: bool) -> dict[str, Any]:
    """The JSON type of a kind of value, and how large a number may be."""
    ends = {"minimum": -LARGEST, "maximum": LARGEST} if kind in ("number", "integer") else {}
    return {"type": [JSON_TYPES[kind], "null"] if nullable else JSON_TYPES[kind], **ends}
