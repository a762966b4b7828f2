"""How the model does for each carrier, origin, month: parts of the rows that an average hides."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.metrics import Metric, value

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def score(
    context: pd.DataFrame,
    columns: Sequence[str],
    labels: Labels,
    chance: Floats,
    threshold: float,
    name: str,
    metric: Metric,
) -> pd.DataFrame:
    """One row per value of each column: `column`, `value`, `rows`, `rate`, `predicted`, `flagged` and the metric.

    `rate` is the share of positives, `predicted` the mean chance, `flagged` the share at or above the
    threshold. The metric is missing where the slice has one class only.
    """
    found: list[dict[str, Any]] = []
    for column in columns:
        for key, places in sorted(
            context[column]
            .astype("str")
            .fillna("(missing)")
            .reset_index(drop=True)
            .to_frame()
            .groupby(column)
            .indices.items()
        ):
            found.append(
                {
                    "column": column,
                    "value": str(key),
                    "rows": len(places),
                    "rate": float(labels[places].mean()),
                    "predicted": float(chance[places].mean()),
                    "flagged": float((chance[places] >= threshold).mean()),
                    name: value(name, metric, labels[places], chance[places], threshold),
                }
            )
    return pd.DataFrame(found)


def worst(slices: pd.DataFrame, name: str, metric: Metric, least_rows: int = 300, count: int = 5) -> pd.DataFrame:
    """The slices of at least that many rows in which the metric is worst, the worst first."""
    large = slices[(slices["rows"] >= least_rows) & slices[name].notna()]
    return large.sort_values([name, "column", "value"], ascending=[metric.sign > 0, True, True]).head(count)
