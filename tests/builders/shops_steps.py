"""Steps of a project's own on the orders of `builders.shops`: one of cleaning, one of features."""

import pandas as pd

from lifecycle.data.cleaning import Tables


def name_season(tables: Tables, *, table: str, time: str, name: str) -> Tables:
    """The tables, with the quarter of a time as text."""
    rows = tables[table]
    return tables | {table: rows.assign(**{name: "quarter " + rows[time].dt.quarter.astype("str")})}


def count_earlier(table: pd.DataFrame, past: pd.DataFrame, *, by: str, known_at: str, now: str) -> pd.DataFrame:
    """How many earlier rows of the same group were known at each row's time, and whether any was."""
    counts = [
        int(((past[by] == group) & (past[known_at] <= time)).sum())
        for group, time in zip(table[by], table[now], strict=True)
    ]
    number = pd.Series(counts, index=table.index, dtype="int64")
    return pd.DataFrame({"earlier": number, "any_earlier": number > 0})
