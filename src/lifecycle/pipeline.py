"""Estimators with all preprocessing that learns, built from a recipe and fitted as one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import targets
from lifecycle.errors import WrongValue
from lifecycle.examples import Examples, numbers, texts
from lifecycle.options import Call, options

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

Scores = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@options
class Inputs:
    """The steps that numeric columns and text columns go through before the estimator, in order."""

    numeric: tuple[Call, ...]
    categorical: tuple[Call, ...]


@options
class Stopping:
    """Boosting stops when `rounds` rounds bring nothing; `argument` is the estimator's number of rounds."""

    rounds: int
    argument: str


@options
class Dimension:
    """Values to search for one argument: a range, or choices.

    `log` searches the range by order of magnitude, `whole` keeps to whole numbers, and a grid takes
    `steps` values of it.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    whole: bool = False
    steps: int = 3
    choices: tuple[str | float | int | bool | None, ...] = ()


@options
class Model(Call):
    """A candidate: an estimator with its arguments, inputs, and what to search.

    `rank` orders candidates from the simplest, 1, upwards.
    """

    option: str
    rank: int
    inputs: str
    space: dict[str, Dimension] = field(default_factory=dict)
    stopping: Stopping | None = None


@options
class Recipe:
    """All that it takes to build a pipeline again."""

    option: str
    estimator: Call
    inputs: Inputs
    stopping: Stopping | None = None


def recipe(model: Model, inputs: Inputs, arguments: dict[str, Any]) -> Recipe:
    """The recipe of a candidate with these arguments in place of its own."""
    estimator = Call(target=model.target, arguments=model.arguments | arguments)
    return Recipe(option=model.option, estimator=estimator, inputs=inputs, stopping=model.stopping)


def build(made: Recipe, features: pd.DataFrame, seed: int) -> Pipeline:
    """An unfitted pipeline for features with these columns."""
    from sklearn.pipeline import Pipeline

    return Pipeline([("inputs", make_inputs(made, features, seed)), ("estimator", make_estimator(made, seed))])


def make_inputs(made: Recipe, features: pd.DataFrame, seed: int) -> ColumnTransformer:
    """The unfitted preprocessing for features with these columns; its output is a table.

    A numeric column without any value is left out: nothing can be learned from it, and not every
    estimator takes it.
    """
    from sklearn.compose import ColumnTransformer

    filled = [name for name in numbers(features) if features[name].notna().any()]
    kinds = [
        ("numeric", made.inputs.numeric, filled),
        ("categorical", made.inputs.categorical, texts(features)),
    ]
    columns = [(kind, steps(calls, seed), names) for kind, calls, names in kinds if names]
    return ColumnTransformer(columns, verbose_feature_names_out=False).set_output(transform="pandas")


def make_estimator(made: Recipe, seed: int) -> Any:
    """The unfitted estimator."""
    return seeded(made.estimator, f"conf/model/{made.option}.yaml", seed)


def steps(calls: tuple[Call, ...], seed: int) -> Pipeline | Literal["passthrough"]:
    """The transformers in a row; columns without any pass as they are."""
    from sklearn.pipeline import make_pipeline

    return make_pipeline(*(seeded(call, "conf/inputs/", seed) for call in calls)) if calls else "passthrough"


def seeded(call: Call, where: str, seed: int) -> Any:
    """The transformer or estimator, with the seed where it takes one."""
    parameters = inspect.signature(targets.resolve(call.target, where)).parameters
    if "random_state" not in parameters or "random_state" in call.arguments:
        return targets.call(call, where)
    if parameters["random_state"].default == "deprecated":
        return with_seeded_folds(call, where, seed)
    return targets.call(call, where, random_state=seed)


def with_seeded_folds(call: Call, where: str, seed: int) -> Any:
    """The target encoder, which takes its seed in its folds: `cv` of them."""
    from sklearn.model_selection import StratifiedKFold

    arguments = {"cv": 5} | call.arguments
    folds = StratifiedKFold(arguments.pop("cv"), shuffle=True, random_state=seed)
    return targets.call(Call(target=call.target, arguments=arguments), where, cv=folds)


def fit(made: Recipe, examples: Examples, seed: int) -> Pipeline:
    """A pipeline fitted on all the examples; raises WrongValue where the estimator refuses an argument."""
    with steady(made):
        return build(made, examples.features, seed).fit(examples.features, examples.labels)


def fit_estimator(made: Recipe, inputs: pd.DataFrame, labels: Labels, seed: int) -> Any:
    """The estimator alone, fitted on inputs that went through the preprocessing."""
    with steady(made):
        return make_estimator(made, seed).fit(inputs, labels)


@contextmanager
def steady(made: Recipe) -> Iterator[None]:
    """Fitting with sums in one order whatever the number of cores, and the library's refusals in our words."""
    from sklearn.utils._param_validation import InvalidParameterError
    from threadpoolctl import threadpool_limits

    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    except InvalidParameterError as cause:
        raise refused(made, cause) from cause
    except Exception as cause:
        if type(cause).__name__ != "LightGBMError":
            raise
        raise refused(made, cause) from cause


def refused(made: Recipe, cause: Exception) -> WrongValue:
    """The error for an argument that the estimator does not accept."""
    return WrongValue(
        f"{made.estimator.target} refuses its arguments: {' '.join(str(cause).split())[:300]}",
        where=f"conf/model/{made.option}.yaml",
        todo="correct the argument named above",
    )


def rounds_needed(made: Recipe, inputs: pd.DataFrame, labels: Labels, seed: int, held_back: float = 0.1) -> int | None:
    """How many rounds help, found on the last tenth of the rows; None for an estimator that has no rounds."""
    if made.stopping is None:
        return None
    import lightgbm

    cut = int(len(labels) * (1 - held_back))
    with steady(made):
        estimator = make_estimator(made, seed).fit(
            inputs.iloc[:cut],
            labels[:cut],
            eval_X=inputs.iloc[cut:],
            eval_y=labels[cut:],
            callbacks=[lightgbm.early_stopping(made.stopping.rounds, verbose=False)],
        )
    return int(estimator.best_iteration_)


def with_rounds(made: Recipe, rounds: int | None) -> Recipe:
    """The recipe with that number of rounds, and no further stopping."""
    if rounds is None or made.stopping is None:
        return made
    arguments = made.estimator.arguments | {made.stopping.argument: rounds}
    return Recipe(
        option=made.option,
        estimator=Call(target=made.estimator.target, arguments=arguments),
        inputs=made.inputs,
    )


def chances(fitted: Any, inputs: pd.DataFrame) -> Scores:
    """The chance of the positive class that a fitted pipeline or estimator predicts for each row, 0 to 1."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        return np.asarray(fitted.predict_proba(inputs)[:, 1], dtype=np.float64)
