"""The prepared columns that tell most about the labels; the others go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.errors import WrongValue

Floats = npt.NDArray[np.float64]


class _Chosen(ABC, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """At most `count` columns by `_worth`, in their order; the earlier one where two are worth the same."""

    count: int
    random_state: int | None
    kept_: npt.NDArray[np.int64]

    def fit(self, X: pd.DataFrame, y: npt.ArrayLike) -> Self:  # noqa: N803
        """Choose the columns; raises WrongValue when none is asked."""
        if self.count < 1:
            name = type(self).__name__
            raise WrongValue(
                f"{name} has count {self.count!r}", where=f"conf/reduce/, key count of {name}", todo="count: 1 or more"
            )
        validate_data(self, X, skip_check_array=True)
        worth = self._worth(X, np.asarray(y))
        self.kept_ = np.sort(np.argsort(-worth, kind="stable")[: self.count])
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The chosen columns, as they are."""
        validate_data(self, X, reset=False, skip_check_array=True)
        return X.iloc[:, self.kept_]

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the chosen columns."""
        check_is_fitted(self)
        return np.asarray(self.feature_names_in_[self.kept_], dtype=object)

    def get_support(self) -> npt.NDArray[np.int64]:
        """The positions of the chosen columns."""
        check_is_fitted(self)
        return self.kept_

    @abstractmethod
    def _worth(self, table: pd.DataFrame, labels: npt.NDArray[Any]) -> Floats:
        """A number per column, the higher the better."""


class StableSelectKBest(_Chosen):
    """The `count` columns of the highest mutual information with the label (Kraskov et al. 2004; Ross 2014).

    Labels of floating point are numbers, all others classes. It is estimated on at most `rows` rows.
    """

    def __init__(self, count: int = 20, rows: int = 10000, random_state: int | None = None) -> None:
        self.count = count
        self.rows = rows
        self.random_state = random_state

    def _worth(self, table: pd.DataFrame, labels: npt.NDArray[Any]) -> Floats:
        from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

        sampled = np.arange(len(table))
        if len(table) > self.rows:
            sampled = np.sort(np.random.default_rng(self.random_state).choice(len(table), self.rows, replace=False))
        information = mutual_info_regression if is_regression(labels) else mutual_info_classif
        values = table.iloc[sampled].to_numpy(dtype="float64")
        return np.asarray(information(values, labels[sampled], discrete_features=False, random_state=self.random_state))


class ModelBased(_Chosen):
    """The `count` columns that bring fifty small boosted trees the largest gain.

    Labels of floating point are numbers, all others classes. Missing numbers and categories are taken.
    """

    def __init__(self, count: int = 20, random_state: int | None = None) -> None:
        self.count = count
        self.random_state = random_state

    def _worth(self, table: pd.DataFrame, labels: npt.NDArray[Any]) -> Floats:
        return weigh_columns(table, labels, self.random_state)


def weigh_columns(table: pd.DataFrame, labels: npt.NDArray[Any], seed: int | None) -> Floats:
    """The gain that each column brings fifty small boosted trees."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    trees = (LGBMRegressor if is_regression(labels) else LGBMClassifier)(
        n_estimators=50,
        num_leaves=15,
        importance_type="gain",
        random_state=seed,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
        n_jobs=1,  # the trees are small: threads that wait for each other cost more
    )
    numbered = table.set_axis([str(number) for number in range(table.shape[1])], axis=1)  # LightGBM rejects some names
    return np.asarray(trees.fit(numbered, labels).feature_importances_, dtype=np.float64)


def is_regression(labels: npt.NDArray[Any]) -> bool:
    """Whether the labels are numbers to come close to, not classes."""
    return bool(np.issubdtype(labels.dtype, np.floating))
