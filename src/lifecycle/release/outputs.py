"""A release's output columns: those of lifecycle.evaluation.predictions, in nine significant digits.

The further digits of a sum depend on the processor and on how many rows are computed at once, so they are no
part of a prediction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lifecycle.arrays import Floats
from lifecycle.evaluation.predictions import Columns, tabulate_scores

DIGITS = 9
# Up to so many values are quicker one by one than as an array.
FEW = 8
# Between these sizes a value is scaled by one exact power of ten, with no division before.
USUAL = (1e-12, 1e8)


def round_significant(values: Floats) -> Floats:
    """The values in nine significant digits; each one independently of the others."""
    if values.size <= FEW:
        return np.array([round_value(value) for value in values.ravel().tolist()]).reshape(values.shape)
    return round_array(values)


def round_value(value: float) -> float:
    """One value in nine significant digits, by the same steps without an array where its size is a usual one."""
    if not USUAL[0] < abs(value) < USUAL[1]:
        return float(round_array(np.array([value]))[0])
    up: float = 10.0 ** (DIGITS - 1 - math.floor(math.log10(abs(value))))
    return round(value * up) / up


def round_array(values: Floats) -> Floats:
    """Each value in nine significant digits."""
    size = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.where(np.isfinite(values) & (size > 0), DIGITS - 1 - np.floor(np.log10(size)), 0.0)
    places = np.clip(places, -300, 22)  # powers of ten up to 22 are exact
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.rint(values * up / down) * down / up


def tabulate_outputs(task: str, classes: Sequence[str], threshold: float | None, scores: Floats) -> Columns:
    """The output columns of scores, as lifecycle.evaluation.predictions has them, with nine significant digits."""
    return tabulate_scores(task, classes, threshold, round_significant(scores))
