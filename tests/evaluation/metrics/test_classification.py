"""Measures of decided classes, worked out by hand and held against sklearn's."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from lifecycle.evaluation.metrics.classification import balanced_accuracy, f1, precision_macro, recall_macro

# Class 0: three rows, two found, said three times. Class 2: one row, found. Class 3: said once, never true.
TRUTH = np.array([0, 0, 0, 1, 1, 2])
SAID = np.array([0, 0, 3, 1, 0, 2])


def test_by_hand():
    assert balanced_accuracy(TRUTH, SAID) == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert recall_macro(TRUTH, SAID) == pytest.approx((2 / 3 + 1 / 2 + 1 + 0) / 4)
    assert precision_macro(TRUTH, SAID) == pytest.approx((2 / 3 + 1 + 1 + 0) / 4)
    assert f1(TRUTH, SAID) == pytest.approx((4 / 6 + 2 / 3 + 1 + 0) / 4)
    assert f1(TRUTH, SAID, average="weighted") == pytest.approx((3 * 4 / 6 + 2 * 2 / 3 + 1 * 1) / 6)


def test_with_weights_by_hand():
    weights = np.array([1.0, 1.0, 0.0, 2.0, 1.0, 0.0])
    # Classes 2 and 3 are gone: no row of weight is of them or said to be.
    assert balanced_accuracy(TRUTH, SAID, sample_weight=weights) == pytest.approx((1 + 2 / 3) / 2)
    assert precision_macro(TRUTH, SAID, sample_weight=weights) == pytest.approx((2 / 3 + 1) / 2)
    assert f1(TRUTH, SAID, sample_weight=weights) == pytest.approx((4 / 5 + 4 / 5) / 2)
    assert f1(TRUTH, SAID, sample_weight=weights, average="weighted") == pytest.approx((2 * 4 / 5 + 3 * 4 / 5) / 5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.floats(0.1, 5)), min_size=1, max_size=30))
def test_sklearn_finds_the_same(rows):
    truth, predicted, weights = (np.array(column) for column in zip(*rows, strict=True))
    more = {"sample_weight": weights}
    macro = more | {"average": "macro", "zero_division": 0.0}
    expected = sklearn_metrics.f1_score(truth, predicted, zero_division=0.0, average="weighted", **more)
    assert f1(truth, predicted, average="weighted", **more) == pytest.approx(expected)
    assert f1(truth, predicted, **more) == pytest.approx(sklearn_metrics.f1_score(truth, predicted, **macro))
    assert precision_macro(truth, predicted, **more) == pytest.approx(
        sklearn_metrics.precision_score(truth, predicted, **macro)
    )
    assert recall_macro(truth, predicted, **more) == pytest.approx(
        sklearn_metrics.recall_score(truth, predicted, **macro)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = sklearn_metrics.balanced_accuracy_score(truth, predicted, **more)
    assert balanced_accuracy(truth, predicted, **more) == pytest.approx(expected)
