"""How many rounds of boosting help: found on rows that are held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.modeling.pipeline import (
    Labels,
    Plan,
    Recipe,
    Stopping,
    augment_rows,
    make_estimator,
    run_deterministically,
)
from lifecycle.options import Call

Rounds = int | None | Sequence[int | None]  # of an ensemble one number for each member

JUDGED_WELL = 20_000  # rows of which a tenth judges the number of boosting rounds well


def find_boosting_rounds(recipe: Recipe, inputs: pd.DataFrame, labels: Labels, seed: int) -> int | None:
    """How many rounds help, on rows that are held back; None for an estimator that has no rounds.

    Of few rows in no order of time the mean over up to five tenths, each held back once: a tenth of them judges badly.
    """
    if recipe.stopping is None:
        return None
    count = 1 if recipe.plan.ordered else int(np.clip(JUDGED_WELL // max(len(labels), 1), 1, 5))
    stopped = [fit_until_stopped(recipe, recipe.stopping, inputs, labels, seed, place) for place in range(count)]
    found = [one.best_iteration_ for one in stopped if one is not None]
    return round(float(np.mean(found))) if found else None


def fit_until_stopped(
    recipe: Recipe, stopping: Stopping, inputs: pd.DataFrame, labels: Labels, seed: int, tenth: int = 0
) -> Any | None:
    """The estimator fitted on nine tenths of the rows for as many rounds as help on the other one.

    Rows of a class that the others do not have judge nothing; None where no other is left to judge.
    """
    import lightgbm

    held_back = draw_held_back(recipe.plan, len(labels), seed, tenth)
    valid = np.flatnonzero(held_back & (np.isin(labels, labels[~held_back]) | (recipe.plan.classes == 0)))
    if not len(valid):
        return None
    with run_deterministically(recipe, int((~held_back).sum())):
        rows, augmented = augment_rows(recipe, inputs.loc[~held_back], labels[~held_back], seed)
        judging = {"eval_X": inputs.iloc[valid], "eval_y": labels[valid]}
        estimator = make_estimator(recipe, seed)
        if hasattr(estimator, "fit_until_stopped"):  # one of ours, in modeling/estimators/
            return estimator.fit_until_stopped(rows, augmented, **judging, rounds=stopping.rounds)
        return estimator.fit(
            rows, augmented, **judging, callbacks=[lightgbm.early_stopping(stopping.rounds, verbose=False)]
        )


def draw_held_back(plan: Plan, count: int, seed: int, tenth: int) -> npt.NDArray[np.bool_]:
    """Which rows are held back: the last tenth where rows are in the order of time, else one of ten drawn at random."""
    place = np.arange(count)
    if plan.ordered:
        return place >= int(count * 0.9)
    return np.asarray(np.random.default_rng(seed).permutation(count) * 10 // max(count, 1) == tenth)


def set_boosting_rounds(recipe: Recipe, rounds: Rounds) -> Recipe:
    """The recipe with that number of rounds, or an ensemble's with one number for each member; no further stopping."""
    if isinstance(rounds, list | tuple):
        members = zip(recipe.members, rounds, strict=True)
        return replace(
            recipe, members=tuple(replace(one, recipe=set_boosting_rounds(one.recipe, found)) for one, found in members)
        )
    if rounds is None or recipe.stopping is None:
        return recipe
    arguments = recipe.estimator.arguments | {recipe.stopping.argument: rounds}
    estimator = Call(target=recipe.estimator.target, arguments=arguments)
    return replace(recipe, estimator=estimator, stopping=None)
