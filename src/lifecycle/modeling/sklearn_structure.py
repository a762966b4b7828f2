"""Fitted estimators of a model file, held against themselves before anything is asked of them.

scikit-learn checks the rows that it is given and believes what it has fitted: compiled code follows node numbers,
category numbers and widths without looking at bounds. Read from scikit-learn 1.9.1, like
`lifecycle.modeling.sklearn_internals`; tests/contracts/test_private_parts.py holds its private names against the
installed version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

# The most threads or processes that a model may ask for.
MOST_JOBS = 1024
TREE = "sklearn.tree._tree.Tree"
UNSORTED = "categories of a OneHotEncoder are out of order"


def must(holds: object, what: str) -> None:
    """Raise ValueError with what is wrong, unless it holds."""
    if not holds:
        raise ValueError(what)


def is_count(value: object, low: int = 0) -> bool:
    """Whether a value is a whole number from a lowest one on."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= low)


def check_tree_state(arguments: Any, state: Mapping[str, Any]) -> None:
    """Raise ValueError unless a Tree can be made of these: arguments of its type, and its state.

    Nodes and values have one length; a child comes after its parent; a split's feature is one of the tree's. One row is
    walked as deep as the depth says.
    """
    features, classes, outputs = arguments
    nodes, count = state["nodes"], state["node_count"]
    must(is_count(features, 1) and is_count(outputs, 1), "a tree has no features or no outputs")
    must(isinstance(classes, np.ndarray) and classes.shape == (outputs,), "a tree has not one number of classes each")
    must(classes.dtype.kind in "iu" and classes.min() >= 1, "a tree has an output without classes")
    must(isinstance(nodes, np.ndarray) and nodes.ndim == 1 and len(nodes) >= 1, "a tree has no nodes")
    must(is_count(count) and count == len(nodes), f"a tree of {len(nodes)} nodes says that it has {count}")
    deepest = state["max_depth"]
    must(is_count(deepest) and deepest < len(nodes), f"a tree of {len(nodes)} nodes has a depth of {deepest}")
    left, right = nodes["left_child"], nodes["right_child"]
    inner = left != -1
    must((right[~inner] == -1).all(), "a leaf of a tree has a child")
    must_come_after(left, right, inner)
    must_be_within(nodes["feature"][inner], features, "a tree splits a feature")


def must_come_after(left: npt.NDArray[Any], right: npt.NDArray[Any], inner: npt.NDArray[np.bool_]) -> None:
    """Raise ValueError unless the children of the inner nodes come after them and are nodes."""
    parents = np.flatnonzero(inner)
    for children in (left[inner].astype(np.int64), right[inner].astype(np.int64)):
        must((children > parents).all() and (children < len(left)).all(), "a node of a tree has a child out of place")


def must_be_within(values: npt.NDArray[Any], count: int, what: str) -> None:
    """Raise ValueError unless whole numbers are places among so many."""
    must(values.dtype.kind in "iu", f"{what} that is no whole number")
    must(not values.size or (values.min() >= 0 and values.max() < count), f"{what} out of {count}")


def check_predictor(found: Any) -> None:
    """The same of a tree of HistGradientBoosting, which must split no categories."""
    nodes = found.nodes
    must(isinstance(nodes, np.ndarray) and nodes.ndim == 1 and len(nodes) >= 1, "a boosted tree has no nodes")
    inner, deepest = nodes["is_leaf"] == 0, nodes["depth"].max()
    must(deepest < len(nodes), f"a boosted tree of {len(nodes)} nodes has a depth of {deepest}")
    must_come_after(nodes["left"], nodes["right"], inner)
    must(not nodes["is_categorical"].any(), "a boosted tree splits categories")


def check_boosting(found: Any) -> None:
    """HistGradientBoosting: its trees know the features that it takes."""
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    must(is_count(found.n_features_in_, 1), "a boosted model has no number of features")
    categorical = found._bin_mapper.is_categorical_
    must(np.shape(categorical) == (found.n_features_in_,) and not np.any(categorical), "a boosted model has categories")
    for tree in (one for trees in found._predictors for one in trees):
        must(type(tree) is TreePredictor, "a boosted model has a tree of another type")
        must_be_within(tree.nodes["feature_idx"], found.n_features_in_, "a boosted tree splits a feature")


def check_decision_tree(found: Any) -> None:
    """A decision tree takes the features that its nodes were made for."""
    from sklearn.tree._tree import Tree

    must(type(found.tree_) is Tree, "a decision tree holds a tree of another type")
    must(is_count(found.n_features_in_, 1), "a decision tree has no number of features")
    must(found.n_features_in_ == found.tree_.n_features, "a decision tree has other features than its nodes")


def check_forest(found: Any) -> None:
    """Every tree of a forest is a decision tree that takes the forest's features."""
    from sklearn.tree import BaseDecisionTree

    must(isinstance(found.estimators_, list) and found.estimators_, "a forest has no trees")
    for tree in found.estimators_:
        must(isinstance(tree, BaseDecisionTree), "a forest has a tree of another type")
        must(tree.n_features_in_ == found.n_features_in_, "a forest has other features than its trees")


def check_isolation_forest(found: Any) -> None:
    """Every tree of an isolation forest takes the features that are drawn for it."""
    drawn = [np.asarray(one) for one in found.estimators_features_]
    must(len(drawn) == len(found.estimators_), "an isolation forest has not one draw of features for each tree")
    for tree, features in zip(found.estimators_, drawn, strict=True):
        check_decision_tree(tree)
        must(features.shape == (found._max_features,), "an isolation forest draws other numbers of features")
        must(tree.n_features_in_ == len(features), "an isolation forest has other features than its trees")
        must_be_within(features, found.n_features_in_, "an isolation forest draws a feature")


def check_one_hot(found: Any) -> None:
    """OneHotEncoder: as many columns as its categories make, and no category out of them."""
    mappings = getattr(found, "_default_to_infrequent_mappings", None) or [None] * len(found.categories_)
    dropped = found._drop_idx_after_grouping
    dropped = [None] * len(found.categories_) if dropped is None else list(dropped)
    expected = [count_columns(*parts) for parts in zip(found.categories_, mappings, dropped, strict=True)]
    must(list(found._n_features_outs) == expected, "a OneHotEncoder has other columns than categories")


def count_columns(categories: Any, mapping: Any, dropped: Any) -> int:
    """The columns of one feature; raises ValueError for categories out of order or a place out of them."""
    must(isinstance(categories, np.ndarray) and categories.ndim == 1, "categories of a OneHotEncoder are no list")
    if categories.dtype.kind != "O":
        must(np.array_equal(categories, np.unique(categories), equal_nan=categories.dtype.kind == "f"), UNSORTED)
    count = len(categories)
    if mapping is not None:
        must(isinstance(mapping, np.ndarray) and mapping.shape == (count,), "a OneHotEncoder groups other categories")
        must_be_within(mapping, count, "a OneHotEncoder groups a category")
        count = int(mapping.max(initial=-1)) + 1
    must(dropped is None or (is_count(dropped) and dropped < count), "a OneHotEncoder drops a category out of place")
    return count - (dropped is not None)


def check_text_settings(found: Any) -> None:
    """TfidfVectorizer: as Tfidf makes it, so that a text is read as a text and not as a path."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    usual = TfidfVectorizer().get_params()
    other = [name for name, value in usual.items() if name != "vocabulary" and getattr(found, name) != value]
    must(not other, f"a TfidfVectorizer has its own {', '.join(other)}")


def check_words(found: Any) -> None:
    """TfidfVectorizer: its words are its columns, each one of them."""
    must(isinstance(found.vocabulary_, dict), "a TfidfVectorizer has no vocabulary")
    places = list(found.vocabulary_.values())
    whole = all(is_count(place) for place in places) and sorted(places) == list(range(len(places)))
    must(whole, "the words of a TfidfVectorizer are not numbered from 0 on")


def check_function(found: Any) -> None:
    """FunctionTransformer: the one that passes its columns through."""
    must(found.func is None and found.inverse_func is None, "a FunctionTransformer has a function")


def check_pipeline(found: Any) -> None:
    """Pipeline: without a folder in which it keeps what it has computed."""
    must(found.memory is None, "a Pipeline has a folder of its own")


def check_neighbors(found: Any) -> None:
    """KNeighbors: rows of the width that it takes, searched one by one, and a class of its own for each."""
    rows = found._fit_X
    must(isinstance(rows, np.ndarray) and rows.ndim == 2, "nearest neighbours has no rows")
    must(rows.shape[1] == found.n_features_in_, "nearest neighbours has rows of another width")
    must(found.n_samples_fit_ == len(rows) and found._fit_method == "brute", "nearest neighbours has another search")
    must(is_count(found.n_neighbors, 1), "nearest neighbours asks no neighbours")
    must(isinstance(found._y, np.ndarray) and len(found._y) == len(rows), "nearest neighbours has not one label each")
    if hasattr(found, "classes_"):
        must(found._y.ndim == 1 and not found.outputs_2d_, "nearest neighbours has more than one label each")
        must_be_within(found._y, len(found.classes_), "nearest neighbours has a class")


def check_centers(found: Any) -> None:
    """KMeans: centres of the width that it takes, on a core or some."""
    centers = found.cluster_centers_
    must(isinstance(centers, np.ndarray) and centers.ndim == 2 and len(centers), "KMeans has no centres")
    must(centers.shape[1] == found.n_features_in_, "KMeans has centres of another width")
    must(is_count(found._n_threads, 1) and found._n_threads <= MOST_JOBS, "KMeans has another number of threads")


def check_placed_rows(found: Any) -> None:
    """A clustering that places rows by the nearest one: rows of the width that it takes."""
    rows = found.rows_
    must(isinstance(rows, np.ndarray) and rows.ndim == 2 and len(rows), "a clustering has no rows")
    must(rows.shape[1] == found.n_features_in_, "a clustering has rows of another width")


def check_support_vectors(found: Any) -> None:
    """SVC and SVR: as many vectors, coefficients and classes as libsvm walks through."""
    vectors, counts = found.support_vectors_, np.asarray(found._n_support)
    classes = len(counts)
    pairs = classes * (classes - 1) // 2
    must(found.kernel in ("linear", "poly", "rbf", "sigmoid"), "a support vector machine has another kernel")
    must(not found._sparse and classes >= 2 and counts.min() >= 0, "a support vector machine has no classes")
    must(vectors.shape == (len(found.support_), found.n_features_in_), "support vectors are of another width")
    must(hasattr(found, "classes_") == (found._impl == "c_svc"), "a support vector machine is of another kind")
    if hasattr(found, "classes_"):
        must(len(found.classes_) == classes, "a support vector machine has other classes than counts")
        must(counts.sum() == len(vectors), "a support vector machine has other counts than vectors")
    must(found._dual_coef_.shape == (classes - 1, len(vectors)), "a support vector machine has other coefficients")
    must(found._dual_coef_.flags.c_contiguous, "coefficients of a support vector machine are out of order")
    must(len(found._intercept_) >= pairs, "a support vector machine lacks an intercept")
    must(all(len(one) in (0, pairs) for one in (found._probA, found._probB)), "a machine has other probabilities")
    must(len(found._probA) == len(found._probB), "a support vector machine has half of its probabilities")


def check_job_count(jobs: object) -> None:
    """Raise ValueError for more threads or processes than a machine may have; None and -1 are the machine's own."""
    usual = jobs is None or (is_count(jobs, -MOST_JOBS) and not is_count(jobs, MOST_JOBS + 1))
    must(usual, f"an estimator asks for {str(jobs)[:20]} jobs")


FORESTS = {
    f"sklearn.ensemble._forest.{family}{kind}": check_forest
    for family in ("ExtraTrees", "RandomForest")
    for kind in ("Classifier", "Regressor")
}
TREES = {
    f"sklearn.tree._classes.{family}{kind}": check_decision_tree
    for family in ("DecisionTree", "ExtraTree")
    for kind in ("Classifier", "Regressor")
}
BOOSTING = "sklearn.ensemble._hist_gradient_boosting"
# What is checked of estimators by the type's name in a model file: of any, and of one that is fitted.
SETTINGS: dict[str, Callable[[Any], None]] = {
    f"{BOOSTING}.predictor.TreePredictor": check_predictor,
    "sklearn.feature_extraction.text.TfidfVectorizer": check_text_settings,
    "sklearn.pipeline.Pipeline": check_pipeline,
    "sklearn.preprocessing._function_transformer.FunctionTransformer": check_function,
}
FITTED: dict[str, Callable[[Any], None]] = {
    **FORESTS,
    **TREES,
    f"{BOOSTING}.gradient_boosting.HistGradientBoostingClassifier": check_boosting,
    f"{BOOSTING}.gradient_boosting.HistGradientBoostingRegressor": check_boosting,
    "sklearn.ensemble._iforest.IsolationForest": check_isolation_forest,
    "sklearn.feature_extraction.text.TfidfVectorizer": check_words,
    "sklearn.neighbors._classification.KNeighborsClassifier": check_neighbors,
    "sklearn.neighbors._regression.KNeighborsRegressor": check_neighbors,
    "sklearn.preprocessing._encoders.OneHotEncoder": check_one_hot,
    "sklearn.svm._classes.SVC": check_support_vectors,
    "sklearn.svm._classes.SVR": check_support_vectors,
    "lifecycle.modeling.estimators.clusters.StableAgglomerative": check_placed_rows,
    "lifecycle.modeling.estimators.clusters.StableHDBSCAN": check_placed_rows,
    "lifecycle.modeling.estimators.clusters.StableKMeans": check_centers,
}


def check_estimator(name: str, found: Any) -> None:
    """Raise ValueError, or what reading a missing attribute raises, for an estimator that does not fit together.

    One that is not fitted, such as the one a forest copies its trees from, is only asked for its settings.
    """
    check_job_count(getattr(found, "n_jobs", None))
    if name in SETTINGS:
        SETTINGS[name](found)
    if name in FITTED and is_fitted(found):
        FITTED[name](found)


def is_fitted(found: Any) -> bool:
    """Whether scikit-learn takes an estimator as fitted, and so would let it predict."""
    return any(name.endswith("_") and not name.startswith("__") for name in vars(found))
