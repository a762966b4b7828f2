"""scikit-learn's private parts: the one module that names or reads them.

Read from scikit-learn 1.9.1. tests/contracts/test_private_parts.py holds every name and field that is used here
against the installed version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Any, cast

import numpy as np

from lifecycle.arrays import Booleans, Floats, Integers

# Classes that fitted estimators hold, as a model file names them: by the private modules that they stand in.
MODEL_TYPES = (
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)
# Where _BinMapper and KMeans keep how many threads fitted them, which changes no prediction.
THREAD_COUNTS = ("n_threads", "_n_threads")


@dataclass(frozen=True)
class TreeNodes:
    """The nodes of several trees, one tree after the other, each from its root on.

    `sizes` counts the nodes of each tree. `left` and `right` are places within the node's own tree. A row goes left
    where its `feature` is at most `threshold`, or missing and `missing_left` says so; a leaf has the `value`.
    """

    sizes: Integers
    is_leaf: Booleans
    left: Integers
    right: Integers
    feature: Integers
    threshold: Floats
    missing_left: Booleans
    value: Floats
    depth: int


@dataclass(frozen=True)
class BoostedTrees:
    """A fitted HistGradientBoosting model: for each of its raw scores the start, and the trees added to it."""

    start: Floats
    trees: list[TreeNodes]


def read_boosted_trees(estimator: Any) -> BoostedTrees:
    """The trees of a fitted HistGradientBoostingClassifier or -Regressor that splits no categories."""
    start = np.ravel(estimator._baseline_prediction).astype(np.float64)
    rounds = estimator._predictors
    return BoostedTrees(start, [read_nodes([trees[place] for trees in rounds]) for place in range(len(start))])


def read_nodes(trees: Sequence[Any]) -> TreeNodes:
    """The nodes of TreePredictors."""
    nodes = np.concatenate([tree.nodes for tree in trees])
    return TreeNodes(
        sizes=np.array([len(tree.nodes) for tree in trees], dtype=np.int64),
        is_leaf=nodes["is_leaf"].astype(bool),
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        feature=nodes["feature_idx"],
        threshold=nodes["num_threshold"],
        missing_left=nodes["missing_go_to_left"].astype(bool),
        value=nodes["value"],
        depth=int(nodes["depth"].max()),
    )


def read_forest(estimator: Any) -> TreeNodes:
    """The nodes of a fitted forest's trees; a leaf's value is a number, or the share of each class."""
    trees = [one.tree_ for one in estimator.estimators_]

    def join(name: str) -> Any:
        return np.concatenate([getattr(tree, name) for tree in trees])

    left = join("children_left")
    values = join("value")[:, 0, :]
    return TreeNodes(
        sizes=np.array([tree.node_count for tree in trees], dtype=np.int64),
        is_leaf=left < 0,
        left=left,
        right=join("children_right"),
        feature=np.maximum(join("feature"), 0),
        threshold=join("threshold"),
        missing_left=join("missing_go_to_left").astype(bool),
        value=values if hasattr(estimator, "classes_") else values[:, 0],
        depth=max(tree.max_depth for tree in trees),
    )


def is_deprecated(parameter: Parameter) -> bool:
    """Whether an argument only warns of being given: a mark of scikit-learn's own stands for its default."""
    return bool(parameter.default == "deprecated")


def parameter_error() -> type[Exception]:
    """What an estimator raises for an argument of a wrong type or value; it is a ValueError, too."""
    from sklearn.utils._param_validation import InvalidParameterError

    return cast("type[Exception]", InvalidParameterError)
