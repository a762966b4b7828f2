"""Two models on the same rows: exact numbers on small tables, and how often chance alone is called a change."""

import math

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.bootstrap import Resampled, draw_block_weights, resample_measure
from lifecycle.evaluation.metrics.probabilistic import brier, log_loss
from lifecycle.evaluation.significance import MetricChange, classify_changes, compare_measures

NAN = math.nan


def resampled(value, *draws):
    return Resampled(value, np.array(draws, dtype=np.float64))


def test_a_difference_has_the_interval_of_student_around_it():
    base, head = resampled(0.70, 0.70, 0.70, 0.70), resampled(0.73, 0.72, 0.73, 0.74)
    found = compare_measures(base, head, 1, blocks=10)
    reach = 2.2621571628540993 * 0.01 * math.sqrt(10 / 9)
    assert found.difference.value == pytest.approx(0.03)
    assert (found.difference.low, found.difference.high) == pytest.approx((0.03 - reach, 0.03 + reach))
    assert found.gain == pytest.approx(0.03)
    assert found.p_value == pytest.approx(0.0192126, abs=1e-6)
    assert classify_changes([found]) == ["better"]


def test_where_lower_is_better_a_rise_is_worse():
    found = compare_measures(resampled(0.1, 0.1, 0.11, 0.09), resampled(0.2, 0.2, 0.21, 0.19), -1, blocks=10)
    assert found.gain == pytest.approx(-0.1)
    assert classify_changes([found]) == ["worse"]


def test_what_lies_within_the_tolerance_does_not_count():
    base, head = resampled(0.70, 0.70, 0.70, 0.70), resampled(0.73, 0.729, 0.73, 0.731)
    assert classify_changes([compare_measures(base, head, 1, 10, tolerance=0.02)]) == ["better"]
    assert classify_changes([compare_measures(base, head, 1, 10, tolerance=0.029)]) == ["within noise"]
    assert compare_measures(base, head, 1, 10, tolerance=0.05).p_value == 1.0


def test_luck_widens_the_interval_and_the_p_value():
    base, head = resampled(0.70, 0.70, 0.70, 0.70), resampled(0.73, 0.72, 0.73, 0.74)
    found = compare_measures(base, head, 1, blocks=10, luck=0.03)
    error = math.hypot(0.01 * math.sqrt(10 / 9), 0.03)
    assert found.difference.high == pytest.approx(0.03 + 2.2621571628540993 * error)
    assert found.luck == 0.03
    assert classify_changes([found]) == ["within noise"]


def test_the_same_predictions_are_no_change():
    same = resampled(0.7, 0.6, 0.7, 0.8)
    found = compare_measures(same, same, 1, blocks=10)
    assert (found.difference.low, found.difference.high, found.p_value) == (0.0, 0.0, 1.0)
    assert classify_changes([found]) == ["within noise"]


@pytest.mark.parametrize(
    ("head", "blocks"),
    [
        (resampled(0.8, 0.8, 0.81, 0.79), 4),
        (resampled(0.8, NAN, NAN, 0.79), 10),
        (resampled(NAN, 0.8, 0.81, 0.79), 10),
    ],
    ids=["few blocks", "few resamples with a value", "no value"],
)
def test_what_the_rows_cannot_tell_is_said(head, blocks):
    found = compare_measures(resampled(0.7, 0.7, 0.7, 0.7), head, 1, blocks)
    assert math.isnan(found.p_value)
    assert math.isnan(found.difference.low)
    assert classify_changes([found]) == ["inconclusive"]


def looked_at(labels, base, head, blocks, seed, resamples=100):
    """The changes of two measures between chances of the same rows."""
    weights = draw_block_weights(pd.Series(blocks), resamples, seed)
    found = []
    for measure in (brier, log_loss):
        one, other = (
            resample_measure(
                lambda weight, p_value=p_value, measure=measure: measure(labels, p_value, sample_weight=weight), weights
            )
            for p_value in (base, head)
        )
        found.append(compare_measures(one, other, -1, len(np.unique(blocks))))
    return found


def made(seed, days=30, a_day=20, better=0.0):
    """Labels of days that share a luck no model knows, and chances of two that err by as much, each on its own days."""
    generator = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), a_day)
    logit, effect = generator.normal(size=days * a_day), generator.normal(size=days)[day]
    labels = (generator.random(days * a_day) < 1 / (1 + np.exp(-logit - effect))).astype(np.int64)
    wrong = [generator.normal(scale=0.5, size=days)[day] + generator.normal(scale=0.3, size=day.size) for _ in "ab"]
    base, head = (1 / (1 + np.exp(-(logit + error))) for error in (wrong[0], wrong[1] * (1 - better)))
    return labels, base, head, day


def test_of_200_pairs_without_a_change_at_most_1_in_20_is_called_one():
    called = [set(classify_changes(looked_at(*made(seed), seed))) - {"within noise"} for seed in range(200)]
    assert sum(bool(one) for one in called) <= 10


def test_rows_drawn_one_by_one_would_call_many_more_a_change():
    called = 0
    for seed in range(60):
        labels, base, head, day = made(seed)
        called += set(classify_changes(looked_at(labels, base, head, np.arange(len(day)), seed))) != {"within noise"}
    assert called > 9


def test_a_planted_point_on_enough_rows_is_real():
    labels, base, head, day = made(2, days=200, a_day=40, better=0.6)
    first, second = looked_at(labels, base, head, day, 1)
    assert 0.009 < first.gain < 0.011
    assert classify_changes([first, second]) == ["better", "better"]


def test_the_same_seed_gives_the_same_numbers():
    one, two = (looked_at(*made(3), 5) for _ in range(2))
    assert one == two
    assert isinstance(one[0], MetricChange)
