"""Training that goes on where the model of an earlier revision stopped."""

from __future__ import annotations

import warnings
from copy import deepcopy
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from lifecycle import paths
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.modeling.lightgbm_internals import read_categories
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.transformers.names import decode_name
from lifecycle.versioning import revisions

WHERE = "conf/model/continued.yaml, key warm_start_from"


class _Continued(BaseEstimator):  # type: ignore[misc]
    """The estimator of an earlier revision's model after `rounds` more rounds, behind that model's preprocessing.

    The columns come as they are. `inputs_` is the earlier preprocessing and `model_` the estimator.
    """

    def __init__(self, warm_start_from: str | None = None, rounds: int = 50) -> None:
        self.warm_start_from = warm_start_from
        self.rounds = rounds

    def fit(self, X: pd.DataFrame, y: npt.NDArray[Any]) -> Self:  # noqa: N803
        """Train on; raises as `continue_training` does, and MissingFile where the revision's model is nowhere."""
        self.inputs_, earlier = load_starting_point(self.warm_start_from)
        self.model_ = continue_training(earlier, self._prepared(X), y, rounds=self.rounds)
        return self

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:  # noqa: N803
        """The estimator's prediction for each row."""
        return np.asarray(self.model_.predict(self._prepared(X)))

    def _prepared(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows as the estimator takes them."""
        expected = [str(name) for name in self.inputs_.feature_names_in_]
        named = rows.set_axis([decode_name(str(name)) for name in rows.columns], axis=1)
        must_be_equal("columns", sorted(expected), sorted(named.columns))
        prepared: pd.DataFrame = self.inputs_.transform(named[expected])
        return prepared


class ContinuedClassifier(ClassifierMixin, _Continued):  # type: ignore[misc]
    """Where the rows have classes."""

    def fit(self, X: pd.DataFrame, y: npt.NDArray[Any]) -> Self:  # noqa: N803
        """Train on, and remember the classes."""
        super().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:  # noqa: N803
        """Each row's probability of each class."""
        return np.asarray(self.model_.predict_proba(self._prepared(X)), dtype=np.float64)


class ContinuedRegressor(RegressorMixin, _Continued):  # type: ignore[misc]
    """Where the rows have numbers."""


def load_starting_point(revision: str | None) -> tuple[Any, Any]:
    """Preprocessing and estimator of the model that a revision holds; raises WrongValue without a revision."""
    if revision is None:
        raise WrongValue(
            "no revision is named whose model training could start from",
            where=WHERE,
            todo="warm_start_from: v1.0.0, or another tag, branch or commit",
        )
    pipeline = read_model(revisions.locate(revision, paths.MODEL))["pipeline"]
    inputs, estimator = pipeline["inputs"], getattr(pipeline["estimator"], "estimator", pipeline["estimator"])
    while isinstance(estimator, _Continued):
        inputs, estimator = estimator.inputs_, estimator.model_
    return inputs, estimator


def continue_training(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any], *, rounds: int) -> Any:
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
            todo="name a revision whose model is LightGBM's or a neural network",
        )
    must_have_same_schema(earlier, inputs, labels)
    if isinstance(earlier, LGBMModel):
        return add_trees(earlier, inputs, labels, rounds)
    return add_passes(earlier, inputs, labels, rounds)


def add_trees(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any], rounds: int) -> Any:
    """The earlier trees and so many more, each fitted to what those before it leave."""
    from sklearn.base import clone

    fitted = clone(earlier).set_params(n_estimators=rounds, n_jobs=0).fit(inputs, labels, init_model=earlier.booster_)
    return deepcopy(fitted)  # LightGBM's copy holds the trees alone, not the predictor that it started from


def add_passes(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any], rounds: int) -> Any:
    """The earlier network after so many more passes over the rows."""
    from sklearn.exceptions import ConvergenceWarning

    network = deepcopy(earlier).set_params(warm_start=True, max_iter=rounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of passes is what was asked
        network.fit(inputs, labels)
    return network.set_params(warm_start=earlier.warm_start, max_iter=earlier.max_iter)


def must_have_same_schema(earlier: Any, inputs: pd.DataFrame, labels: npt.NDArray[Any]) -> None:
    """Raise UnfitTable unless the rows have the columns, categories and classes of the earlier ones."""
    expected, found = [str(name) for name in earlier.feature_names_in_], [str(name) for name in inputs.columns]
    must_be_equal("columns", expected, found)
    if hasattr(earlier, "booster_"):
        levels = [inputs[name].cat.categories.tolist() for name in inputs.select_dtypes("category")]
        must_be_equal("categories", read_categories(earlier.booster_), levels)
    if hasattr(earlier, "classes_"):
        must_be_equal("classes", earlier.classes_.tolist(), np.unique(labels).tolist())


def must_be_equal(kind: str, expected: list[Any], found: list[Any]) -> None:
    """Raise UnfitTable where the two lists differ."""
    if expected != found:
        new, gone = (
            [one for one in here if one not in there] for here, there in ((found, expected), (expected, found))
        )
        raise UnfitTable(
            f"the {kind} are not those that the earlier model learned: {new[:5]} are new, {gone[:5]} are not there",
            where=WHERE,
            todo="name a revision with the same columns and classes, or take continued off candidates: in params.yaml",
        )
