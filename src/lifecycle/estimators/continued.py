"""Training that goes on where an earlier model stopped."""

from __future__ import annotations

import warnings
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.errors import UnfitTable, WrongValue

WHERE = "params.yaml, key warm_start_from"


def continued(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any], *, rounds: int) -> Any:
    """A new estimator that has learned what the earlier one had, and then from these rows.

    LightGBM adds `rounds` trees to the earlier ones, a neural network goes `rounds` more times over
    the rows at most; the earlier estimator stays as it is. The inputs must come from the earlier
    model's own preprocessing. Raises WrongValue for another kind of estimator or fewer than one round,
    UnfitTable for rows with other columns, categories or classes than the earlier ones.
    """
    from lightgbm import LGBMModel
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    if rounds < 1:
        raise WrongValue(f"{rounds} rounds are asked", where=WHERE, todo="ask for 1 or more")
    if not isinstance(earlier, LGBMModel | MLPClassifier | MLPRegressor):
        raise WrongValue(
            f"training of {type(earlier).__name__} cannot be continued",
            where=WHERE,
            todo="warm_start_from: null, or a revision whose model is LightGBM's or a neural network",
        )
    must_fit(earlier, inputs, labels)
    if isinstance(earlier, LGBMModel):
        return more_trees(earlier, inputs, labels, rounds)
    return more_passes(earlier, inputs, labels, rounds)


def more_trees(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any], rounds: int) -> Any:
    """The earlier trees and so many more, each fitted to what those before it leave."""
    from sklearn.base import clone

    return clone(earlier).set_params(n_estimators=rounds).fit(inputs, labels, init_model=earlier.booster_)


def more_passes(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any], rounds: int) -> Any:
    """The earlier network after so many more passes over the rows."""
    from sklearn.exceptions import ConvergenceWarning

    network = deepcopy(earlier).set_params(warm_start=True, max_iter=rounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of passes is what was asked
        network.fit(inputs, labels)
    return network.set_params(warm_start=earlier.warm_start, max_iter=earlier.max_iter)


def must_fit(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any]) -> None:
    """Raise UnfitTable unless the rows have the columns, categories and classes of the earlier ones."""
    expected, found = [str(name) for name in earlier.feature_names_in_], [str(name) for name in inputs.columns]
    compare("columns", expected, found)
    if hasattr(earlier, "booster_"):
        levels = [inputs[name].cat.categories.tolist() for name in inputs.select_dtypes("category")]
        compare("categories", earlier.booster_.pandas_categorical or [], levels)
    if hasattr(earlier, "classes_"):
        compare("classes", earlier.classes_.tolist(), np.unique(labels).tolist())


def compare(kind: str, expected: list[Any], found: list[Any]) -> None:
    """Raise UnfitTable where the two lists differ."""
    if expected != found:
        new, gone = (
            [one for one in here if one not in there] for here, there in ((found, expected), (expected, found))
        )
        raise UnfitTable(
            f"the {kind} are not those that the earlier model learned: {new[:5]} are new, {gone[:5]} are not there",
            where=WHERE,
            todo="prepare the rows with the earlier model's own inputs, or warm_start_from: null to start anew",
        )
