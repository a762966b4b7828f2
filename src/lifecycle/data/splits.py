"""The split: the part of each row (train, valid or test), and the cross-validation folds of the train part.

Every function `(table, schema, seed, **shares) -> assignment` returns a table of the same index: `part`,
then `fold_1`, `fold_2` and so on, which hold train, valid or nothing for the rows of the train part.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.schema import Role, Schema
from lifecycle.errors import UnfitTable, WrongValue, suggest_name

Part = Literal["train", "valid", "test"]
PARTS: tuple[Part, ...] = ("train", "valid", "test")
Places = npt.NDArray[np.int64]
Fold = tuple[Places, Places]
FOLD = "fold_"
LEAST_OTHERS = 100  # rows beside a group with more than half of them, from which valid and test can be drawn
MAJORITY = 0.5  # share of the rows from which on a group is in train
GROUPED, GIVEN = "lifecycle.data.splits.split_grouped", "lifecycle.data.splits.split_given"
# The splits that guarantee that no row of a later part is earlier than one of a part before.
IN_TIME = ("lifecycle.data.splits.split_by_time", "lifecycle.data.splits.split_ordered")


def split_by_time(
    table: pd.DataFrame, schema: Schema, seed: int, *, test_days: int, valid_days: int, folds: int
) -> pd.DataFrame:
    """By calendar day: the last `test_days` are test, the `valid_days` before are valid; folds go forward in time.

    Days are counted on the calendar back from the last row's day, whether or not each has rows. Raises
    WrongValue when a number of days is below 1 and UnfitTable when no day is left for train.
    """
    must_be_counts(test_days=test_days, valid_days=valid_days, folds=folds)
    day = schema.day or must_have(schema, "time")
    days = pd.to_datetime(table[day]).dt.normalize()
    last = days.max()
    test_from = last - pd.Timedelta(days=test_days - 1)
    valid_from = test_from - pd.Timedelta(days=valid_days)
    if not (days < valid_from).any():
        raise UnfitTable(
            f"no rows are left for train: they span {str(days.min())[:10]} to {str(last)[:10]}, "
            f"valid and test need {test_days} + {valid_days} days",
            where=f"data/table.parquet, column {day}, {len(table):,} rows",
            todo="ask for fewer test_days and valid_days in conf/split/, or a later through: in params.yaml",
        )
    parts = np.select([days >= test_from, days >= valid_from], ["test", "valid"], "train")
    return fold_by_time(table, schema, parts, folds)


def split_ordered(
    table: pd.DataFrame, schema: Schema, seed: int, *, test: float, valid: float, folds: int
) -> pd.DataFrame:
    """In the order of time: the last share `test` of the rows, the share `valid` before; folds go forward in time.

    Rows of one instant stay together in the earlier part, so a part may deviate from its share by some rows.
    """
    must_be_shares(test=test, valid=valid)
    must_be_counts(folds=folds)
    rank = table[must_have(schema, "time")].rank(method="min").to_numpy() - 1
    test_from = len(table) - round(test * len(table))
    valid_from = test_from - round(valid * len(table))
    parts = np.select([rank >= test_from, rank >= valid_from], ["test", "valid"], "train")
    return fold_by_time(table, schema, parts, folds)


def fold_by_time(table: pd.DataFrame, schema: Schema, parts: npt.NDArray[np.str_], folds: int) -> pd.DataFrame:
    """The parts with expanding-window folds: valid rows are later than train rows."""
    places = np.flatnonzero(parts == "train")
    folds_in_time = cut_folds_by_time(table[must_have(schema, "time")].iloc[places], folds)
    return build_assignment(table, parts, [(places[train], places[valid]) for train, valid in folds_in_time])


def split_random(
    table: pd.DataFrame, schema: Schema, seed: int, *, test: float, valid: float, folds: int
) -> pd.DataFrame:
    """Rows drawn at random."""
    must_be_shares(test=test, valid=valid)
    must_be_counts(folds=folds)
    parts = shuffle_parts(len(table), test, valid, np.random.default_rng(seed))
    return fold_by_number(table, parts, number_folds(np.flatnonzero(parts == "train"), folds, seed), folds)


def split_stratified(
    table: pd.DataFrame, schema: Schema, seed: int, *, test: float, valid: float, folds: int
) -> pd.DataFrame:
    """Rows drawn at random, with the same share of each class in every part and fold."""
    must_be_shares(test=test, valid=valid)
    must_be_counts(folds=folds)
    if not schema.classes:
        raise WrongValue(
            f"rows cannot be stratified: {schema.target or 'no target'} has no classes",
            where="conf/problem/, key split",
            todo="use split: random",
        )
    generator = np.random.default_rng(seed)
    parts, fold = np.empty(len(table), dtype="<U5"), np.zeros(len(table), dtype=np.int64)
    for _, places in sorted(table.groupby(schema.target, observed=True).indices.items(), key=lambda one: str(one[0])):
        parts[places] = shuffle_parts(len(places), test, valid, generator)
        train = places[parts[places] == "train"]
        fold[train] = generator.permutation(np.arange(len(train)) % folds) + 1
    return fold_by_number(table, parts, fold, folds)


def split_grouped(
    table: pd.DataFrame, schema: Schema, seed: int, *, test: float, valid: float, folds: int
) -> pd.DataFrame:
    """Groups (the column with the role `group`) drawn at random, each in one part and one fold.

    A group with more than half of the rows is in train, on the train side of every fold; valid and test then get up
    to a third of the other groups each. Raises UnfitTable where there are too few groups for the parts and folds.
    """
    must_be_shares(test=test, valid=valid)
    must_be_counts(folds=folds)
    values = table[must_have(schema, "group")]
    must_make_groups(values, folds)
    groups, generator = find_groups(values), np.random.default_rng(seed)
    of_group = np.full(len(groups.sizes), "train", dtype="<U5")
    if groups.largest is None:
        of_group = shuffle_parts(len(groups.others), test, valid, generator)
    else:
        of_group[groups.others] = deal_parts(len(groups.others), folds, generator)
    drawn = groups.others[of_group[groups.others] == "train"]
    fold = number_folds(drawn, folds, seed, size=len(of_group))
    return fold_by_number(table, of_group[groups.codes], fold[groups.codes], folds)


@dataclass(frozen=True)
class Groups:
    """The groups of a column: each row's, how many rows each has, and the positions of the `others` beside the largest.

    `largest` is the name of a group that has more than half of the rows, `share` of them; None where there is none.
    Rows without a group are one together.
    """

    codes: Places
    sizes: Places
    others: Places
    largest: str | None
    share: float


def find_groups(values: pd.Series) -> Groups:
    """The groups of a column's values."""
    codes, names = pd.factorize(values, sort=True)
    group = np.where(codes < 0, len(names), codes)
    sizes = np.bincount(group)
    share = float(sizes.max(initial=0) / max(len(values), 1))
    first = int(sizes.argmax()) if share > MAJORITY else None
    largest = None if first is None else str(names[first]) if first < len(names) else "(missing)"
    others = np.array([place for place in range(len(sizes)) if place != first], dtype=np.int64)
    return Groups(group, sizes, others, largest, share)


def explain_groups(values: pd.Series, folds: int) -> str | None:
    """Why the values of a column make no split by groups with so many folds; None where they do."""
    groups, name, parts = find_groups(values), values.name, "valid, test and the folds of train"
    others, rows = len(groups.others), int(groups.sizes[groups.others].sum())
    if len(groups.sizes) < len(PARTS):
        return f"{name} has {len(groups.sizes)} groups: train, valid and test need at least 3, one each"
    if groups.largest is None:
        return f"{name} has {others} groups: {parts} need at least {folds + 2}" if others < folds + 2 else None
    if others >= folds + 2 and rows >= LEAST_OTHERS:
        return None
    return (
        f"group {groups.largest!r} of {name} has {groups.share:.0%} of the rows: no split by groups gives train, valid "
        f"and test their shares, and {parts} need at least {folds + 2} other groups with {LEAST_OTHERS} rows, not "
        f"{others} with {rows}"
    )


def describe_largest_group(values: pd.Series) -> str | None:
    """Where the group with more than half of the rows goes; None where there is none."""
    groups = find_groups(values)
    if groups.largest is None:
        return None
    return (
        f"group {groups.largest!r} of {values.name} has {groups.share:.0%} of the rows and is in train; valid and test "
        f"are drawn from its {len(groups.others)} other groups"
    )


def must_make_groups(values: pd.Series, folds: int) -> None:
    """Raise UnfitTable where the values make no split by groups."""
    reason = explain_groups(values, folds)
    if reason is None:
        return
    groups = find_groups(values)
    possible = len(groups.others) - 2 if groups.largest is None else 0
    raise UnfitTable(
        reason,
        where=f"data/table.parquet, column {values.name}, {len(values):,} rows",
        todo=(f"folds: {possible} in conf/split/, " if possible >= 2 else "")
        + "collect rows of other groups, or take split: random in conf/problem/, whose test is of known groups",
    )


def deal_parts(count: int, folds: int, generator: np.random.Generator) -> npt.NDArray[np.str_]:
    """Parts in random order: up to a third each for valid and test, and for train at least one for each fold."""
    each = max(1, min(count // 3, (count - folds) // 2))
    return generator.permutation(np.repeat(np.array(PARTS), [count - 2 * each, each, each]))


def split_given(table: pd.DataFrame, schema: Schema, seed: int, *, valid: float, folds: int) -> pd.DataFrame:
    """The parts of the column with the role `part`; train rows are assigned to folds at random.

    If no row is valid, the share `valid` of the train rows is drawn at random. Raises UnfitTable for a value
    other than train, valid or test.
    """
    must_be_shares(valid=valid)
    must_be_counts(folds=folds)
    name = must_have(schema, "part")
    parts = table[name].astype("str").fillna("").str.strip().str.lower()
    odd = parts[~parts.isin(PARTS)]
    if len(odd):
        raise UnfitTable(
            f"{name} is {odd.iloc[0]!r} in {len(odd):,} rows, not one of {', '.join(PARTS)}",
            where=f"data/table.parquet, column {name}, {len(table):,} rows",
            todo=f"{suggest_name(str(odd.iloc[0]), PARTS)}, or take another split: in conf/problem/",
        )
    assigned = parts.to_numpy(dtype="<U5")
    if "valid" not in assigned:
        train = np.flatnonzero(assigned == "train")
        sample = np.random.default_rng(seed).permutation(train)[: round(valid * len(train))]
        assigned[sample] = "valid"
    return fold_by_number(table, assigned, number_folds(np.flatnonzero(assigned == "train"), folds, seed), folds)


def must_be_counts(**counts: int) -> None:
    """Raise WrongValue for a number below 1."""
    for name, count in counts.items():
        if count < 1:
            raise WrongValue(f"{name} is {count}", where=f"conf/split/, key {name}", todo="use 1 or more")


def must_be_shares(**shares: float) -> None:
    """Raise WrongValue unless each share is above 0 and all leave something for train."""
    if not (min(shares.values()) > 0 and sum(shares.values()) < 1):
        listed = " and ".join(f"{share} for {part}" for part, share in shares.items())
        raise WrongValue(
            f"shares of {listed} leave no row for a part",
            where=f"conf/split/, keys {' and '.join(shares)}",
            todo="use " + " and ".join(f"{part}: 0.15" for part in shares),
        )


def must_have(schema: Schema, role: Role) -> str:
    """The one column with a role; raises WrongValue when there is none."""
    name = schema.find_column(role)
    if name is None:
        raise WrongValue(
            f"no column has the role {role}, which this split needs",
            where="conf/problem/, key split",
            todo=f"give one column role: {role} in conf/schema/, or take split: random",
        )
    return name


def shuffle_parts(count: int, test: float, valid: float, generator: np.random.Generator) -> npt.NDArray[np.str_]:
    """Parts in random order; each has its rounded share, and at least one row if there are three."""
    least = 1 if count >= len(PARTS) else 0
    tests = min(max(least, round(test * count)), count - 2 * least)
    valids = min(max(least, round(valid * count)), count - tests - least)
    parts = np.repeat(np.array(PARTS), [count - tests - valids, valids, tests])
    return generator.permutation(parts)


def number_folds(places: Places, folds: int, seed: int, size: int | None = None) -> Places:
    """A fold from 1 to `folds` for each position, in equal numbers at random; 0 elsewhere."""
    numbers = np.zeros(size or (int(places.max(initial=-1)) + 1), dtype=np.int64)
    numbers[places] = np.random.default_rng([seed, 1]).permutation(np.arange(len(places)) % folds) + 1
    return numbers


def fold_by_number(table: pd.DataFrame, parts: npt.NDArray[np.str_], fold: Places, folds: int) -> pd.DataFrame:
    """The parts with folds: valid are the rows of the fold's number, train all others of the train part."""
    numbers = np.zeros(len(table), dtype=np.int64)
    numbers[: len(fold)] = fold
    train = parts == "train"
    sides = [(np.flatnonzero(train & (numbers != one)), np.flatnonzero(numbers == one)) for one in range(1, folds + 1)]
    must_be_filled(sides, int(train.sum()))
    return build_assignment(table, parts, sides)


def build_assignment(table: pd.DataFrame, parts: npt.NDArray[np.str_], folds: list[Fold]) -> pd.DataFrame:
    """The parts and the sides of each fold as a table."""
    columns: dict[str, Any] = {"part": pd.Series(parts, index=table.index, dtype="str")}
    for number, (train, valid) in enumerate(folds, start=1):
        side = np.full(len(table), None, dtype=object)
        side[train], side[valid] = "train", "valid"
        columns[f"{FOLD}{number}"] = pd.Series(side, index=table.index, dtype="str")
    return pd.DataFrame(columns, index=table.index)


def find_fold_positions(sides: pd.Series) -> Fold:
    """The positions of the train rows and of the valid rows of one fold."""
    return np.flatnonzero(sides == "train"), np.flatnonzero(sides == "valid")


def cut_folds_by_time(times: pd.Series, count: int) -> list[Fold]:
    """Positions of (train, valid) for each fold: valid is the next stretch of time, train all before it.

    The rows' time span is cut into `count + 1` stretches with equally many rows; rows of one instant
    stay together, so every train row is earlier than every valid row. Raises UnfitTable where a stretch is empty.
    """
    folds = try_folds_by_time(times, count)
    if find_empty_fold(folds) is not None:
        raise UnfitTable(
            f"{describe_empty_fold(folds, len(times))}{describe_largest_instant(times)}",
            where=f"the train part, column {times.name}",
            todo=suggest_folds(next((one for one in range(count - 1, 0, -1) if can_be_cut(times, one)), 0))
            + " of other times, or take a split: in conf/problem/ that does not go by time",
        )
    return folds


def try_folds_by_time(times: pd.Series, count: int) -> list[Fold]:
    """The folds, some of which may be empty on a side."""
    ranks = times.rank(method="min").to_numpy() - 1
    stretch = np.minimum((ranks * (count + 1) // len(times)).astype(np.int64), count)
    places = np.arange(len(times))
    return [(places[stretch < fold], places[stretch == fold]) for fold in range(1, count + 1)]


def can_be_cut(times: pd.Series, count: int) -> bool:
    """Whether so many folds have rows on both sides."""
    return find_empty_fold(try_folds_by_time(times, count)) is None


def describe_largest_instant(times: pd.Series) -> str:
    """A clause that names the instant that most rows share, if a quarter of them do."""
    counts = times.value_counts()
    if not len(counts) or counts.iloc[0] < max(2, len(times) / 4):
        return ""
    share = counts.iloc[0] / len(times)
    return f"; {share:.0%} of them have {times.name} {counts.index[0]}, and rows of one time stay together"


def find_empty_fold(folds: list[Fold]) -> int | None:
    """The place of the first fold without train rows or without valid rows."""
    return next((place for place, (train, valid) in enumerate(folds) if not len(train) or not len(valid)), None)


def describe_empty_fold(folds: list[Fold], rows: int) -> str:
    """What is wrong with the first fold that lacks rows."""
    place = find_empty_fold(folds) or 0
    train, valid = folds[place]
    return (
        f"{rows:,} train rows do not make {len(folds)} folds: fold {place + 1} has {len(train):,} train rows "
        f"and {len(valid):,} valid rows"
    )


def suggest_folds(possible: int) -> str:
    """What to do about folds without rows; `possible` is the number of folds that there are rows for, or 0."""
    return f"folds: {possible} in conf/split/, or collect more rows" if possible else "collect more rows"


def must_be_filled(folds: list[Fold], rows: int) -> None:
    """Raise UnfitTable if a fold drawn at random has no train rows or no valid rows."""
    if find_empty_fold(folds) is not None:
        possible = min(rows, max(len(folds) - 1, 2)) if rows >= 2 else 0
        raise UnfitTable(describe_empty_fold(folds, rows), where="the train part", todo=suggest_folds(possible))


def explain_part(part: Part, parts: pd.Series, labels: pd.Series | None) -> str | None:
    """Why nothing can be learned from a part, or judged by it: it has no rows, or one label; None where it can."""
    chosen = parts == part
    count, every = int(chosen.sum()), len(parts)
    if not count:
        sizes = ", ".join(f"{one} {int((parts == one).sum()):,}" for one in PARTS)
        return f"the {part} part has none of {every:,} rows ({sizes})"
    if labels is None or labels[chosen].nunique() >= 2:
        return None
    only = labels[chosen].iloc[0]
    others = int((labels != only).sum())
    return f"all {count:,} rows of the {part} part have {labels.name} {only}; {others:,} of all {every:,} rows do not"
