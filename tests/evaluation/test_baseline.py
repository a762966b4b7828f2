"""The trivial answer of each task."""

import numpy as np
import pytest

from lifecycle.evaluation.baseline import predict_baseline


def test_the_rate_of_positives():
    assert predict_baseline(np.array([0, 1, 1, 1]), np.array([0.1, 0.9]), "binary", 1).tolist() == [0.75, 0.75]


def test_the_rate_of_each_class_also_of_one_that_no_row_is_of():
    found = predict_baseline(np.array([0, 1, 1, 1]), np.zeros((2, 3)), "multiclass", 1)
    assert found.tolist() == [[0.25, 0.75, 0.0], [0.25, 0.75, 0.0]]


def test_the_mean():
    assert predict_baseline(np.array([1.0, 2.0, 6.0]), np.zeros(2), "regression", 1).tolist() == [3.0, 3.0]


def test_the_mean_between_quantiles_where_intervals_are_asked_for():
    found = predict_baseline(np.arange(11.0), np.zeros((2, 3)), "regression", 1)
    assert found == pytest.approx(np.array([[1.0, 5.0, 9.0], [1.0, 5.0, 9.0]]))


def test_the_models_own_clusters_in_another_order():
    clusters = np.repeat([0.0, 1.0, 2.0], 20)
    found = predict_baseline(np.empty(0), clusters, "clustering", 1)
    assert sorted(found) == sorted(clusters)
    assert found.tolist() != clusters.tolist()
    assert found.tolist() == predict_baseline(np.empty(0), clusters, "clustering", 1).tolist()
    assert clusters.tolist() == [0.0] * 20 + [1.0] * 20 + [2.0] * 20
