"""Raw rows cleaned at the moment of asking, by the steps of conf/clean/ that their own columns need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import targets
from lifecycle.data.cleaning import Tables, is_outside, is_repairable, read_columns, repair_values
from lifecycle.data.columns import with_columns
from lifecycle.data.schema import DTYPES, Column, Schema
from lifecycle.online.definitions import FeatureDefinitions
from lifecycle.target_kinds import STEP

WHERE = "conf/clean/"
SHOWN = 60  # characters of a value in a rejection


@dataclass(frozen=True)
class CleanedRows:
    """The asked rows that fit, with the needed columns in their types, and why the others do not.

    `places` are theirs among all asked rows. `rejected` has one row for each rejected one: `row`, its place, `field`,
    `got` and `wanted` of the first column that does not fit.
    """

    table: pd.DataFrame
    places: npt.NDArray[np.int64]
    rejected: pd.DataFrame


def list_other_tables(
    definitions: FeatureDefinitions, others: Tables, example: pd.DataFrame, where: str = WHERE
) -> list[Tables]:
    """The tables beside the units' before each cleaning step, once the steps that change them have run."""
    worlds, table, unit = [], example, definitions.unit
    for place, step in enumerate(definitions.clean.steps):
        worlds.append(others)
        if place in definitions.steps or place in definitions.other_steps:
            made: Tables = targets.call(step, f"{where}, key steps.{place}", others | {unit: table}, kind=STEP)
            table = made[unit] if place in definitions.steps else table
            others = {name: rows for name, rows in made.items() if name != unit}
    return worlds


def clean_rows(definitions: FeatureDefinitions, rows: pd.DataFrame, worlds: Sequence[Tables]) -> CleanedRows:
    """The asked rows after the steps and the rules of the schema that they need; `worlds` are the other tables."""
    table = run_steps(definitions, definitions.steps, rows, worlds)
    typed = type_columns(table, definitions.schema, [*definitions.needed, *list_id(definitions, table)])
    rejected = definitions.clean.rejected
    reasons = table[rejected].to_numpy(dtype=object) if rejected in table else None
    return apply_rules(typed, definitions.schema, reasons)


def list_id(definitions: FeatureDefinitions, table: pd.DataFrame) -> list[str]:
    """The column of the id, where the rows have it or it is made of their own columns."""
    return [definitions.schema.id] if definitions.schema.id in table else []


def run_steps(
    definitions: FeatureDefinitions, places: Sequence[int], rows: pd.DataFrame, worlds: Sequence[Tables]
) -> pd.DataFrame:
    """The units' table of some raw rows after the cleaning steps of these places."""
    table, unit = rows, definitions.unit
    for place in places:
        step = definitions.clean.steps[place]
        table = targets.call(step, f"{WHERE}, key steps.{place}", worlds[place] | {unit: table}, kind=STEP)[unit]
    return table


def type_columns(table: pd.DataFrame, schema: Schema, names: Sequence[str]) -> pd.DataFrame:
    """These columns of the table in the types of the schema, read as it says."""
    columns = {name: schema.columns[name] for name in dict.fromkeys(names)}
    read = read_columns(table[[*columns]], replace(schema, columns=columns), WHERE)
    types = {name: pd.api.types.pandas_dtype(DTYPES[column.type]) for name, column in columns.items()}
    return pd.DataFrame({name: read[name].astype(kind) for name, kind in types.items()})


def apply_rules(table: pd.DataFrame, schema: Schema, reasons: npt.NDArray[Any] | None) -> CleanedRows:
    """The rows that keep the rules of their columns, with values blanked or clipped, and the others."""
    rules = {str(name): schema.columns[str(name)] for name in table.columns}
    outside = {name: is_outside(table[name], column) for name, column in rules.items()}
    faults: list[tuple[str, npt.NDArray[np.bool_]]] = []
    if reasons is not None:
        faults.append(("", pd.notna(reasons)))
    for name, column in rules.items():
        if column.missing == "reject" and column.role != "id":
            faults.append((name, table[name].isna().to_numpy(dtype=bool)))
        if column.outside == "reject":
            faults.append((name, outside[name].to_numpy(dtype=bool)))
    repaired = {
        name: repair_values(table[name], rules[name], rows)
        for name, rows in outside.items()
        if is_repairable(rules[name], rows)
    }
    wrong = np.any([rows for _, rows in faults], axis=0) if faults else np.zeros(len(table), dtype=bool)
    places = np.flatnonzero(~wrong)
    kept = with_columns(table, repaired).iloc[places].reset_index(drop=True)
    return CleanedRows(kept, places, list_rejected(table, rules, faults, np.flatnonzero(wrong), reasons))


def list_rejected(
    table: pd.DataFrame,
    rules: dict[str, Column],
    faults: list[tuple[str, npt.NDArray[np.bool_]]],
    places: npt.NDArray[np.int64],
    reasons: npt.NDArray[Any] | None,
) -> pd.DataFrame:
    """One row for each rejected one: its place, and the first column that does not fit, what it holds and takes."""
    rows = []
    for place in places.tolist():
        name = next(name for name, wrong in faults if wrong[place])
        if not name:
            assert reasons is not None  # noqa: S101 - a fault without a column is a step's
            rows.append({"row": place, "field": "", "got": "this row", "wanted": f"another: {reasons[place]}"})
        else:
            value = table[name].iloc[place]
            rows.append({"row": place, "field": name, "got": show_value(value), "wanted": describe_rule(rules[name])})
    return pd.DataFrame(rows, columns=["row", "field", "got", "wanted"])


def show_value(value: Any) -> str:
    """A value in a rejection."""
    return "nothing" if pd.isna(value) else str(value)[:SHOWN]


def describe_rule(column: Column) -> str:
    """What a column takes, in words."""
    if column.categories:
        return f"one of {', '.join(column.categories)}"
    ends = [f"at least {column.low:g}" if column.low is not None else "",
            f"at most {column.high:g}" if column.high is not None else ""]  # fmt: skip
    return " and ".join(filter(None, [f"a {column.type}", *ends]))
