"""Curves of few rows, worked out by hand."""

import numpy as np
import pytest

from lifecycle.evaluation.curves import (
    compute_calibration,
    compute_precision_recall_curve,
    compute_roc_curve,
    select_evenly,
)

LABELS = np.array([0, 0, 1, 1])
PROBABILITY = np.array([0.1, 0.6, 0.5, 0.9])


def test_calibration_table_by_hand():
    found = compute_calibration(LABELS, PROBABILITY, bins=2)
    assert found["predicted"].tolist() == pytest.approx([0.3, 0.75])
    assert found["observed"].tolist() == [0.5, 0.5]
    assert found["rows"].tolist() == [2, 2]
    assert len(compute_calibration(LABELS, PROBABILITY)) == 4


def test_roc_points_run_from_none_to_all():
    found = compute_roc_curve(LABELS, PROBABILITY)
    assert found.iloc[0].tolist() == [0.0, 0.0, 1.0]
    assert found.iloc[-1, :2].tolist() == [1.0, 1.0]
    assert found["threshold"].between(0, 1).all()


def test_recall_points_by_hand():
    found = compute_precision_recall_curve(LABELS, PROBABILITY)
    assert found["recall"].tolist() == [1.0, 1.0, 0.5, 0.5, 0.0]
    assert found["precision"].tolist() == [0.5, pytest.approx(2 / 3), 0.5, 1.0, 1.0]


def test_curves_keep_to_their_number_of_points():
    generator = np.random.default_rng(0)
    labels, probability = generator.integers(0, 2, 3000), generator.random(3000)
    assert (
        len(compute_roc_curve(labels, probability, 50))
        == len(compute_precision_recall_curve(labels, probability, 50))
        == 50
    )


@pytest.mark.parametrize(("count", "points", "found"), [(3, 10, [0, 1, 2]), (11, 3, [0, 5, 10]), (1, 5, [0])])
def test_spread(count, points, found):
    assert select_evenly(count, points).tolist() == found


@pytest.mark.parametrize("labels", [[0, 0], [1, 1]])
def test_one_class_alone_has_no_curve(labels):
    probability = np.array([0.2, 0.4])
    assert compute_roc_curve(np.array(labels), probability).shape == (0, 3)
    assert compute_precision_recall_curve(np.array(labels), probability).shape == (0, 2)
