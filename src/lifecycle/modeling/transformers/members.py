"""The prepared columns of an ensemble: those of each way in which its members prepare the features, side by side."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class MemberInputs(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The columns of each of the fitted `parts`, under the part's number and the column's name, as `0.age`."""

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Nothing: the parts are fitted with the members that they belong to."""
        return self

    @property
    def feature_names_in_(self) -> npt.NDArray[np.object_]:
        """The names of the features, which all parts share."""
        return np.asarray(self.parts[0].feature_names_in_, dtype=object)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """One column for each of every part, in the order of the parts."""
        tables = [one.transform(X).add_prefix(f"{place}.") for place, one in enumerate(self.parts)]
        together: pd.DataFrame = pd.concat(tables, axis=1)
        return together

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The columns' names."""
        names = [f"{place}.{name}" for place, one in enumerate(self.parts) for name in one.get_feature_names_out()]
        return np.array(names, dtype=object)
