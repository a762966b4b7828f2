"""Many columns as few: the directions along which the rows are longest."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.errors import WrongValue

Floats = npt.NDArray[np.float64]


class StableTruncatedSVD(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The columns by their leading right singular vectors, without centring: `axis_1`, `axis_2`, …

    At most `most` of them, and no more than there are columns. scikit-learn's TruncatedSVD draws
    random numbers for an approximation and rejects a table with fewer columns than asked.
    """

    def __init__(self, most: int = 20) -> None:
        self.most = most

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Learn the directions."""
        values = validate_data(self, X, dtype=np.float64)
        self.axes_ = compute_leading_vectors(values.T @ values, self.most)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The place of each row along each direction."""
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return pd.DataFrame(values @ self.axes_, columns=self.get_feature_names_out(), index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the directions."""
        check_is_fitted(self)
        return np.array([f"axis_{number + 1}" for number in range(self.axes_.shape[1])], dtype=object)


def compute_leading_vectors(products: Floats, most: int) -> Floats:
    """The eigenvectors with the largest eigenvalues of columns' products with each other, as columns.

    Their sign is free: the entry of the largest size is made positive. Raises WrongValue when none is asked.
    """
    if most < 1:
        raise WrongValue(f"{most} directions are asked", where="conf/reduce/ or conf/inputs/", todo="ask for 1 or more")
    _, vectors = np.linalg.eigh(products)
    selected = vectors[:, ::-1][:, :most]
    largest = np.abs(selected).argmax(axis=0)
    return np.ascontiguousarray(selected * np.sign(selected[largest, np.arange(selected.shape[1])]))
