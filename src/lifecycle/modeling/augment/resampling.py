"""Classes of more equal size, by repeating rows or by leaving some out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.modeling.augment.checks import must_be_classes, must_be_share

Labels = npt.NDArray[Any]


def over(inputs: pd.DataFrame, labels: Labels, *, seed: int, share: float = 1.0) -> tuple[pd.DataFrame, Labels]:
    """Rows of the smaller classes repeated at random until each has `share` of the largest class's number.

    Raises WrongValue for labels that are no classes.
    """
    must_be_classes(labels, "over")
    must_be_share(share, "share", "over")
    random = np.random.default_rng(seed)
    added = [random.choice(np.flatnonzero(labels == name), count) for name, count in lacking(labels, share).items()]
    places = np.concatenate([np.arange(len(labels)), *added]).astype(np.int64)
    return inputs.iloc[places].reset_index(drop=True), labels[places]


def under(inputs: pd.DataFrame, labels: Labels, *, seed: int, share: float = 1.0) -> tuple[pd.DataFrame, Labels]:
    """Rows of the larger classes left out at random until the smallest has `share` of the number of each.

    Raises WrongValue for labels that are no classes.
    """
    must_be_classes(labels, "under")
    must_be_share(share, "share", "under")
    random = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    most = int(counts.min(initial=len(labels)) / share)
    kept = [random.permutation(np.flatnonzero(labels == name))[:most] for name in classes]
    places = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *kept]))
    return inputs.iloc[places].reset_index(drop=True), labels[places]


def lacking(labels: Labels, share: float) -> dict[Any, int]:
    """How many rows each class lacks to `share` of the largest class's number; those that lack none are left out."""
    classes, counts = np.unique(labels, return_counts=True)
    wanted = int(share * counts.max(initial=0))
    return {name: wanted - int(count) for name, count in zip(classes, counts, strict=True) if count < wanted}
