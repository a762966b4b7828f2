"""Signs that the answer is in the question: columns that give the target away, rows that stand twice."""

from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.options import options

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@options
class Limits:
    """From which strength a sign stops the run, as ROC-AUC of the sign alone, and how many rows are looked at.

    `order` is for the order of the rows within a day; `duplicates` is a share of the rows.
    """

    column: float
    pair: float
    order: float
    duplicates: float
    rows: int


@dataclass(frozen=True)
class Suspect:
    """One sign: its kind, the columns, its strength, and whether that is too much.

    The strength is a ROC-AUC from 0.5 to 1, or for rows and groups that stand in two parts, a count.
    """

    kind: str
    columns: tuple[str, ...]
    strength: float
    fails: bool


def strength(values: Floats, label: Flags, folded: bool = True) -> float:
    """How well the order of the values tells the labels apart: ROC-AUC folded to 0.5..1, ties halved.

    Without `folded`, values that rank the labels the wrong way round say nothing: 0.5.

    It is the Mann-Whitney statistic over the number of pairs (Hanley and McNeil, Radiology 143, 1982).
    A missing value ranks below all others.
    """
    ranks = pd.Series(np.nan_to_num(values, nan=-np.inf)).rank().to_numpy()
    late, rest = int(label.sum()), int((~label).sum())
    if not late or not rest:
        return 0.5
    area = (ranks[label].sum() - late * (late + 1) / 2) / (late * rest)
    return float(max(area, 1 - area if folded else 0.5))


def as_numbers(values: pd.Series, label: Flags) -> Floats:
    """The values as numbers: times in seconds, text as the label's rate among the other rows of that text."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray((values - values.min()).dt.total_seconds(), dtype=np.float64)
    groups = pd.Series(label.astype("float64"), index=values.index).groupby(values.fillna("(missing)"))
    others = groups.transform("size") - 1
    rate = (groups.transform("sum") - label) / others.where(others > 0)
    return np.asarray(rate.fillna(label.mean()), dtype=np.float64)


def columns_and_pairs(table: pd.DataFrame, label: Flags, limits: Limits) -> list[Suspect]:
    """Single columns, and sums and differences of two numeric ones, by their strength, strongest first."""
    numbers = {name: as_numbers(table[name], label) for name in table.columns}
    text = [name for name in table.columns if pd.api.types.is_string_dtype(table[name])]
    found = [single(name, values, label, limits, name not in text) for name, values in numbers.items()]
    numeric = [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
    for one, two in combinations(numeric, 2):
        for kind, values in (("sum", numbers[one] + numbers[two]), ("difference", numbers[one] - numbers[two])):
            power = strength(values, label)
            found.append(Suspect(kind, (one, two), power, power >= limits.pair))
    return sorted(found, key=lambda suspect: (-suspect.strength, suspect.kind, suspect.columns))


def single(name: str, values: Floats, label: Flags, limits: Limits, folded: bool) -> Suspect:
    """What one column says alone; a rate among other rows is not folded, since it falls by the row's own label."""
    power = strength(values, label, folded)
    return Suspect("column", (name,), power, power >= limits.column)


def row_order(days: pd.Series, label: Flags, limits: Limits) -> Suspect:
    """What a row's place among the rows of its day says about its label."""
    place = days.groupby(days).cumcount() / days.groupby(days).transform("size")
    power = strength(place.to_numpy(dtype="float64"), label)
    return Suspect("row order", ("place within the day",), power, power >= limits.order)


def duplicates(table: pd.DataFrame, parts: pd.Series, limits: Limits) -> Suspect:
    """Rows equal in every column of the table although they stand in different parts."""
    columns = list(table.columns)
    spread = int(table.assign(part=parts).drop_duplicates().duplicated(columns).sum())
    return Suspect("rows in two parts", ("all features",), float(spread), spread > limits.duplicates * len(table))


def overlap(times: pd.Series, parts: pd.Series) -> Suspect:
    """Whether a later part begins before an earlier one ends; the strength counts the rows that do."""
    order = [part for part in ("train", "valid", "test") if (parts == part).any()]
    early = 0
    for before, later in pairwise(order):
        early += int((times[parts == later] <= times[parts == before].max()).sum())
    return Suspect("time overlap", (str(times.name),), float(early), early > 0)
