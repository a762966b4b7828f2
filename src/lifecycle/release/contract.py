"""The contract of a row: one JSON Schema, and rows checked against it, one at a time or as a table.

The schema of the table says what its own columns may hold; what a feature step makes is a number or a text
that may be missing. A value outside its range is rejected, blanked or clipped as in the table that the model
learned from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.schema import Column, Schema
from lifecycle.errors import CorruptFile, suggest_name

Kind = Literal["number", "integer", "boolean", "text"]
Value = float | str | None

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: Mapping[str, Kind] = {"number": "number", "integer": "integer", "boolean": "boolean"}
JSON_TYPES: Mapping[Kind, str] = {"number": "number", "integer": "integer", "boolean": "boolean", "text": "string"}
# The signs that a pattern must escape, and may.
SYNTAX = "^$\\.*+?()[]{}|/"
LONGEST_GOT = 60
# Beyond it some models predict no number, or fail.
LARGEST = 1e30
# The longest id that goes through.
LONGEST_ID = 200
# Unknown fields of one row that are reported at most: each is compared with every name.
MOST_STRANGERS = 20


class Unfit(ValueError):
    """A value that a field does not take."""


@dataclass(frozen=True)
class Rejection:
    """A field that does not fit, what it got and what it wants."""

    field: str
    got: str
    wanted: str


@dataclass(frozen=True)
class Field:
    """One feature of a row: its kind, whether it may be missing, and what happens outside range or categories."""

    name: str
    kind: Kind
    nullable: bool
    low: float | None = None
    high: float | None = None
    categories: frozenset[str] = frozenset()
    outside: Literal["reject", "blank", "clip"] = "reject"

    @property
    def wanted(self) -> str:
        """What the field takes, in words."""
        words = {"number": "a number", "integer": "a whole number", "boolean": "true or false", "text": "a text"}[
            self.kind
        ]
        if self.outside == "reject" and self.categories:
            words = "one of " + ", ".join(sorted(self.categories))
        if self.outside == "reject" and (self.low is not None or self.high is not None):
            low, high = ("any" if end is None else f"{end:g}" for end in (self.low, self.high))
            words += f" from {low} to {high}"
        return words + (", or null" if self.nullable else "")

    def read(self, value: Any) -> Value:
        """The value as the model takes it: a float, NaN where a number is missing, a text or None.

        Raises Unfit for a value of another type, one that may not be missing, or one outside its range.
        """
        if value is None:
            if not self.nullable:
                raise Unfit
            return None if self.kind == "text" else math.nan
        if self.kind == "text":
            return self._text(value)
        if self.kind == "boolean":
            if type(value) is not bool:
                raise Unfit
            return float(value)
        return self._number(value)

    def _text(self, value: Any) -> str | None:
        if type(value) is not str:
            raise Unfit
        if self.categories and value not in self.categories:
            if self.outside != "blank":
                raise Unfit
            return None
        return value

    def _number(self, value: Any) -> float:
        if type(value) is not float:
            if type(value) is not int or abs(value) > LARGEST:
                raise Unfit
            value = float(value)
        if not abs(value) <= LARGEST or (self.kind == "integer" and not value.is_integer()):
            raise Unfit
        below = self.low is not None and value < self.low
        if below or (self.high is not None and value > self.high):
            if self.outside == "reject":
                raise Unfit
            end = self.low if below else self.high
            return math.nan if self.outside == "blank" or end is None else end
        return float(value)

    def read_column(self, values: pd.Series) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
        """The column as the model takes it, and which of its values do not fit; the same rule as `read`."""
        dtype = values.dtype
        if pd.api.types.is_bool_dtype(dtype) and self.kind == "boolean":
            found = values.astype("float64")
            return found, (found.isna() & (not self.nullable)).to_numpy()
        if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype) and self._takes_numbers:
            return self._numbers(values)
        if isinstance(dtype, pd.CategoricalDtype) and pd.api.types.is_string_dtype(dtype.categories.dtype):
            values = values.astype("str")
        if self.kind == "text" and isinstance(values.dtype, pd.StringDtype):
            return self._texts(values.astype("str"))
        return self._one_by_one(values)

    @property
    def _takes_numbers(self) -> bool:
        return self.kind in ("number", "integer")

    def _numbers(self, values: pd.Series) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
        found = values.to_numpy(dtype=np.float64, na_value=np.nan)
        missing = np.isnan(found)
        unfit = (np.abs(found) > LARGEST) | (missing & (not self.nullable))
        if self.kind == "integer":
            unfit |= ~missing & (np.floor(found) != found)
        low, high = (-np.inf if self.low is None else self.low), (np.inf if self.high is None else self.high)
        outside = (found < low) | (found > high)
        if self.outside == "reject":
            unfit |= outside
        elif outside.any():
            found = np.where(outside & ~unfit, np.nan if self.outside == "blank" else np.clip(found, low, high), found)
        return pd.Series(found, index=values.index), unfit

    def _texts(self, values: pd.Series) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
        missing = values.isna().to_numpy()
        unfit = missing & (not self.nullable)
        if self.categories:
            outside = ~missing & ~values.isin(list(self.categories)).to_numpy()
            if self.outside == "blank":
                return values.mask(outside), unfit
            unfit |= outside
        return values, unfit

    def _one_by_one(self, values: pd.Series) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
        found: list[Value] = []
        unfit = np.zeros(len(values), dtype=bool)
        for place, value in enumerate(list_values(values)):
            try:
                found.append(self.read(value))
            except Unfit:
                unfit[place] = True
                found.append(None if self.kind == "text" else math.nan)
        return pd.Series(found, index=values.index, dtype="str" if self.kind == "text" else "float64"), unfit


def list_values(values: pd.Series) -> list[Any]:
    """The values in Python's own types, missing ones as None."""
    missing = values.isna().to_numpy()
    return [
        None if gone else (value.item() if isinstance(value, np.generic) else value)
        for value, gone in zip(values.tolist(), missing, strict=True)
    ]


@dataclass(frozen=True)
class Checked:
    """The rows that fit, as features in the model's order, with their places; and why the others do not.

    `rejected` has one row per rejected row: `row`, its place, `field`, `got`, `wanted` of its first field that
    does not fit.
    """

    features: pd.DataFrame
    places: npt.NDArray[np.int64]
    rejected: pd.DataFrame


@dataclass(frozen=True)
class Contract:
    """A JSON Schema of one row and what it says, ready to hold rows against."""

    schema: Mapping[str, Any]
    fields: tuple[Field, ...]
    id: str
    forbidden: Mapping[str, str] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """The task of the model."""
        return str(self.schema["x-task"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names in the order of their codes."""
        return tuple(self.schema["x-classes"])

    @property
    def names(self) -> list[str]:
        """The features in the model's order."""
        return [one.name for one in self.fields]

    def read(self, record: Mapping[str, Any]) -> tuple[list[Value], list[Rejection]]:
        """The values of a row in the model's order, and every field that does not fit."""
        values: list[Value] = []
        rejections: list[Rejection] = []
        known = 0
        for one in self.fields:
            if one.name not in record:
                rejections.append(Rejection(one.name, "nothing", one.wanted))
                continue
            known += 1
            try:
                values.append(one.read(record[one.name]))
            except Unfit:
                rejections.append(Rejection(one.name, quote_value(record[one.name]), one.wanted))
        if self.id in record:
            known += 1
            rejections += check_id(self.id, record[self.id])
        return values, rejections if known == len(record) else rejections + self.strangers(record)

    def strangers(self, names: Sequence[str] | Mapping[str, Any]) -> list[Rejection]:
        """A rejection for each name that is neither a feature nor the id."""
        known = {*self.names, self.id}
        unknown = islice((name for name in names if name not in known), MOST_STRANGERS)
        return [Rejection(str(name), "a value", self.why_not(str(name))) for name in unknown]

    def why_not(self, name: str) -> str:
        """What is wrong with a name that is not in the contract."""
        if name in self.forbidden:
            return f"no such field: {self.forbidden[name]}"
        return f"no such field; {suggest_name(name, self.names)}"[:200]

    def check_columns(self, columns: Sequence[str]) -> list[Rejection]:
        """A rejection for each column that a table lacks or has too much."""
        there = set(columns)
        twice = sorted({name for name in columns if list(columns).count(name) > 1})
        if twice:
            return [Rejection(name, "more than one column of that name", "one") for name in twice]
        lacking = [Rejection(one.name, "nothing", one.wanted) for one in self.fields if one.name not in there]
        return lacking + self.strangers(columns)

    def check(self, table: pd.DataFrame) -> Checked:
        """The rows of a table that has the contract's columns, those that fit apart from those that do not."""
        columns, first = {}, np.full(len(table), -1)
        for number, one in enumerate(self.fields):
            columns[one.name], unfit = one.read_column(table[one.name])
            first[unfit & (first < 0)] = number
        if self.id in table:
            unfit = np.array([bool(check_id(self.id, value)) for value in list_values(table[self.id])], dtype=bool)
            first[unfit & (first < 0)] = len(self.fields)
        fit = first < 0
        features = pd.DataFrame(columns, index=table.index)
        places = np.flatnonzero(fit)
        return Checked(features if fit.all() else features.iloc[places], places, self._rejected(table, first))

    def _rejected(self, table: pd.DataFrame, first: npt.NDArray[np.int64]) -> pd.DataFrame:
        rows = []
        for place in np.flatnonzero(first >= 0):
            one = self.fields[first[place]] if first[place] < len(self.fields) else None
            name = one.name if one else self.id
            got = quote_value(list_values(table[name].iloc[int(place) : int(place) + 1])[0])
            rows.append({"row": int(place), "field": name, "got": got, "wanted": one.wanted if one else ID_WANTED})
        return pd.DataFrame(rows, columns=["row", "field", "got", "wanted"])


ID_WANTED = f"a text of at most {LONGEST_ID} characters, or a whole number"


def normalize_id(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The row itself; an id such as 7.0 as 7, since both are the same whole number to JSON Schema."""
    value = record.get(name)
    return {**record, name: int(value)} if type(value) is float and value.is_integer() else record


def check_id(name: str, value: Any) -> list[Rejection]:
    """A rejection where the id is none that can go through."""
    if (type(value) is str and len(value) <= LONGEST_ID) or (type(value) is int and abs(value) < 2**63):
        return []
    return [Rejection(name, quote_value(value), ID_WANTED)]


def quote_value(value: Any) -> str:
    """A value in few words, whatever it is."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value) if isinstance(value, str | float) else str(value)[: LONGEST_GOT + 1]
    return text if len(text) <= LONGEST_GOT else text[:LONGEST_GOT] + "…"


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
        name: describe_column(schema.columns[name])
        if name in schema.columns and name not in derived
        else describe_step(kind, value)
        for (name, kind), value in zip(kinds.items(), (derived.get(name, "") for name in kinds), strict=True)
    }
    for name, entry in properties.items():
        entry["x-typical"] = typical[name]
    return {
        "$schema": DIALECT,
        "title": question,
        "type": "object",
        "properties": properties,
        "patternProperties": {match_exactly(schema.id): describe_id(schema.columns[schema.id])},
        "required": list(properties),
        "additionalProperties": False,
        "x-task": task,
        "x-classes": list(schema.classes),
        "x-target": schema.target,
        "x-unit": schema.columns[schema.target].unit if schema.target else "",
        "x-id": schema.id,
        "x-texts": [name for name in schema.free_texts if name in properties],
        "x-forbidden": dict.fromkeys(schema.columns_with_role("forbidden"), LATER)
        | ({schema.target: "it is the target"} if schema.target else {}),
    }


LATER = "it is known only after the prediction time"


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


def describe_column(column: Column) -> dict[str, Any]:
    """What a column of the table may hold, as JSON Schema says it."""
    kind, nullable = KINDS.get(column.type, "text"), column.missing == "keep"
    found = describe_type(kind, nullable) | {"description": column.description}
    found |= {"x-unit": column.unit} if column.unit else {}
    ends = {key: end for key, end in (("minimum", column.low), ("maximum", column.high)) if end is not None}
    categories = [*column.categories, *([None] if nullable else [])]
    limits = ends | ({"enum": categories} if column.categories else {})
    return found | (limits if column.outside == "reject" or not limits else {f"x-{column.outside}": limits})


def describe_step(kind: Kind, description: str) -> dict[str, Any]:
    """What a feature step makes: a value that may be missing."""
    return describe_type(kind, True) | {"description": description}


def describe_type(kind: Kind, nullable: bool) -> dict[str, Any]:
    """The JSON type of a kind of value, and how large a number may be."""
    ends = {"minimum": -LARGEST, "maximum": LARGEST} if kind in ("number", "integer") else {}
    return {"type": [JSON_TYPES[kind], "null"] if nullable else JSON_TYPES[kind], **ends}


def parse_contract(schema: Mapping[str, Any], where: str) -> Contract:
    """The contract that a JSON Schema of ours states; raises CorruptFile where it is none."""
    try:
        fields = tuple(parse_field(name, entry) for name, entry in schema["properties"].items())
        found = Contract(schema, fields, str(schema["x-id"]), dict(schema["x-forbidden"]))
        if schema["required"] != found.names or not found.task:
            raise ValueError("required and properties differ")
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise CorruptFile(
            f"{where} is no contract of a release ({type(cause).__name__}: {cause})",
            where=where,
            todo="dvc checkout models/release",
        ) from cause
    return found


def parse_field(name: str, entry: Mapping[str, Any]) -> Field:
    """One property as a field."""
    types = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    kinds = {json_type: kind for kind, json_type in JSON_TYPES.items()}
    outside: Literal["reject", "blank", "clip"] = "reject"
    limits = entry
    policies: tuple[Literal["blank", "clip"], ...] = ("blank", "clip")
    for policy in policies:
        if f"x-{policy}" in entry:
            outside, limits = policy, entry[f"x-{policy}"]
    return Field(
        name=name,
        kind=kinds[types[0]],
        nullable="null" in types,
        low=limits["minimum"] if limits.get("minimum", -LARGEST) > -LARGEST else None,
        high=limits["maximum"] if limits.get("maximum", LARGEST) < LARGEST else None,
        categories=frozenset(value for value in limits.get("enum", ()) if value is not None),
        outside=outside,
    )
