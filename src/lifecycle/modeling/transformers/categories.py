"""Text columns as few, known values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from lifecycle.errors import WrongValue

RARE = "(rare)"


class KnownCategories(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Text columns as categories, for estimators that split categories themselves.

    The categories are those of the rows it was fitted on, sorted; any other value becomes missing.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Remember the values of each column."""
        self.levels_ = list_levels(X)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns as categories; values not seen in fitting are missing."""
        return categorize(X, self.levels_)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns, which stay as they are."""
        return np.array(list(self.levels_), dtype=object)


class RareGrouped(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Text columns in which every value of less than a share `least` of the rows is "(rare)".

    The share is of the rows that have a value. A value never seen is rare; a missing one stays missing.
    """

    def __init__(self, least: float = 0.01) -> None:
        self.least = least

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Remember the frequent values of each column; raises WrongValue for a share outside 0 to 1."""
        if not 0 <= self.least <= 1:
            raise WrongValue(
                f"RareGrouped has least {self.least!r}",
                where="conf/inputs/, key least of RareGrouped",
                todo="least: 0.01, a share of the rows from 0 to 1",
            )
        validate_data(self, X, skip_check_array=True)
        shares = {str(name): X[name].value_counts(normalize=True) for name in X.columns}
        self.frequent_ = {name: sorted(share.index[share >= self.least].tolist()) for name, share in shares.items()}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns with their rare values as one."""
        validate_data(self, X, reset=False, skip_check_array=True)
        return pd.DataFrame(
            {
                name: X[name].where(X[name].isna() | X[name].isin(frequent), RARE)
                for name, frequent in self.frequent_.items()
            },
            index=X.index,
        )


def list_levels(table: pd.DataFrame) -> dict[str, list[str]]:
    """The values of each column, sorted."""
    return {str(name): sorted(table[name].dropna().unique().tolist()) for name in table.columns}


def categorize(table: pd.DataFrame, levels: Mapping[str, list[str]]) -> pd.DataFrame:
    """The columns as these categories; other values are missing."""
    return pd.DataFrame(
        {
            name: pd.Categorical(table[name].where(table[name].isin(known)), categories=known)
            for name, known in levels.items()
        },
        index=table.index,
    )
