"""Measures of probabilities, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from lifecycle.evaluation.metrics.probabilistic import brier, calibration_error, log_loss, pr_auc_ovr, roc_auc_ovr

LABELS = np.array([0, 0, 1, 1])
PROBABILITY = np.array([0.1, 0.6, 0.5, 0.9])
# Four classes, of which no row is of the last.
CODES = np.array([0, 1, 2, 0])
PROBABILITIES = np.array([[0.7, 0.1, 0.1, 0.1], [0.5, 0.25, 0.25, 0.0], [0.1, 0.1, 0.8, 0.0], [0.2, 0.4, 0.4, 0.0]])
WEIGHTS = np.array([1.0, 2.0, 0.0, 1.0])


def test_calibration_error_by_hand():
    assert calibration_error(LABELS, PROBABILITY, bins=2) == pytest.approx((0.2 + 0.25) / 2)


def test_calibration_error_with_weights_by_hand():
    # Bins by chance: rows 0 and 2, then rows 1 and 3.
    low, high = abs(1 * (0.1 - 0) + 1 * (0.5 - 1)), abs(0 * (0.6 - 0) + 2 * (0.9 - 1))
    weights = np.array([1.0, 0.0, 1.0, 2.0])
    assert calibration_error(LABELS, PROBABILITY, bins=2, sample_weight=weights) == pytest.approx((low + high) / 4)


def test_calibration_error_of_the_likeliest_class_by_hand():
    # The likeliest: 0.7 right, 0.5 wrong, 0.8 right, 0.4 wrong. Bins: rows 3 and 1, then rows 0 and 2.
    low, high = (0.4 + 0.5) / 2 - 0, 1 - (0.7 + 0.8) / 2
    assert calibration_error(CODES, PROBABILITIES, bins=2) == pytest.approx((low + high) / 2)


def test_perfect_chances_have_no_calibration_error():
    assert calibration_error(LABELS, LABELS.astype(float)) == 0.0
    assert calibration_error(CODES, np.eye(4)[CODES]) == 0.0


def test_log_loss_by_hand():
    assert log_loss(LABELS, PROBABILITY) == pytest.approx(-np.log([0.9, 0.4, 0.5, 0.9]).mean())
    assert log_loss(CODES, PROBABILITIES) == pytest.approx(-np.log([0.7, 0.25, 0.8, 0.2]).mean())
    expected = -np.log([0.7, 0.25, 0.25, 0.2]).mean()
    assert log_loss(CODES, PROBABILITIES, sample_weight=WEIGHTS) == pytest.approx(expected)


def test_a_sure_mistake_costs_a_finite_log_loss():
    assert log_loss(np.array([1]), np.array([0.0])) == pytest.approx(-np.log(2.0**-52))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.integers(0, 3)), min_size=2, max_size=30))
def test_of_two_classes_log_loss_and_brier_are_sklearns(rows):
    labels, probability, weights = (np.array(column) for column in zip(*rows, strict=True))
    more = {"sample_weight": weights.astype(float)} if weights.sum() else {}
    assert log_loss(labels, probability, **more) == sklearn_metrics.log_loss(labels, probability, labels=[0, 1], **more)
    expected = sklearn_metrics.brier_score_loss(labels, probability, labels=[0, 1], **more)
    assert brier(labels, probability, **more) == pytest.approx(expected, abs=1e-15)


def test_brier_by_hand():
    assert brier(LABELS, PROBABILITY) == pytest.approx((0.01 + 0.36 + 0.25 + 0.01) / 4)
    # Row by row: the squares of what is missing at the true class and too much elsewhere.
    rows = [0.09 + 3 * 0.01, 0.25 + 0.5625 + 0.0625, 0.01 + 0.01 + 0.04, 0.64 + 0.16 + 0.16]
    assert brier(CODES, PROBABILITIES) == pytest.approx(sum(rows) / 4)
    assert brier(CODES, PROBABILITIES, sample_weight=WEIGHTS) == pytest.approx((rows[0] + 2 * rows[1] + rows[3]) / 4)
    assert brier(np.array([0]), np.array([[0.0, 1.0]])) == 2.0


def test_one_versus_rest_by_hand():
    # Class 0: 0.7 and 0.2 against 0.5 and 0.1, three of four pairs in order. Class 1: 0.25 against 0.1, 0.1
    # and 0.4. Class 2: 0.8 is above all. Class 3 has no row.
    assert roc_auc_ovr(CODES, PROBABILITIES) == pytest.approx((3 / 4 + 2 / 3 + 1) / 3)
    # Ranked by the probability of class 0: found, not, found, not. Of class 1: not, found. Of class 2: found.
    assert pr_auc_ovr(CODES, PROBABILITIES) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2 + 1) / 3)


def test_one_versus_rest_leaves_out_a_class_without_weight():
    # Without row 2 class 2 is gone. Class 0: 0.7 and 0.2 against 0.5; class 1: 0.25 against 0.1 and 0.4.
    assert roc_auc_ovr(CODES, PROBABILITIES, sample_weight=WEIGHTS) == pytest.approx((1 / 2 + 1 / 2) / 2)


@pytest.mark.parametrize("measure", [roc_auc_ovr, pr_auc_ovr])
def test_one_versus_rest_needs_two_classes(measure):
    assert np.isnan(measure(np.zeros(4, dtype=int), PROBABILITIES))
    assert np.isnan(measure(CODES, PROBABILITIES, sample_weight=np.array([1.0, 0.0, 0.0, 1.0])))
