"""Row structure: ids, row numbers, duplicates, and columns called ids that name several rows."""

import hashlib
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.keys import is_key_like
from lifecycle.onboarding.naming import is_called_id, names_a_row

LEFT_OVER = re.compile(r"__index_level_\d+__|Unnamed: \d+(_level_\d+)?|_unnamed_?\d*", re.IGNORECASE)


def count_duplicates(table: pd.DataFrame) -> int:
    """How many rows equal an earlier one in every column."""
    if not table.shape[1]:
        return 0
    codes = np.zeros(len(table), dtype=np.int64)
    for place in range(table.shape[1]):
        if len(table) and codes.max() == len(table) - 1:
            return 0
        values, different = pd.factorize(table.iloc[:, place])
        codes = pd.factorize(codes * (len(different) + 1) + values + 1)[0].astype(np.int64)
    return len(table) - int(codes.max(initial=-1)) - 1


def is_running(column: ColumnInference) -> bool:
    """Whether integers number the rows without a gap."""
    if column.type != "integer" or column.missing or column.distinct != len(column.values) or column.distinct < 3:
        return False
    return bool(column.values.max() - column.values.min() == len(column.values) - 1)


def identifies_rows(column: ColumnInference, rows: int) -> bool:
    """Whether a column has one value of its own for each of so many different rows, none missing."""
    return (
        rows > 1 and column.missing == 0 and column.distinct == rows and column.type in ("category", "text", "integer")
    )


def find_id(inferred: Mapping[str, ColumnInference], different: int) -> tuple[str, str] | None:
    """The column that names a row, and why; `different` is the number of rows that do not repeat another.

    First one called an id, then values that look like keys, then numbers that count the rows: that values differ is
    not enough.
    """
    unique = [name for name, column in inferred.items() if identifies_rows(column, different)]
    numbering = [name for name in unique if names_a_row(name) and not is_amount(inferred[name])]
    if called := [name for name in unique if is_called_id(name)] or numbering:
        return called[0], "a unique value in every row, and named like an id"
    keys = [name for name in unique if inferred[name].is_text and is_key_like(inferred[name].texts.values)]
    if keys:
        return keys[0], "a unique key in every row"
    running = [name for name in unique if is_running(inferred[name])]
    return (running[0], "counts the rows without a gap") if running else None


def find_equal_columns(inferred: Mapping[str, ColumnInference]) -> dict[str, str]:
    """The earlier column that each column equals in every row."""
    first: dict[bytes, str] = {}
    equal = {}
    for name, column in inferred.items():
        key = hash_texts(column)
        if key in first:
            equal[name] = first[key]
        first.setdefault(key, name)
    return equal


def hash_texts(column: ColumnInference) -> bytes:
    """A fingerprint of the text of every row."""
    fingerprint = hashlib.blake2b(np.ascontiguousarray(column.texts.places).tobytes())
    fingerprint.update("\0".join(column.texts.values).encode("utf-8", "replace"))
    return fingerprint.digest()


def is_amount(column: ColumnInference) -> bool:
    """Whether numbers have a unit, a currency or a multiplier."""
    return column.form is not None and bool(column.form.units or column.form.multipliers)


def may_be_id(column: ColumnInference) -> bool:
    """Whether a column's name and type are those of an id."""
    return is_called_id(column.name) and column.type in ("category", "text", "integer")


def identifies_groups(column: ColumnInference) -> bool:
    """Whether a column called an id repeats: it names something that several rows belong to."""
    filled = len(column.values) - column.missing
    return may_be_id(column) and column.distinct > 12 and filled >= 1.2 * column.distinct


def nearly_identifies_rows(column: ColumnInference) -> bool:
    """Whether a column called an id names most rows that have one, though it may be missing or come again in some."""
    return may_be_id(column) and compute_unique_share(column) > 0.5


def compute_top_share(column: ColumnInference) -> float:
    """The share of the commonest value among the rows that have one; 1 where none has."""
    counts = column.texts.counts
    return float(counts.max() / counts.sum()) if len(counts) else 1.0


def compute_unique_share(column: ColumnInference) -> float:
    """The share of the rows whose value occurs in no other row."""
    counts = column.texts.counts
    return float((counts == 1).sum() / counts.sum()) if len(counts) else 0.0
