"""Numbers brought to one shape, and numbers made of two others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import combinations
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import QuantileTransformer
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.errors import UnknownName, WrongValue, suggest_name

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]
FAR = 1e100  # its square is still a number


class StableQuantileTransformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Each column by its ranks, as a normal or a uniform distribution; missing numbers stay missing.

    It is scikit-learn's QuantileTransformer with at most as many quantiles as rows, of which it
    would warn on a small table.
    """

    def __init__(
        self,
        n_quantiles: int = 200,
        output_distribution: Literal["normal", "uniform"] = "normal",
        subsample: int = 20000,
        random_state: int | None = None,
    ) -> None:
        self.n_quantiles = n_quantiles
        self.output_distribution = output_distribution
        self.subsample = subsample
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Learn the quantiles of each column from `subsample` rows."""
        validate_data(self, X, skip_check_array=True)
        self.curves_ = QuantileTransformer(
            n_quantiles=min(self.n_quantiles, len(X)),
            output_distribution=self.output_distribution,
            subsample=self.subsample,
            random_state=self.random_state,
        ).fit(X)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns in their new shape."""
        # Uncopied, as scikit-learn hands it on: a copy lies otherwise in memory, and later sums would round otherwise.
        return pd.DataFrame(self.curves_.transform(X), columns=X.columns, index=X.index, copy=False)


class SmoothClip(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Each column around its median in units of its interquartile range, outliers drawn in: within -3 and 3.

    With z = (x - median) / (third - first quartile) the result is z / sqrt(1 + (z / 3)²) (Holzmüller et al., Better by
    Default, 2024). Where the quartiles are equal, half of the range takes their place; a column of one value is 0.
    Missing numbers stay missing.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Learn each column's median and unit."""
        validate_data(self, X, skip_check_array=True)
        columns = [values[~np.isnan(values)] for values in X.to_numpy(dtype="float64").T]
        learned = [locate(values) if len(values) else (0.0, 1.0) for values in columns]
        self.center_, self.scale_ = np.array(learned, dtype=np.float64).reshape(-1, 2).T.copy()
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns in their new shape."""
        validate_data(self, X, reset=False, skip_check_array=True)
        return pd.DataFrame(self.clip(X.to_numpy(dtype="float64")), columns=X.columns, index=X.index)

    def clip(self, values: Floats) -> Floats:
        """The same of an array of one row or several."""
        with np.errstate(over="ignore"):
            apart = np.clip((values - self.center_) / self.scale_, -FAR, FAR)
        return np.asarray(apart / np.sqrt(1.0 + np.square(apart / 3.0)))


def locate(values: Floats) -> tuple[float, float]:
    """The median of a column, and its unit: the interquartile range, else half of the range, else 1."""
    lowest, first, median, third, highest = np.quantile(values, [0.0, 0.25, 0.5, 0.75, 1.0])
    return float(median), float(third - first or (highest - lowest) / 2 or 1.0)


class _Paired(ABC, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The columns with further ones behind them, each made of two; `pairs_` holds the positions of the two."""

    sign: str
    pairs_: list[list[int]]

    def get_feature_names_out(self, input_features: Any = None) -> Names:
        """The names of the columns, and of the pairs with a word between the two."""
        check_is_fitted(self)
        names = list(self.feature_names_in_)
        made = [f"{names[one]}_{self.sign}_{names[other]}" for one, other in self.pairs_]
        return np.array([*names, *made], dtype=object)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns and their pairs."""
        validate_data(self, X, reset=False, skip_check_array=True)
        values = X.to_numpy(dtype="float64")
        one, other = np.array(self.pairs_, dtype=np.int64).reshape(-1, 2).T
        made = self._made(values[:, one], values[:, other])
        return pd.DataFrame(np.hstack([values, made]), columns=self.get_feature_names_out(), index=X.index)

    @abstractmethod
    def _made(self, one: Floats, other: Floats) -> Floats:
        """What each pair makes."""


class Interactions(_Paired):
    """The columns, and the products of each two of those that vary most: `<one>_times_<other>`.

    The `most` columns with the most different values count, the earlier one where they are equal.
    """

    sign = "times"

    def __init__(self, most: int = 10) -> None:
        self.most = most

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Choose the columns; raises WrongValue for fewer than two."""
        validate_data(self, X, skip_check_array=True)
        self.pairs_ = [list(pair) for pair in combinations(find_varied_columns(X, self.most, "Interactions"), 2)]
        return self

    def _made(self, one: Floats, other: Floats) -> Floats:
        return one * other


class Ratios(_Paired):
    """The columns, and one divided by another: `<one>_per_<other>`, missing where the other is 0.

    `columns` are pairs of names; without any, each two of the `most` columns with the most
    different values.
    """

    sign = "per"

    def __init__(self, columns: list[list[str]] | None = None, most: int = 4) -> None:
        self.columns = columns
        self.most = most

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Find the columns; raises UnknownName for a name that is none and WrongValue for what is no pair."""
        validate_data(self, X, skip_check_array=True)
        if self.columns is None:
            self.pairs_ = [list(pair) for pair in combinations(find_varied_columns(X, self.most, "Ratios"), 2)]
        else:
            self.pairs_ = [locate_pair(pair, list(X.columns)) for pair in self.columns]
        return self

    def _made(self, one: Floats, other: Floats) -> Floats:
        made = np.full(one.shape, np.nan)
        np.divide(one, other, out=made, where=other != 0)
        return made


def find_varied_columns(table: pd.DataFrame, most: int, name: str) -> list[int]:
    """The positions of at most that many columns, those with the most different values, in their order.

    A count of values does not depend on a unit, nor on how a sum is rounded.
    """
    if most < 2:
        raise WrongValue(f"{name} has most {most!r}", where=f"conf/inputs/, key most of {name}", todo="most: 2 or more")
    counts = table.nunique().to_numpy()
    order = np.argsort(-counts, kind="stable")
    return sorted(int(place) for place in order[:most] if counts[place] > 1)


def locate_pair(pair: list[str], names: list[str]) -> list[int]:
    """The positions of the two columns of a pair."""
    where = "conf/inputs/, key columns of Ratios"
    if len(pair) != 2:
        raise WrongValue(f"{pair!r} is no pair", where=where, todo="columns: [[upper, lower], …], two names each")
    for name in pair:
        if name not in names:
            raise UnknownName(f"there is no numeric column {name!r}", where=where, todo=suggest_name(name, names))
    return [names.index(name) for name in pair]
