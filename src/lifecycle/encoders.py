"""Transformers of our own, where scikit-learn has none."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class KnownCategories(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Text columns as categories, for estimators that split categories themselves.

    The categories are those of the rows it was fitted on, sorted; any other value becomes missing.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Remember the values of each column."""
        self.levels_ = {str(name): sorted(X[name].dropna().unique().tolist()) for name in X.columns}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns as categories; values not seen in fitting are missing."""
        return pd.DataFrame(
            {
                name: pd.Categorical(X[name].where(X[name].isin(levels)), categories=levels)
                for name, levels in self.levels_.items()
            },
            index=X.index,
        )

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns, which stay as they are."""
        return np.array(list(self.levels_), dtype=object)
