"""Measures of clusters of few rows, worked out by hand, and held against sklearn's on more."""

import tracemalloc

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from lifecycle.evaluation.metrics.clustering import (
    calinski_harabasz,
    compute_silhouettes,
    compute_simplified_silhouettes,
    davies_bouldin,
    measure_stability,
    silhouette,
)

INPUTS = np.array([[0.0], [2.0], [10.0], [13.0], [16.0]])
CLUSTERS = np.array([4, 4, -1, -1, -1])
# Row by row: distance to the others of its own, then to those of the other cluster.
ROWS = [1 - 2 / 13, 1 - 2 / 11, 1 - 4.5 / 9, 1 - 3 / 12, 1 - 4.5 / 15]
WEIGHTS = np.array([1.0, 0.0, 2.0, 1.0, 0.0])


def cloud(rows=700, columns=3, clusters=4, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(rows, columns)), generator.integers(0, clusters, rows)


def test_silhouettes_by_hand():
    assert compute_silhouettes(INPUTS, CLUSTERS) == pytest.approx(ROWS)
    assert silhouette(INPUTS, CLUSTERS) == pytest.approx(sum(ROWS) / 5)
    expected = (ROWS[0] + 2 * ROWS[2] + ROWS[3]) / 4
    assert silhouette(INPUTS, CLUSTERS, sample_weight=WEIGHTS) == pytest.approx(expected)


def test_a_row_alone_in_its_cluster_has_silhouette_zero():
    assert compute_silhouettes(INPUTS[:3], np.array([0, 0, 1])) == pytest.approx([1 - 2 / 10, 1 - 2 / 8, 0.0])


def test_equal_rows_in_two_clusters_have_silhouette_zero():
    assert silhouette(np.ones((4, 2)), np.array([0, 0, 1, 1])) == 0.0


def test_one_cluster_has_no_silhouette():
    assert np.isnan(silhouette(INPUTS, np.zeros(5)))
    assert np.isnan(silhouette(INPUTS, CLUSTERS, sample_weight=np.zeros(5)))


def test_many_rows_are_thinned_evenly():
    assert silhouette(INPUTS, CLUSTERS, rows=3) == silhouette(INPUTS[[0, 2, 4]], CLUSTERS[[0, 2, 4]])
    weights = np.array([1.0, 9.0, 2.0, 9.0, 3.0])
    expected = silhouette(INPUTS[[0, 2, 4]], CLUSTERS[[0, 2, 4]], sample_weight=np.array([1.0, 2.0, 3.0]))
    assert silhouette(INPUTS, CLUSTERS, sample_weight=weights, rows=3) == expected


def test_sklearn_finds_the_same():
    inputs, clusters = cloud()
    assert compute_silhouettes(inputs, clusters) == pytest.approx(sklearn_metrics.silhouette_samples(inputs, clusters))
    assert davies_bouldin(inputs, clusters) == pytest.approx(sklearn_metrics.davies_bouldin_score(inputs, clusters))
    expected = sklearn_metrics.calinski_harabasz_score(inputs, clusters)
    assert calinski_harabasz(inputs, clusters) == pytest.approx(expected)


def test_silhouettes_keep_to_a_block_of_distances():
    inputs, clusters = cloud(4000)
    tracemalloc.start()
    compute_silhouettes(inputs, clusters)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4000 * 4000 * 8 / 4


def test_davies_bouldin_by_hand():
    # Centroids 1 and 13; mean distances to them 1 and 2.
    assert davies_bouldin(INPUTS, CLUSTERS) == pytest.approx((1 + 2) / 12)
    # Centroids 0 and 11, mean distances 0 and (2 · 1 + 2) / 3.
    assert davies_bouldin(INPUTS, CLUSTERS, sample_weight=WEIGHTS) == pytest.approx(4 / 3 / 11)


def test_davies_bouldin_of_clusters_around_the_same_centre_is_unknown():
    assert np.isnan(davies_bouldin(np.array([[0.0], [2.0], [1.0], [1.0]]), np.array([0, 0, 1, 1])))
    assert np.isnan(davies_bouldin(INPUTS, np.zeros(5)))


def test_calinski_harabasz_by_hand():
    # Mean 8.2; between 2 · 7.2² + 3 · 4.8², within 2 + 18, five rows less two clusters.
    between = 2 * 7.2**2 + 3 * 4.8**2
    assert calinski_harabasz(INPUTS, CLUSTERS) == pytest.approx(between / (20 / 3))
    # Mean 8.25; between 8.25² + 3 · 2.75², within 2 · 1 + 4, mass four less two clusters.
    between = 8.25**2 + 3 * 2.75**2
    assert calinski_harabasz(INPUTS, CLUSTERS, sample_weight=WEIGHTS) == pytest.approx(between / (6 / 2))


def test_calinski_harabasz_without_spread_within_is_unknown():
    assert np.isnan(calinski_harabasz(np.array([[0.0], [0.0], [1.0]]), np.array([0, 0, 1])))
    assert np.isnan(calinski_harabasz(INPUTS, np.zeros(5)))
    assert np.isnan(calinski_harabasz(INPUTS[:2], np.array([0, 1])))


def test_simplified_silhouettes_by_hand():
    # Centroids 1 and 13.
    expected = [1 - 1 / 13, 1 - 1 / 11, 1 - 3 / 9, 1.0, 1 - 3 / 15]
    assert compute_simplified_silhouettes(INPUTS, CLUSTERS) == pytest.approx(expected)
    assert compute_simplified_silhouettes(INPUTS, np.zeros(5)).tolist() == [0.0] * 5


def test_clusters_that_come_again_are_stable():
    generator = np.random.default_rng(0)
    inputs = np.concatenate([generator.normal(size=(30, 1)), generator.normal(size=(30, 1)) + 50])

    def by_size(values):
        return (values[:, 0] > values[:, 0].mean()).astype(int)

    def by_chance(values):
        return np.random.default_rng(len(values)).integers(0, 2, len(values))

    assert measure_stability(by_size, inputs, seed=1, repeats=3) == 1.0
    assert abs(measure_stability(by_chance, inputs, seed=1, repeats=20)) < 0.1
    assert measure_stability(by_chance, inputs, seed=1, repeats=2) == measure_stability(
        by_chance, inputs, seed=1, repeats=2
    )
