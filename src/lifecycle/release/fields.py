"""One field of a row: what it takes, and how its cells are read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cells.plain import KINDS, PLAIN, describe_cell
from lifecycle.data.cells.reading import ReadCells, Reading, Type, Unread, parse_reading, read_cell, read_cells

Kind = Literal["number", "integer", "boolean", "text"]
Value = float | str | None

JSON_TYPES: Mapping[Kind, str] = {"number": "number", "integer": "integer", "boolean": "boolean", "text": "string"}
# Beyond it some models predict no number, or fail.
LARGEST = 1e30


class Unfit(ValueError):
    """A value that a field does not take."""


@dataclass(frozen=True)
class Field:
    """One feature of a row: its kind, whether it may be missing, and what happens outside range or categories.

    `reading` is how its cells are written; without it a value has the kind's own type.
    """

    name: str
    kind: Kind
    nullable: bool
    low: float | None = None
    high: float | None = None
    categories: frozenset[str] = frozenset()
    outside: Literal["reject", "blank", "clip"] = "reject"
    reading: Reading | None = None

    @property
    def wanted(self) -> str:
        """What the field takes, in words."""
        words = describe_cell(self.kind, self.reading or PLAIN)
        if self.outside == "reject" and self.categories:
            words = "one of " + ", ".join(sorted(self.categories))
        if self.outside == "reject" and (self.low is not None or self.high is not None):
            low, high = ("any" if end is None else f"{end:g}" for end in (self.low, self.high))
            words += f" from {low} to {high}"
        return words + (", or null" if self.nullable else "")

    def read(self, value: Any) -> Value:
        """The value as the model takes it: a float, NaN where a number is missing, a text or None.

        Raises Unfit for a value that is not understood, one that may not be missing, or one outside its range.
        """
        if self.reading is not None:
            value = self._read_cell(value, self.reading)
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

    def _read_cell(self, value: Any, reading: Reading) -> Any:
        try:
            return read_cell(value, self.kind, reading)
        except Unread as cause:
            raise Unfit from cause

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

    def read_cells(self, values: pd.Series) -> ReadCells:
        """The cells as the field's kind has them, whatever its range and categories; booleans as numbers."""
        found = read_cells(values, self.kind, self.reading or PLAIN)
        made = found.values.astype("str" if self.kind == "text" else "float64")
        return replace(found, values=made)

    def read_column(self, values: pd.Series) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
        """The column as the model takes it, and which of its values do not fit; the same rule as `read`."""
        if self.reading is None:
            return self._fit_column(values)
        cells = read_cells(values, self.kind, self.reading)
        found, unfit = self._fit_column(cells.values)
        return found, unfit | cells.unread

    def _fit_column(self, values: pd.Series) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
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


def find_kind(type: Type) -> Kind:
    """The kind of a column's values in a row, where a time is a text."""
    kind = KINDS[type]
    return "text" if kind == "time" else kind


def get_dtype(kind: Kind) -> str:
    """The type of a feature's column."""
    return "str" if kind == "text" else "float64"


def list_values(values: pd.Series) -> list[Any]:
    """The values in Python's own types, missing ones as None."""
    missing = values.isna().to_numpy()
    return [
        None if gone else (value.item() if isinstance(value, np.generic) else value)
        for value, gone in zip(values.tolist(), missing, strict=True)
    ]


def parse_field(name: str, entry: Mapping[str, Any]) -> Field:
    """One property as a field."""
    types = entry["type"] if isinstance(entry["type"], list) else [entry["type"]]
    kinds = {json_type: kind for kind, json_type in JSON_TYPES.items()}
    outside: Literal["reject", "blank", "clip"] = "reject"
    limits = entry
    policies: tuple[Literal["reject", "blank", "clip"], ...] = ("reject", "blank", "clip")
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
        reading=parse_reading(entry["x-read"], "contract.json") if "x-read" in entry else None,
    )
