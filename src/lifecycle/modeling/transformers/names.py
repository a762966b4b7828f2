"""Names of prepared columns that every library takes, whatever the data calls its columns.

scikit-learn rejects a table that has a name twice, as where both `a` and `missingindicator_a` come from outside.
LightGBM rejects `[ ] { } " , :` in the name of a column and turns blanks into underscores. Names are therefore
percent-encoded (RFC 3986) before an estimator sees them: letters, digits and `_ . - ~` stay as they are, and
`urllib.parse.unquote` gives the name back.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import quote, unquote

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

REPEATED = "+"  # before the number of a name that stands again: no encoded name holds it


class _Renamed(ABC, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The columns as they are, under other names."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Find the names of the columns."""
        self.names_ = self._renamed([str(name) for name in X.columns])
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns, not copied, under their new names."""
        return X.set_axis(self.names_, axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The new names."""
        check_is_fitted(self)
        return np.array(self.names_, dtype=object)

    @abstractmethod
    def _renamed(self, names: list[str]) -> list[str]:
        """The new names, in the order of the columns."""


class DistinctNames(_Renamed):
    """The columns as they are, each name once: one that stands again gets a number."""

    def _renamed(self, names: list[str]) -> list[str]:
        return number_repeated(names)


class EncodedNames(_Renamed):
    """The columns as they are, under percent-encoded names, each once."""

    def _renamed(self, names: list[str]) -> list[str]:
        return encode_names(names)


def number_repeated(names: Sequence[str]) -> list[str]:
    """The names, with a number behind one that stands again: `a`, `a+2`."""
    taken, distinct = set(names), set[str]()
    found = []
    for name in names:
        free, number = name, 1
        while free in distinct or (number > 1 and free in taken):
            number += 1
            free = f"{name}{REPEATED}{number}"
        distinct.add(free)
        found.append(free)
    return found


def encode_names(names: Sequence[str]) -> list[str]:
    """The percent-encoded names, each once."""
    return number_repeated([quote(name, safe="") for name in names])


def decode_name(encoded: str) -> str:
    """The name that was encoded."""
    return unquote(encoded.partition(REPEATED)[0])
