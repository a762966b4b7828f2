"""The models of conf/model/, fitted on rows that are made up, in few rounds."""

import functools
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.pipeline import Pipeline

from lifecycle import targets
from lifecycle.arrays import Floats
from lifecycle.data.problem import Task
from lifecycle.modeling.boosting_rounds import set_boosting_rounds
from lifecycle.modeling.pipeline import Dimension, Form, Plan, Recipe, fit_pipeline, make_recipe, predict_scores
from lifecycle.target_kinds import ESTIMATOR
from lifecycle.testing.made_rows import make_dataset
from lifecycle.testing.option_files import load_option

CLASSES: Mapping[Task, int] = {"binary": 2, "multiclass": 3}
EPOCHS = {"n_epochs": 12}  # of networks, which have no rounds
ROUNDS = 40


def make_plan(task: Task) -> Plan:
    """The plan for a task on the made-up rows."""
    return Plan(task=task, classes=CLASSES.get(task, 0), texts=("note",))


def get_form(option: str, task: Task) -> Form:
    """The model's form for a task that its file names."""
    form: Form = load_option("model", option).get_form(task)
    return form


def make_small_recipe(
    option: str, task: Task, arguments: Mapping[str, Any] | None = None, rounds: int = ROUNDS
) -> Recipe:
    """The recipe of a model for a task, in few rounds where it has rounds, with these arguments for its own."""
    form = get_form(option, task)
    takes = inspect.signature(targets.resolve(form.target, f"conf/model/{option}.yaml", ESTIMATOR)).parameters
    few = {name: count for name, count in EPOCHS.items() if name in takes}
    inputs = load_option("inputs", form.inputs)
    return set_boosting_rounds(make_recipe(option, form, inputs, make_plan(task), {**few, **(arguments or {})}), rounds)


def fit_small(option: str, task: Task, arguments: Mapping[str, Any] | None = None, rounds: int = ROUNDS) -> Pipeline:
    """The model fitted anew; raises WrongValue where it rejects an argument or its inputs."""
    return fit_pipeline(make_small_recipe(option, task, arguments, rounds), make_dataset(task=task), 1)


def get_fitted(option: str, task: Task) -> Pipeline:
    """The model fitted with its own arguments, once for all tests."""
    return _get_fitted(Path.cwd(), option, task)


@functools.cache
def _get_fitted(folder: Path, option: str, task: Task) -> Pipeline:
    return fit_small(option, task)


def predict(task: Task, pipeline: Pipeline, features: pd.DataFrame) -> Floats:
    """The scores of rows."""
    return predict_scores(make_plan(task), pipeline, features)


def get_end(dimension: Dimension, side: str) -> Any:
    """The lowest or the highest value of what is searched."""
    if dimension.choices:
        return dimension.choices[0 if side == "low" else -1]
    value = getattr(dimension, side)
    return int(value) if dimension.integer else value
