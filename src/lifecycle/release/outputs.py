"""A model's scores as answers: a table with the columns of `lifecycle.evaluation.predictions`, without the truth.

Numbers have nine significant digits. What a sum has beyond them depends on the processor and on how many
rows are computed at once, so it is no part of the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[np.generic]]

DIGITS = 9
# Up to so many values are quicker one by one than as an array.
FEW = 8
# Between these sizes a value is shifted by one power of ten that is exact, and none divides it before.
USUAL = (1e-12, 1e8)
# Where a probability is flagged when no threshold was chosen.
HALF = 0.5


def rounded(values: Floats) -> Floats:
    """The values in nine significant digits; each by itself, whatever stands beside it."""
    if values.size <= FEW:
        return np.array([near(value) for value in values.ravel().tolist()]).reshape(values.shape)
    return rounded_many(values)


def near(value: float) -> float:
    """One value in nine significant digits, by the same steps without an array where its size is a usual one."""
    if not USUAL[0] < abs(value) < USUAL[1]:
        return float(rounded_many(np.array([value]))[0])
    up: float = 10.0 ** (DIGITS - 1 - math.floor(math.log10(abs(value))))
    return round(value * up) / up


def rounded_many(values: Floats) -> Floats:
    """Each value in nine significant digits."""
    size = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.where(np.isfinite(values) & (size > 0), DIGITS - 1 - np.floor(np.log10(size)), 0.0)
    places = np.clip(places, -300, 22)  # powers of ten up to 22 are exact
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.rint(values * up / down) * down / up


def columns(task: str, classes: Sequence[str], threshold: float | None, scores: Floats) -> Columns:
    """The answers to rows whose scores are as `lifecycle.evaluation.metric` has them for the task."""
    return COLUMNS[task](scores, classes, HALF if threshold is None else threshold)


def binary(scores: Floats, classes: Sequence[str], cut: float) -> Columns:
    """The probability, and whether it reaches the threshold."""
    probability = rounded(scores)
    return {"probability": probability, "predicted": probability >= cut}


def multiclass(scores: Floats, classes: Sequence[str], cut: float) -> Columns:
    """The likeliest class, the first of equal ones, and the probability of each."""
    probabilities = rounded(scores)
    label = np.array(classes, dtype=object)[probabilities.argmax(axis=1)]
    return {"label": label} | {f"probability_{name}": probabilities[:, code] for code, name in enumerate(classes)}


def regression(scores: Floats, classes: Sequence[str], cut: float) -> Columns:
    """The number, with the ends of its interval where the model has one."""
    numbers = rounded(scores)
    if numbers.ndim == 1:
        return {"predicted": numbers}
    return {"predicted": numbers[:, 1], "low": numbers[:, 0], "high": numbers[:, 2]}


def clustering(scores: Floats, classes: Sequence[str], cut: float) -> Columns:
    """The cluster's number."""
    return {"cluster": scores.astype(np.int64)}


COLUMNS: Mapping[str, Callable[[Floats, Sequence[str], float], Columns]] = {
    "binary": binary,
    "multiclass": multiclass,
    "regression": regression,
    "clustering": clustering,
}


def table(found: Columns, index: pd.Index) -> pd.DataFrame:
    """The answers as a table, one row per answer."""
    return pd.DataFrame(found, index=index)
