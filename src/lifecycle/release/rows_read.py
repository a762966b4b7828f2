"""Rows that were read: what a row or a table becomes for the model, and values between the two forms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lifecycle.arrays import Integers
from lifecycle.release.contract import Rejection
from lifecycle.release.fields import Field, Kind, Value, get_dtype

REJECTED = ("row", "field", "got", "wanted")


@dataclass(frozen=True)
class RowsRead:
    """The rows that fit, as features in the model's order, with their ids and places; and why the others do not.

    `ids` is None where prepared rows have none. `rejected` has one row per rejected row: `row`, its place, `field`,
    `got`, `wanted` of its first field that does not fit.
    """

    features: pd.DataFrame
    ids: pd.Series | None
    places: Integers
    rejected: pd.DataFrame


@dataclass(frozen=True)
class RowRead:
    """One row: its prepared form with its id, its values in the model's order, the raw row, and what does not fit.

    `question` is the raw row as sent, None for a row that was sent prepared. Of a raw row `own_id` is the id in the
    table, empty where that is not known, and `moment` that of asking, in microseconds since 1970, 0 without one.
    """

    record: Mapping[str, Any] = field(default_factory=dict)
    values: list[Value] = field(default_factory=list)
    question: Mapping[str, Any] | None = None
    rejections: Sequence[Rejection] = ()
    own_id: str = ""
    moment: int = 0


def tabulate_values(rows: Sequence[Sequence[Value]], fields: Sequence[Field]) -> pd.DataFrame:
    """Rows of values in the model's order as its features."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in fields)
    features = {
        one.name: pd.Series(list(values), dtype=get_dtype(one.kind))
        for one, values in zip(fields, columns, strict=True)
    }
    return pd.DataFrame(features, index=range(len(rows)))


def describe_row(values: Sequence[Value], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Values in the model's order as a prepared row, as a caller would send it; `kinds` are by feature, in that order.

    NaN is the one number that is not equal to itself: no function is called to find it in each of them.
    """
    return {
        name: (value if value == value else None) if kind == "number" else describe_value(value, kind)  # noqa: PLR0124
        for (name, kind), value in zip(kinds.items(), values, strict=True)
    }


def describe_value(value: Value, kind: Kind) -> Any:
    """A value of the model as JSON has it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if kind == "boolean":
        return bool(value)
    return int(value) if kind == "integer" else value
