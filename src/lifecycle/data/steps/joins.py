"""Joins of other tables; a join in time only looks back."""

import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns
from lifecycle.errors import UnfitTable


def join_by_key(tables: Tables, *, table: str, other: str, by: str, key: str = "", columns: dict[str, str]) -> Tables:
    """The tables, with columns of `other`, which has one row per key, added to `table`.

    `columns` maps the new names to the other table's; `key` is the other table's name for `by`. Raises
    UnfitTable if one of the two is text and the other is not: nothing could match.
    """
    source = tables[other].dropna(subset=[key or by]).drop_duplicates(key or by).set_index(key or by)
    asking = tables[table]
    must_match(asking[by], source.index.to_series(), f"{table}.{by}", f"{other}.{key or by}")
    added = {name: asking[by].map(source[column]) for name, column in columns.items()}
    return tables | {table: with_columns(asking, added)}


def must_match(asking: pd.Series, keys: pd.Series, one: str, other: str) -> None:
    """Raise UnfitTable where one key is text and the other is not."""
    if pd.api.types.is_numeric_dtype(asking) != pd.api.types.is_numeric_dtype(keys):
        raise UnfitTable(
            f"{one} is {asking.dtype} and {other} is {keys.dtype}: no values can match",
            where=f"conf/clean/, a step lifecycle.data.steps.joins.join_by_key, {one} and {other}",
            todo="make both numbers first: lifecycle.data.steps.values.read_columns",
        )


def join_as_of(
    tables: Tables,
    *,
    table: str,
    other: str,
    by: str,
    prediction_time: str,
    observed: str,
    within: str,
    columns: dict[str, str],
) -> Tables:
    """The tables, with the last row of `other` observed by the prediction time joined to each row of `table`.

    Rows match on `by`. A row observed more than `within` before the prediction time is too old and leaves the
    columns missing, as does a missing prediction time. Nothing observed later is read.
    """
    asking = tables[table]
    observations = tables[other].dropna(subset=[observed, by]).sort_values([observed, by], kind="stable")
    observations = observations.drop_duplicates([observed, by], keep="last")
    matched = pd.merge_asof(
        asking[[prediction_time, by]].dropna().reset_index(names="row").sort_values([prediction_time, "row"]),
        observations[[observed, by, *dict.fromkeys(columns.values())]],
        left_on=prediction_time,
        right_on=observed,
        by=by,
        tolerance=pd.Timedelta(within),
    ).set_index("row")
    added = {name: matched[column].reindex(asking.index) for name, column in columns.items()}
    return tables | {table: with_columns(asking, added)}
