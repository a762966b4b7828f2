"""Rows that were never seen, made of those that were."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.columns import with_columns
from lifecycle.errors import WrongValue
from lifecycle.modeling.augment.checks import WHERE, must_be_classes, must_be_filled, must_be_share
from lifecycle.modeling.augment.resampling import sizes_to_reach

Labels = npt.NDArray[Any]


def smote(
    inputs: pd.DataFrame, labels: Labels, *, seed: int, share: float = 1.0, neighbours: int = 5
) -> tuple[pd.DataFrame, Labels]:
    """Rows between neighbours of the smaller classes, until each has `share` of the largest class's number.

    A made row lies at a random place between a random row and one of its nearest `neighbours` of the
    same class (Chawla et al. 2002). Categories are not treated apart: a column of 0 and 1 gets values
    in between. Raises WrongValue for labels that are no classes, and UnfitTable for columns that are
    no numbers or have gaps and for a class of one row.
    """
    from imblearn.over_sampling import SMOTE
    from threadpoolctl import threadpool_limits

    must_be_classes(labels, "smote", least=2)
    must_be_filled(inputs, "smote")
    must_be_share(share, "share", "smote")
    values = inputs.to_numpy(dtype="float64")
    for name, size in sizes_to_reach(labels, share).items():
        near = min(neighbours, int((labels == name).sum()) - 1)
        sampler = SMOTE(sampling_strategy={name: size}, k_neighbors=near, random_state=seed)
        with threadpool_limits(1):  # which of equally near rows comes first must not depend on the cores
            values, labels = sampler.fit_resample(values, labels)
    return pd.DataFrame(values, columns=inputs.columns), labels


def jitter(
    inputs: pd.DataFrame, labels: Labels, *, seed: int, spread: float = 0.05, copies: int = 1
) -> tuple[pd.DataFrame, Labels]:
    """The rows, and `copies` of each with Gaussian noise of `spread` times the column's standard deviation.

    Only columns of numbers with more than two values are moved: flags, categories and gaps stay. Raises
    WrongValue for a spread or a number of copies below 0.
    """
    if spread < 0 or copies < 0:
        raise WrongValue(
            f"spread is {spread} and copies is {copies}",
            where=f"{WHERE}, keys of jitter",
            todo="spread: 0.05, copies: 1",
        )
    random = np.random.default_rng(seed)
    moved = [name for name in inputs.columns if is_measured(inputs[name])]
    width = spread * inputs[moved].std(ddof=0).to_numpy()
    noise = [width * random.normal(size=inputs[moved].shape) for _ in range(copies)]
    more = [with_columns(inputs, inputs[moved] + one) for one in noise]
    return pd.concat([inputs, *more], ignore_index=True), np.tile(labels, 1 + copies)


def is_measured(column: pd.Series) -> bool:
    """Whether a column holds numbers of more than two values."""
    return bool(pd.api.types.is_numeric_dtype(column) and column.nunique() > 2)
