"""What the rows are: named, numbered, repeated, in order, or grouped."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lifecycle.onboarding.infer.column_types import ColumnInference

NAMES_A_ROW = re.compile(r"(?i:(^|[_\s.\-])(id|uuid|guid|key|code|no|nr|number)$)|[a-z](ID|Id)$")
NAMES_SOMETHING = re.compile(r"(?i:(^|[_\s.\-])(id|uuid|guid)$)|[a-z](ID|Id)$")


def count_duplicates(table: pd.DataFrame) -> int:
    """How many rows equal an earlier one in every column."""
    codes = {place: pd.factorize(table.iloc[:, place])[0] for place in range(table.shape[1])}
    return int(pd.DataFrame(codes).duplicated().sum()) if codes else 0


def is_running(kind: ColumnInference) -> bool:
    """Whether whole numbers count the rows without a gap."""
    if kind.type != "integer" or kind.missing or kind.distinct != len(kind.values) or kind.distinct < 3:
        return False
    return bool(kind.values.max() - kind.values.min() == len(kind.values) - 1)


def identifies_rows(kind: ColumnInference, rows: int) -> bool:
    """Whether a column has one value of its own for each of so many different rows, none missing."""
    return rows > 1 and kind.missing == 0 and kind.distinct == rows and kind.type in ("category", "text", "integer")


def find_id(kinds: Mapping[str, ColumnInference], different: int) -> tuple[str, str] | None:
    """The column that names a row, and why; `different` is the number of rows that do not repeat another.

    First one called an id, then text without blanks, then numbers that count the rows.
    """
    unique = [name for name, kind in kinds.items() if identifies_rows(kind, different)]
    for calling in (NAMES_SOMETHING, NAMES_A_ROW):
        if called := [name for name in unique if calling.search(name.strip())]:
            return called[0], "a value of its own in every row, and called so"
    single = [
        name for name in unique if kinds[name].is_text and not any(" " in text for text in kinds[name].texts.values)
    ]
    if single:
        return single[0], "a text of its own in every row"
    running = [name for name in unique if is_running(kinds[name])]
    return (running[0], "counts the rows without a gap") if running else None


def find_time(kinds: Mapping[str, ColumnInference]) -> tuple[str, str] | None:
    """The first time column in whose order the rows stand, and why."""
    for name, kind in kinds.items():
        if kind.type != "time" or kind.distinct < 3 or kind.missing:
            continue
        if kind.values.is_monotonic_increasing:
            return name, "the rows stand in its order"
        if kind.values.is_monotonic_decreasing:
            return name, "the rows stand in its order, the last first"
    return None


def find_equal_columns(kinds: Mapping[str, ColumnInference]) -> dict[str, str]:
    """The earlier column that each column equals in every row."""
    seen: dict[bytes, str] = {}
    found = {}
    for name, kind in kinds.items():
        key = np.ascontiguousarray(kind.texts.places).tobytes() + "\0".join(kind.texts.values).encode(
            "utf-8", "replace"
        )
        if key in seen:
            found[name] = seen[key]
        seen.setdefault(key, name)
    return found


def is_called_id(kind: ColumnInference) -> bool:
    """Whether a column's name and type are those of an id."""
    return bool(NAMES_SOMETHING.search(kind.name.strip())) and kind.type in ("category", "text", "integer")


def identifies_groups(kind: ColumnInference) -> bool:
    """Whether a column called an id repeats: it names something that several rows belong to."""
    there = len(kind.values) - kind.missing
    return is_called_id(kind) and kind.distinct > 12 and there >= 1.2 * kind.distinct


def nearly_identifies_rows(kind: ColumnInference) -> bool:
    """Whether a column called an id names most rows that have one, though it may be missing or come again in some."""
    return is_called_id(kind) and compute_unique_share(kind) > 0.5


def compute_top_share(kind: ColumnInference) -> float:
    """The share of the commonest value among the rows that have one; 1 where none has."""
    counts = kind.texts.counts
    return float(counts.max() / counts.sum()) if len(counts) else 1.0


def compute_unique_share(kind: ColumnInference) -> float:
    """The share of the rows whose value occurs in no other row."""
    counts = kind.texts.counts
    return float((counts == 1).sum() / counts.sum()) if len(counts) else 0.0


def find_free_name(name: str, taken: Mapping[str, object]) -> str:
    """The name, with a number behind it where a column is already called so."""
    number = 2
    found = name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
