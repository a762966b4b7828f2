"""The bundled metrics as conf/metric/ configures them, on rows worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from lifecycle.evaluation.metric import Metric, compute_metric

CONF = Path(__file__).parents[3] / "conf" / "metric"


def bundled(name):
    record = yaml.safe_load((CONF / f"{name}.yaml").read_text(encoding="utf-8"))
    own = {key.strip("_"): entry for key, entry in record.items() if key.startswith("_")}
    return Metric(**own, arguments={key: entry for key, entry in record.items() if not key.startswith("_")})


# Flagged from 0.5 on: rows 1, 2 and 3, of which two are positive; of four pairs three are in order.
BINARY = ([0, 0, 1, 1], [0.1, 0.6, 0.5, 0.9])
# Decided: 0, 1, 1, 0.
MULTICLASS = (
    [0, 1, 2, 1],
    [[0.75, 0.25, 0.0, 0.0], [0.25, 0.5, 0.25, 0.0], [0.0, 0.5, 0.5, 0.0], [0.5, 0.25, 0.25, 0.0]],
)
REGRESSION = ([1.0, 2.0, 6.0], [[0.0, 2.0, 3.0], [1.5, 2.0, 4.0], [1.0, 4.0, 5.0]])
CLUSTERING = ([[0.0], [2.0], [9.0], [13.0]], [0.0, 0.0, 1.0, 1.0])

GOLDEN = {
    "accuracy": (BINARY, 0.75),
    "precision": (BINARY, 2 / 3),
    "recall": (BINARY, 1.0),
    "f1": (BINARY, 0.8),
    "roc_auc": (BINARY, 0.75),
    "pr_auc": (BINARY, (1 + 2 / 3) / 2),
    "log_loss": (BINARY, -np.log(0.9 * 0.4 * 0.5 * 0.9) / 4),
    "brier": (BINARY, (0.01 + 0.36 + 0.25 + 0.01) / 4),
    "calibration_error": (BINARY, (0.1 + 0.6 + 0.5 + 0.1) / 4),
    "balanced_accuracy": (MULTICLASS, (1 + 1 / 2 + 0) / 3),
    "recall_macro": (MULTICLASS, (1 + 1 / 2 + 0) / 3),
    "precision_macro": (MULTICLASS, (1 / 2 + 1 / 2 + 0) / 3),
    "f1_macro": (MULTICLASS, (2 / 3 + 1 / 2 + 0) / 3),
    "f1_weighted": (MULTICLASS, (2 / 3 + 2 * 1 / 2 + 0) / 4),
    # Class 0 above all; class 1: 0.5 and 0.25 against 0.25 and 0.5; class 2 above all.
    "roc_auc_ovr": (MULTICLASS, (1 + (0.5 + 1 + 0 + 0.5) / 4 + 1) / 3),
    "pr_auc_ovr": (MULTICLASS, (1 + 1 / 2 + 1) / 3),
    "mae": (REGRESSION, (1 + 0 + 2) / 3),
    "mse": (REGRESSION, (1 + 0 + 4) / 3),
    "rmse": (REGRESSION, (5 / 3) ** 0.5),
    "mape": (REGRESSION, (1 + 0 + 1 / 3) / 3),
    "median_error": (REGRESSION, 1.0),
    "r2": (REGRESSION, 1 - 5 / 14),
    "pinball": (REGRESSION, (0.1 + 0.5 + 0.2 + 0.05 + 0.2 + 0.5 + 1.0 + 0.9) / 9),
    "coverage_error": (REGRESSION, 0.8 - 2 / 3),
    "interval_width": (REGRESSION, (3 + 2.5 + 4) / 3),
    # To the own, and on average to the other: 2 and 11, 2 and 9, 4 and 8, 4 and 12.
    "silhouette": (CLUSTERING, (9 / 11 + 7 / 9 + 4 / 8 + 8 / 12) / 4),
    "davies_bouldin": (CLUSTERING, (1 + 2) / 10),
    "calinski_harabasz": (CLUSTERING, 100 / ((2 + 8) / 2)),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_by_hand(name):
    (truth, scores), expected = GOLDEN[name]
    assert compute_metric(name, bundled(name), np.array(truth), np.array(scores), 0.5) == pytest.approx(expected)


def test_of_several_classes_the_same_names():
    truth, scores = (np.array(each) for each in MULTICLASS)
    expected = {
        "accuracy": 0.5,
        "log_loss": -np.log(0.75 * 0.5 * 0.5 * 0.25) / 4,
        "brier": (0.125 + 0.375 + 0.5 + 0.875) / 4,
        # The likeliest by chance: 0.5 right, 0.5 wrong, 0.5 wrong, 0.75 right.
        "calibration_error": (0.5 + 0.5 + 0.5 + 0.25) / 4,
    }
    assert {name: compute_metric(name, bundled(name), truth, scores, 0.5) for name in expected} == pytest.approx(
        expected
    )


@pytest.mark.parametrize("name", ["pinball", "coverage_error", "interval_width"])
def test_without_an_interval_its_metrics_are_unknown(name):
    assert np.isnan(compute_metric(name, bundled(name), np.array([1.0, 2.0]), np.array([1.0, 2.0]), 0.5))
