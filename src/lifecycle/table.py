"""From raw tables to one table: joins that look back only, rules, and every refused row with its reason."""

from dataclasses import dataclass

import pandas as pd

from lifecycle import targets
from lifecycle.options import Call, options
from lifecycle.schema import DTYPES, Column, Schema, columns_there

Tables = dict[str, pd.DataFrame]


@options
class Clean:
    """How the table is made: steps in order, and the table whose rows are the units.

    Each step is a function `(tables, **arguments) -> tables`. `no_label` is the reason given to a row
    without a target.
    """

    unit: str
    steps: tuple[Call, ...]
    no_label: str


@dataclass(frozen=True)
class Cleaned:
    """The table, the refused rows with a column `reason`, and what the rules changed, by column."""

    table: pd.DataFrame
    refused: pd.DataFrame
    changed: dict[str, dict[str, int]]


def build(raw: Tables, clean: Clean, where: str) -> Tables:
    """The tables after all steps."""
    tables = raw
    for number, step in enumerate(clean.steps):
        tables = targets.call(step, f"{where}, key steps.{number}", tables)
    return tables


def blanked(before: Tables, after: Tables) -> dict[str, int]:
    """How many raw values the steps blanked, by `table.column`."""
    lost = {
        f"{name}.{column}": int(after[name][column].isna().sum() - table[column].isna().sum())
        for name, table in before.items()
        for column in table.columns
    }
    return {column: count for column, count in lost.items() if count > 0}


def conform(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The schema's columns, in its order and types, sorted by time and id."""
    columns_there(table, list(schema.columns), "the table made in conf/clean/")
    typed = {
        name: table[name].astype(pd.api.types.pandas_dtype(DTYPES[column.type]))
        for name, column in schema.columns.items()
    }
    return pd.DataFrame(typed).sort_values([schema.time, schema.id], ignore_index=True)


def apply_rules(table: pd.DataFrame, schema: Schema, no_label: str) -> Cleaned:
    """Each row kept, or refused with its first reason: no id, no label, duplicate, missing, impossible."""
    changed: dict[str, dict[str, int]] = {}
    reasons = pd.Series(pd.NA, index=table.index, dtype="str")
    give(reasons, table[schema.id].isna(), f"{schema.id} is missing")
    give(reasons, table[schema.target].isna(), no_label)
    give(reasons, table.duplicated(schema.id, keep="first"), f"duplicate {schema.id}")
    for name, column in schema.columns.items():
        if column.missing == "refuse":
            give(reasons, table[name].isna(), f"{name} is missing")
    for name, column in schema.columns.items():
        outside = is_outside(table[name], column)
        if column.outside == "refuse":
            give(reasons, outside, f"{name} is impossible")
        elif outside.any():
            table = table.assign(**{name: mended(table[name], column, outside)})
            changed[name] = {column.outside: int(outside.sum())}
    kept = reasons.isna()
    return Cleaned(
        table=table[kept].reset_index(drop=True),
        refused=table[~kept].assign(reason=reasons[~kept]).reset_index(drop=True),
        changed=changed,
    )


def give(reasons: pd.Series, rows: pd.Series, reason: str) -> None:
    """Write a reason at the rows that have none yet."""
    reasons[rows & reasons.isna()] = reason


def is_outside(values: pd.Series, column: Column) -> pd.Series:
    """Which values are outside the column's range or categories; a missing value is not."""
    outside = pd.Series(False, index=values.index)
    if column.low is not None:
        outside |= (values < column.low).fillna(False).astype(bool)
    if column.high is not None:
        outside |= (values > column.high).fillna(False).astype(bool)
    if column.categories:
        outside |= values.notna() & ~values.isin(column.categories)
    return outside


def mended(values: pd.Series, column: Column, outside: pd.Series) -> pd.Series:
    """The values with those outside blanked or clipped, as the column says."""
    if column.outside == "clip":
        return values.clip(column.low, column.high)
    return values.mask(outside)
