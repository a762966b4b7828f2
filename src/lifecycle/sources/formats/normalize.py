"""The four column types of a raw table: numbers, integers, booleans and text.

Decimals become numbers, and integers of more than 63 bits text, which keeps their digits. Times become ISO 8601 text,
in UTC with a Z if they have a zone; durations become seconds; lists, mappings and bytes become JSON text. Text is
stripped, and an empty text is missing.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.io.budget import OBJECT

INTEGER_LIMIT = 2**63


def normalize_table(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every column in one of the four types, unique names, and rows numbered from 0."""
    names = make_names_unique(str(name) for name in table.columns)
    columns = [normalize_column(table.iloc[:, place]) for place in range(table.shape[1])]
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=table.index).reset_index(drop=True)


def normalize_column(values: pd.Series) -> pd.Series:
    """One column as float64, Int64, boolean or str."""
    kind = values.dtype
    if pd.api.types.is_bool_dtype(kind):
        return values.astype("boolean")
    if pd.api.types.is_float_dtype(kind):
        return values.astype("float64")
    if pd.api.types.is_integer_dtype(kind) and not bool((values >= INTEGER_LIMIT).any()):
        return values.astype("Int64")
    return normalize_objects(list(values.astype("object")), values.index)


def normalize_objects(objects: Sequence[Any], index: pd.Index) -> pd.Series:
    """Values of any types as one column: numbers only where all are numbers, else text."""
    values = convert_decimals([None if is_missing(value) else convert_to_native(value) for value in objects])
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pd.Series(values, index=index, dtype="boolean")
    if kinds == {int} and all(abs(value) < INTEGER_LIMIT for value in values if value is not None):
        return pd.Series(values, index=index, dtype="Int64")
    if float in kinds and kinds <= {int, float}:
        return pd.Series(values, index=index, dtype="float64")
    return pd.Series(render_texts(values), index=index, dtype="str")


def convert_decimals(values: list[Any]) -> list[Any]:
    """The values, with decimals as integers where none of them has a place after the point, else as floats."""
    decimals = [value for value in values if isinstance(value, Decimal)]
    if not decimals:
        return values
    number = int if all(value.is_finite() and int(value.as_tuple().exponent) >= 0 for value in decimals) else float
    return [number(value) if isinstance(value, Decimal) else value for value in values]


def render_texts(values: Sequence[Any]) -> list[str | None]:
    """Each value as stripped text, None if missing or empty; all times in the same precision."""
    times = [value for value in values if isinstance(value, datetime | time)]
    unit = "microseconds" if any(value.microsecond for value in times) else "seconds"
    return [None if value is None else render_text(value, unit).strip() or None for value in values]


def render_text(value: Any, unit: str) -> str:
    """One value as text; `unit` is the smallest that a time shows."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        aware = value if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat(timespec=unit).replace("+00:00", "Z")
    if isinstance(value, time):
        return value.isoformat(timespec=unit)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


def convert_to_native(value: Any) -> Any:
    """The value as a Python type: NumPy's are unpacked, durations become seconds."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.item() if isinstance(value, np.generic) else value


def weigh_value(value: Any) -> int:
    """About how many bytes a value takes in memory, with all that is in it; a text counts by its characters."""
    if isinstance(value, dict):
        return OBJECT + sum(len(key) + weigh_value(inner) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return OBJECT + sum(map(weigh_value, value))
    return OBJECT + (len(value) if isinstance(value, str | bytes) else 0)


def measure_depth(value: Any) -> int:
    """How deep lists and mappings are in one another."""
    depth, level = 0, [value]
    while level := [inner for one in level for inner in list_inner(one)]:
        depth += 1
    return depth + 1


def list_inner(value: Any) -> list[Any]:
    """The lists and mappings in a list or a mapping."""
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in entries if isinstance(one, dict | list)]


def is_missing(value: Any) -> bool:
    """Whether the value is missing: None, NaN, NA or NaT."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def make_names_unique(names: Iterable[str]) -> list[str]:
    """The names, unique, and without surrounding or repeated blanks.

    An empty one becomes `column_N` with its place from 1, a repeated one takes the first free of `_2`, `_3`…
    """
    cleaned = [" ".join(name.split()) or f"column_{place}" for place, name in enumerate(names, start=1)]
    given, taken, numbers = set(cleaned), set[str](), dict[str, int]()
    unique: list[str] = []
    for name in cleaned:
        number, free = numbers.get(name, 1), name
        while free in taken or (number > 1 and free in given):
            number += 1
            free = f"{name}_{number}"
        numbers[name] = number
        taken.add(free)
        unique.append(free)
    return unique


def count_infinite(table: pd.DataFrame) -> dict[str, int]:
    """How many values of each column of floats are infinite, for those that have some."""
    floats = table.select_dtypes("float64")
    return {str(name): count for name in floats.columns if (count := int(np.isinf(floats[name].to_numpy()).sum()))}


def mask_infinite(table: pd.DataFrame) -> pd.DataFrame:
    """The table with infinite values masked: they are missing."""
    finite = table.copy(deep=False)
    for name in count_infinite(table):
        finite[name] = table[name].mask(np.isinf(table[name].to_numpy()))
    return finite


def sort_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows sorted by all columns, so that the server's order does not matter."""
    return rows.sort_values(list(rows.columns), kind="stable", ignore_index=True) if len(rows.columns) else rows


def mask_codes(table: pd.DataFrame, missing: Iterable[str]) -> pd.DataFrame:
    """The table with values whose text is one of the codes `missing` masked."""
    codes = list(missing)
    if not codes:
        return table
    return pd.DataFrame({name: table[name].mask(table[name].astype("str").isin(codes)) for name in table.columns})
