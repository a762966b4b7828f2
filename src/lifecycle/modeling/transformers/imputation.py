"""Missing numbers filled in from similar rows."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.impute import KNNImputer
from sklearn.utils.validation import validate_data
from threadpoolctl import threadpool_limits


class StableKNNImputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Missing numbers as the mean of the `n_neighbors` nearest rows that have one (Troyanskaya et al. 2001).

    It is scikit-learn's KNNImputer with a memory of at most `most` rows, drawn at random: that one
    compares every row with every fitted row. Columns that had gaps in fitting get an indicator.
    """

    def __init__(self, n_neighbors: int = 5, most: int = 2000, random_state: int | None = None) -> None:
        self.n_neighbors = n_neighbors
        self.most = most
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Remember rows to compare with."""
        validate_data(self, X, skip_check_array=True)
        kept = X
        if len(X) > self.most:
            sampled = np.random.default_rng(self.random_state).choice(len(X), size=self.most, replace=False)
            kept = X.iloc[np.sort(sampled)]
        imputer = KNNImputer(n_neighbors=self.n_neighbors, keep_empty_features=True, add_indicator=True)
        self.imputer_ = imputer.fit(kept)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns without gaps, and the indicators."""
        with threadpool_limits(1):  # which of equally near rows comes first must not depend on the cores
            filled = self.imputer_.transform(X)
        return pd.DataFrame(np.asarray(filled), columns=self.get_feature_names_out(), index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns, then those of the indicators."""
        return np.asarray(self.imputer_.get_feature_names_out(), dtype=object)
