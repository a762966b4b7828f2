"""Measures of numbers and intervals, worked out by hand."""

import numpy as np
import pytest

from lifecycle.evaluation.metrics.regression import coverage_error, interval_width, mape, median_error, pinball, r2

TRUTH = np.array([10.0, 0.0, -4.0, 2.0])
NUMBER = np.array([8.0, 1.0, -4.0, 5.0])
# Low end, number, high end: the first truth is above its interval, the second at its lower end.
INTERVAL = np.array([[7.0, 8.0, 9.0], [0.0, 1.0, 2.0], [-5.0, -4.0, -1.0], [1.0, 5.0, 6.0]])
WEIGHTS = np.array([2.0, 0.0, 1.0, 1.0])
NONE = np.array([0.0, 3.0, 0.0, 0.0])


def test_mape_leaves_out_rows_whose_truth_is_zero():
    assert mape(TRUTH, NUMBER) == pytest.approx((0.2 + 0 + 1.5) / 3)
    assert mape(TRUTH, NUMBER, sample_weight=WEIGHTS) == pytest.approx((2 * 0.2 + 0 + 1.5) / 4)


def test_mape_of_zeros_alone_is_unknown():
    assert np.isnan(mape(np.zeros(3), np.ones(3)))
    assert np.isnan(mape(TRUTH, NUMBER, sample_weight=NONE))


def test_median_error_by_hand():
    # Errors 2, 1, 0, 3: half-way between 1 and 2.
    assert median_error(TRUTH, NUMBER) == 1.5
    assert median_error(TRUTH[:3], NUMBER[:3]) == 1.0
    assert median_error(TRUTH, NUMBER, sample_weight=WEIGHTS) == 2.0
    assert median_error(TRUTH, NUMBER, sample_weight=NONE) == 1.0
    assert median_error(TRUTH[:1], NUMBER[:1]) == 2.0


def test_r2_by_hand():
    # Mean 2; squares around it 64 + 4 + 36 + 0; squared errors 4 + 1 + 0 + 9.
    assert r2(TRUTH, NUMBER) == pytest.approx(1 - 14 / 104)
    assert r2(TRUTH, np.full(4, 2.0)) == 0.0
    # Mean 4.5; twice 30.25, 72.25 and 6.25; errors twice 4, 0 and 9.
    assert r2(TRUTH, NUMBER, sample_weight=WEIGHTS) == pytest.approx(1 - 17 / 139)


def test_r2_of_truths_that_are_all_the_same_is_unknown():
    assert np.isnan(r2(np.ones(3), np.arange(3.0)))
    assert np.isnan(r2(TRUTH[:1], NUMBER[:1]))
    assert np.isnan(r2(TRUTH, NUMBER, sample_weight=NONE))


def test_pinball_by_hand():
    # Truth above the end: that much times the share; below it: that much times the rest.
    rows = [
        0.1 * 3 + 0.5 * 2 + 0.9 * 1,
        0.1 * 0 + 0.5 * 1 + 0.1 * 2,
        0.1 * 1 + 0.5 * 0 + 0.1 * 3,
        0.1 * 1 + 0.5 * 3 + 0.1 * 4,
    ]
    assert pinball(TRUTH, INTERVAL) == pytest.approx(sum(rows) / 3 / 4)
    assert pinball(TRUTH, INTERVAL, sample_weight=WEIGHTS) == pytest.approx((2 * rows[0] + rows[2] + rows[3]) / 3 / 4)
    assert pinball(TRUTH[:1], INTERVAL[:1], low=0.2, high=0.8) == pytest.approx((0.2 * 3 + 0.5 * 2 + 0.8 * 1) / 3)


def test_coverage_error_by_hand():
    assert coverage_error(TRUTH, INTERVAL) == pytest.approx(0.8 - 3 / 4)
    assert coverage_error(TRUTH, INTERVAL, sample_weight=WEIGHTS) == pytest.approx(0.8 - 2 / 4)
    assert coverage_error(TRUTH, INTERVAL, low=0.25, high=0.75) == pytest.approx(3 / 4 - 0.5)


def test_interval_width_by_hand():
    assert interval_width(TRUTH, INTERVAL) == (2 + 2 + 4 + 5) / 4
    assert interval_width(TRUTH, INTERVAL, sample_weight=WEIGHTS) == (2 * 2 + 4 + 5) / 4
