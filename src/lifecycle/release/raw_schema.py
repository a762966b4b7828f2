"""The JSON Schema of a raw row, made from the schema of the table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lifecycle.data.cells.reading import Type
from lifecycle.data.cells.years import YEARS, Years
from lifecycle.data.schema import Column, Schema
from lifecycle.release.fields import JSON_TYPES, find_kind
from lifecycle.release.row_schema import DIALECT, LATER, describe_id, describe_reading, match_exactly

# Known values of one column that are suggested at most.
MOST_KNOWN = 200


def build_raw_contract(
    question: str,
    schema: Schema,
    unit: str,
    columns: Sequence[str],
    nullable: Collection[str],
    known: Mapping[str, Sequence[str]] | None = None,
    descriptions: Mapping[str, str] | None = None,
    years: Years = YEARS,
) -> dict[str, Any]:
    """The JSON Schema of a raw row: `columns` of the raw table `unit`, of which those in `nullable` may be missing.

    Description, unit, categories and reading are those of the schema's column of the same name, where there is one;
    `descriptions` are of other columns. `known` are values that a column often has, as suggestions. Any scalar may be
    a cell: what it means is said by its type, `x-type`, and its reading, `x-read`; times and days are of the `years`.
    """
    words, suggested = descriptions or {}, known or {}
    properties = {
        name: describe_raw_column(find_type(schema, unit, name), name in nullable, years)
        | describe_meaning(schema.columns.get(name), words.get(name, ""), suggested.get(name, ()))
        | describe_cells(schema, name)
        for name in columns
    }
    unused = explain_unused(schema, unit, columns)
    return {
        "$schema": DIALECT,
        "title": question,
        "type": "object",
        "properties": properties,
        "patternProperties": describe_others(schema, columns, unused),
        "required": [name for name in columns if name not in nullable],
        "additionalProperties": False,
        "x-id": schema.id,
        "x-unused": unused,
    }


def describe_raw_column(kind: Type, nullable: bool, years: Years) -> dict[str, Any]:
    """What a raw column holds; its own JSON type comes first, and any other scalar may be a cell too."""
    own = JSON_TYPES[find_kind(kind)]
    others = [name for name in JSON_TYPES.values() if name not in (own, "integer")]
    found = {"type": [own, *others, *(["null"] if nullable else [])], "x-type": kind}
    return found | ({"x-years": [*years]} if kind in ("time", "day") else {})


def describe_meaning(column: Column | None, words: str, known: Sequence[str]) -> dict[str, Any]:
    """What a raw column is, its unit, and its categories or else some values that it often has."""
    values = list(column.categories if column and column.categories else known)[:MOST_KNOWN]
    return {
        "description": column.description if column else words,
        **({"x-unit": column.unit} if column and column.unit else {}),
        **({"x-known": values} if values else {}),
    }


def find_type(schema: Schema, unit: str, name: str) -> Type:
    """The type that a raw column's cells are read into: the schema's where it says how, else the raw table's."""
    is_read = name in schema.columns and schema.find_reading(name) is not None
    return schema.columns[name].type if is_read else schema.tables[unit][name]


def describe_cells(schema: Schema, name: str) -> dict[str, Any]:
    """How the cells of a column are written, where the schema says it."""
    reading = schema.find_reading(name) if name in schema.columns else None
    return {} if reading is None else {"x-read": describe_reading(reading)}


def explain_unused(schema: Schema, unit: str, columns: Collection[str]) -> dict[str, str]:
    """Names that may be there and change nothing: the other raw columns, and what is known only later."""
    raw = dict.fromkeys(schema.tables[unit], "not needed for an answer")
    later = {
        name: "not used: it is the target" if column.role == "target" else LATER
        for name, column in schema.columns.items()
        if column.role in ("forbidden", "target")
    }
    return {name: why for name, why in (raw | later).items() if name not in columns and name != schema.id}


def describe_others(schema: Schema, columns: Collection[str], unused: Mapping[str, str]) -> dict[str, Any]:
    """The names that a raw row may have beside its columns, as patterns: those left aside, and an id for its answer."""
    found = {match_exactly(name): {"description": why} for name, why in unused.items()}
    own_id = {match_exactly(schema.id): describe_id(schema.columns[schema.id])}
    return found if schema.id in columns else own_id | found
