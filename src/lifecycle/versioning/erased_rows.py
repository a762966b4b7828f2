"""Erased rows kept out of tables: told by the salted hashes in the records of `data/erased/`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from lifecycle.versioning.erasures import Erasure, hash_value

Matches = Callable[[str], bool]
Mask = npt.NDArray[np.bool_]
ID = "id"  # what label files and the prediction log call the id
LABELS = frozenset({ID, "label", "origin"})  # columns by which a table of labels is known
INPUT = "input."  # before the name of a column that the model was given


@dataclass(frozen=True)
class ErasedKeys:
    """Which rows of a raw table go: those with such a value of `column`, and those with such an `id`."""

    column: str
    id: str
    is_value: Matches
    is_id: Matches

    def find_rows(self, rows: pd.DataFrame) -> Mask:
        """Which rows go."""
        found = np.zeros(len(rows), dtype=bool)
        for name in rows.columns:
            if matches := self.find_matches(str(name), rows.columns):
                found |= find_matching(rows[name], matches)
        return found

    def find_matches(self, name: str, beside: Collection[str]) -> Matches | None:
        """How the cells of a column are judged, by its name and those beside it; None where it is no key."""
        plain = name.removeprefix(INPUT)
        if plain == self.id or (name == ID and set(beside) >= LABELS):
            return self.is_id
        return self.is_value if plain == self.column else None


def read_keys(erasures: Iterable[Erasure]) -> list[ErasedKeys]:
    """The keys of the records; those that share a column and a salt are one, so that each value is hashed once."""
    values: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    ids: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in erasures:
        key = one.column, one.id, one.salt
        values[key].update(one.values)
        ids[key].update(one.values if one.column == one.id else one.ids)
    return [
        ErasedKeys(column, id, partial(is_hashed, salt, values[key]), partial(is_hashed, salt, ids[key]))
        for key in values
        for column, id, salt in [key]
    ]


def is_hashed(salt: str, hashes: set[str], value: str) -> bool:
    """Whether the hash of a value is among the hashes."""
    return hash_value(salt, value) in hashes


def render_value(value: object) -> str:
    """A cell as text, the same for 7, 7.0 and "7": columns change their type from table to table."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return str(value).strip()


def find_matching(values: pd.Series, matches: Matches) -> Mask:
    """Which cells match as text; a missing cell does not."""
    codes, unique = pd.factorize(values.astype("object") if values.dtype == "boolean" else values)
    matched = np.array([matches(render_value(value)) for value in unique], dtype=bool)
    return np.append(matched, False)[codes]  # the code of a missing cell is -1


def find_erased(rows: pd.DataFrame, keys: Sequence[ErasedKeys]) -> Mask:
    """Which rows of a raw table are erased."""
    found = np.zeros(len(rows), dtype=bool)
    for one in keys:
        found |= one.find_rows(rows)
    return found


def keep_rows(rows: pd.DataFrame, erased: Mask) -> pd.DataFrame:
    """The other rows; a column of categories forgets those that no row has."""
    kept = rows[~erased].reset_index(drop=True)
    for name in kept.select_dtypes("category"):
        kept[name] = kept[name].cat.remove_unused_categories()
    return kept


def drop_erased(rows: pd.DataFrame, keys: Sequence[ErasedKeys]) -> pd.DataFrame:
    """The rows of a raw table that are not erased; the same table where none is.

    Where some are, the others are as they come back from a file, so that they have the same hash wherever from.
    """
    erased = find_erased(rows, keys)
    if not erased.any():
        return rows
    return keep_rows(pa.Table.from_pandas(rows, preserve_index=False).to_pandas(), erased)
