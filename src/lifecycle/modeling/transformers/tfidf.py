"""Free text as numbers: how much each word says about a text."""

from __future__ import annotations

from collections import Counter
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.svd import compute_leading_vectors


class Tfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Each free-text column as the weights of its words, `<column>__<word>` (TF-IDF; Spärck Jones 1972).

    The `most` words that the most texts hold, in at least `least` of them; the first by the alphabet
    where they are equal. A missing text is an empty one, a word never seen is passed over. With
    `components`, the words of a column give way to that many directions, `<column>__axis_1`, …
    (latent semantic analysis; Deerwester et al. 1990).
    """

    def __init__(self, most: int = 300, least: int = 2, components: int | None = None) -> None:
        self.most = most
        self.least = least
        self.components = components

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Choose the words of each column and learn how rare each is; a column may have none."""
        self._must_keep_words()
        validate_data(self, X, skip_check_array=True)
        self.weights_: dict[str, TfidfVectorizer] = {}
        self.axes_: dict[str, npt.NDArray[np.float64]] = {}
        for name in map(str, X.columns):
            texts = fill_missing_texts(X[name])
            chosen = select_words(texts, self.most, self.least)
            if chosen:
                self.weights_[name] = TfidfVectorizer(vocabulary=chosen).fit(texts)
            if chosen and self.components is not None:
                weights = self.weights_[name].transform(texts)
                self.axes_[name] = compute_leading_vectors((weights.T @ weights).toarray(), self.components)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """One row of weights per row, each column's own of length 1, or of zeros without a known word."""
        validate_data(self, X, reset=False, skip_check_array=True)
        parts = [
            self._placed(name, weights.transform(fill_missing_texts(X[name])))
            for name, weights in self.weights_.items()
        ]
        values = np.hstack([np.empty((len(X), 0)), *parts])
        return pd.DataFrame(values, columns=self.get_feature_names_out(), index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the words or directions of each column."""
        check_is_fitted(self)
        names = [f"{name}__{part}" for name in self.weights_ for part in self._parts(name)]
        return np.array(names, dtype=object)

    def _parts(self, name: str) -> list[str]:
        if name in self.axes_:
            return [f"axis_{number + 1}" for number in range(self.axes_[name].shape[1])]
        return [str(word) for word in self.weights_[name].get_feature_names_out()]

    def _placed(self, name: str, weights: csr_matrix) -> npt.NDArray[np.float64]:
        values = weights @ self.axes_[name] if name in self.axes_ else weights.toarray()
        return np.asarray(values, dtype=np.float64)

    def _must_keep_words(self) -> None:
        if self.most < 1 or self.least < 1:
            raise WrongValue(
                f"Tfidf has most {self.most!r} and least {self.least!r}",
                where="conf/inputs/, keys most and least of Tfidf",
                todo="most: 300 and least: 2, both 1 or more",
            )


def fill_missing_texts(column: pd.Series) -> list[str]:
    """The texts of a column; a missing one is empty."""
    return [str(text) for text in column.fillna("")]


def select_words(texts: list[str], most: int, least: int) -> list[str]:
    """The words that the most texts hold, at most so many, by the alphabet."""
    split = TfidfVectorizer().build_analyzer()
    held = Counter(word for text in texts for word in set(split(text)))
    ranked = sorted((word for word in held if held[word] >= least), key=lambda word: (-held[word], word))
    return sorted(ranked[:most])
