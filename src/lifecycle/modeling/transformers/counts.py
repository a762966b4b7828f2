"""How often each category occurs: count encoding."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.modeling.transformers.categories import categorize, list_levels
from lifecycle.modeling.transformers.names import number_repeated


class Counts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Text columns as categories, as `KnownCategories` has them, and behind them how many train rows have each value.

    The numbers are called `<name>_count`: 0 for a value never seen, and for a missing one the rows without a value.
    With `keep` false they stand alone.
    """

    def __init__(self, keep: bool = True) -> None:
        self.keep = keep

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Count the rows of each value of each column."""
        validate_data(self, X, skip_check_array=True)
        self.levels_ = list_levels(X)
        self.counts_ = {
            name: [*X[name].value_counts().reindex(levels).tolist(), int(X[name].isna().sum())]
            for name, levels in self.levels_.items()
        }
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The categories where they are kept, and the counts."""
        validate_data(self, X, reset=False, skip_check_array=True)
        counts = pd.DataFrame({name: self._count(X[name]) for name in self.levels_}, index=X.index)
        made = pd.concat([categorize(X, self.levels_), counts], axis=1) if self.keep else counts
        return made.set_axis(self.get_feature_names_out(), axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns where they are kept, and of their counts."""
        check_is_fitted(self)
        names = list(self.levels_)
        return np.array(number_repeated([*(names if self.keep else []), *(f"{n}_count" for n in names)]), dtype=object)

    def _count(self, column: pd.Series) -> pd.Series:
        *counts, missing = self.counts_[str(column.name)]
        place = pd.Index(self.levels_[str(column.name)], dtype="str").get_indexer(pd.Index(column))
        found = np.array([*counts, 0], dtype=np.float64)[place]  # the last one for a value that is not there: -1
        return pd.Series(np.where(column.isna(), float(missing), found), column.index)
