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

KINDS = ("Classifier", "Regressor")
# The estimators that the options of conf/ build, and what they hold, as a model file names them: by the private modules
# that they stand in. What compiled code follows in them is checked by lifecycle.modeling.sklearn_structure, where
# another type of that kind needs a check of its own.
MODEL_TYPES = (
    *(f"sklearn._loss._loss.Cy{loss}" for loss in ("AbsoluteError", "PinballLoss")),
    *(f"sklearn._loss._loss.CyHalf{loss}Loss" for loss in ("Binomial", "Gamma", "Multinomial", "Poisson")),
    "sklearn._loss._loss.CyHalfSquaredError",
    *(
        f"sklearn._loss.link.{link}"
        for link in ("IdentityLink", "Interval", "LogLink", "LogitLink", "MultinomialLogit")
    ),
    *(f"sklearn._loss.loss.{loss}" for loss in ("AbsoluteError", "PinballLoss")),
    *(f"sklearn._loss.loss.Half{loss}Loss" for loss in ("Binomial", "Gamma", "Multinomial", "Poisson")),
    "sklearn._loss.loss.HalfSquaredError",
    "sklearn.compose._column_transformer.ColumnTransformer",
    "sklearn.decomposition._pca.PCA",
    *(f"sklearn.dummy.Dummy{kind}" for kind in KINDS),
    *(f"sklearn.ensemble._forest.{family}{kind}" for family in ("ExtraTrees", "RandomForest") for kind in KINDS),
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    *(f"sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoosting{kind}" for kind in KINDS),
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.ensemble._iforest.IsolationForest",
    "sklearn.feature_extraction.text.TfidfTransformer",
    "sklearn.feature_extraction.text.TfidfVectorizer",
    *(f"sklearn.impute._base.{name}" for name in ("MissingIndicator", "SimpleImputer")),
    "sklearn.impute._knn.KNNImputer",
    "sklearn.linear_model._base.LinearRegression",
    *(f"sklearn.linear_model._coordinate_descent.{name}" for name in ("ElasticNet", "Lasso")),
    "sklearn.linear_model._logistic.LogisticRegression",
    "sklearn.linear_model._ridge.Ridge",
    "sklearn.linear_model._sgd_fast.ModifiedHuber",
    *(f"sklearn.linear_model._stochastic_gradient.SGD{kind}" for kind in KINDS),
    "sklearn.mixture._gaussian_mixture.GaussianMixture",
    *(f"sklearn.model_selection._split.{name}" for name in ("KFold", "StratifiedKFold")),
    "sklearn.naive_bayes.GaussianNB",
    "sklearn.neighbors._classification.KNeighborsClassifier",
    "sklearn.neighbors._regression.KNeighborsRegressor",
    *(f"sklearn.neural_network._multilayer_perceptron.MLP{kind}" for kind in KINDS),
    *(f"sklearn.neural_network._stochastic_optimizers.{name}Optimizer" for name in ("Adam", "SGD")),
    "sklearn.pipeline.Pipeline",
    *(f"sklearn.preprocessing._data.{name}Scaler" for name in ("MinMax", "Robust", "Standard")),
    "sklearn.preprocessing._data.QuantileTransformer",
    *(f"sklearn.preprocessing._encoders.{name}Encoder" for name in ("OneHot", "Ordinal")),
    "sklearn.preprocessing._function_transformer.FunctionTransformer",
    *(f"sklearn.preprocessing._label.Label{name}" for name in ("Binarizer", "Encoder")),
    "sklearn.preprocessing._target_encoder.TargetEncoder",
    *(f"sklearn.svm._classes.{name}" for name in ("LinearSVC", "LinearSVR", "SVC", "SVR")),
    *(f"sklearn.tree._classes.{family}{kind}" for family in ("DecisionTree", "ExtraTree") for kind in KINDS),
)
# Estimators that no option builds yet and a person's own option may: NumPy alone uses what they have fitted.
MORE_MODEL_TYPES = (
    "sklearn.decomposition._truncated_svd.TruncatedSVD",
    *(f"sklearn.discriminant_analysis.{name}DiscriminantAnalysis" for name in ("Linear", "Quadratic")),
    "sklearn.feature_selection._variance_threshold.VarianceThreshold",
    "sklearn.linear_model._bayes.BayesianRidge",
    *(f"sklearn.linear_model._coordinate_descent.{name}CV" for name in ("ElasticNet", "Lasso")),
    *(f"sklearn.linear_model._glm.glm.{name}Regressor" for name in ("Gamma", "Poisson")),
    "sklearn.linear_model._huber.HuberRegressor",
    "sklearn.linear_model._ridge.RidgeClassifier",
    "sklearn.naive_bayes.BernoulliNB",
    *(f"sklearn.preprocessing._data.{name}" for name in ("MaxAbsScaler", "Normalizer", "PowerTransformer")),
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
