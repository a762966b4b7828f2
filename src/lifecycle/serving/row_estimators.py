"""A fitted estimator as a plain function of one prepared row, of shape (1, prepared columns)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Floats
from lifecycle.modeling.sklearn_internals import TreeNodes, read_boosted_trees, read_forest
from lifecycle.serving.lightgbm_fast import one_row
from lifecycle.serving.row_inputs import Unsupported

Scores = npt.NDArray[np.float64]
FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")


def compile_estimator(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """A fitted estimator as a function of one prepared row."""
    return WAYS.get(type(estimator).__name__, compile_other)(estimator, task)


def compile_linear(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """The weighted sum of the columns."""
    weights, start = np.ravel(estimator.coef_), float(np.ravel(estimator.intercept_)[0])
    return lambda row: np.array([row[0] @ weights + start])


def compile_average(average: Any, task: str) -> Callable[[Floats], Scores]:
    """The weighted average of the members, each on its own columns of the prepared row."""
    members = [compile_estimator(one, task) for one in average.estimators]
    every = list(zip(members, average.list_columns(), average.weights, strict=True))

    def function(row: Floats) -> Scores:
        return np.asarray(sum(weight * member(row[:, columns]) for member, columns, weight in every))

    return function


def compile_calibrated(calibrated: Any, task: str) -> Callable[[Floats], Scores]:
    """The estimator's own probabilities, corrected."""
    scores = compile_estimator(calibrated.estimator, task)
    return lambda row: np.asarray(calibrated.calibrate(scores(row)))


def probabilities(found: Floats, estimator: Any, task: str) -> Scores:
    """The probabilities of one row in the shape of the task; raises Unsupported where fitting saw not every class."""
    if list(estimator.classes_) != list(range(found.shape[1])):
        raise Unsupported
    return found[:, 1] if task == "binary" else found


def compile_lightgbm(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """LightGBM's trees on one thread, without its table."""
    booster = estimator.booster_
    if task != "regression" and list(estimator.classes_) != list(
        range(2 if task == "binary" else estimator.n_classes_)
    ):
        raise Unsupported
    return one_row(booster)


def compile_catboost(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """CatBoost's trees on one thread, without a table."""
    if task == "regression":
        return lambda row: np.atleast_1d(estimator.predict_codes(row))
    return lambda row: probabilities(np.atleast_2d(estimator.predict_codes(row)), estimator, task)


def compile_network(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """A network for tables, without its checks of a table."""
    if task == "regression":
        return lambda row: np.asarray(estimator.to_numbers(estimator.compute_outputs(row)))
    return lambda row: probabilities(estimator.to_probabilities(estimator.compute_outputs(row)), estimator, task)


def compile_logistic(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """The linear scores through the logistic function, or its form for several classes."""
    from scipy.special import expit, softmax

    weights, start = estimator.coef_, estimator.intercept_
    if task == "binary":
        if list(estimator.classes_) != [0, 1]:
            raise Unsupported
        return lambda row: expit(weights @ row[0] + start)
    return lambda row: probabilities(softmax((weights @ row[0] + start)[None, :], axis=1), estimator, task)


def compile_histogram(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """scikit-learn's boosted trees, all of them walked down at once."""
    from scipy.special import expit, softmax

    if estimator.is_categorical_ is not None or task not in ("binary", "multiclass", "regression"):
        raise Unsupported
    boosted_trees = read_boosted_trees(estimator)
    start, walks = boosted_trees.start, [compile_trees(nodes) for nodes in boosted_trees.trees]
    if task == "regression" and estimator.loss != "squared_error":
        raise Unsupported

    def raw(row: Floats) -> Floats:
        return np.array([sum(one(row[0]), start[number]) for number, one in enumerate(walks)])

    if task == "regression":
        return raw
    if task == "binary":
        return lambda row: expit(raw(row))
    return lambda row: probabilities(softmax(raw(row)[None, :], axis=1), estimator, task)


def compile_forest(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """A forest's trees, all of them walked down at once: the mean of their leaves' values."""
    nodes = read_forest(estimator)
    walk = compile_walk(nodes)

    def mean(row: Floats) -> Floats:
        found: Floats = nodes.value[walk(row[0].astype(np.float32))].mean(axis=0)
        return found

    if task == "regression":
        return mean
    return lambda row: probabilities(mean(row)[None, :], estimator, task)


def compile_trees(nodes: TreeNodes) -> Callable[[Floats], list[float]]:
    """The leaf's value in each tree, in their order."""
    walk = compile_walk(nodes)
    return lambda row: [float(one) for one in nodes.value[walk(row)]]


def compile_walk(nodes: TreeNodes) -> Callable[[npt.NDArray[Any]], npt.NDArray[np.int64]]:
    """The place of the leaf that a row ends in, for each tree, in their order."""
    roots = np.cumsum(nodes.sizes) - nodes.sizes
    here, shift = np.arange(len(nodes.value)), np.repeat(roots, nodes.sizes)
    left = np.where(nodes.is_leaf, here, nodes.left + shift)
    right = np.where(nodes.is_leaf, here, nodes.right + shift)

    def function(row: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        gone, at = np.isnan(row), roots
        for _ in range(nodes.depth):
            asked = nodes.feature[at]
            goes_left = np.where(gone[asked], nodes.missing_left[at], row[asked] <= nodes.threshold[at])
            at = np.where(goes_left, left[at], right[at])
        return at

    return function


def compile_other(estimator: Any, task: str) -> Callable[[Floats], Scores]:
    """Any other estimator, on a table of the prepared numbers alone."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        raise Unsupported

    def table(row: Floats) -> pd.DataFrame:
        return pd.DataFrame(row, columns=names)

    if task in ("binary", "multiclass"):
        return lambda row: probabilities(np.asarray(estimator.predict_proba(table(row))), estimator, task)
    return lambda row: np.asarray(estimator.predict(table(row)), dtype=np.float64)


WAYS: dict[str, Callable[[Any, str], Callable[[Floats], Scores]]] = {
    **dict.fromkeys(("LGBMClassifier", "LGBMRegressor"), compile_lightgbm),
    **dict.fromkeys(("CatBoostTreesClassifier", "CatBoostTreesRegressor"), compile_catboost),
    **dict.fromkeys(("TabularNetworkClassifier", "TabularNetworkRegressor"), compile_network),
    **dict.fromkeys(("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"), compile_histogram),
    **dict.fromkeys(FORESTS, compile_forest),
    **dict.fromkeys(("Ridge", "Lasso", "ElasticNet"), compile_linear),
    **dict.fromkeys(("AverageClassifier", "AverageRegressor"), compile_average),
    **dict.fromkeys(("BetaCalibrated", "TemperatureScaled"), compile_calibrated),
    "LogisticRegression": compile_logistic,
}
