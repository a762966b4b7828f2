"""A step for one row of plain values, and the kinds of values that the row's columns hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.data.cells.plain import KINDS, Kind
from lifecycle.data.schema import DTYPES

Kinds = Mapping[str, Kind]
Row = dict[str, Any]

# How `astype("str")` writes a value that is there.
WRITERS: Mapping[Kind, Callable[[Any], str]] = {"number": str, "integer": str, "text": str, "boolean": str}
MISSING: Mapping[Kind, Any] = {"number": math.nan, "integer": None, "text": None, "time": None, "boolean": None}


def find_kind(values: pd.Series) -> Kind | None:
    """The kind of a column that is stored as the schema stores one of its types; None for any other."""
    kinds = {pd.api.types.pandas_dtype(dtype): KINDS[type] for type, dtype in DTYPES.items()}
    return kinds.get(values.dtype)


@dataclass(frozen=True)
class RowStep:
    """A step that changes a row in place, and the kinds of all columns behind it.

    A time outside the years 1 to 9999 raises OverflowError where it is taken to pieces.
    """

    change: Callable[[Row], None]
    kinds: Kinds
