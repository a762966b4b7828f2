"""Recipes fitted, whether of one model or of an ensemble: its members on the same rows, each with its own inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from lifecycle.data.dataset import Dataset
from lifecycle.modeling.boosting_rounds import Rounds, find_boosting_rounds
from lifecycle.modeling.calibration import apply_calibration
from lifecycle.modeling.pipeline import (
    Recipe,
    fit_estimator,
    fit_pipeline,
    make_inputs,
    run_deterministically,
)

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from lifecycle.modeling.transformers.members import MemberInputs


def fit_recipe(recipe: Recipe, examples: Dataset, seed: int) -> Pipeline:
    """The pipeline of a recipe, fitted on all the examples, with the steps `inputs` and `estimator`.

    Raises WrongValue where an estimator rejects an argument.
    """
    fitted = fit_ensemble(recipe, examples, seed) if recipe.members else fit_pipeline(recipe, examples, seed)
    return apply_calibration(recipe, fitted)


def fit_ensemble(recipe: Recipe, examples: Dataset, seed: int) -> Pipeline:
    """The pipeline of an ensemble's recipe: the members' inputs, and the average of the members."""
    from sklearn.pipeline import Pipeline

    inputs, prepared = fit_inputs(recipe, examples, seed)
    return Pipeline([("inputs", inputs), ("estimator", fit_average(recipe, prepared, examples, seed))])


def find_training_rounds(recipe: Recipe, examples: Dataset, seed: int) -> Rounds:
    """How many boosting rounds help on all the examples; None for an estimator that has no rounds.

    Of an ensemble a list, one for each member.
    """
    if recipe.members:
        return [find_member_rounds(one.recipe, examples, seed) for one in recipe.members]
    return find_member_rounds(recipe, examples, seed)


def find_member_rounds(recipe: Recipe, examples: Dataset, seed: int) -> int | None:
    """How many boosting rounds help one estimator; None for one that has no rounds."""
    if recipe.stopping is None:
        return None
    return find_boosting_rounds(recipe, prepare(recipe, examples, seed)[1], examples.labels, seed)


def prepare(recipe: Recipe, examples: Dataset, seed: int) -> tuple[Pipeline, pd.DataFrame]:
    """The fitted preprocessing of a recipe, and what it makes of the examples."""
    with run_deterministically(recipe, len(examples.labels)):
        inputs = make_inputs(recipe, examples.features, seed)
        return inputs, inputs.fit_transform(examples.features, examples.labels)


def identify_preparation(recipe: Recipe) -> str:
    """What is the same for recipes that prepare the features in the same way."""
    return repr((recipe.inputs, recipe.plan))


def list_preparations(recipe: Recipe) -> dict[str, Recipe]:
    """The members that prepare the features in different ways, the first of each."""
    return {identify_preparation(one.recipe): one.recipe for one in reversed(recipe.members)}


def fit_inputs(recipe: Recipe, examples: Dataset, seed: int) -> tuple[MemberInputs, list[pd.DataFrame]]:
    """The fitted preprocessing of all members, and the prepared columns of each of its parts."""
    from lifecycle.modeling.transformers.members import MemberInputs

    parts, prepared = zip(*(prepare(one, examples, seed) for one in list_preparations(recipe).values()), strict=True)
    return MemberInputs(list(parts)), list(prepared)


def fit_average(recipe: Recipe, prepared: list[pd.DataFrame], examples: Dataset, seed: int) -> Any:
    """The members, fitted on the prepared columns of their part."""
    from lifecycle.modeling.estimators.averages import AverageClassifier, AverageRegressor

    ways = list(list_preparations(recipe))
    parts = [ways.index(identify_preparation(one.recipe)) for one in recipe.members]
    starts = [sum(table.shape[1] for table in prepared[:part]) for part in parts]
    kind = AverageClassifier if recipe.plan.classes else AverageRegressor
    total = sum(one.weight for one in recipe.members)  # 0.999999 of three thirds, as a record has them
    return kind(
        estimators=[
            fit_estimator(one.recipe, prepared[part], examples.labels, seed)
            for one, part in zip(recipe.members, parts, strict=True)
        ],
        starts=starts,
        names=[list(map(str, prepared[part].columns)) for part in parts],
        weights=[one.weight / total for one in recipe.members],
        classes=recipe.plan.classes,
    )
