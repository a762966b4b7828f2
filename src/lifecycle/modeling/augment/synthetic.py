"""Rows that were never seen, made of those that were."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.errors import WrongValue
from lifecycle.modeling.augment.checks import WHERE, must_be_classes, must_be_filled, must_be_share
from lifecycle.modeling.augment.resampling import lacking

Floats = npt.NDArray[np.float64]
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
    must_be_classes(labels, "smote", least=2)
    must_be_filled(inputs, "smote")
    must_be_share(share, "share", "smote")
    random = np.random.default_rng(seed)
    values = inputs.to_numpy(dtype="float64")
    needed = lacking(labels, share)
    made = [between(values[labels == name], count, neighbours, random) for name, count in needed.items()]
    whole = pd.DataFrame(np.vstack([values, *made]), columns=inputs.columns)
    added = [np.full(count, name, dtype=labels.dtype) for name, count in needed.items()]
    return whole, np.concatenate([labels, *added])


def between(rows: Floats, count: int, neighbours: int, random: np.random.Generator) -> Floats:
    """So many points, each on the line from one of the rows to one of its neighbours."""
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    first = random.integers(0, len(rows), count)
    asked = min(neighbours, len(rows) - 1)
    search = NearestNeighbors(n_neighbors=asked + 1, algorithm="brute").fit(rows)
    with threadpool_limits(1):  # which of equally near rows comes first must not depend on the cores
        near = search.kneighbors(rows[first], return_distance=False)
    left_out = near == first[:, None]
    left_out[~left_out.any(axis=1), -1] = True  # rows that equal others may not be among their own nearest
    near = near[~left_out].reshape(count, asked)
    second = near[np.arange(count), random.integers(0, asked, count)]
    return np.asarray(rows[first] + random.random((count, 1)) * (rows[second] - rows[first]))


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
    more = [inputs.assign(**(inputs[moved] + width * random.normal(size=inputs[moved].shape))) for _ in range(copies)]
    return pd.concat([inputs, *more], ignore_index=True), np.tile(labels, 1 + copies)


def is_measured(column: pd.Series) -> bool:
    """Whether a column holds numbers of more than two values."""
    return bool(pd.api.types.is_numeric_dtype(column) and column.nunique() > 2)
