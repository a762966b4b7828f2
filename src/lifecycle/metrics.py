"""Metrics by name: what each takes, and which direction is better."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import targets
from lifecycle.options import Call, options

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


@options
class Metric(Call):
    """A function of labels and predictions.

    `needs`: `chance` for predicted chances, `flag` for decisions at the threshold. `better`: the
    direction of a better model.
    """

    needs: Literal["chance", "flag"]
    better: Literal["higher", "lower"]
    description: str

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if self.better == "higher" else -1


def value(
    name: str, metric: Metric, labels: Labels, chance: Floats, threshold: float, weights: Floats | None = None
) -> float:
    """The metric of predictions; NaN where only one class is there, which no metric can judge."""
    there = labels if weights is None else labels[weights > 0]
    if len(there) == 0 or there.min() == there.max():
        return float("nan")
    predicted = chance if metric.needs == "chance" else (chance >= threshold).astype(np.int64)
    more: dict[str, Any] = {} if weights is None else {"sample_weight": weights}
    return float(targets.call(metric, f"conf/metric/{name}.yaml", labels, predicted, **more))


def values(metrics: Mapping[str, Metric], labels: Labels, chance: Floats, threshold: float) -> dict[str, float]:
    """Every metric by name."""
    return {name: value(name, metric, labels, chance, threshold) for name, metric in metrics.items()}


def calibration_table(labels: Labels, chance: Floats, bins: int = 10) -> pd.DataFrame:
    """Chance `predicted` beside rate `observed`, in bins with equally many rows, from the lowest chance up.

    `low` and `high` are the ends of the rate's 95 % interval (Wilson, JASA 22, 1927), `rows` the bin's size.
    """
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    rows = []
    for part in parts:
        observed, size = float(labels[part].mean()), len(part)
        low, high = wilson(observed, size)
        rows.append(
            {"predicted": float(chance[part].mean()), "observed": observed, "low": low, "high": high, "rows": size}
        )
    return pd.DataFrame(rows)


def wilson(rate: float, size: int, z: float = 1.96) -> tuple[float, float]:
    """Ends of the 95 % interval of a share seen in `size` rows (Wilson, JASA 22, 1927)."""
    middle = (rate + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z / (1 + z**2 / size) * np.sqrt(rate * (1 - rate) / size + z**2 / (4 * size**2))
    return float(middle - reach), float(middle + reach)


def calibration_error(labels: Labels, chance: Floats, *, sample_weight: Floats | None = None, bins: int = 10) -> float:
    """Mean distance between predicted chance and observed rate over bins of equally many rows, 0 to 1.

    The expected calibration error with equal-mass bins (Nixon et al., CVPR workshops 2019).
    """
    weights = np.ones(len(labels)) if sample_weight is None else sample_weight
    order = np.argsort(chance, kind="stable")
    total = 0.0
    for part in np.array_split(order, bins):
        mass = weights[part].sum()
        if mass > 0:
            total += abs(float((weights[part] * (chance[part] - labels[part])).sum()))
    return total / float(weights.sum())


def roc_points(labels: Labels, chance: Floats, points: int = 200) -> pd.DataFrame:
    """`false_positive_rate`, `true_positive_rate` and `threshold`, at most that many points, evenly spread."""
    from sklearn.metrics import roc_curve

    fall_out, recall, threshold = roc_curve(labels, chance)
    keep = spread(len(fall_out), points)
    return pd.DataFrame(
        {
            "false_positive_rate": fall_out[keep],
            "true_positive_rate": recall[keep],
            "threshold": np.clip(threshold[keep], 0.0, 1.0),
        }
    )


def recall_points(labels: Labels, chance: Floats, points: int = 200) -> pd.DataFrame:
    """`recall` and `precision`, at most that many points, evenly spread."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(labels, chance)
    keep = spread(len(precision), points)
    return pd.DataFrame({"recall": recall[keep], "precision": precision[keep]})


def spread(count: int, points: int) -> npt.NDArray[np.int64]:
    """At most `points` positions out of `count`, with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, points)).round().astype(np.int64))
