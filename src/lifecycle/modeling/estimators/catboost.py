"""CatBoost's trees (Prokhorenkova et al., NeurIPS 2018), kept as the bytes of CatBoost's own file format.

A fitted estimator holds no object of the package `catboost`, the extra of that name, which fits and predicts: a model
file has bytes that CatBoost checks and that hold nothing to run. They are the same on any number of threads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.arrays import Floats, Labels
from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.io.processor import threads_to_fit, threads_to_predict
from lifecycle.modeling.optional_packages import import_package

WHERE = "conf/model/, the option that names {}"
# What a file says of its fit: an id, a time, and losses, whose last digits differ with the number of threads.
DIFFERS = {"model_guid": "", "train_finish_time": "", "training": "{}"}
IN_CODE = re.compile(r"^\S+\.cpp:\d+: ")
TREES = "trees.cbm"
MISSING = -1  # the code of a missing category, and of one never seen


class _CatBoostTrees(BaseEstimator):  # type: ignore[misc]
    """`trees_` are the bytes of the fitted trees, `levels_` the categories of each categorical column.

    Categories are encoded as CatBoost does it, by statistics of the target in an order of the rows; a missing one, or
    one that fitting did not see, is a category of its own. Every other column is a number, which may be missing.
    """

    kind: str
    options: dict[str, Any]
    output: str

    def __init__(
        self,
        iterations: int = 1000,
        learning_rate: float = 0.05,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        grow_policy: Literal["SymmetricTree", "Depthwise"] = "SymmetricTree",
        subsample: float = 0.8,
        colsample_bylevel: float = 1.0,
        random_strength: float = 1.0,
        leaf_estimation_iterations: int = 1,
        one_hot_max_size: int = 2,
        max_ctr_complexity: int = 4,
        random_state: int | None = None,
    ) -> None:
        self.iterations = iterations
        self.learning_rate = learning_rate
        self.depth = depth
        self.l2_leaf_reg = l2_leaf_reg
        self.grow_policy = grow_policy
        self.subsample = subsample
        self.colsample_bylevel = colsample_bylevel
        self.random_strength = random_strength
        self.leaf_estimation_iterations = leaf_estimation_iterations
        self.one_hot_max_size = one_hot_max_size
        self.max_ctr_complexity = max_ctr_complexity
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Labels) -> Self:  # noqa: N803
        """Fit `iterations` trees.

        Raises WrongValue for an argument, columns or labels that CatBoost does not take, ConfigError without CatBoost.
        """
        return self._fit(X, y)

    def fit_until_stopped(
        self,
        X: pd.DataFrame,  # noqa: N803
        y: Labels,
        eval_X: pd.DataFrame,  # noqa: N803
        eval_y: Labels,
        rounds: int,
    ) -> Self:
        """As `fit`, until `rounds` trees bring nothing on the other rows; `best_iteration_` trees are kept."""
        self._fit(X, y, (eval_X, eval_y), rounds)
        self.best_iteration_ = int(load_trees(self.trees_).tree_count_)
        return self

    def _fit(
        self,
        X: pd.DataFrame,  # noqa: N803
        y: Labels,
        held_back: tuple[pd.DataFrame, Labels] | None = None,
        rounds: int | None = None,
    ) -> Self:
        validate_data(self, X, skip_check_array=True)
        self.levels_ = {str(name): X[name].cat.categories.tolist() for name in X.select_dtypes("category")}
        model = self._unfitted(threads_to_fit(len(X)))
        with translate_errors(type(self).__name__):
            judged = {"eval_set": self._pool(*held_back), "use_best_model": True} if held_back else {}
            model.fit(self._pool(X, y), early_stopping_rounds=rounds, **judged)
        self.trees_ = dump_trees(model)
        return self

    def _unfitted(self, threads: int) -> Any:
        arguments = self.get_params() | {"random_seed": self.random_state or 0}
        del arguments["random_state"]
        quiet = {"verbose": False, "allow_writing_files": False, "thread_count": threads}
        sampling = {"bootstrap_type": "Bernoulli", "boosting_type": "Plain"}
        return getattr(load_package(), self.kind)(**arguments, **sampling, **self.options, **quiet)

    def _pool(self, X: pd.DataFrame, y: Labels | None = None) -> Any:  # noqa: N803
        """The rows as CatBoost takes them: numbers, and categories by their place."""
        columns = {name: encode_column(X[name], self.levels_.get(str(name))) for name in X.columns}
        return load_package().Pool(pd.DataFrame(columns, index=X.index), y, cat_features=list(self.levels_))

    def _raw(self, X: pd.DataFrame) -> npt.NDArray[Any]:  # noqa: N803
        check_is_fitted(self)
        validate_data(self, X, reset=False, skip_check_array=True)
        threads = threads_to_predict(len(X))
        found = load_trees(self.trees_).predict(self._pool(X), prediction_type=self.output, thread_count=threads)
        return np.asarray(found, dtype=np.float64)

    def predict_codes(self, row: Floats) -> Floats:
        """What `predict_proba`, or else `predict`, gives for one row of shape (1, columns), without its axis of rows.

        Categories are places among the known ones, NaN where missing. Made for one row at a time: it needs no table.
        """
        categorical = [str(name) in self.levels_ for name in self.feature_names_in_]
        values = [
            (MISSING if np.isnan(value) else int(value)) if is_code else float(value)
            for value, is_code in zip(row[0], categorical, strict=True)
        ]
        found = load_trees(self.trees_).predict(values, prediction_type=self.output, thread_count=1)
        return np.asarray(found, dtype=np.float64)

    @property
    def feature_importances_(self) -> Floats:
        """How much the prediction changes with each prepared column, adding up to 100 (PredictionValuesChange)."""
        check_is_fitted(self)
        return np.asarray(load_trees(self.trees_).get_feature_importance(), dtype=np.float64)


class CatBoostTreesClassifier(ClassifierMixin, _CatBoostTrees):  # type: ignore[misc]
    """For classes, by log loss."""

    kind = "CatBoostClassifier"
    options: dict[str, Any] = {}  # noqa: RUF012
    output = "Probability"

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The classes that fitting saw, sorted."""
        check_is_fitted(self, "trees_")
        return np.asarray(load_trees(self.trees_).classes_)

    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """Each row's probability of each class, of shape (rows, classes)."""
        return np.asarray(self._raw(X), dtype=np.float64)

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:  # noqa: N803
        """The likeliest class of each row."""
        return np.asarray(self.classes_[self._raw(X).argmax(axis=1)])


class CatBoostTreesRegressor(RegressorMixin, _CatBoostTrees):  # type: ignore[misc]
    """For numbers, by their squared error."""

    kind = "CatBoostRegressor"
    options: dict[str, Any] = {"allow_const_label": True}  # noqa: RUF012
    output = "RawFormulaVal"

    def predict(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The number of each row."""
        return np.asarray(self._raw(X), dtype=np.float64)


def load_package() -> Any:
    """The package catboost; raises ConfigError where it is not installed."""
    where = "conf/model/, lifecycle.modeling.estimators.catboost"
    return import_package("catboost", extra="catboost", user="CatBoostTrees", where=where)


@contextmanager
def translate_errors(name: str) -> Iterator[None]:
    """CatBoost's rejections in our words, without the place in its C++ code."""
    try:
        yield
    except load_package().CatBoostError as cause:
        raise WrongValue(
            f"CatBoost cannot be fitted: {' '.join(IN_CODE.sub('', str(cause)).split())[:300]}",
            where=WHERE.format(name),
            todo="correct the argument or the columns that are named above",
        ) from cause


def encode_column(values: pd.Series, levels: list[Any] | None) -> npt.NDArray[Any]:
    """A column of numbers with NaN where missing; with `levels`, the place of each value among them."""
    if levels is None:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(pd.Index(levels, dtype=object).get_indexer(values.astype(object)), dtype=np.int32)


def dump_trees(model: Any) -> bytes:
    """The file of a fitted model, without what differs from fit to fit and changes no prediction."""
    described = model.get_metadata()
    options = reset_threads(json.loads(described["params"]))
    for name, value in {**DIFFERS, "params": json.dumps(options, sort_keys=True)}.items():
        described[name] = value
    with TemporaryDirectory() as folder:
        path = Path(folder, TREES)
        model.save_model(str(path), format="cbm")
        return path.read_bytes()


def reset_threads(options: Any) -> Any:
    """The options of a fit, with 1 wherever they name a number of threads."""
    if not isinstance(options, dict):
        return options
    return {name: 1 if name == "thread_count" else reset_threads(value) for name, value in options.items()}


@lru_cache(maxsize=16)
def load_trees(content: bytes) -> Any:
    """The model of these bytes, to predict with; raises CorruptFile where they are none.

    CatBoost reads them from a file: of bytes in memory that end too early, version 1.2.10 reads on and crashes.
    """
    package = load_package()
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder, TREES)
            path.write_bytes(content)
            return package.CatBoost().load_model(str(path), format="cbm")
    except package.CatBoostError as cause:
        raise CorruptFile(
            f"the trees cannot be read by CatBoost ({' '.join(str(cause).split())[:120]})",
            where=f"models/model.skops, {len(content):,} bytes of trees",
            todo="dvc checkout models/model.skops",
        ) from cause
