"""The predictions of the finalists of each candidate for the valid rows of the folds, as tune hands them to select."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lifecycle.arrays import Labels
from lifecycle.errors import CorruptFile
from lifecycle.modeling.cross_validation import CrossValidation
from lifecycle.modeling.ensemble_selection import OutOfFold
from lifecycle.modeling.pipeline import Scores
from lifecycle.modeling.tuning import Trial

FOLD, TRUTH = "fold", "truth"


def tabulate_predictions(
    trials: Mapping[int, Trial], validation: CrossValidation, rows: int, seed: int
) -> pd.DataFrame:
    """One row for each valid row of each fold: fold, truth, and the prediction of each trial by its number.

    Where there are several classes a trial has a column for each, as `3.0`.
    """
    truths = [draw_truth(validation, fold, rows, seed) for fold in range(len(validation.folds))]
    table = pd.DataFrame(
        {FOLD: np.repeat(np.arange(len(truths)), [len(one) for one in truths]), TRUTH: np.concatenate(truths)}
    )
    columns = [
        pd.DataFrame(np.concatenate(trial.predicted)).set_axis(name_columns(number, trial.predicted[0]), axis=1)
        for number, trial in trials.items()
    ]
    return pd.concat([table, *columns], axis=1)


def draw_truth(validation: CrossValidation, fold: int, rows: int, seed: int) -> Labels:
    """The labels of a fold's valid rows, as a trial on at most that many rows is judged by."""
    return validation.examples.take(validation.folds[fold][1]).sample(rows, seed).labels


def name_columns(number: int, predicted: Scores) -> list[str]:
    """The names of a trial's columns."""
    return [str(number)] if predicted.ndim == 1 else [f"{number}.{one}" for one in range(predicted.shape[1])]


def read_predictions(tables: Mapping[str, pd.DataFrame]) -> OutOfFold | None:
    """The predictions of all candidates, by the candidate's name and the trial's number, as `lightgbm 3`.

    None where no candidate has any; raises CorruptFile where candidates were judged by other rows.
    """
    filled = {name: table for name, table in tables.items() if len(table)}
    if not filled:
        return None
    first = next(iter(filled.values()))
    for name, table in filled.items():
        if not table[[FOLD, TRUTH]].equals(first[[FOLD, TRUTH]]):
            raise CorruptFile(
                f"{name} was judged by other rows than {next(iter(filled))}",
                where=f"data/out_of_fold/{name}.parquet, {len(table):,} rows",
                todo="dvc repro --force tune",
            )
    return OutOfFold(
        truths=split_folds(first[TRUTH].to_numpy(), first[FOLD]),
        scores={
            f"{name} {number}": split_folds(table[columns if columns[1:] else columns[0]].to_numpy(), table[FOLD])
            for name, table in filled.items()
            for number, columns in group_columns(table).items()
        },
    )


def group_columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """The columns of each trial, by its number."""
    found: dict[str, list[str]] = {}
    for name in table.columns.drop([FOLD, TRUTH]):
        found.setdefault(str(name).partition(".")[0], []).append(str(name))
    return found


def split_folds(values: Scores, folds: pd.Series) -> Sequence[Scores]:
    """The values of each fold."""
    return [values[folds.to_numpy() == fold] for fold in sorted(folds.unique())]
