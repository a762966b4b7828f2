"""Moments, samples and counts that stream, and the tests between two of them, held by hand."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.versioning import sketches
from lifecycle.versioning.sketches import Moments, Sample, Values


@given(st.lists(st.lists(st.floats(-1e6, 1e6)), max_size=5))
def test_moments_of_parts_are_those_of_the_whole(parts: list[list[float]]) -> None:
    made = Moments()
    for part in parts:
        made.add(np.array(part))
    whole = np.array([number for part in parts for number in part])
    assert made.count == len(whole)
    assert made.mean == pytest.approx(whole.mean() if len(whole) else 0.0, abs=1e-6)
    assert made.variance == pytest.approx(whole.var(ddof=1) if len(whole) > 1 else 0.0, abs=1e-3, rel=1e-6)


def test_the_standardised_difference_is_in_pooled_deviations() -> None:
    before, after = Moments(), Moments()
    before.add(np.array([1.0, 3.0]))
    after.add(np.array([4.0, 6.0]))
    assert sketches.standardised(before, after) == pytest.approx(3 / 2**0.5)
    assert sketches.standardised(Moments(2, 1.0, 0.0), Moments(2, 2.0, 0.0)) is None


def test_a_sample_does_not_depend_on_the_order_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "SAMPLE", 3)
    hashes = np.array([5, 1, 9, 3, 7], dtype=np.uint64)
    rows = hashes.astype(float)[:, None]
    forwards, backwards = Sample(1), Sample(1)
    for place in range(5):
        forwards.add(hashes[[place]], rows[[place]])
        backwards.add(hashes[::-1][[place]], rows[::-1][[place]])
    assert sorted(forwards.rows[:, 0]) == sorted(backwards.rows[:, 0]) == [1.0, 3.0, 5.0]


def test_distance_of_distributions_is_the_largest_gap() -> None:
    found = sketches.kolmogorov_smirnov(np.array([1.0, 2.0, np.nan]), np.array([2.0, 3.0]))
    assert found is not None
    assert found[0] == 0.5
    assert sketches.kolmogorov_smirnov(np.array([np.nan]), np.array([1.0])) is None


def test_the_chance_of_a_distance_is_exact_for_few_rows() -> None:
    one, other = np.array([1.0, 2.0, 4.0]), np.array([8.0])
    assert sketches.kolmogorov_smirnov(one, other) == (1.0, pytest.approx(0.5))  # 2 of the 4 orders are as far apart


def test_the_chance_of_a_distance_goes_on_where_it_is_no_longer_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(0.0, 1.0, 100), random.normal(0.3, 1.0, 100)
    exact = sketches.kolmogorov_smirnov(one, other)
    monkeypatch.setattr(sketches, "EXACT", 0)
    assert sketches.kolmogorov_smirnov(one, other) == pytest.approx(exact, rel=0.2)


def test_shares_of_values() -> None:
    before, after = Counter({"a": 3, "b": 1}), Counter({"a": 1, "c": 1})
    assert sketches.total_variation(before, after) == 0.5
    assert sketches.total_variation(before, Counter()) is None
    assert sketches.stability(before, before) == 0.0


def test_the_chi_square_test_is_that_of_the_textbook() -> None:
    found = sketches.chi_square(Counter(a=30, b=70), Counter(a=50, b=50))
    assert found == pytest.approx(0.003892, abs=1e-6)  # 8.3333 with one degree of freedom
    assert sketches.chi_square(Counter(a=5), Counter(a=9)) is None
    assert sketches.chi_square(Counter(a=30, b=70), Counter()) is None


def test_rare_values_are_counted_together() -> None:
    rare = {f"r{number}": 1 for number in range(20)}
    together = sketches.chi_square(Counter(a=80, **rare), Counter(a=80, **rare))
    assert together == pytest.approx(1.0)


def test_more_values_than_can_be_named_are_counted_in_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "VALUES", 2)
    many, few = Values(), Values()
    many.add({"a": 1, "b": 2, "c": 3})
    many.add({"a": 1})
    few.add({"a": 2})
    one, other = sketches.alike(many, few)
    assert (one.total(), other.total()) == (7, 2)
    assert set(other) <= set(one)


def test_holm_multiplies_the_smallest_most_and_never_turns_the_order() -> None:
    assert sketches.adjusted([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert sketches.adjusted([0.9, 0.8]) == [1.0, 1.0]
    assert sketches.adjusted([]) == []
