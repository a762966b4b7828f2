"""A neural network for tables that is trained by torch and kept as NumPy arrays, which is all that it predicts with.

The recipe is that of RealMLP-TD-S (`lifecycle.modeling.network_training`). torch, the extra `networks`, is needed to
fit alone. The same rows give the same arrays on any number of threads of one kind of processor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.arrays import Booleans, Floats, Labels
from lifecycle.errors import WrongValue
from lifecycle.modeling.network_training import Activation, Rows, TrainingPlan, train_network

ROWS_AT_ONCE = 4096
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017


class _TabularNetwork(BaseEstimator, ABC):  # type: ignore[misc]
    """`coefs_` are the weights of each layer, of shape (inputs, outputs), `intercepts_` its biases."""

    activation: Activation
    hidden_layer_sizes: list[int]
    learning_rate_init: float
    n_epochs: int
    batch_size: int
    validation_fraction: float
    random_state: int | None

    def fit(self, X: pd.DataFrame, y: Labels) -> Self:  # noqa: N803
        """Train for `n_epochs`, and keep the epoch that is best on the rows held back for it.

        Raises ConfigError where torch is not installed, WrongValue for an argument out of its range, and ValueError
        for columns that are no numbers or have gaps.
        """
        must_be_in_range(self)
        values = np.asarray(validate_data(self, X, dtype=np.float64))
        targets = self._learn_labels(np.asarray(y))
        seed = self.random_state or 0
        held_back = draw_held_back(targets, self.validation_fraction, seed, classes=hasattr(self, "classes_"))
        parts: list[Rows] = [(values[chosen], targets[chosen]) for chosen in (~held_back, held_back)]
        layers = train_network(self._plan(), parts[0], parts[1], seed)
        self.coefs_ = [weights.astype(np.float64) for weights, _ in layers]  # sums in float64 round alike in any batch
        self.intercepts_ = [bias.astype(np.float64) for _, bias in layers]
        return self

    def compute_outputs(self, values: Floats) -> Floats:
        """What the last layer gives for prepared numbers of shape (rows, columns), which are not checked.

        One column for each class, before the softmax, or one for the standardized number.
        """
        if len(values) > ROWS_AT_ONCE:
            starts = range(0, len(values), ROWS_AT_ONCE)
            return np.concatenate([self.compute_outputs(values[start : start + ROWS_AT_ONCE]) for start in starts])
        for weights, bias in zip(self.coefs_[:-1], self.intercepts_[:-1], strict=True):
            values = ACTIVATIONS[self.activation](values @ weights + bias)
        return np.asarray(values @ self.coefs_[-1] + self.intercepts_[-1])

    def _checked_outputs(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        check_is_fitted(self)
        return self.compute_outputs(np.asarray(validate_data(self, X, reset=False, dtype=np.float64)))

    @abstractmethod
    def _learn_labels(self, labels: Labels) -> Labels:
        """The labels as the network learns them."""

    @abstractmethod
    def _plan(self) -> TrainingPlan:
        """What is trained, and how."""


class TabularNetworkClassifier(ClassifierMixin, _TabularNetwork):  # type: ignore[misc]
    """For classes, by their cross-entropy; SELU between the layers."""

    activation: Activation = "selu"

    def __init__(
        self,
        hidden_layer_sizes: list[int] = [256, 256, 256],  # noqa: B006
        learning_rate_init: float = 0.04,
        label_smoothing: float = 0.1,
        n_epochs: int = 256,
        batch_size: int = 256,
        validation_fraction: float = 0.1,
        random_state: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.learning_rate_init = learning_rate_init
        self.label_smoothing = label_smoothing
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """Each row's probability of each class, of shape (rows, classes)."""
        return self.to_probabilities(self._checked_outputs(X))

    def predict(self, X: pd.DataFrame) -> npt.NDArray[Any]:  # noqa: N803
        """The likeliest class of each row."""
        return np.asarray(self.classes_[self._checked_outputs(X).argmax(axis=1)])

    def to_probabilities(self, outputs: Floats) -> Floats:
        """The softmax of each row of outputs."""
        grown = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))

    def _learn_labels(self, labels: Labels) -> Labels:
        self.classes_, codes = np.unique(labels, return_inverse=True)
        return np.asarray(codes)

    def _plan(self) -> TrainingPlan:
        return make_plan(self, outputs=len(self.classes_), smoothing=self.label_smoothing)


class TabularNetworkRegressor(RegressorMixin, _TabularNetwork):  # type: ignore[misc]
    """For numbers of any size, by their squared error; Mish between the layers."""

    activation: Activation = "mish"

    def __init__(
        self,
        hidden_layer_sizes: list[int] = [256, 256, 256],  # noqa: B006
        learning_rate_init: float = 0.07,
        n_epochs: int = 256,
        batch_size: int = 256,
        validation_fraction: float = 0.1,
        random_state: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.learning_rate_init = learning_rate_init
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def predict(self, X: pd.DataFrame) -> Floats:  # noqa: N803
        """The number of each row, in the labels' unit."""
        return self.to_numbers(self._checked_outputs(X))

    def to_numbers(self, outputs: Floats) -> Floats:
        """The outputs in the labels' unit, one per row."""
        return np.asarray(outputs[:, 0] * self.target_scale_ + self.target_mean_)

    def _learn_labels(self, labels: Labels) -> Labels:
        numbers = labels.astype(np.float64)
        self.target_mean_ = float(numbers.mean())
        self.target_scale_ = float(numbers.std()) or 1.0
        return np.asarray((numbers - self.target_mean_) / self.target_scale_)

    def _plan(self) -> TrainingPlan:
        return make_plan(self, outputs=0)


def make_plan(network: _TabularNetwork, *, outputs: int, smoothing: float = 0.0) -> TrainingPlan:
    """How a network is trained, from its arguments."""
    return TrainingPlan(
        hidden=network.hidden_layer_sizes,
        activation=network.activation,
        outputs=outputs,
        rate=network.learning_rate_init,
        epochs=network.n_epochs,
        batch=network.batch_size,
        smoothing=smoothing,
    )


def must_be_in_range(network: _TabularNetwork) -> None:
    """Raise WrongValue for counts below 1, a learning rate of 0 or less, or a share outside 0 to 1."""
    arguments = network.get_params()
    counts = [*network.hidden_layer_sizes, network.n_epochs, network.batch_size]
    shares = [network.validation_fraction, arguments.get("label_smoothing", 0.0)]
    if min(counts) < 1 or network.learning_rate_init <= 0 or min(shares) < 0 or max(shares) >= 1:
        raise WrongValue(
            f"{type(network).__name__} has {', '.join(f'{name} {value!r}' for name, value in arguments.items())}",
            where=f"conf/model/, the option that names {type(network).__name__}",
            todo="sizes, n_epochs and batch_size of 1 or more, a positive learning rate, and shares from 0 to below 1",
        )


def draw_held_back(targets: Labels, share: float, seed: int, *, classes: bool) -> Booleans:
    """Which rows judge the epochs: a share drawn at random, without the rows of a class that no other row has."""
    order = np.random.default_rng(seed).permutation(len(targets))
    held_back = np.asarray(order < int(len(targets) * share))
    return np.asarray(held_back & np.isin(targets, targets[~held_back])) if classes else held_back


def compute_selu(values: Floats) -> Floats:
    """The scaled exponential linear unit."""
    return np.asarray(SELU_SCALE * np.where(values > 0, values, SELU_ALPHA * np.expm1(np.minimum(values, 0))))


def compute_mish(values: Floats) -> Floats:
    """x · tanh(ln(1 + exp(x))) (Misra 2019)."""
    return np.asarray(values * np.tanh(np.logaddexp(0.0, values)))


ACTIVATIONS = {"selu": compute_selu, "mish": compute_mish}
