"""Confidence intervals: block bootstrap, paired differences, and a width worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.evaluation.bootstrap import Resampled, draw_block_weights, estimate_auc_width, resample_measure


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=30), st.integers(0, 5))
def test_blocks_are_drawn_whole_and_as_many_as_there_are(names, seed):
    blocks = pd.Series(names)
    for weights in draw_block_weights(blocks, 5, seed):
        by_block = pd.Series(weights).groupby(blocks)
        if blocks.nunique() > 1:
            assert (by_block.nunique() == 1).all()
            assert by_block.first().sum() == blocks.nunique()


def test_rows_that_share_one_block_are_drawn_each_for_itself():
    found = np.array(draw_block_weights(pd.Series(["2013-09-01"] * 5), 20, 1))
    assert (found.sum(axis=1) == 5).all()
    assert (found != 1).any()
    assert (found == np.array(draw_block_weights(pd.Series(range(5)), 20, 1))).all()


def test_one_seed_draws_the_same_blocks_whatever_their_rows_order():
    blocks = pd.Series(["b", "a", "b", "c"])
    first, again, other = (np.array(draw_block_weights(blocks, 20, seed)) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    order = [3, 1, 0, 2]
    assert (np.array(draw_block_weights(blocks.iloc[order], 20, 1)) == first[:, order]).all()


def test_resample_measures_all_rows_and_each_resample():
    numbers = np.array([1.0, 2.0, 6.0])

    def mean(weights):
        return float(np.average(numbers, weights=weights))

    found = resample_measure(mean, [np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, 3.0])])
    assert found.value == 3.0
    assert found.draws.tolist() == [1.5, 6.0]


def test_minus_is_paired_and_times_turns_the_sign():
    one, other = Resampled(3.0, np.array([1.0, 5.0])), Resampled(2.0, np.array([0.0, 4.0]))
    gain = one.subtract(other)
    assert (gain.value, gain.draws.tolist()) == (1.0, [1.0, 1.0])
    assert one.scale(-1).draws.tolist() == [-1.0, -5.0]


def test_the_interval_holds_the_middle_of_the_draws():
    found = Resampled(7.0, np.arange(101.0)).compute_interval(0.9)
    assert (found.value, found.low, found.high) == (7.0, pytest.approx(5.0), pytest.approx(95.0))


def test_draws_that_could_not_be_taken_are_left_out():
    nan = float("nan")
    found = Resampled(1.0, np.array([2.0, nan, 2.0])).compute_interval()
    assert (found.low, found.high) == (2.0, 2.0)
    empty = Resampled(1.0, np.array([nan, nan])).compute_interval()
    assert np.isnan(empty.low) and np.isnan(empty.high)


def test_the_width_by_hand():
    # AUC 0.8, 50 and 50: Q1 = 2/3, Q2 = 1.28/1.8, variance (0.16 + 49 (Q1 - 0.64) + 49 (Q2 - 0.64)) / 2500.
    variance = (0.16 + 49 * (2 / 3 - 0.64) + 49 * (1.28 / 1.8 - 0.64)) / 2500
    assert variance == pytest.approx(0.0019804, abs=1e-7)
    assert estimate_auc_width(50, 50, 0.8) == pytest.approx(2 * 1.96 * variance**0.5)
    assert estimate_auc_width(50, 50, 0.8) == pytest.approx(0.17445, abs=1e-5)


@pytest.mark.parametrize(("positives", "negatives"), [(0, 10), (10, 0)])
def test_without_both_classes_nothing_is_known(positives, negatives):
    assert estimate_auc_width(positives, negatives, 0.7) == 1.0


def test_more_rows_make_it_narrower():
    assert estimate_auc_width(1000, 1000, 0.7) < estimate_auc_width(100, 100, 0.7)


def test_an_interval_of_a_mean_covers_the_truth_about_as_often_as_it_says():
    generator, hits = np.random.default_rng(0), 0
    for run in range(200):
        effect = np.repeat(generator.normal(size=40), 5)
        rows = effect + 0.3 * generator.normal(size=200)
        weights = draw_block_weights(pd.Series(np.repeat(np.arange(40), 5)), 200, run)

        def mean(weight, rows=rows):
            return float(np.average(rows, weights=weight))

        found = resample_measure(mean, weights).compute_interval()
        hits += found.low <= 0 <= found.high
    assert 0.88 <= hits / 200 <= 0.99
