"""The strangest rows left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.modeling.augment.checks import must_be_filled, must_be_share

Labels = npt.NDArray[Any]


def drop_outliers(
    inputs: pd.DataFrame, labels: Labels, *, seed: int, share: float = 0.01, trees: int = 100
) -> tuple[pd.DataFrame, Labels]:
    """The rows without the `share` of them that an isolation forest finds strangest (Liu et al. 2008).

    At most that share is left out, rounded down to whole rows. Raises UnfitTable for columns that are
    no numbers or have gaps.
    """
    from sklearn.ensemble import IsolationForest

    must_be_filled(inputs, "inliers")
    must_be_share(share, "share", "inliers")
    values = inputs.to_numpy(dtype="float64")
    usual = IsolationForest(n_estimators=trees, random_state=seed).fit(values).score_samples(values)
    inliers = np.sort(np.argsort(usual, kind="stable")[int(share * len(inputs)) :])
    return inputs.iloc[inliers].reset_index(drop=True), labels[inliers]
