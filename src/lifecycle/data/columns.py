"""Columns under names from outside: no name is special, and none collides with one of ours."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

import pandas as pd

ID = "id"
# The columns beside the id in tables of assignments and of predictions.
OURS = re.compile(r"part|fold_\d+|label|actual|predicted|probability(_.*)?|low|high|cluster", re.DOTALL)


def name_id_column(id: str) -> str:
    """The column of ids in a table of assignments or predictions: as in the table, `id` where that is one of ours."""
    return ID if OURS.fullmatch(id) else id


def name_free_column(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it where a column of the table is called so."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def with_columns(table: pd.DataFrame, columns: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
    """The table with these columns in place of its own or behind them; `DataFrame.assign` takes none called `self`."""
    changed, added = table.copy(deep=False), {}
    for name, values in columns.items():
        if name in changed.columns:
            changed[name] = values
        else:
            added[name] = values
    return pd.concat([changed, pd.DataFrame(added, index=table.index)], axis=1) if added else changed
