"""The years that times may be of where rows come from anywhere: beyond them clocks and calendars cannot be computed."""

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.data.cells.reading import Mask, Type

Years = tuple[int, int]
# The whole years whose times can be counted in any unit, nanoseconds too.
YEARS: Years = (1678, 2261)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def find_years(tables: Iterable[pd.DataFrame]) -> Years:
    """The years from the first to the last time of tables, and at least `YEARS`."""
    times = [rows[name] for rows in tables for name in rows if isinstance(rows[name].dtype, pd.DatetimeTZDtype)]
    years = [end.year for values in times for end in (values.min(), values.max()) if not pd.isna(end)]
    return min([YEARS[0], *years]), max([YEARS[1], *years])


def describe_years(type: Type, years: Years) -> str:
    """The years that a cell of a type may be of, in words; empty for a type that has none."""
    return f", in the years {years[0]} to {years[1]}" if type in ("time", "day") else ""


def is_within(value: Any, type: Type, years: Years) -> bool:
    """Whether a plain value that is there is a time or a day of these years, or of another type."""
    if type == "time":
        start, end = count_ends(years)
        return bool(start <= value < end)
    return type != "day" or is_day(value, years)


def find_outside(values: pd.Series, type: Type, years: Years) -> Mask:
    """Which values of a column in its type are not within these years; a missing one is."""
    if type == "time":
        outside: Mask = ((values.dt.year < years[0]) | (values.dt.year > years[1])).to_numpy(dtype=bool)
        return outside
    if type != "day":
        return np.zeros(len(values), dtype=bool)
    there = values.notna().to_numpy(dtype=bool)
    return np.array([known and not is_day(day, years) for day, known in zip(values, there, strict=True)], dtype=bool)


@lru_cache
def count_ends(years: Years) -> tuple[int, int]:
    """The microseconds since 1970 at which the first year begins, and that after the last one."""
    bounds = np.array([years[0] - 1970, years[1] + 1 - 1970], dtype="datetime64[Y]")
    start, end = bounds.astype("datetime64[us]").astype(np.int64).tolist()
    return start, end


@lru_cache(maxsize=1024)
def is_day(text: str, years: Years) -> bool:
    """Whether a text is a day such as 2024-05-31 of these years."""
    try:
        return bool(DAY.fullmatch(text)) and years[0] <= date.fromisoformat(text).year <= years[1]
    except ValueError:
        return False
