"""Extreme numbers drawn in to bounds that were learned."""

from __future__ import annotations

from typing import Any, Literal, Self

import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import validate_data

from lifecycle.errors import WrongValue


class Clip(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers beyond the bounds of their column become the bound; missing ones stay missing.

    The bounds are the quantiles `low` and `high`, or, by "iqr", the quartiles and `reach` times the
    distance between them on either side (Tukey's fences, 1977). A column without values has no bounds.
    """

    def __init__(
        self, by: Literal["quantile", "iqr"] = "quantile", low: float = 0.01, high: float = 0.99, reach: float = 1.5
    ) -> None:
        self.by = by
        self.low = low
        self.high = high
        self.reach = reach

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Learn the bounds of each column; raises WrongValue for quantiles out of order or a reach below 0."""
        self._must_make_bounds()
        validate_data(self, X, skip_check_array=True)
        low, high = (self.low, self.high) if self.by == "quantile" else (0.25, 0.75)
        lower, upper = X.quantile(low), X.quantile(high)
        margin = (upper - lower) * (0.0 if self.by == "quantile" else self.reach)
        self.lower_ = (lower - margin).to_numpy(dtype="float64")
        self.upper_ = (upper + margin).to_numpy(dtype="float64")
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The columns within their bounds."""
        validate_data(self, X, reset=False, skip_check_array=True)
        lower, upper = (pd.Series(bounds, index=X.columns) for bounds in (self.lower_, self.upper_))
        return X.clip(lower=lower, upper=upper, axis=1)

    def _must_make_bounds(self) -> None:
        if self.by not in ("quantile", "iqr") or not 0 <= self.low < self.high <= 1 or self.reach < 0:
            raise WrongValue(
                f"Clip has by {self.by!r}, low {self.low!r}, high {self.high!r}, reach {self.reach!r}",
                where="conf/inputs/, keys by, low, high and reach of Clip",
                todo="by: quantile with 0 <= low < high <= 1, or by: iqr with reach: 1.5",
            )
