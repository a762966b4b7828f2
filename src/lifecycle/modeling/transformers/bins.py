"""Numbers as parts of their distribution: equal-frequency binning."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.arrays import Floats
from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.names import number_repeated


class Bins(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The numbers, and behind them a column of 0 and 1 for each of at most `count` bins: `<name>_bin_<number>`.

    The bins of a column hold as many train rows each as its equal values allow. The first is number 1 and holds all
    below it too, the last all above. A missing number is in no bin. With `keep` false the bins stand alone.
    """

    def __init__(self, count: int = 8, keep: bool = True) -> None:
        self.count = count
        self.keep = keep

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Find the edges between the bins of each column; raises WrongValue for fewer than two bins."""
        if self.count < 2:
            raise WrongValue(
                f"Bins has count {self.count!r}", where="conf/inputs/, key count of Bins", todo="count: 2 or more"
            )
        validate_data(self, X, skip_check_array=True)
        self.edges_ = [find_edges(column, self.count) for column in X.to_numpy(dtype="float64").T]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The numbers where they are kept, and their bins."""
        validate_data(self, X, reset=False, skip_check_array=True)
        made = self.extend(X.to_numpy(dtype="float64"))
        return pd.DataFrame(made, columns=self.get_feature_names_out(), index=X.index)

    def extend(self, values: Floats) -> Floats:
        """Values of shape (rows, columns) as the prepared columns."""
        made = [mark_bins(column, edges) for column, edges in zip(values.T, self.edges_, strict=True)]
        return np.column_stack([values, *made] if self.keep else made)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns where they are kept, and of their bins."""
        check_is_fitted(self)
        names = [str(name) for name in self.feature_names_in_]
        made = [
            f"{name}_bin_{number}"
            for name, edges in zip(names, self.edges_, strict=True)
            for number in range(1, len(edges) + 2)
        ]
        return np.array(number_repeated([*(names if self.keep else []), *made]), dtype=object)


def find_edges(values: Floats, count: int) -> list[float]:
    """The highest number of each bin but the last, each once; none where all numbers are equal or missing."""
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    edges = np.unique(np.quantile(known, np.arange(1, count) / count, method="inverted_cdf"))
    return [float(edge) for edge in edges if edge < known.max()]


def mark_bins(values: Floats, edges: list[float]) -> Floats:
    """1 in the column of each number's bin, of shape (rows, bins); 0 everywhere for a missing one."""
    place = np.searchsorted(np.array(edges, dtype=np.float64), values, side="left")
    marks = np.arange(len(edges) + 1)[None, :] == place[:, None]
    return np.asarray(marks & ~np.isnan(values)[:, None], dtype=np.float64)
