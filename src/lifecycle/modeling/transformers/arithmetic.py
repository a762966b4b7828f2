"""Sums, differences, products and ratios of the numbers that tell most of the labels.

That such features are worth more to boosted trees than their search is measured on the tables of TabArena (Erickson et
al. 2025). A tree cuts one column at a time, so that a ratio or a difference takes it many cuts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.arrays import Floats, Labels
from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.feature_selection import is_regression, weigh_columns

ROWS = 20_000  # that choose the columns


def divide(one: Floats, other: Floats) -> Floats:
    """The ratio, missing where the other is 0."""
    made = np.full(np.broadcast(one, other).shape, np.nan)
    np.divide(one, other, out=made, where=other != 0)
    return made


SIGNS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "plus": np.add,
    "minus": np.subtract,
    "times": np.multiply,
    "per": divide,
}


class Arithmetic(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The columns, and at most `keep` new ones of two each: `<one>_plus_<other>`, also minus, times and per.

    The two are among the `most` columns that bring small boosted trees the largest gain. A new column is kept where
    its ranks go with the labels more than those of either of its two columns do, those with the largest such gain
    first. Of several classes that which it tells best counts.
    """

    def __init__(self, most: int = 10, keep: int = 12, random_state: int | None = None) -> None:
        self.most = most
        self.keep = keep
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Any) -> Self:  # noqa: N803
        """Choose the new columns; raises WrongValue for fewer than two columns or none to keep."""
        if self.most < 2 or self.keep < 1:
            raise WrongValue(
                f"Arithmetic has most {self.most!r} and keep {self.keep!r}",
                where="conf/inputs/, keys most and keep of Arithmetic",
                todo="most: 2 or more, keep: 1 or more",
            )
        validate_data(self, X, skip_check_array=True)
        values, labels = self._sample(X, np.asarray(y))
        best = choose(values, labels, self._pick(values, labels))[: self.keep]
        self.made_: list[list[Any]] = [list(one) for one in best]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns and the new ones."""
        validate_data(self, X, reset=False, skip_check_array=True)
        values = X.to_numpy(dtype="float64")
        return pd.DataFrame(self.extend(values), columns=self.get_feature_names_out(), index=X.index)

    def extend(self, values: Floats) -> Floats:
        """The values of shape (rows, columns) with the new columns behind them."""
        return np.column_stack([values, *(combine(values, *one) for one in self.made_)])

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns and of the new ones."""
        check_is_fitted(self)
        names = list(self.feature_names_in_)
        made = [f"{names[one]}_{sign}_{names[other]}" for sign, one, other in self.made_]
        return np.array([*names, *made], dtype=object)

    def _sample(self, table: pd.DataFrame, labels: Labels) -> tuple[Floats, Labels]:
        values = table.to_numpy(dtype="float64")
        if len(values) <= ROWS:
            return values, labels
        drawn = np.sort(np.random.default_rng(self.random_state).choice(len(values), ROWS, replace=False))
        return values[drawn], labels[drawn]

    def _pick(self, values: Floats, labels: Labels) -> list[int]:
        """The places of the columns that tell most, in their order."""
        worth = weigh_columns(pd.DataFrame(values), labels, self.random_state)
        order = np.argsort(-worth, kind="stable")[: self.most]
        return sorted(int(place) for place in order if worth[place] > 0)


def combine(values: Floats, sign: str, one: int, other: int) -> Floats:
    """What two columns make, missing where it is no finite number."""
    with np.errstate(over="ignore", invalid="ignore"):
        made = SIGNS[sign](values[:, one], values[:, other])
    return np.where(np.isfinite(made), made, np.nan)


def choose(values: Floats, labels: Labels, places: list[int]) -> list[tuple[str, int, int]]:
    """The sign and the two columns of what tells more than either, the best first."""
    targets = rank_targets(labels)
    alone = {place: tell(values[:, place], targets) for place in places}
    found = []
    for one, other in combinations(places, 2):
        for sign, upper, lower in list_ways(one, other):
            gain = tell(combine(values, sign, upper, lower), targets) - max(alone[one], alone[other])
            if gain > 0:
                found.append((round(-gain, 9), one, other, sign, upper, lower))
    return [(sign, upper, lower) for _, _, _, sign, upper, lower in sorted(found)]


def list_ways(one: int, other: int) -> list[tuple[str, int, int]]:
    """What two columns can make: a ratio either way round."""
    return [
        ("plus", one, other),
        ("minus", one, other),
        ("times", one, other),
        ("per", one, other),
        ("per", other, one),
    ]


def rank_targets(labels: Labels) -> Floats:
    """The standardized ranks of numbers, or of the membership in each class, one column each."""
    columns = [labels] if is_regression(labels) else [labels == one for one in np.unique(labels)]
    return np.column_stack([standardize_ranks(np.asarray(one, dtype=np.float64)) for one in columns])


def tell(values: Floats, targets: Floats) -> float:
    """How far the ranks of values go with those of the labels: Spearman's correlation, from 0 to 1; 0 for missing."""
    ranks = standardize_ranks(values)
    return float(np.abs(ranks @ targets).max() / len(ranks))


def standardize_ranks(values: Floats) -> Floats:
    """Average ranks of mean 0 and standard deviation 1; 0 where missing or where all are alike."""
    ranks = pd.Series(values).rank().to_numpy(dtype=np.float64)
    spread = np.nanstd(ranks) if np.isfinite(ranks).any() else 0.0
    return np.nan_to_num((ranks - np.nanmean(ranks)) / spread) if spread > 0 else np.zeros(len(values))
