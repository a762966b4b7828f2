"""The time of the rows: the column by which later rows can be told from earlier ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lifecycle.data.cells.times import EPOCHS
from lifecycle.data.splits import PARTS, can_be_cut
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.reporting.text import list_names

PERSON = re.compile(r"(birth|born|(^|[^a-z])dob([^a-z]|$)|death|deceased)", re.IGNORECASE)
OF_SOMETHING = re.compile(
    r"expir|(^|[^a-z])(due|until|valid|last|first|prev|previous|next|previously|hired?|founded|built|joined|since)"
    r"([^a-z]|$)|deadline|warranty|maturity|hire_?date|last_?[a-z]+|established|manufactur",
    re.IGNORECASE,
)
SHARE, FOLDS = 0.15, 3  # of test and valid, and folds, as in conf/split/ordered.yaml
MISSING = 0.1  # most rows without a time that may be left out
TOGETHER = 0.9  # least rank correlation of times that tell one order


@dataclass(frozen=True)
class RowTime:
    """The column that orders the rows, and why; `sorted` says whether they come in its order."""

    name: str
    why: str
    sorted: bool


def find_row_time(times: Mapping[str, ColumnInference]) -> RowTime | None:
    """The time of the rows: one that sorts them, else the only one, else the earliest of those that go together."""
    plausible = {name: column for name, column in times.items() if may_order(column)}
    for name, column in plausible.items():
        values = column.values.dropna()
        if values.is_monotonic_increasing:
            return RowTime(name, "the rows are sorted by it", sorted=True)
        if values.is_monotonic_decreasing:
            return RowTime(name, "the rows are sorted by it, the last first", sorted=True)
    of_rows = {name: column for name, column in plausible.items() if not OF_SOMETHING.search(name)}
    if len(of_rows) == 1:
        return RowTime(next(iter(of_rows)), "the only time of the rows, which are not sorted by it", sorted=False)
    if of_rows and go_together(of_rows):
        why = f"the earliest of {list_names(of_rows)}, which tell one order"
        return RowTime(find_earliest(of_rows), why, sorted=False)
    return None


def may_order(column: ColumnInference) -> bool:
    """Whether a column can order the rows and part them: times, nearly all there, of enough different ones."""
    if column.type != "time" or column.distinct < 3 or PERSON.search(column.name):
        return False
    return column.missing <= MISSING * len(column.values) and makes_parts(column.values)


def part_rows(times: pd.Series) -> pd.Series:
    """The part of each row, as the split `ordered` makes it; missing where a row has no time."""
    known = times.dropna()
    ranks = known.rank(method="min").to_numpy() - 1
    test_from = len(known) - round(SHARE * len(known))
    valid_from = test_from - round(SHARE * len(known))
    parts = np.select([ranks >= test_from, ranks >= valid_from], ["test", "valid"], "train")
    return pd.Series(parts, index=known.index, dtype="str").reindex(times.index)


def makes_parts(times: pd.Series) -> bool:
    """Whether the last rows by a time make a test part, those before a valid part, and the others folds."""
    parts = part_rows(times)
    return set(parts.dropna()) == set(PARTS) and can_be_cut(times[parts == "train"], FOLDS)


def go_together(times: Mapping[str, ColumnInference]) -> bool:
    """Whether all times rank the rows in nearly the same order."""
    ranks = pd.DataFrame({name: column.values.rank() for name, column in times.items()}).dropna()
    return len(ranks) > 2 and bool((np.corrcoef(ranks.to_numpy(), rowvar=False) >= TOGETHER).all())


def find_earliest(times: Mapping[str, ColumnInference]) -> str:
    """The time that is the first in most rows."""
    table = pd.DataFrame({name: column.values for name, column in times.items()}).dropna()
    first = table.eq(table.min(axis=1), axis=0).sum()
    return str(first.idxmax())


def is_clock(column: ColumnInference) -> bool:
    """Whether a column holds times of day without a zone."""
    if column.type != "time" or column.layout in EPOCHS or "%z" in column.layout.lower():
        return False
    times = column.values.dropna()
    local = column.layout != "ISO8601" or not all(text[-1:] == "Z" or "+" in text for text in column.texts.values[:100])
    return local and bool((times != times.dt.floor("D")).any())
