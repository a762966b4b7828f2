"""Target leakage: columns that predict the target too well, and rows that are in two parts.

A label is a boolean, a class code (integer) or a number (float): the dtype of the array decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Booleans, Floats
from lifecycle.options import options

Label = npt.NDArray[Any]

SCREENED = 500  # rows on which every pair of columns is screened first
MARGIN = 0.05  # pairs at most this far below the limit on those rows are measured on all rows
PAIRED = 120  # maximum number of columns that are paired, the strongest ones
CLASSES = 10  # the most frequent classes, compared pairwise
DIFFERENT = 0.4  # minimum share of distinct rows at which equal rows count as copies
FEW = 100  # most values of a column by which rows may be equal by chance
OFTEN = 0.25  # highest share of train rows that equal another by chance
ALIKE_RATES = 1.5  # highest ratio of equal rows between parts to those within train that is chance
ALIKE = 0.9  # minimum rank correlation at which a feature explains the order of rows


@options
class LeakLimits:
    """The strength from which on a sign stops the run, and the number of rows to check.

    `order` is for the order of the rows within a day; `duplicates` is a share of the rows. `option` names the file.
    """

    column: float
    pair: float
    order: float
    duplicates: float
    rows: int
    option: str = "default"


@dataclass(frozen=True)
class LeakSign:
    """One sign of leakage: its kind, the columns, its strength, and whether it exceeds the limit.

    The strength is from 0.5 to 1 (see `measure_strength`), or the share of the rows or groups that are in two parts;
    `found` counts those.
    """

    kind: str
    columns: tuple[str, ...]
    strength: float
    fails: bool
    found: str = ""


class Strength(NamedTuple):
    """A strength from 0.5 to 1, and the lower bound of its one-sided 95 % confidence interval."""

    value: float
    lower: float


def measure_strength(values: Floats, label: Label, folded: bool = True) -> float:
    """How well the order of the values separates the labels, from 0.5 to 1.

    Booleans: ROC-AUC, ties halved. Classes: the lowest ROC-AUC between two of them, since a leak separates
    all classes. Numbers: (1 + |Spearman's rank correlation|) / 2. Without `folded`, values that rank the
    labels in reverse have strength 0.5. A missing value ranks below all others.
    """
    return estimate_strength(values, label, folded).value


def estimate_strength(values: Floats, label: Label, folded: bool = True) -> Strength:
    """The strength with its lower bound."""
    if label.dtype.kind == "f":
        return estimate_rank_correlation(values, label, folded)
    if label.dtype.kind == "b":
        return estimate_roc_auc(values, label, folded)
    strengths = (estimate_roc_auc(values[either], label[either] == one, folded) for one, either in pair_classes(label))
    return min(strengths, default=Strength(0.5, 0.5))


def estimate_roc_auc(values: Floats, label: Booleans, folded: bool) -> Strength:
    """ROC-AUC of booleans: the Mann-Whitney statistic over the number of pairs, with its standard error.

    Both from Hanley and McNeil, Radiology 143, 1982.
    """
    positives, negatives = int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return Strength(0.5, 0.5)
    area = (rank_values(values)[label].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    area = float(max(area, 1 - area if folded else 0.5))
    two_positives, two_negatives = area / (2 - area), 2 * area**2 / (1 + area)
    spread = (
        area * (1 - area) + (positives - 1) * (two_positives - area**2) + (negatives - 1) * (two_negatives - area**2)
    )
    return Strength(area, max(0.5, area - 1.645 * float(np.sqrt(max(spread, 0.0) / (positives * negatives)))))


def estimate_rank_correlation(values: Floats, label: Floats, folded: bool) -> Strength:
    """(1 + rho) / 2 of numbers: rho is Spearman's rank correlation (American Journal of Psychology 15, 1904).

    The lower bound is Fisher's (Metron 1, 1921), widened for ranks by Fieller, Hartley and Pearson
    (Biometrika 44, 1957).
    """
    if len(label) < 4 or (values == values[0]).all() or (label == label[0]).all():
        return Strength(0.5, 0.5)
    one, other = rank_values(values), rank_values(label)
    if np.ptp(one) == 0:
        return Strength(0.5, 0.5)
    rho = float(np.clip(np.corrcoef(one, other)[0, 1], -1.0, 1.0))
    rho = round(abs(rho) if folded else max(rho, 0.0), 12)
    lower = 1.0 if rho == 1 else float(np.tanh(np.arctanh(rho) - 1.645 * np.sqrt(1.06 / (len(label) - 3))))
    return Strength((1 + rho) / 2, (1 + max(lower, 0.0)) / 2)


def rank_values(values: Floats) -> Floats:
    """Ranks from 1, ties by their mean, missing values below all others."""
    return np.asarray(pd.Series(np.nan_to_num(values, nan=-np.inf, posinf=np.inf)).rank(), dtype=np.float64)


def pair_classes(label: Label) -> Iterator[tuple[int, Booleans]]:
    """Each pair of the most frequent classes: the code of the first, and the rows of either."""
    codes, counts = np.unique(label, return_counts=True)
    frequent = codes[np.argsort(-counts, kind="stable")][:CLASSES]
    for one, other in combinations(frequent, 2):
        yield int(one), (label == one) | (label == other)


def encode_values(values: pd.Series, label: Label) -> Floats:
    """The values as numbers: times in seconds, text as the label's mean among the other rows of that text."""
    if not is_text(values):
        return convert_to_numbers(values)
    groups = pd.Series(label.astype("float64"), index=values.index).groupby(values.fillna("(missing)"))
    others = groups.transform("size") - 1
    mean = (groups.transform("sum") - label) / others.where(others > 0)
    return np.asarray(mean.fillna(float(label.mean())), dtype=np.float64)


def convert_to_numbers(values: pd.Series) -> Floats:
    """Numbers and booleans as they are, times in seconds since the first."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return np.asarray((values - values.min()).dt.total_seconds(), dtype=np.float64)
    return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan))


def is_text(values: pd.Series) -> bool:
    """Whether the values are neither numbers nor booleans nor times."""
    kinds = pd.api.types
    return not (kinds.is_numeric_dtype(values) or kinds.is_bool_dtype(values) or kinds.is_datetime64_any_dtype(values))


def check_columns_and_pairs(table: pd.DataFrame, label: Label, limits: LeakLimits) -> list[LeakSign]:
    """Single columns, and sums and differences of two numeric ones, by their strength, strongest first.

    Every pair is screened on a few hundred rows; one that is far from the limit there is skipped. Of more
    than `PAIRED` numeric columns only the strongest are paired, unless two add up to the target exactly.
    """
    signs = [check_column(table[name], label, limits) for name in table.columns]
    single = {sign.columns[0]: sign.strength for sign in signs}
    numeric = [str(name) for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
    numbers = {name: convert_to_numbers(table[name]) for name in sorted(numeric, key=lambda name: -single[name])}
    order = {name: place for place, name in enumerate(table.columns)}
    for kind, *names in screen_pairs(numbers, label, limits.pair):
        one, two = sorted(names, key=order.__getitem__)
        signs.append(check_pair(kind, one, two, combine(kind, numbers[one], numbers[two]), label, limits))
    return sorted(signs, key=lambda suspect: (-suspect.strength, suspect.kind, suspect.columns))


def check_column(values: pd.Series, label: Label, limits: LeakLimits) -> LeakSign:
    """The sign of one column."""
    strength = estimate_column_strength(values, label)
    return LeakSign("column", (str(values.name),), strength.value, strength.lower >= limits.column)


def estimate_column_strength(values: pd.Series, label: Label) -> Strength:
    """The strength of a column of any type.

    A text's leave-one-out mean is not folded, since it falls with the row's own label.
    """
    if is_text(values):
        return estimate_text_strength(values, label)
    return estimate_strength(convert_to_numbers(values), label)


def estimate_text_strength(values: pd.Series, label: Label) -> Strength:
    """The strength of a text column; for classes, the lowest between two of them."""
    if label.dtype.kind != "i":
        return estimate_strength(encode_values(values, label), label, folded=False)
    least = Strength(1.0, 1.0) if len(np.unique(label)) > 1 else Strength(0.5, 0.5)
    for one, either in pair_classes(label):
        is_one = label[either] == one
        least = min(least, estimate_roc_auc(encode_values(values[either], is_one), is_one, folded=False))
        if least.value == 0.5:
            break
    return least


def combine(kind: str, one: Floats, two: Floats) -> Floats:
    """The sum or the difference; missing where it is undefined for infinite values."""
    with np.errstate(invalid="ignore", over="ignore"):
        return one + two if kind == "sum" else one - two


def check_pair(kind: str, one: str, two: str, values: Floats, label: Label, limits: LeakLimits) -> LeakSign:
    """The sign of the sum or the difference of two columns: strength 1 if it equals the label in every row."""
    strength = Strength(1.0, 1.0) if equals_label(values[None, :], label)[0] else estimate_strength(values, label)
    return LeakSign(kind, (one, two), strength.value, strength.lower >= limits.pair)


def equals_label(values: Floats, label: Label) -> Booleans:
    """Which rows of the matrix equal a numeric label, or its negative, wherever they are not missing.

    At least half of a row must not be missing. The tolerance is a billionth of the largest label.
    """
    if label.dtype.kind != "f" or not len(label):
        return np.zeros(len(values), dtype=bool)
    is_nan = np.isnan(values)
    close = 1e-9 * max(float(np.abs(label).max()), 1e-300)
    same = ((np.abs(values - label) <= close) | is_nan).all(axis=1)
    opposite = ((np.abs(values + label) <= close) | is_nan).all(axis=1)
    return np.asarray((same | opposite) & (2 * is_nan.sum(axis=1) <= len(label)), dtype=bool)


def screen_pairs(numbers: dict[str, Floats], label: Label, limit: float) -> Iterator[tuple[str, str, str]]:
    """The sums and differences that are near the limit on a few hundred rows: kind and the two columns.

    Of classes the two most frequent ones are compared: the lowest strength is at most theirs.
    """
    rows, sampled = sample_rows(label)
    names = list(numbers)
    matrix = np.array([numbers[name][rows] for name in names])
    for place in range(len(names) - 1):
        for kind in ("sum", "difference"):
            combined = combine(kind, matrix[place], matrix[place + 1 :])
            hit = equals_label(combined, sampled)
            hit[: max(PAIRED - place - 1, 0)] |= (
                measure_strengths(combined[: max(PAIRED - place - 1, 0)], sampled) >= limit - MARGIN
            )
            yield from ((kind, names[place], names[place + 1 + int(other)]) for other in np.flatnonzero(hit))


def sample_rows(label: Label) -> tuple[npt.NDArray[np.int64], Label]:
    """A few hundred rows, balanced between true and false if possible, and their labels."""
    places = np.random.default_rng(0).permutation(len(label))
    if label.dtype.kind == "f":
        return places[:SCREENED], label[places[:SCREENED]]
    if label.dtype.kind == "b":
        sample = np.concatenate([places[label[places] == value][: SCREENED // 2] for value in (True, False)])
        return sample, label[sample]
    first = next(pair_classes(label), None)
    if first is None:
        return places[:0], np.zeros(0, dtype=bool)
    one, either = first
    inside = np.flatnonzero(either)
    sample, is_one = sample_rows(label[inside] == one)
    return inside[sample], is_one


def measure_strengths(matrix: Floats, label: Label) -> Floats:
    """The strength of each row of the matrix, all at once."""
    if not len(matrix) or not len(label):
        return np.full(len(matrix), 0.5)
    filled = pd.DataFrame(np.nan_to_num(matrix, nan=-np.inf, posinf=np.inf).T)
    ranked = filled.rank().to_numpy().T
    if label.dtype.kind == "b":
        positives, negatives = int(label.sum()), int((~label).sum())
        if not positives or not negatives:
            return np.full(len(matrix), 0.5)
        area = (ranked[:, label].sum(axis=1) - positives * (positives + 1) / 2) / (positives * negatives)
        return np.asarray(np.maximum(area, 1 - area), dtype=np.float64)
    centred, other = ranked - ranked.mean(axis=1, keepdims=True), rank_values(label) - (len(label) + 1) / 2
    spread = np.sqrt((centred**2).sum(axis=1) * (other**2).sum())
    return np.asarray((1 + np.abs(centred @ other) / np.where(spread > 0, spread, np.inf)) / 2, dtype=np.float64)


def check_row_order(days: pd.Series, label: Label, features: pd.DataFrame, limits: LeakLimits) -> LeakSign:
    """The sign of a row's position within its day.

    It does not fail if a feature, such as the hour, explains the order of the rows within a day.
    """
    place = days.groupby(days).cumcount() / days.groupby(days).transform("size")
    strength = estimate_strength(place.to_numpy(dtype="float64"), label)
    fails = strength.lower >= limits.order and not any(
        orders_rows_alike(place, values) for _, values in features.items()
    )
    return LeakSign("row order", ("place within the day",), strength.value, fails)


def orders_rows_alike(place: pd.Series, values: pd.Series) -> bool:
    """Whether a feature orders the rows as their position does: Spearman's rho of 0.9 or more."""
    if is_text(values) or values.nunique() < 2:
        return False
    return bool(abs(place.corr(pd.Series(convert_to_numbers(values), index=place.index), method="spearman")) >= ALIKE)


def check_duplicates(table: pd.DataFrame, parts: pd.Series, limits: LeakLimits) -> LeakSign:
    """Rows that equal a row of an earlier part in every column; the strength is their share of all rows.

    It does not fail where rows are equal by chance: few are distinct, or every column has few values and rows of
    later parts equal train rows no more often than these each other.
    """
    numbers, place = number_rows(table), np.asarray(parts.map({"train": 0, "valid": 1, "test": 2}), dtype=np.int64)
    earliest = pd.Series(place).groupby(numbers).transform("min").to_numpy()
    count, share = int((place > earliest).sum()), float((place > earliest).sum() / max(len(table), 1))
    by_chance = numbers.max(initial=-1) + 1 < DIFFERENT * len(table) or repeats_by_chance(table, numbers, place)
    return LeakSign(
        "rows in two parts",
        ("all features and the target",),
        share,
        share > limits.duplicates and not by_chance,
        f"{count:,} of {len(table):,} rows ({share:.1%})",
    )


def number_rows(table: pd.DataFrame) -> npt.NDArray[np.int64]:
    """A number from 0 for each row, the same for rows that are equal in every column, missing values included."""
    numbers = np.zeros(len(table), dtype=np.int64)
    for _, column in table.items():
        codes, values = pd.factorize(column)
        numbers = pd.factorize(numbers * (len(values) + 1) + codes + 1)[0].astype(np.int64)
    return numbers


def has_few_values(table: pd.DataFrame) -> bool:
    """Whether no column has more than a hundred different values."""
    return all(column.nunique() <= FEW for _, column in table.items())


def repeats_by_chance(table: pd.DataFrame, numbers: npt.NDArray[np.int64], place: npt.NDArray[np.int64]) -> bool:
    """Whether later rows equal train rows only as often as these each other, where columns have few values each.

    Of train rows few may equal another, or as many as do once each column is shuffled.
    """
    if not has_few_values(table) or not (place == 0).any():
        return False
    train, later = numbers[place == 0], numbers[place > 0]
    within, between = measure_repeats(train), float(np.isin(later, train).mean()) if len(later) else 0.0
    if between > ALIKE_RATES * within or within <= OFTEN:
        return between <= ALIKE_RATES * within
    generator, rows = np.random.default_rng(0), table[place == 0]
    shuffled = pd.DataFrame({name: values.array[generator.permutation(len(rows))] for name, values in rows.items()})
    return within <= ALIKE_RATES * measure_repeats(number_rows(shuffled))


def measure_repeats(numbers: npt.NDArray[np.int64]) -> float:
    """The share of numbers that stand more than once."""
    return float(pd.Series(numbers).duplicated(keep=False).mean())


def check_time_overlap(times: pd.Series, parts: pd.Series) -> LeakSign:
    """Whether a later part starts before an earlier one ends; the strength is the share of such rows."""
    order = [part for part in ("train", "valid", "test") if (parts == part).any()]
    count = 0
    for before, later in pairwise(order):
        count += int((times[parts == later] <= times[parts == before].max()).sum())
    rows = f"{count:,} of {len(times):,} rows"
    return LeakSign("time overlap", (str(times.name),), count / max(len(times), 1), count > 0, rows)


def check_group_overlap(groups: pd.Series, parts: pd.Series) -> LeakSign:
    """Groups with rows in more than one part; the strength is their share."""
    several = parts.groupby(groups).nunique() > 1
    count = int(several.sum())
    found = f"{count:,} of {len(several):,} groups"
    return LeakSign("group in two parts", (str(groups.name),), count / max(len(several), 1), count > 0, found)
