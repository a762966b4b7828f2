"""Whether rows that are left stand for all, for each task."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.evaluation.predictions import Predictions
from lifecycle.review.likeness import Level, Likeness, measure_likeness


def rows(task, truth, scores=None):
    truth = np.asarray(truth)
    ids = pd.Index(range(len(truth)))
    return Predictions(task, ids, np.zeros(len(truth)) if scores is None else np.asarray(scores, dtype=float), truth)


def test_rows_drawn_at_random_are_like_the_whole():
    truth = np.random.default_rng(1).random(4000) < 0.3
    found = measure_likeness(rows("binary", truth), np.arange(4000) % 2 == 0, ())
    assert found.alike
    assert found.distance < 0.02
    assert [level.name for level in found.levels] == ["no", "yes"]


def test_rows_left_out_by_their_class_are_not():
    truth = np.repeat([0, 1], [517, 187])
    kept = np.ones(704, dtype=bool)
    kept[-156:] = False
    found = measure_likeness(rows("binary", truth), kept, ())
    assert found.levels[1] == Level(name="yes", whole=pytest.approx(187 / 704), left=pytest.approx(31 / 548))
    assert found.distance == pytest.approx(187 / 704 - 31 / 548)
    assert found.p_value < 1e-50
    assert not found.alike


@pytest.mark.parametrize(
    ("distance", "p_value", "alike"),
    [(0.05, 0.0, True), (0.051, 0.01, True), (0.051, 0.0099, False), (0.1, 0.9, True), (0.101, 0.9, False)],
)
def test_a_distance_is_too_far_where_chance_does_not_explain_it_and_very_far_in_any_case(distance, p_value, alike):
    found = Likeness(measure="total variation distance", distance=distance, p_value=p_value, levels=[])
    assert found.alike is alike


def test_a_class_that_is_left_out_is_seen():
    found = measure_likeness(rows("multiclass", np.arange(300) % 3), np.arange(300) % 3 != 2, ("a", "b", "c"))
    assert [level.left for level in found.levels] == [0.5, 0.5, 0.0]
    assert found.distance == pytest.approx(1 / 3)
    assert not found.alike


def test_numbers_are_compared_by_their_distribution():
    numbers = np.arange(1000.0)
    found = measure_likeness(rows("regression", numbers), numbers % 2 == 0, ())
    assert found.alike
    assert found.distance == pytest.approx(0.001)
    assert found.levels[0] == Level(name="mean", whole=499.5, left=499.0)
    low = measure_likeness(rows("regression", numbers), numbers < 600, ())
    assert (low.distance, low.alike) == (pytest.approx(0.4), False)


def test_rows_without_truth_are_compared_by_heads_clusters():
    clusters = np.repeat([0.0, 4.0], [100, 100])
    found = measure_likeness(rows("clustering", np.zeros((200, 1)), clusters), np.arange(200) < 120, ())
    assert found.levels == [
        Level(name="cluster 0", whole=0.5, left=pytest.approx(100 / 120)),
        Level(name="cluster 4", whole=0.5, left=pytest.approx(20 / 120)),
    ]
    assert not found.alike
