"""P-values by hand and against scipy, and their corrections."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lifecycle.statistics import hypothesis_tests
from lifecycle.statistics.distances import measure_gap
from lifecycle.statistics.hypothesis_tests import (
    adjust_benjamini_hochberg,
    adjust_holm,
    chi_square_test,
    fisher_p_value,
    kolmogorov_smirnov_p_value,
    z_test_p_value,
)

NAN = math.nan
SHARED = settings(max_examples=40, deadline=None)
NUMBERS = st.lists(st.integers(-50, 50).map(float) | st.floats(-1e3, 1e3), min_size=2, max_size=60)


def kolmogorov_smirnov(before: list[float], after: list[float]) -> float:
    one, other = np.sort(np.array(before, dtype=float)), np.sort(np.array(after, dtype=float))
    return kolmogorov_smirnov_p_value(measure_gap(one, other).kolmogorov_smirnov, one, other)


def test_the_kolmogorov_smirnov_p_value_is_exact_for_few_rows() -> None:
    assert kolmogorov_smirnov([1.0, 2.0, 4.0], [8.0]) == pytest.approx(0.5)  # 2 of the 4 orders are as far apart
    assert math.isnan(kolmogorov_smirnov([], [1.0]))


@pytest.mark.filterwarnings("ignore:ks_2samp. Exact calculation unsuccessful")
@SHARED
@given(NUMBERS, NUMBERS)
def test_the_exact_p_value_is_scipys(old: list[float], new: list[float]) -> None:
    assert kolmogorov_smirnov(old, new) == stats.ks_2samp(old, new, method="exact").pvalue


@SHARED
@given(NUMBERS, NUMBERS)
def test_beyond_few_rows_the_p_value_is_scipys_asymptotic_one(old: list[float], new: list[float]) -> None:
    expected = stats.ks_2samp(old, new, method="asymp").pvalue
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hypothesis_tests, "EXACT", 0)
        assert kolmogorov_smirnov(old, new) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_the_asymptotic_p_value_goes_on_from_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(0.0, 1.0, 100).tolist(), random.normal(0.3, 1.0, 100).tolist()
    exact = kolmogorov_smirnov(one, other)
    monkeypatch.setattr(hypothesis_tests, "EXACT", 0)
    assert kolmogorov_smirnov(one, other) == pytest.approx(exact, rel=0.2)


def test_the_chi_square_test_is_that_of_the_textbook() -> None:
    found = chi_square_test(np.array([30, 70]), np.array([50, 50]))
    assert found.statistic == pytest.approx(8.3333, abs=1e-4)
    assert found.p_value == pytest.approx(0.003892, abs=1e-6)
    assert found.degrees_of_freedom == 1


def test_one_level_has_no_degree_of_freedom() -> None:
    found = chi_square_test(np.array([5]), np.array([9]))
    assert (found.statistic, found.p_value, found.degrees_of_freedom) == (0.0, 1.0, 0)


def test_an_empty_side_has_no_chi_square_test() -> None:
    found = chi_square_test(np.array([30, 70]), np.array([0, 0]))
    assert math.isnan(found.statistic)
    assert math.isnan(found.p_value)
    assert found.degrees_of_freedom == -1


def test_rare_levels_are_pooled() -> None:
    rare = chi_square_test(np.array([80, *[1] * 20]), np.array([80, *[1] * 20]))
    assert (rare.p_value, rare.degrees_of_freedom) == (pytest.approx(1.0), 1)
    found = chi_square_test(np.array([500, *[1] * 10]), np.array([100, *[1] * 5, *[0] * 5]))
    pooled = stats.chi2_contingency([[500, 10], [100, 5]], correction=False)
    assert found.statistic == pytest.approx(pooled.statistic)


def test_more_rows_of_a_kind_is_the_exact_test_of_fisher() -> None:
    exact = stats.fisher_exact([[9, 11], [10, 90]], alternative="greater").pvalue
    assert fisher_p_value(10, 100, 9, 20) == pytest.approx(exact, rel=1e-9)
    assert fisher_p_value(10, 100, 0, 20) == 1.0


def test_the_z_test_is_one_sided() -> None:
    assert z_test_p_value(1.6448536269514722, 1.0) == pytest.approx(0.05)
    assert (z_test_p_value(0.1, 0.0), z_test_p_value(0.0, 0.0)) == (0.0, 1.0)
    assert math.isnan(z_test_p_value(NAN, 1.0))
    assert math.isnan(z_test_p_value(1.0, NAN))


def test_holm_multiplies_the_smallest_by_the_number_of_tests_and_keeps_the_order() -> None:
    assert adjust_holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjust_holm([0.5, 0.9]) == [1.0, 1.0]
    assert adjust_holm([0.9, 0.8]) == [1.0, 1.0]
    assert adjust_holm([]) == []


def test_nan_is_no_test_for_holm() -> None:
    assert adjust_holm([0.03, NAN])[0] == pytest.approx(0.03)
    assert math.isnan(adjust_holm([0.03, NAN])[1])


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_never_lowers_a_p_value_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = adjust_holm(p_values)
    assert all(one <= other <= 1 for one, other in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()


def test_benjamini_and_hochberg_divide_by_the_rank() -> None:
    adjusted = adjust_benjamini_hochberg(np.array([0.01, NAN, 0.04, 0.03]))
    assert adjusted[[0, 2, 3]] == pytest.approx([0.03, 0.04, 0.04])
    assert math.isnan(adjusted[1])
    assert math.isnan(adjust_benjamini_hochberg(np.array([NAN]))[0])
