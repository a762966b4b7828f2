"""ROC, precision-recall and calibration curves as tables."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def compute_calibration(labels: Labels, probability: Floats, bins: int = 10) -> pd.DataFrame:
    """Mean probability `predicted` and rate `observed`, in bins with equally many rows, from the lowest up.

    `low` and `high` are the ends of the rate's 95 % interval (Wilson, JASA 22, 1927), `rows` the bin's size.
    """
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    rows = []
    for part in parts:
        observed, size = float(labels[part].mean()), len(part)
        low, high = compute_wilson_interval(observed, size)
        rows.append(
            {"predicted": float(probability[part].mean()), "observed": observed, "low": low, "high": high, "rows": size}
        )
    return pd.DataFrame(rows)


def compute_wilson_interval(rate: float, size: int, z: float = 1.96) -> tuple[float, float]:
    """Ends of the 95 % interval of a share observed in `size` rows (Wilson, JASA 22, 1927)."""
    middle = (rate + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z / (1 + z**2 / size) * np.sqrt(rate * (1 - rate) / size + z**2 / (4 * size**2))
    return float(middle - reach), float(middle + reach)


def compute_roc_curve(labels: Labels, probability: Floats, points: int = 200) -> pd.DataFrame:
    """`false_positive_rate`, `true_positive_rate` and `threshold`, at most that many points, evenly spread.

    No points where only one class is there.
    """
    from sklearn.metrics import roc_curve

    if len(np.unique(labels)) < 2:
        return pd.DataFrame({"false_positive_rate": [], "true_positive_rate": [], "threshold": []}, dtype="float64")
    false_positive_rate, recall, threshold = roc_curve(labels, probability)
    keep = select_evenly(len(false_positive_rate), points)
    return pd.DataFrame(
        {
            "false_positive_rate": false_positive_rate[keep],
            "true_positive_rate": recall[keep],
            "threshold": np.clip(threshold[keep], 0.0, 1.0),
        }
    )


def compute_precision_recall_curve(labels: Labels, probability: Floats, points: int = 200) -> pd.DataFrame:
    """`recall` and `precision`, at most that many points, evenly spread.

    No points where only one class is there.
    """
    from sklearn.metrics import precision_recall_curve

    if len(np.unique(labels)) < 2:
        return pd.DataFrame({"recall": [], "precision": []}, dtype="float64")
    precision, recall, _ = precision_recall_curve(labels, probability)
    keep = select_evenly(len(precision), points)
    return pd.DataFrame({"recall": recall[keep], "precision": precision[keep]})


def select_evenly(count: int, points: int) -> npt.NDArray[np.int64]:
    """At most `points` positions out of `count`, with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, points)).round().astype(np.int64))
