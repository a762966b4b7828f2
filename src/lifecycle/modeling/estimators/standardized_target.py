"""Regressors of scikit-learn whose penalties and steps suit labels of mean 0 and standard deviation 1, given those."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.neural_network import MLPRegressor
from sklearn.svm import LinearSVR

from lifecycle.arrays import Floats


class _StandardizedTarget:
    """Learns standardized labels and predicts in their own unit; one that goes on learning keeps its first scale."""

    def fit(self, X: pd.DataFrame, y: Any) -> Self:  # noqa: N803
        """Fit on the labels less their mean, over their standard deviation; 1 where they are all alike."""
        labels = np.asarray(y, dtype=np.float64)
        if not (getattr(self, "warm_start", False) and hasattr(self, "target_mean_")):
            self.target_mean_ = float(labels.mean())
            self.target_scale_ = float(labels.std()) or 1.0
        super().fit(X, (labels - self.target_mean_) / self.target_scale_)  # type: ignore[misc]
        return self

    def predict(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The number of each row, in the labels' unit."""
        predicted = np.asarray(super().predict(X), dtype=np.float64)  # type: ignore[misc]
        return np.asarray(predicted * self.target_scale_ + self.target_mean_)


class StandardizedMLPRegressor(_StandardizedTarget, MLPRegressor):  # type: ignore[misc]
    """scikit-learn's neural network for numbers of any size."""


class StandardizedLinearSVR(_StandardizedTarget, LinearSVR):  # type: ignore[misc]
    """scikit-learn's linear support vectors for numbers of any size."""
