"""Distances against the formula by hand and against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from lifecycle.statistics.distances import (
    jensen_shannon_distance,
    measure_gap,
    population_stability_index,
    total_variation_distance,
)

SHARED = settings(max_examples=40, deadline=None)
NUMBERS = st.lists(st.integers(-50, 50).map(float) | st.floats(-1e3, 1e3), min_size=2, max_size=60)
COUNTS = st.lists(st.integers(0, 50), min_size=3, max_size=3).filter(any)


def test_the_population_stability_index_by_hand() -> None:
    found = population_stability_index(np.array([60, 40]), np.array([40, 60]))
    assert float(found) == pytest.approx(2 * 0.2 * np.log(1.5), abs=1e-12)
    assert float(population_stability_index(np.array([3, 1]), np.array([3, 1]))) == 0.0


def test_an_empty_level_counts_as_one_in_ten_thousand_in_the_population_stability_index() -> None:
    found = population_stability_index(np.array([1, 0]), np.array([0, 1]))
    assert float(found) == pytest.approx(2 * (1 - 1e-4) * np.log(1e4), abs=1e-9)


def test_distances_of_several_rows_are_those_of_each() -> None:
    before, after = np.array([[1, 3], [2, 2]]), np.array([[2, 2], [0, 4]])
    for distance in (population_stability_index, jensen_shannon_distance):
        alone = [float(distance(one, other)) for one, other in zip(before, after, strict=True)]
        assert distance(before, after).tolist() == alone


def test_an_empty_side_has_no_distance() -> None:
    for distance in (population_stability_index, jensen_shannon_distance, total_variation_distance):
        assert np.isnan(distance(np.array([1, 2]), np.array([0, 0])))
        assert np.isnan(distance(np.array([0]), np.array([0])))


@SHARED
@given(COUNTS, COUNTS)
def test_the_jensen_shannon_distance_is_scipys(old: list[int], new: list[int]) -> None:
    found = float(jensen_shannon_distance(np.array(old), np.array(new)))
    assert found == pytest.approx(jensenshannon(old, new, base=2), abs=1e-7)


def test_the_total_variation_distance_is_the_share_of_rows_to_move() -> None:
    assert total_variation_distance(np.array([3, 1, 0]), np.array([1, 0, 1])) == 0.5
    assert total_variation_distance(np.array([2, 0]), np.array([0, 7])) == 1.0


def test_the_gap_of_two_samples_by_hand() -> None:
    gap = measure_gap(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    assert (gap.kolmogorov_smirnov, gap.wasserstein) == (0.5, 1.0)


def test_an_empty_sample_has_no_gap() -> None:
    gap = measure_gap(np.empty(0), np.array([1.0]))
    assert np.isnan([gap.kolmogorov_smirnov, gap.wasserstein]).all()


@SHARED
@given(NUMBERS, NUMBERS)
def test_gaps_are_scipys(old: list[float], new: list[float]) -> None:
    gap = measure_gap(np.sort(old), np.sort(new))
    assert gap.kolmogorov_smirnov == pytest.approx(stats.ks_2samp(old, new, method="asymp").statistic, abs=1e-12)
    assert gap.wasserstein == pytest.approx(stats.wasserstein_distance(old, new), rel=1e-9, abs=1e-9)
