"""Metrics of few rows, worked out by hand."""

import numpy as np
import pytest

from lifecycle.metrics import (
    Metric,
    calibration_error,
    calibration_table,
    recall_points,
    roc_points,
    spread,
    value,
    values,
)

AUC = Metric(target="sklearn.metrics.roc_auc_score", needs="chance", better="higher", description="")
RECALL = Metric(target="sklearn.metrics.recall_score", needs="flag", better="higher", description="")
BRIER = Metric(target="sklearn.metrics.brier_score_loss", needs="chance", better="lower", description="")
LABELS = np.array([0, 0, 1, 1])
CHANCE = np.array([0.1, 0.6, 0.5, 0.9])


def test_chances_and_flags():
    assert value("auc", AUC, LABELS, CHANCE, 0.5) == 0.75
    assert value("recall", RECALL, LABELS, CHANCE, 0.5) == 1.0
    assert value("recall", RECALL, LABELS, CHANCE, 0.51) == 0.5
    assert value("brier", BRIER, LABELS, CHANCE, 0.5) == pytest.approx((0.01 + 0.36 + 0.25 + 0.01) / 4)


def test_values_gives_every_metric_by_name():
    found = values({"auc": AUC, "recall": RECALL}, LABELS, CHANCE, 0.7)
    assert found == {"auc": 0.75, "recall": 0.5}


def test_the_sign_turns_lower_into_higher():
    assert (AUC.sign, BRIER.sign) == (1, -1)


def test_weights_count_rows_more_than_once():
    weights = np.array([1.0, 3.0, 1.0, 1.0])
    assert value("auc", AUC, LABELS, CHANCE, 0.5, weights) == pytest.approx(1 - 3 / 8)


@pytest.mark.parametrize("labels", [[1, 1, 1, 1], [0, 0, 0, 0]])
def test_one_class_alone_cannot_be_judged(labels):
    assert np.isnan(value("auc", AUC, np.array(labels), CHANCE, 0.5))


def test_no_row_and_no_weight_cannot_be_judged():
    assert np.isnan(value("auc", AUC, LABELS[:0], CHANCE[:0], 0.5))
    assert np.isnan(value("auc", AUC, LABELS, CHANCE, 0.5, np.array([1.0, 1.0, 0.0, 0.0])))
    assert np.isnan(value("auc", AUC, LABELS, CHANCE, 0.5, np.zeros(4)))


def test_calibration_table_by_hand():
    found = calibration_table(LABELS, CHANCE, bins=2)
    assert found["predicted"].tolist() == pytest.approx([0.3, 0.75])
    assert found["observed"].tolist() == [0.5, 0.5]
    assert found["rows"].tolist() == [2, 2]
    assert len(calibration_table(LABELS, CHANCE)) == 4


def test_calibration_error_by_hand():
    assert calibration_error(LABELS, CHANCE, bins=2) == pytest.approx((0.2 + 0.25) / 2)


def test_calibration_error_with_weights_by_hand():
    # Bins by chance: rows 0 and 2, then rows 1 and 3.
    low, high = abs(1 * (0.1 - 0) + 1 * (0.5 - 1)), abs(0 * (0.6 - 0) + 2 * (0.9 - 1))
    weights = np.array([1.0, 0.0, 1.0, 2.0])
    assert calibration_error(LABELS, CHANCE, bins=2, sample_weight=weights) == pytest.approx((low + high) / 4)


def test_perfect_chances_have_no_calibration_error():
    assert calibration_error(LABELS, LABELS.astype(float)) == 0.0


def test_roc_points_run_from_none_to_all():
    found = roc_points(LABELS, CHANCE)
    assert found.iloc[0].tolist() == [0.0, 0.0, 1.0]
    assert found.iloc[-1, :2].tolist() == [1.0, 1.0]
    assert found["threshold"].between(0, 1).all()


def test_recall_points_by_hand():
    found = recall_points(LABELS, CHANCE)
    assert found["recall"].tolist() == [1.0, 1.0, 0.5, 0.5, 0.0]
    assert found["precision"].tolist() == [0.5, pytest.approx(2 / 3), 0.5, 1.0, 1.0]


def test_curves_keep_to_their_number_of_points():
    generator = np.random.default_rng(0)
    labels, chance = generator.integers(0, 2, 3000), generator.random(3000)
    assert len(roc_points(labels, chance, 50)) == len(recall_points(labels, chance, 50)) == 50


@pytest.mark.parametrize(("count", "points", "found"), [(3, 10, [0, 1, 2]), (11, 3, [0, 5, 10]), (1, 5, [0])])
def test_spread(count, points, found):
    assert spread(count, points).tolist() == found
