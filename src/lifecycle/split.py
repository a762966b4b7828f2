"""Which part each row belongs to: train, valid or test."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.errors import UnfitTable, WrongValue

Part = Literal["train", "valid", "test"]
PARTS: tuple[Part, ...] = ("train", "valid", "test")


def by_time(table: pd.DataFrame, *, day: str, test_days: int, valid_days: int) -> pd.Series:
    """The part of each row by its calendar day: the last `test_days` are test, the `valid_days` before are valid.

    Days are counted on the calendar back from the last row's day, whether or not each has rows. Raises
    WrongValue when a number of days is below 1 and UnfitTable when no day is left for train.
    """
    for name, count in (("test_days", test_days), ("valid_days", valid_days)):
        if count < 1:
            raise WrongValue(f"{name} is {count}", where=f"conf/split/, key {name}", todo="use 1 or more")
    days = pd.to_datetime(table[day])
    last = days.max()
    test_from = last - pd.Timedelta(days=test_days - 1)
    valid_from = test_from - pd.Timedelta(days=valid_days)
    if not (days < valid_from).any():
        raise UnfitTable(
            f"no rows are left for train: they span {str(days.min())[:10]} to {str(last)[:10]}, "
            f"{test_days} + {valid_days} days are asked for valid and test",
            where=f"data/table.parquet, column {day}, {len(table):,} rows",
            todo="ask for fewer test_days and valid_days in conf/split/, or a later through: in params.yaml",
        )
    parts = np.select([days >= test_from, days >= valid_from], ["test", "valid"], "train")
    return pd.Series(parts, index=table.index, name="part", dtype="str")


def folds_by_time(times: pd.Series, count: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Positions of (train, valid) for each fold: valid is the next stretch of time, train all before it.

    The rows' time span is cut into `count + 1` stretches with equally many rows; rows of one instant
    stay together, so every train row is earlier than every valid row.
    """
    ranks = times.rank(method="min").to_numpy() - 1
    stretch = np.minimum((ranks * (count + 1) // len(times)).astype(np.int64), count)
    places = np.arange(len(times))
    folds = [(places[stretch < fold], places[stretch == fold]) for fold in range(1, count + 1)]
    if any(len(train) == 0 or len(valid) == 0 for train, valid in folds):
        raise UnfitTable(
            f"{len(times):,} rows with {times.nunique():,} times do not make {count} folds by time",
            where="the train part",
            todo="ask for fewer folds in conf/search/, or collect more rows",
        )
    return folds
