"""Metrics of few rows, worked out by hand."""

import numpy as np
import pytest

from lifecycle.evaluation.metric import Metric, compute_metric, compute_metrics

AUC = Metric(
    target="sklearn.metrics.roc_auc_score", tasks=("binary",), needs="probability", better="higher", description=""
)
RECALL = Metric(
    target="sklearn.metrics.recall_score", tasks=("binary",), needs="decision", better="higher", description=""
)
BRIER = Metric(
    target="sklearn.metrics.brier_score_loss", tasks=("binary",), needs="probability", better="lower", description=""
)
LABELS = np.array([0, 0, 1, 1])
PROBABILITY = np.array([0.1, 0.6, 0.5, 0.9])


def test_chances_and_flags():
    assert compute_metric("auc", AUC, LABELS, PROBABILITY, 0.5) == 0.75
    assert compute_metric("recall", RECALL, LABELS, PROBABILITY, 0.5) == 1.0
    assert compute_metric("recall", RECALL, LABELS, PROBABILITY, 0.51) == 0.5
    assert compute_metric("brier", BRIER, LABELS, PROBABILITY, 0.5) == pytest.approx((0.01 + 0.36 + 0.25 + 0.01) / 4)


def test_values_gives_every_metric_by_name():
    found = compute_metrics({"auc": AUC, "recall": RECALL}, LABELS, PROBABILITY, 0.7)
    assert found == {"auc": 0.75, "recall": 0.5}


def test_the_sign_turns_lower_into_higher():
    assert (AUC.sign, BRIER.sign) == (1, -1)


def test_weights_count_rows_more_than_once():
    weights = np.array([1.0, 3.0, 1.0, 1.0])
    assert compute_metric("auc", AUC, LABELS, PROBABILITY, 0.5, weights) == pytest.approx(1 - 3 / 8)


@pytest.mark.parametrize("labels", [[1, 1, 1, 1], [0, 0, 0, 0]])
def test_one_class_alone_cannot_be_judged(labels):
    assert np.isnan(compute_metric("auc", AUC, np.array(labels), PROBABILITY, 0.5))


def test_no_row_and_no_weight_cannot_be_judged():
    assert np.isnan(compute_metric("auc", AUC, LABELS[:0], PROBABILITY[:0], 0.5))
    assert np.isnan(compute_metric("auc", AUC, LABELS, PROBABILITY, 0.5, np.array([1.0, 1.0, 0.0, 0.0])))
    assert np.isnan(compute_metric("auc", AUC, LABELS, PROBABILITY, 0.5, np.zeros(4)))
