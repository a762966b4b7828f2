"""Noise in sensor readings: spikes and smoothing."""

import numpy as np
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.data.cleaning import Tables
from lifecycle.data.columns import with_columns
from lifecycle.data.features.exact_sums import sum_prefixes

FEWEST = 2  # readings that tell what is usual


def blank_spikes(
    tables: Tables, *, table: str, by: str, order: str, columns: list[str], readings: int, limit: float
) -> Tables:
    """The tables, with readings of `table` that jump away from the recent ones blanked as noise.

    A reading is noise when it departs from the median of the same place's last `readings` by more than
    `limit` times their mean step, of at least 1. Only earlier readings are looked at, and of these the last
    `readings` + 1. A row without a place is never noise.
    """
    rows = tables[table].sort_values([by, order], kind="stable")
    for column in columns:
        past = rows.groupby(by)[column].shift(1)
        steps = past.groupby(rows[by]).diff().abs()
        middle = find_medians(list_last(past, rows[by], readings), FEWEST)
        step = average_rows(list_last(steps, rows[by], readings), FEWEST)
        noise = (rows[column] - middle).abs() > limit * np.fmax(step, 1.0)
        rows = with_columns(rows, {column: rows[column].mask(noise & ~np.isnan(step))})
    return tables | {table: rows.sort_index()}


def smooth(tables: Tables, *, table: str, by: str, order: str, columns: list[str], readings: int) -> Tables:
    """The tables, with each reading of `table` replaced by the median of the same place's last `readings`.

    The reading itself is the last of them, and nothing later is looked at. A missing one stays missing and
    counts for no other; one without a place becomes missing.
    """
    rows = tables[table].sort_values([by, order], kind="stable")
    for column in columns:
        middle = pd.Series(find_medians(list_last(rows[column], rows[by], readings), 1), index=rows.index)
        rows = with_columns(rows, {column: middle.where(rows[column].notna())})
    return tables | {table: rows.sort_index()}


def list_last(values: pd.Series, places: pd.Series, readings: int) -> Floats:
    """For each row the last `readings` of its place, the row's own among them; missing where there are fewer."""
    groups = values.groupby(places)
    last = [groups.shift(back).to_numpy(dtype="float64", na_value=np.nan) for back in range(readings)]
    return np.where(np.isfinite(last), last, np.nan).T


def find_medians(recent: Floats, fewest: int) -> Floats:
    """The median of what is there in each row, missing where less than `fewest` is."""
    enough = np.isfinite(recent).sum(axis=1) >= fewest
    medians = np.full(len(recent), np.nan)
    medians[enough] = np.nanmedian(recent[enough], axis=1)
    return medians


def average_rows(recent: Floats, fewest: int) -> Floats:
    """The mean of what is there in each row, missing where less than `fewest` is.

    It is the exact sum, rounded once, divided by the number: a running mean would depend on all readings before.
    """
    found = np.isfinite(recent)
    ends = np.arange(len(recent) + 1) * recent.shape[1]
    sums = sum_prefixes(np.where(found, recent, 0.0).ravel()).between(ends[:-1], ends[1:])
    count = found.sum(axis=1)
    return np.where(count >= fewest, sums / np.maximum(count, 1), np.nan)
