"""The split: the part of each row (train, valid or test), and the cross-validation folds of the train part.

Every function `(table, schema, seed, **shares) -> assignment` returns a table of the same index: `part`,
then `fold_1`, `fold_2` and so on, which hold train, valid or nothing for the rows of the train part.
"""

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
    """Groups (the column with the role `group`) drawn at random, each in one part and one fold."""
    must_be_shares(test=test, valid=valid)
    must_be_counts(folds=folds)
    codes, names = pd.factorize(table[must_have(schema, "group")], sort=True)
    group = np.where(codes < 0, len(names), codes)
    of_group = shuffle_parts(int(group.max(initial=-1)) + 1, test, valid, np.random.default_rng(seed))
    fold = number_folds(np.flatnonzero(of_group == "train"), folds, seed, size=len(of_group))
    return fold_by_number(table, of_group[group], fold[group], folds)


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
    stay together, so every train row is earlier than every valid row.
    """
    ranks = times.rank(method="min").to_numpy() - 1
    stretch = np.minimum((ranks * (count + 1) // len(times)).astype(np.int64), count)
    places = np.arange(len(times))
    folds = [(places[stretch < fold], places[stretch == fold]) for fold in range(1, count + 1)]
    must_be_filled(folds, len(times))
    return folds


def must_be_filled(folds: list[Fold], rows: int) -> None:
    """Raise UnfitTable if a fold has no train rows or no valid rows."""
    for number, (train, valid) in enumerate(folds, start=1):
        if not len(train) or not len(valid):
            raise UnfitTable(
                f"{rows:,} train rows do not make {len(folds)} folds: fold {number} has {len(train):,} train rows "
                f"and {len(valid):,} valid rows",
                where="the train part",
                todo="ask for fewer folds: in conf/split/, or collect more rows",
            )
