"""Predictions kept per row, for comparing versions later."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.examples import Examples


def as_table(examples: Examples, chance: npt.NDArray[np.float64], threshold: float, key: str) -> pd.DataFrame:
    """One row per example: its id, `label`, `chance`, and whether it is flagged, `flag`."""
    return pd.DataFrame(
        {
            key: examples.context[key].to_numpy(),
            "label": examples.labels,
            "chance": chance,
            "flag": chance >= threshold,
        }
    )
