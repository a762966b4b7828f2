"""What orders events that became known at one instant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from lifecycle.data.schema import Schema
from lifecycle.online.known_rows import is_missing, list_plain_values

Tie = tuple[Any, ...]


def list_ties(past: pd.DataFrame, schema: Schema) -> list[Tie]:
    """The tie of each row of a past."""
    columns = [list_plain_values(past[name], schema.columns[name].type) for name in list_tie_columns(schema)]
    return [make_tie(row) for row in zip(*columns, strict=True)]


def list_tie_columns(schema: Schema) -> list[str]:
    """The columns that order events which became known at one instant: the row's time and id."""
    return [name for name in (schema.time, schema.id) if name]


def make_tie(values: Iterable[Any]) -> Tie:
    """A sortable key of a row's values, in which a missing one comes after all others."""
    tie: list[Any] = []
    for value in values:
        tie += (True, None) if is_missing(value) else (False, value)
    return tuple(tie)
