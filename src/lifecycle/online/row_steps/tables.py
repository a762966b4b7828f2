"""A step that has no way for one row of its own: the function for tables, on a table of that row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from lifecycle import targets
from lifecycle.data.cleaning import Tables
from lifecycle.data.schema import Schema
from lifecycle.online.known_rows import build_typed_table, infer_type, list_plain_values
from lifecycle.online.row_steps.calendar import RowFeatures
from lifecycle.online.row_steps.kinds import Kinds, Row, RowStep, find_kind
from lifecycle.options import Call
from lifecycle.target_kinds import FEATURE, STEP

WHERE = "conf/features/"


def run_as_table(step: Call, unit: str, kinds: Kinds, tables: Tables, after: pd.DataFrame) -> RowStep | None:
    """A cleaning step on a table of one row; `after` are example rows behind it.

    None where a column is stored as no type of the schema is.
    """
    made = {str(name): kind for name in after if (kind := find_kind(after[name]))}
    if len(made) < after.shape[1]:
        return None

    def change(row: Row) -> None:
        table = build_typed_table([row], kinds)
        found: Tables = targets.call(step, "conf/clean/", tables | {unit: table}, kind=STEP)
        for name, kind in made.items():
            row[name] = list_plain_values(found[unit][name], kind)[0]

    return RowStep(change, made)


def compute_as_table(step: Call, schema: Schema, few: pd.DataFrame, past: Callable[[], pd.DataFrame]) -> RowFeatures:
    """A feature step on a table of one row; `few` are cleaned example rows, `past` gives the earlier ones."""
    types = {str(name): schema.columns[str(name)].type for name in few}
    made = {
        str(name): infer_type(values) for name, values in targets.call(step, WHERE, few, past(), kind=FEATURE).items()
    }

    def compute(row: Mapping[str, Any]) -> Mapping[str, Any]:
        found = targets.call(step, WHERE, build_typed_table([row], types), past(), kind=FEATURE)
        return {name: list_plain_values(found[name], kind)[0] for name, kind in made.items()}

    return RowFeatures(tuple(made), compute)
