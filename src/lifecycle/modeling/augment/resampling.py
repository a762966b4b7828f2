"""Classes of more equal size, by repeating rows or by leaving some out: imbalanced-learn draws which."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.modeling.augment.checks import must_be_classes, must_be_share

Labels = npt.NDArray[Any]


def oversample(inputs: pd.DataFrame, labels: Labels, *, seed: int, share: float = 1.0) -> tuple[pd.DataFrame, Labels]:
    """Rows of the smaller classes repeated at random until each has `share` of the largest class's number.

    Raises WrongValue for labels that are no classes.
    """
    from imblearn.over_sampling import RandomOverSampler

    must_be_classes(labels, "over")
    must_be_share(share, "share", "over")
    sizes = sizes_to_reach(labels, share)
    places = draw_rows(RandomOverSampler(sampling_strategy=sizes, random_state=seed), labels)
    return inputs.iloc[places].reset_index(drop=True), labels[places]


def undersample(inputs: pd.DataFrame, labels: Labels, *, seed: int, share: float = 1.0) -> tuple[pd.DataFrame, Labels]:
    """Rows of the larger classes left out at random until the smallest has `share` of the number of each.

    Raises WrongValue for labels that are no classes.
    """
    from imblearn.under_sampling import RandomUnderSampler

    must_be_classes(labels, "under")
    must_be_share(share, "share", "under")
    classes, counts = np.unique(labels, return_counts=True)
    most = int(counts.min(initial=len(labels)) / share)
    sizes = {name: most for name, count in zip(classes, counts, strict=True) if count > most}
    places = np.sort(draw_rows(RandomUnderSampler(sampling_strategy=sizes, random_state=seed), labels))
    return inputs.iloc[places].reset_index(drop=True), labels[places]


def draw_rows(sampler: Any, labels: Labels) -> npt.NDArray[np.int64]:
    """The places of the rows that a sampler draws; of each row once where it is to change no class."""
    rows = np.arange(len(labels))
    return sampler.fit_resample(rows[:, None], labels)[0][:, 0] if sampler.sampling_strategy else rows


def sizes_to_reach(labels: Labels, share: float) -> dict[Any, int]:
    """The rows that each class is to have, by `share` of the largest class's number; none for those that have them."""
    classes, counts = np.unique(labels, return_counts=True)
    wanted = int(share * counts.max(initial=0))
    return {name: wanted for name, count in zip(classes, counts, strict=True) if count < wanted}
