"""Rows that come in one table for each part, and rows of the test part that stand in another part too."""

from collections.abc import Mapping

import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.steps.values import get_table

TEST = "test"


def stack_parts(tables: Tables, *, table: str, parts: dict[str, str], name: str) -> Tables:
    """The tables, with `table` made of the rows of one table for each part; the column `name` says which.

    `parts` maps train, valid and test to tables, whose rows stand in this order. The columns are those that all
    of them have. Raises UnfitTable for a table that is not there.
    """
    tables_by_part = {part: get_table(tables, other, []) for part, other in parts.items()}
    columns = list_shared_columns(tables_by_part)
    rows = [one[columns].assign(**{name: part}) for part, one in tables_by_part.items()]
    return tables | {table: pd.concat(rows, ignore_index=True).astype({name: "str"})}


def list_shared_columns(tables_by_part: Mapping[str, pd.DataFrame]) -> list[str]:
    """The columns that every table has, in the order of the first."""
    first, *others = tables_by_part.values()
    return [str(name) for name in first.columns if all(name in other.columns for other in others)]


def mark_seen_rows(tables: Tables, *, table: str, part: str, name: str, columns: list[str], id: str = "") -> Tables:
    """The tables, with a column `name` in `table` that says of a row of the test part why it is no test.

    It has the values of a row of another part in all `columns`, missing ones alike, or its `id`. An empty list
    and an empty id are not looked at. All other rows have no reason.
    """
    rows = get_table(tables, table, [part, *columns, *([id] if id else [])])
    test, reasons = rows[part] == TEST, pd.Series(pd.NA, index=rows.index, dtype="str")
    if columns:
        reasons[test & is_among(rows.groupby(columns, dropna=False, sort=False).ngroup(), ~test)] = (
            "stands in train or valid too: the same features and target"
        )
    if id:
        reasons[test & rows[id].notna() & is_among(rows[id], ~test)] = f"stands in train or valid too: the same {id}"
    return tables | {table: rows.assign(**{name: reasons})}


def is_among(values: pd.Series, others: pd.Series) -> pd.Series:
    """Which values are among those of the other rows."""
    return values.isin(values[others])
