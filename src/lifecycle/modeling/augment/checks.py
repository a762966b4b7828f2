"""What augmenting needs of the rows: classes, and columns of numbers without gaps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.errors import UnfitTable, WrongValue

WHERE = "conf/augment/"


def must_be_classes(labels: npt.NDArray[Any], name: str, least: int = 1) -> None:
    """Raise WrongValue when the labels are numbers, and UnfitTable when a class has fewer than `least` rows."""
    if np.issubdtype(labels.dtype, np.floating):
        raise WrongValue(
            f"{name} balances or compares classes, and the labels are numbers",
            where=f"{WHERE}, picked in params.yaml",
            todo="augment: none, or augment: jitter, which takes any label",
        )
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min(initial=least) < least:
        raise UnfitTable(
            f"{name} needs {least} train rows of each class, and class {classes[counts.argmin()]} has {counts.min()}",
            where=f"{WHERE}, picked in params.yaml",
            todo="augment: oversample, which repeats rows, or collect more of them",
        )


def must_be_filled(inputs: pd.DataFrame, name: str) -> None:
    """Raise UnfitTable when a column is no number or has gaps."""
    for column in inputs.columns:
        what = "has gaps" if inputs[column].isna().any() else "is no number"
        if what == "has gaps" or not pd.api.types.is_numeric_dtype(inputs[column]):
            raise UnfitTable(
                f"{name} measures distances, and the prepared column {column!r} {what}",
                where=f"{WHERE}, picked in params.yaml, and _inputs_ of the model",
                todo="_inputs_: scaled in conf/model/, or augment: none",
            )


def must_be_share(value: float, key: str, name: str) -> None:
    """Raise WrongValue unless the value is above 0 and at most 1."""
    if not 0 < value <= 1:
        raise WrongValue(f"{key} is {value!r}", where=f"{WHERE}, key {key} of {name}", todo=f"{key}: 0.5, at most 1")
