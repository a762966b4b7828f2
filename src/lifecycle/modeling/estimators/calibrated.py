"""Fitted classifiers with corrected probabilities, and how the correction is learned from predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from lifecycle.arrays import Floats, Labels
from lifecycle.options import Call

EDGE = 1e-6  # how near to 0 or 1 a probability is taken to be at most: its logarithm must be a number
WEAK = 1e4  # inverse strength of the penalty that keeps the slopes finite where the classes do not overlap
RANGE = (0.05, 20.0)  # of temperatures
MODULE = "lifecycle.modeling.estimators.calibrated"


class _Calibrated(ABC, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted classifier whose probabilities are corrected by a few numbers."""

    estimator: Any

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Nothing: the estimator is fitted, and the correction was learned from predictions of other rows."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The codes of the classes."""
        return np.asarray(self.estimator.classes_)

    @abstractmethod
    def calibrate(self, scores: Floats) -> Floats:
        """Corrected probabilities: of the second of two classes, shape (rows,), else of each, (rows, classes)."""

    @abstractmethod
    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The corrected probability of each class, of shape (rows, classes)."""

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:  # noqa: N803
        """The class with the highest probability."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])


class BetaCalibrated(_Calibrated):
    """Two classes, whose log-odds become a ln p − b ln(1 − p) + c.

    Beta calibration (Kull, Silva Filho and Flach, AISTATS 2017).
    """

    def __init__(self, estimator: Any, a: float, b: float, c: float) -> None:
        self.estimator = estimator
        self.a = a
        self.b = b
        self.c = c

    def calibrate(self, scores: Floats) -> Floats:
        """The corrected probability of the second class."""
        from scipy.special import expit

        rising, falling = take_logarithms(scores).T
        return np.asarray(expit(self.a * rising + self.b * falling + self.c))

    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The corrected probabilities of both classes; of a classifier that has seen one class its own."""
        known = np.asarray(self.estimator.predict_proba(X), dtype=np.float64)
        if known.shape[1] != 2:
            return known
        second = self.calibrate(known[:, 1])
        return np.column_stack([1.0 - second, second])


class TemperatureScaled(_Calibrated):
    """Several classes, whose log-probabilities are divided by the temperature: above 1 they come closer.

    Temperature scaling (Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017).
    """

    def __init__(self, estimator: Any, temperature: float) -> None:
        self.estimator = estimator
        self.temperature = temperature

    def calibrate(self, scores: Floats) -> Floats:
        """The corrected probability of each class."""
        from scipy.special import softmax

        return np.asarray(softmax(np.log(np.clip(scores, EDGE, 1.0)) / self.temperature, axis=1))

    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The corrected probabilities."""
        return self.calibrate(np.asarray(self.estimator.predict_proba(X), dtype=np.float64))


def take_logarithms(scores: Floats) -> Floats:
    """ln p and −ln(1 − p) of probabilities, of shape (rows, 2); both rise with p."""
    inside = np.clip(scores, EDGE, 1.0 - EDGE)
    return np.column_stack([np.log(inside), -np.log1p(-inside)])


def fit_beta(scores: Floats, truth: Labels) -> Call:
    """The correction of two classes' probabilities that makes the labels likeliest; it never turns their order around.

    Where a slope would be negative, it is 0 and the other is found without it.
    """
    columns = take_logarithms(scores)
    slopes, start = fit_slopes(columns, truth, [0, 1])
    if (slopes < 0).any():
        slopes, start = fit_slopes(columns, truth, [int(slopes.argmax())])
    a, b = np.maximum(slopes, 0.0)
    return Call(target=f"{MODULE}.BetaCalibrated", arguments={"a": float(a), "b": float(b), "c": start})


def fit_slopes(columns: Floats, truth: Labels, used: list[int]) -> tuple[Floats, float]:
    """The slope of each column, 0 of those not used, and the start, by logistic regression."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=WEAK, max_iter=1000).fit(columns[:, used], truth)
    slopes = np.zeros(2)
    slopes[used] = fitted.coef_[0]
    return slopes, float(fitted.intercept_[0])


def fit_temperature(scores: Floats, truth: Labels) -> Call:
    """The temperature that makes the labels likeliest."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    logarithms, rows = np.log(np.clip(scores, EDGE, 1.0)), np.arange(len(truth))

    def loss(coldness: float) -> float:
        return -float(log_softmax(logarithms * np.exp(coldness), axis=1)[rows, truth].mean())

    low, high = (-np.log(temperature) for temperature in reversed(RANGE))
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return Call(target=f"{MODULE}.TemperatureScaled", arguments={"temperature": float(np.exp(-found.x))})
