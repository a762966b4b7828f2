"""A number with the range that it will likely lie in."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from lightgbm import LGBMRegressor
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.errors import WrongValue


class Quantiles(BaseEstimator):  # type: ignore[misc]
    """Three boosted quantile regressions (Koenker and Bassett 1978): of `low`, of one half, and of `high`.

    The other arguments are LightGBM's. The same rows give the same trees on any number of cores.
    """

    def __init__(
        self,
        low: float = 0.1,
        high: float = 0.9,
        n_estimators: int = 300,
        learning_rate: float = 0.05,
        num_leaves: int = 31,
        max_depth: int = -1,
        min_child_samples: int = 50,
        colsample_bytree: float = 1.0,
        subsample: float = 1.0,
        subsample_freq: int = 0,
        reg_alpha: float = 0.0,
        reg_lambda: float = 0.0,
        random_state: int | None = None,
    ) -> None:
        self.low = low
        self.high = high
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.colsample_bytree = colsample_bytree
        self.subsample = subsample
        self.subsample_freq = subsample_freq
        self.reg_alpha = reg_alpha
        self.reg_lambda = reg_lambda
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: npt.NDArray[Any]) -> Self:  # noqa: N803
        """Fit the three regressions; raises WrongValue unless 0 < low < 0.5 < high < 1."""
        if not 0 < self.low < 0.5 < self.high < 1:
            raise WrongValue(
                f"Quantiles has low {self.low!r} and high {self.high!r}",
                where="conf/model/, keys low and high",
                todo="low: 0.1 and high: 0.9, on either side of one half",
            )
        validate_data(self, X, skip_check_array=True)
        self.models_ = [self._one(share).fit(X, y) for share in (self.low, 0.5, self.high)]
        return self

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:  # noqa: N803
        """Of each row the low end, the middle and the high end, in that order: shape (rows, 3).

        Regressions fitted apart may cross; sorting them brings each closer to the truth
        (Chernozhukov, Fernández-Val and Galichon 2010).
        """
        check_is_fitted(self)
        validate_data(self, X, reset=False, skip_check_array=True)
        return np.sort(np.column_stack([model.predict(X) for model in self.models_]), axis=1)

    def _one(self, share: float) -> LGBMRegressor:
        arguments = {name: value for name, value in self.get_params().items() if name not in ("low", "high")}
        trees: dict[str, Any] = {"deterministic": True, "force_row_wise": True, "verbose": -1}
        threads = 0  # as many as OpenMP has
        return LGBMRegressor(objective="quantile", alpha=share, n_jobs=threads, **trees, **arguments)
