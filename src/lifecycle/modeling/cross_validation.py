"""Cross-validation of recipes: folds preprocessed once, and fits on them, side by side by the engine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.dataset import Dataset
from lifecycle.data.splits import Fold
from lifecycle.engine.local import run_locally
from lifecycle.engine.tasks import RunTasks, Task
from lifecycle.evaluation.metric import Metric
from lifecycle.modeling.boosting_rounds import find_boosting_rounds, fit_until_stopped, set_boosting_rounds
from lifecycle.modeling.pipeline import (
    Labels,
    Recipe,
    Scores,
    fit_estimator,
    make_inputs,
    predict_scores,
    run_deterministically,
    select_truth,
)

Fitted = tuple[Any, int | None]  # the estimator and its boosting rounds
Fit = Callable[["Recipe", "Prepared", int], Fitted]
Predicted = tuple[Scores, int | None]  # of a fold's valid rows, and the boosting rounds


@dataclass(frozen=True)
class CrossValidation:
    """What every candidate is judged by: the examples with their folds, the metric that decides, and the loss."""

    examples: Dataset
    folds: Sequence[Fold]
    metric: tuple[str, Metric]
    loss: tuple[str, Metric]


def exclude_seen_rows(validation: CrossValidation, seen: npt.NDArray[np.bool_]) -> tuple[CrossValidation, list[int]]:
    """The cross-validation for a model that has seen some of the examples already, and the folds that cannot judge it.

    It learns from the others alone. A fold judges it when none of its valid rows was seen, and some train row
    was not.
    """
    fresh = [train[~seen[train]] for train, _ in validation.folds]
    judging = [
        len(rows) > 0 and not seen[valid].any() for rows, (_, valid) in zip(fresh, validation.folds, strict=True)
    ]
    folds = [(rows, valid) for rows, (_, valid), fair in zip(fresh, validation.folds, judging, strict=True) if fair]
    return replace(validation, folds=folds), [place for place, fair in enumerate(judging) if not fair]


@dataclass(frozen=True)
class Prepared:
    """One fold after preprocessing that learned from its train rows alone; `rows` is the most that it may have."""

    train: pd.DataFrame
    train_labels: Labels
    valid: pd.DataFrame
    valid_truth: Labels
    rows: int


def prepare_folds(recipe: Recipe, validation: CrossValidation, rows: int, seed: int) -> list[Prepared]:
    """Each fold with at most `rows` rows of each side, preprocessed: the same for all arguments of the estimator."""
    return [prepare_fold(recipe, validation.examples, fold, rows, seed) for fold in validation.folds]


def prepare_fold(recipe: Recipe, examples: Dataset, fold: Fold, rows: int, seed: int) -> Prepared:
    """At most `rows` rows of each side of a fold, preprocessed; the same for all trials and candidates."""
    train, valid = (examples.take(places).sample(rows, seed) for places in fold)
    inputs = make_inputs(recipe, train.features, seed)
    with run_deterministically(recipe, len(train.labels)):
        prepared_train = inputs.fit_transform(train.features, train.labels)
        prepared_valid = inputs.transform(valid.features)
    truth = select_truth(recipe.plan, valid.labels, prepared_valid)
    return Prepared(prepared_train, train.labels, prepared_valid, truth, rows)


def fit_folds(
    fit: Fit, recipes: Sequence[Recipe], folds: Sequence[Prepared], seed: int, run_tasks: RunTasks = run_locally
) -> Generator[list[Predicted]]:
    """What each recipe predicts on every fold that it was fitted on, by an engine: the same as one by one.

    The recipes differ in their estimator's arguments alone. The limits of threads and the filters of warnings belong
    to the process: they are set once around all fits, so that one that ends does not lift them for the others.
    """
    tasks = [Task(fold, (fit, recipe, seed)) for recipe in recipes for fold in folds]
    limits = run_deterministically(recipes[0], len(folds[0].train_labels))
    with limits, closing(run_tasks(fit_and_predict, tasks)) as predicted:
        for _ in recipes:
            yield [next(predicted) for _ in folds]


def fit_and_predict(fold: Prepared, fit: Fit, recipe: Recipe, seed: int) -> Predicted:
    """The predictions of a fold's valid rows by what was fitted on its train rows, and the boosting rounds."""
    fitted, rounds = fit(recipe, fold, seed)
    return predict_scores(recipe.plan, fitted, fold.valid), rounds


def fit_early(recipe: Recipe, fold: Prepared, seed: int) -> Fitted:
    """The estimator and its boosting rounds; one that has rounds learns from nine tenths of a fold's train rows."""
    stopping = recipe.stopping
    stopped = fit_until_stopped(recipe, stopping, fold.train, fold.train_labels, seed) if stopping else None
    if stopped is not None:
        return stopped, int(stopped.best_iteration_)
    return fit_estimator(recipe, fold.train, fold.train_labels, seed), None


def fit_on_all(recipe: Recipe, fold: Prepared, seed: int) -> Fitted:
    """The estimator fitted on all of a fold's train rows, for as many boosting rounds as help where it has rounds."""
    rounds = find_boosting_rounds(recipe, fold.train, fold.train_labels, seed)
    return fit_estimator(set_boosting_rounds(recipe, rounds), fold.train, fold.train_labels, seed), rounds
