"""A given split: one table for each part, and test rows that are also in another part."""

from collections.abc import Mapping

import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns
from lifecycle.data.steps.values import get_table

TEST = "test"


def stack_parts(tables: Tables, *, table: str, parts: dict[str, str], name: str) -> Tables:
    """The tables, with `table` stacked from one table for each part; the column `name` holds the part.

    `parts` maps train, valid and test to tables, stacked in this order. The columns are those that all
    tables have. Raises UnfitTable for a table that is not there.
    """
    tables_by_part = {part: get_table(tables, other, []) for part, other in parts.items()}
    columns = list_shared_columns(tables_by_part)
    rows = [with_columns(one[columns], {name: part}) for part, one in tables_by_part.items()]
    return tables | {table: pd.concat(rows, ignore_index=True).astype({name: "str"})}


def list_shared_columns(tables_by_part: Mapping[str, pd.DataFrame]) -> list[str]:
    """The columns that every table has, in the order of the first."""
    first, *others = tables_by_part.values()
    return [str(name) for name in first.columns if all(name in other.columns for other in others)]


def mark_seen_rows(tables: Tables, *, table: str, part: str, name: str, columns: list[str], id: str = "") -> Tables:
    """The tables, with a column `name` in `table` that holds the reason to reject a test row.

    The row equals a row of another part in all `columns`, missing values included, or in its `id`. Empty
    `columns` and an empty `id` are not compared. All other rows have no reason.
    """
    rows = get_table(tables, table, [part, *columns, *([id] if id else [])])
    test, reasons = rows[part] == TEST, pd.Series(pd.NA, index=rows.index, dtype="str")
    if columns:
        reasons[test & is_among(rows.groupby(columns, dropna=False, sort=False).ngroup(), ~test)] = (
            "also in train or valid: the same features and target"
        )
    if id:
        reasons[test & rows[id].notna() & is_among(rows[id], ~test)] = f"also in train or valid: the same {id}"
    return tables | {table: with_columns(rows, {name: reasons})}


def is_among(values: pd.Series, others: pd.Series) -> pd.Series:
    """Which values are among those of the other rows."""
    return values.isin(values[others])
