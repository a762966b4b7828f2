"""Columns under names from outside: no name is special."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def with_columns(table: pd.DataFrame, columns: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
    """The table with these columns in place of its own or behind them; `DataFrame.assign` takes none called `self`."""
    changed = table.copy(deep=False)
    for name, values in columns.items():
        changed[name] = values
    return changed
