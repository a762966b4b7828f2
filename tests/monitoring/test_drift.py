"""Drift in columns typed by hand, and against scipy on the same rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from lifecycle.monitoring import drift
from lifecycle.statistics.hypothesis_tests import LEAST_EXPECTED

SHARED = settings(max_examples=40, deadline=None)
NUMBERS = st.lists(st.integers(-50, 50).map(float) | st.floats(-1e3, 1e3), min_size=2, max_size=60)


def reference(values: list[object], bounds: list[int] | None = None) -> drift.Reference:
    column = pd.Series(values, name="x", dtype="str" if any(isinstance(one, str) for one in values) else "float64")
    return drift.describe_reference(column, np.array(bounds or [0, len(values)]))


def compared(before: list[object], now: list[object]) -> drift.Drift:
    kind = "str" if any(isinstance(one, str) for one in [*before, *now]) else "float64"
    return drift.compare_column(reference(before), pd.Series(now, name="x", dtype=kind))


def test_the_same_rows_have_not_drifted() -> None:
    for values in ([1.0, 2.0, 3.0, np.nan], ["a", "b", "b", None]):
        found = compared(values, values)
        assert (found.psi, found.jensen_shannon, found.p_value) == (0.0, 0.0, 1.0)
        assert (found.missing, found.outside, found.new) == (0.25, 0.0, 0.0)


HEAVY = [*range(1, 41), *[50] * 40, *range(61, 81)]  # 40 of 100 rows have 50


def test_rows_that_leave_a_heavy_value_for_a_neighbour_have_drifted() -> None:
    now = [*range(1, 41), *[39] * 20, *[50] * 20, *range(61, 81)]
    before, after = [11, 10, 10, 9, 40, 1, 10, 9], [11, 10, 10, 29, 20, 1, 10, 9]
    found = compared([float(one) for one in HEAVY], [float(one) for one in now])
    assert found.jensen_shannon == pytest.approx(jensenshannon(before, after, base=2), abs=1e-12)


def test_what_is_missing_new_or_outside_is_a_share_of_all_rows() -> None:
    number = compared([1.0, 5.0], [np.nan, 0.0, 3.0, 6.0, np.inf])
    assert (number.missing, number.outside, number.new) == (0.4, 0.4, 0.0)
    text = compared(["a", "b"], ["a", None, "c", "d"])
    assert (text.missing, text.outside, text.new) == (0.25, 0.0, 0.5)


def test_the_population_stability_index_by_hand() -> None:
    found = compared(["a"] * 60 + ["b"] * 40, ["a"] * 40 + ["b"] * 60)
    assert found.psi == pytest.approx(2 * 0.2 * np.log(1.5), abs=1e-12)


def test_an_empty_level_counts_as_one_in_ten_thousand_in_the_psi() -> None:
    assert compared(["a"], ["b"]).psi == pytest.approx(2 * (1 - 1e-4) * np.log(1e4), abs=1e-9)


def test_jensen_shannon_is_one_where_no_level_is_shared() -> None:
    assert compared(["a"], ["b"]).jensen_shannon == 1.0
    assert compared([1.0, 2.0], [8.0, 9.0]).wasserstein == 7.0


def test_values_that_never_were_count_in_the_last_bin_and_as_outside() -> None:
    found = compared([1.0] * 5, [2.0] * 5)
    assert (found.jensen_shannon, found.outside, found.wasserstein) == (0.0, 1.0, 1.0)


def test_an_empty_side_has_no_size_and_no_test() -> None:
    for before, now in (([np.nan], [1.0]), ([1.0], [np.nan]), (["a"], [None])):
        found = compared(before, now)
        assert np.isnan([found.psi, found.jensen_shannon, found.p_value]).all()


@pytest.mark.filterwarnings("ignore:ks_2samp. Exact calculation unsuccessful")
@SHARED
@given(NUMBERS, NUMBERS)
def test_numbers_agree_with_scipy(old: list[float], new: list[float]) -> None:
    found = compared(old, new)
    tested = stats.ks_2samp(old, new, method="exact")  # up to 60 rows on a side
    assert found.statistic == pytest.approx(tested.statistic, abs=1e-12)
    assert found.p_value == pytest.approx(tested.pvalue, rel=1e-9, abs=1e-300)
    assert found.wasserstein == pytest.approx(stats.wasserstein_distance(old, new), rel=1e-9, abs=1e-9)


@SHARED
@given(st.lists(st.sampled_from("abcd"), min_size=40, max_size=90), st.lists(st.sampled_from("abcd"), min_size=40))
def test_categories_agree_with_scipy(old: list[str], new: list[str]) -> None:
    names = sorted({*old, *new})
    counts = np.array([[side.count(name) for name in names] for side in (old, new)])
    found = compared(old, new)
    assert found.jensen_shannon == pytest.approx(jensenshannon(*counts, base=2), abs=1e-7)
    if (stats.contingency.expected_freq(counts) >= LEAST_EXPECTED).all() and len(names) > 1:
        tested = stats.chi2_contingency(counts, correction=False)
        assert (found.statistic, found.p_value) == pytest.approx((tested.statistic, tested.pvalue), rel=1e-9)


def test_rare_categories_are_pooled_for_the_test() -> None:
    before, now = ["a"] * 500 + list("bcdefghijk"), ["a"] * 100 + list("bcdef")
    pooled = stats.chi2_contingency([[500, 10], [100, 5]], correction=False)
    # c to k are fewer than five to be expected even together with b: all are one level.
    assert compared(before, now).statistic == pytest.approx(pooled.statistic)


def test_the_usual_drift_is_the_largest_of_each_period_against_the_others() -> None:
    before = reference([1.0, 1.0, 2.0, 2.0, 1.0, 2.0], [0, 2, 4, 6])
    # the first period holds 1 alone, the others 1 once in four
    assert drift.measure_usual_drift(before, "jensen_shannon").size == pytest.approx(
        jensenshannon([1, 0], [0.25, 0.75], base=2)
    )


def test_usual_missing_values_and_values_beyond_the_others() -> None:
    usual = drift.measure_usual_drift(reference([1.0, 1.0, 2.0, 2.0, 9.0, np.nan], [0, 2, 4, 6]), "psi")
    # no other period reaches 1, nor 9; no other has a gap
    assert (usual.outside, usual.missing) == (1.0, 0.5)


def test_usual_new_counts_rows_of_categories_that_one_period_alone_has() -> None:
    assert drift.measure_usual_drift(reference(list("abacab"), [0, 2, 4, 6]), "psi").new == 0.5


def test_with_fewer_than_three_complete_periods_what_is_usual_is_not_known() -> None:
    assert drift.measure_usual_drift(reference([1.0] * 8 + [2.0] * 16, [0, 8, 16, 24]), "psi").size > 0
    unknown = drift.measure_usual_drift(reference([1.0] * 8 + [2.0] * 11, [0, 8, 16, 19]), "psi")
    assert np.isnan([unknown.size, unknown.missing, unknown.outside, unknown.new]).all()
