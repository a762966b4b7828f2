"""The arguments of a search: the values of each dimension, as a sampler suggests them and as a grid has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lifecycle.errors import WrongValue
from lifecycle.modeling.pipeline import Dimension

if TYPE_CHECKING:
    import optuna

Arguments = dict[str, Any]


def grid_values(dimension: Dimension) -> list[Any]:
    """The values of a dimension on a grid."""
    if dimension.choices:
        return list(dimension.choices)
    low, high = get_range(dimension)
    spread = np.geomspace if dimension.log else np.linspace
    values = [round_digits(float(value)) for value in spread(low, high, dimension.steps)]
    return list(dict.fromkeys(round(value) for value in values)) if dimension.integer else values


def get_range(dimension: Dimension) -> tuple[float, float]:
    """Low and high of a range; raises WrongValue where they make none."""
    low, high = dimension.low, dimension.high
    if low is None or high is None or low > high or (dimension.log and low <= 0):
        raise WrongValue(
            f"a range from {low} to {high} cannot be searched",
            where="conf/model/, key _space_",
            todo="give low: below high: (above 0 with log: true), or choices:",
        )
    return low, high


def suggest_arguments(trial: optuna.Trial, space: dict[str, Dimension]) -> Arguments:
    """The sampler's next arguments."""
    return {name: suggest_argument(trial, name, dimension) for name, dimension in space.items()}


def suggest_argument(trial: optuna.Trial, name: str, dimension: Dimension) -> Any:
    """The sampler's next value of one argument; numbers in six significant digits."""
    if dimension.choices:
        return trial.suggest_categorical(name, list(dimension.choices))
    low, high = get_range(dimension)
    if dimension.integer:
        return trial.suggest_int(name, int(low), int(high), log=dimension.log)
    return round_digits(trial.suggest_float(name, low, high, log=dimension.log))


def round_digits(value: float) -> float:
    """The number in six significant digits, as every file holds it."""
    return float(f"{value:.6g}")


def is_within(dimension: Dimension, value: Any) -> bool:
    """Whether a value lies within a dimension."""
    if dimension.choices:
        return value in dimension.choices
    low, high = get_range(dimension)
    return isinstance(value, int | float) and low <= value <= high


def make_distribution(dimension: Dimension) -> optuna.distributions.BaseDistribution:
    """The dimension as Optuna says it."""
    from optuna import distributions

    if dimension.choices:
        return distributions.CategoricalDistribution(list(dimension.choices))
    low, high = get_range(dimension)
    if dimension.integer:
        return distributions.IntDistribution(int(low), int(high), log=dimension.log)
    return distributions.FloatDistribution(low, high, log=dimension.log)
