"""Crosses of categories: pairs of text columns as one, where both together tell what neither tells alone.

A tree splits one column at a time, and a linear model adds up what each column tells. What two categories mean only
together, such as a plan in a city, takes either many splits or a column of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.arrays import Integers, Labels
from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.categories import RARE
from lifecycle.modeling.transformers.feature_selection import is_regression
from lifecycle.modeling.transformers.names import number_repeated

ROWS = 20_000  # that choose the pairs
QUANTILES = 10  # the groups that a number as label is cut into
BEYOND_CHANCE = 3.0  # standard deviations
MISSING = "(missing)"


class Crosses(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The text columns, and at most `keep` crosses of two each as further text columns: `<one>_and_<other>`.

    A pair is among the `columns` columns of the highest mutual information with the label. It is kept where its
    interaction information I(one, other; label) - I(one; label) - I(other; label) (McGill 1954) is more than three
    standard deviations beyond chance, the largest first. Of each column and of each cross the `most` most frequent
    values count, of a cross those with `least` rows or more; any other is "(rare)", as is a value never seen.
    """

    def __init__(
        self, columns: int = 8, keep: int = 6, most: int = 200, least: int = 20, random_state: int | None = None
    ) -> None:
        self.columns = columns
        self.keep = keep
        self.most = most
        self.least = least
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Any) -> Self:  # noqa: N803
        """Choose the pairs; raises WrongValue for fewer than two columns, or another number below one."""
        if self.columns < 2 or min(self.keep, self.most, self.least) < 1:
            raise WrongValue(
                f"Crosses has columns {self.columns!r}, keep {self.keep!r}, most {self.most!r}, least {self.least!r}",
                where="conf/inputs/, keys columns, keep, most and least of Crosses",
                todo="columns: 2 or more, and keep:, most: and least: 1 or more",
            )
        validate_data(self, X, skip_check_array=True)
        self.values_ = {str(name): list_frequent(X[name], self.most) for name in X.columns}
        codes, sizes = self._encode(X), self._count_codes()
        self.pairs_ = self._choose(codes, np.asarray(y))
        self.crosses_ = [
            list_frequent_cells(join_codes(codes[:, one], codes[:, other], sizes[other]), self.most, self.least)
            for one, other in self.pairs_
        ]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns and their crosses, which are never missing."""
        validate_data(self, X, reset=False, skip_check_array=True)
        codes = self._encode(X)
        made = [pd.Series(self._name_cells(codes, place), X.index, dtype="str") for place in range(len(self.pairs_))]
        return pd.concat([X, *made], axis=1).set_axis(self.get_feature_names_out(), axis=1)

    def extend(self, row: Sequence[str | None]) -> list[str | None]:
        """The texts of one row, None where missing, with its crosses behind them."""
        codes = np.array([[encode_text(*one) for one in zip(row, self.values_.values(), strict=True)]], dtype=np.int64)
        return [*row, *(str(self._name_cells(codes, place)[0]) for place in range(len(self.pairs_)))]

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the columns and of their crosses."""
        check_is_fitted(self)
        names = [str(name) for name in self.feature_names_in_]
        made = [f"{names[one]}_and_{names[other]}" for one, other in self.pairs_]
        return np.array(number_repeated([*names, *made]), dtype=object)

    def _encode(self, table: pd.DataFrame) -> Integers:
        """The code of each value, of shape (rows, columns): its place among the column's values, or one behind them."""
        return np.column_stack([encode_texts(table[name], known) for name, known in self.values_.items()])

    def _count_codes(self) -> list[int]:
        """How many codes each column has: its values, the rare ones, and the missing ones."""
        return [len(known) + 2 for known in self.values_.values()]

    def _choose(self, codes: Integers, labels: Labels) -> list[list[int]]:
        """The places of both columns of each pair to keep, the best first."""
        if len(codes) > ROWS:
            drawn = np.sort(np.random.default_rng(self.random_state).choice(len(codes), ROWS, replace=False))
            codes, labels = codes[drawn], labels[drawn]
        classes, sizes = group_labels(labels), self._count_codes()
        alone = [round(compute_information(column, classes), 9) for column in codes.T]
        varied = [place for place, column in enumerate(codes.T) if len(np.unique(column)) > 1]
        best = sorted(sorted(varied, key=lambda place: (-alone[place], place))[: self.columns])
        found = []
        for one, other in combinations(best, 2):
            cells = join_codes(codes[:, one], codes[:, other], sizes[other])
            frequent = list_frequent_cells(cells, self.most, self.least)
            joint = np.where(np.isin(cells, frequent), cells, -1)
            gain = compute_information(joint, classes) - alone[one] - alone[other]
            if gain > BEYOND_CHANCE * estimate_deviation(joint, classes):
                found.append((round(-gain, 9), one, other))
        return [[one, other] for _, one, other in sorted(found)[: self.keep]]

    def _name_cells(self, codes: Integers, place: int) -> npt.NDArray[np.object_]:
        """The texts of one cross for rows of codes."""
        (one, other), frequent = self.pairs_[place], self.crosses_[place]
        words = [[*known, RARE, MISSING] for known in self.values_.values()]
        size = len(words[other])
        named = number_repeated([f"{words[one][cell // size]} × {words[other][cell % size]}" for cell in frequent])
        cells = pd.Index(join_codes(codes[:, one], codes[:, other], size))
        found = pd.Index(frequent, dtype="int64").get_indexer(cells)
        return np.array([*named, RARE], dtype=object)[found]


def list_frequent(column: pd.Series, most: int) -> list[str]:
    """The most frequent values, sorted; of equally frequent ones the first in their order."""
    counts = column.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return sorted(counts.index[:most].tolist())


def encode_texts(column: pd.Series, known: list[str]) -> Integers:
    """The place of each value among the known ones; one behind them for another, two for a missing one."""
    found = pd.Index(known, dtype="str").get_indexer(pd.Index(column))
    return np.where(column.isna(), len(known) + 1, np.where(found < 0, len(known), found)).astype(np.int64)


def encode_text(text: str | None, known: Sequence[str]) -> int:
    """The code of one value, as `encode_texts` gives it."""
    if not isinstance(text, str):
        return len(known) + 1
    return known.index(text) if text in known else len(known)


def join_codes(one: Integers, other: Integers, size: int) -> Integers:
    """One code for both; `size` is how many codes the other has."""
    return one * size + other


def list_frequent_cells(cells: Integers, most: int, least: int) -> list[int]:
    """The most frequent codes that `least` rows or more have, sorted; of equally frequent ones the lowest."""
    found, counts = np.unique(cells, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    return sorted(int(found[place]) for place in order if counts[place] >= least)


def group_labels(labels: Labels) -> Integers:
    """The class of each label; of a number its place among the tenths."""
    if not is_regression(labels):
        return np.unique(labels, return_inverse=True)[1]
    edges = np.unique(np.quantile(labels, np.arange(1, QUANTILES) / QUANTILES, method="inverted_cdf"))
    return np.searchsorted(edges, labels, side="left")


def compute_information(codes: Integers, classes: Integers) -> float:
    """The mutual information in nats, from entropies corrected for the number of cells (Miller 1955)."""
    joint = join_codes(codes - codes.min(), classes, int(classes.max()) + 1)
    return compute_entropy(codes) + compute_entropy(classes) - compute_entropy(joint)


def compute_entropy(codes: Integers) -> float:
    """Miller and Madow's estimate in nats: that of the shares, and half of (cells - 1) per row."""
    counts = np.unique(codes, return_counts=True)[1]
    shares = counts / len(codes)
    return float(-(shares * np.log(shares)).sum() + (len(counts) - 1) / (2 * len(codes)))


def estimate_deviation(codes: Integers, classes: Integers) -> float:
    """The standard deviation of the mutual information of independent columns: 2 * rows times it is chi-squared."""
    freedom = (len(np.unique(codes)) - 1) * (len(np.unique(classes)) - 1)
    return float(np.sqrt(2 * max(freedom, 1)) / (2 * len(codes)))
