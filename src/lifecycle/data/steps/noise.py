"""Noise in sensor readings: spikes and smoothing."""

from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns


def blank_spikes(
    tables: Tables, *, table: str, by: str, order: str, columns: list[str], readings: int, limit: float
) -> Tables:
    """The tables, with readings of `table` that jump away from the recent ones blanked as noise.

    A reading is noise when it departs from the median of the same place's last `readings` by more than
    `limit` times their mean step, of at least 1. Only earlier readings are looked at.
    """
    rows = tables[table].sort_values([by, order], kind="stable")
    for column in columns:
        past = rows.groupby(by)[column].shift(1)
        steps = past.groupby(rows[by]).diff().abs()
        middle = past.groupby(rows[by]).rolling(readings, min_periods=2).median().droplevel(0)
        step = steps.groupby(rows[by]).rolling(readings, min_periods=2).mean().droplevel(0)
        noise = (rows[column] - middle).abs() > limit * step.clip(lower=1.0)
        rows = with_columns(rows, {column: rows[column].mask(noise)})
    return tables | {table: rows.sort_index()}


def smooth(tables: Tables, *, table: str, by: str, order: str, columns: list[str], readings: int) -> Tables:
    """The tables, with each reading of `table` replaced by the median of the same place's last `readings`.

    The reading itself is the last of them, and nothing later is looked at. A missing one stays missing and
    counts for no other.
    """
    rows = tables[table].sort_values([by, order], kind="stable")
    for column in columns:
        middle = rows.groupby(by)[column].rolling(readings, min_periods=1).median().droplevel(0)
        rows = with_columns(rows, {column: middle.where(rows[column].notna())})
    return tables | {table: rows.sort_index()}
