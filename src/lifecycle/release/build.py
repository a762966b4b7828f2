"""What a release's contract says of a feature, and its example request."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.data.columns import with_columns
from lifecycle.data.dataset import Dataset, is_number
from lifecycle.data.schema import Schema
from lifecycle.errors import UnfitTable
from lifecycle.options import Call
from lifecycle.release import contract
from lifecycle.release.fields import Kind, Value, find_kind
from lifecycle.release.raw_schema import MOST_KNOWN

# Rows on which the feature steps are run to learn what each makes.
FEW = 50


def infer_kind(values: pd.Series, schema: Schema) -> Kind:
    """The kind of a feature: as the schema says, else as the step made it."""
    column = schema.columns.get(str(values.name))
    if column is not None and column.role == "feature":
        return find_kind(column.type)
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    return "number" if is_number(values) else "text"


def describe_step(step: Call) -> str:
    """A description of a feature step: its function and arguments."""
    arguments = ", ".join(f"{name} {format_argument(value)}" for name, value in step.arguments.items())
    return f"made by {step.target.removeprefix('lifecycle.data.features.')}: {arguments}"


def format_argument(value: Any) -> str:
    """An argument in words."""
    return " ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def choose_typical_value(values: pd.Series, kind: Kind) -> Value:
    """The median of numbers, the first of the most frequent booleans or texts; None without any."""
    there = values.dropna()
    if there.empty:
        return None
    if kind in ("number", "integer"):
        return convert_value(float(there.median()), kind)
    counts = there.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return convert_value(counts.index[0], kind)


def list_typical_values(features: pd.DataFrame, kinds: Mapping[str, Kind], schema: Schema) -> dict[str, Value]:
    """The typical value of each feature; None for an image, so that a release is checked where no image is."""
    return {
        name: None if name in schema.images else choose_typical_value(features[name], kind)
        for name, kind in kinds.items()
    }


def convert_value(value: Any, kind: Kind) -> Value:
    """A feature's value as a request has it."""
    if pd.isna(value):
        return None
    if kind == "text":
        return str(value)
    if kind == "boolean":
        return bool(value)
    return float(value) if kind == "number" else round(float(value))


def build_example_request(examples: Dataset, agreed: contract.Contract, schema: Schema) -> dict[str, Any]:
    """The first of the examples that keeps the contract, as a request; raises UnfitTable where none does.

    It names no image where that may be missing, so that a release is checked where no image is.
    """
    left_out = {one.name for one in agreed.fields if one.nullable and one.name in schema.images}
    rows = with_columns(examples.features, {schema.id: examples.context[schema.id].to_numpy()})
    for row in rows.head(FEW).to_dict("records"):
        example = {schema.id: row[schema.id]} | {
            one.name: None if one.name in left_out else convert_value(row[one.name], one.kind) for one in agreed.fields
        }
        _, rejections = agreed.read(example)
        if not rejections:
            return example
    raise UnfitTable(
        f"none of the first {FEW} rows keeps the contract; {rejections[0].field}: got {rejections[0].got}, "
        f"wanted {rejections[0].wanted}",
        where=f"{paths.FEATURES}, column {rejections[0].field}",
        todo=f"correct {rejections[0].field} in conf/schema/ or in the step of conf/features/ that makes it",
    )


def list_known_values(rows: pd.DataFrame, schema: Schema) -> dict[str, list[str]]:
    """The frequent values of each raw column that is a category in the schema, by frequency, as suggestions.

    A value of few rows may tell of a person, and is none.
    """
    names = [str(name) for name in rows if str(name) in schema.columns and schema.columns[str(name)].type == "category"]
    counts = {
        name: rows[name].value_counts().sort_index().sort_values(ascending=False, kind="stable") for name in names
    }
    return {name: [str(value) for value in found[found >= FEW].index[:MOST_KNOWN]] for name, found in counts.items()}


def format_raw_value(value: Any, kind: str) -> Any:
    """A raw value as JSON has it: a time by ISO 8601."""
    if pd.isna(value):
        return None
    if kind == "time":
        return str(value.isoformat()).replace("+00:00", "Z")
    return {"number": float, "integer": int, "boolean": bool}.get(kind, str)(value)
