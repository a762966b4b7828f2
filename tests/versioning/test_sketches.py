"""Moments, samples and counts that stream, held by hand."""

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
    assert sketches.standardize_difference(before, after) == pytest.approx(3 / 2**0.5)
    assert sketches.standardize_difference(Moments(2, 1.0, 0.0), Moments(2, 2.0, 0.0)) is None


def test_a_sample_does_not_depend_on_the_order_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "SAMPLE", 3)
    hashes = np.array([5, 1, 9, 3, 7], dtype=np.uint64)
    rows = hashes.astype(float)[:, None]
    forwards, backwards = Sample(1), Sample(1)
    for place in range(5):
        forwards.add(hashes[[place]], rows[[place]])
        backwards.add(hashes[::-1][[place]], rows[::-1][[place]])
    assert sorted(forwards.rows[:, 0]) == sorted(backwards.rows[:, 0]) == [1.0, 3.0, 5.0]


def test_more_values_than_can_be_named_are_counted_in_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketches, "VALUES", 2)
    many, few = Values(), Values()
    many.add({"a": 1, "b": 2, "c": 3})
    many.add({"a": 1})
    few.add({"a": 2})
    one, other = sketches.align_counts_of(many, few)
    assert (one.total(), other.total()) == (7, 2)
    assert set(other) <= set(one)
