"""Weighted averages of fitted estimators, each of which reads its own columns of the prepared ones."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from lifecycle.arrays import Floats


class _Average(BaseEstimator):  # type: ignore[misc]
    """The fitted `estimators`, the `starts` of their columns, the `names` they know these by, and their `weights`."""

    def __init__(
        self, estimators: list[Any], starts: list[int], names: list[list[str]], weights: list[float], classes: int = 0
    ) -> None:
        self.estimators = estimators
        self.starts = starts
        self.names = names
        self.weights = weights
        self.classes = classes

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Nothing: the estimators are fitted."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def list_columns(self) -> list[slice]:
        """The places of each estimator's columns."""
        return [slice(start, start + len(names)) for start, names in zip(self.starts, self.names, strict=True)]

    def _give(self, X: pd.DataFrame) -> list[pd.DataFrame]:  # noqa: N803
        """The columns of each estimator, under the names that it knows."""
        every = zip(self.list_columns(), self.names, strict=True)
        return [X.iloc[:, places].set_axis(names, axis=1) for places, names in every]


class AverageClassifier(ClassifierMixin, _Average):  # type: ignore[misc]
    """The average of the probabilities, of shape (rows, classes)."""

    @property
    def classes_(self) -> npt.NDArray[np.int64]:
        """The codes of the classes, from 0."""
        return np.arange(self.classes)

    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The probability of each class; 0 for one that an estimator has not seen."""
        average = np.zeros((len(X), self.classes))
        for estimator, columns, weight in zip(self.estimators, self._give(X), self.weights, strict=True):
            average[:, estimator.classes_] += weight * np.asarray(estimator.predict_proba(columns), dtype=np.float64)
        return average

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.int64]:  # noqa: N803
        """The code of the likeliest class."""
        return np.asarray(self.predict_proba(X).argmax(axis=1))


class AverageRegressor(RegressorMixin, _Average):  # type: ignore[misc]
    """The average of the predicted numbers, one per row."""

    def predict(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The number of each row."""
        average = np.zeros(len(X))
        for estimator, columns, weight in zip(self.estimators, self._give(X), self.weights, strict=True):
            average += weight * np.asarray(estimator.predict(columns), dtype=np.float64)
        return average
