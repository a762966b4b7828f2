"""The rows that surprised most, and the features that a model leans on."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.examples import Examples
from lifecycle.mistakes import concentration, largest, permutation_importance, surprise

LABELS = np.array([1, 0, 1, 0])
CHANCE = np.array([0.5, 0.75, 0.9, 0.0])


def test_surprise_is_the_log_loss_of_each_row():
    assert surprise(LABELS, CHANCE) == pytest.approx([np.log(2), np.log(4), -np.log(0.9), 0.0])


def test_a_sure_mistake_is_not_without_end():
    assert surprise(np.array([1]), np.array([0.0]))[0] == pytest.approx(-np.log(1e-9))


def test_largest_comes_first_with_what_is_known_of_it():
    context = pd.DataFrame({"id": ["a", "b", "c", "d"]}, index=[4, 5, 6, 7])
    found = largest(context, LABELS, CHANCE, count=2)
    assert found["id"].tolist() == ["b", "a"]
    assert found["label"].tolist() == [0, 1]
    assert found["chance"].tolist() == [0.75, 0.5]
    assert found["surprise"].tolist() == pytest.approx([np.log(4), np.log(2)])


def test_concentration_compares_the_share_of_loss_with_that_of_rows():
    context = pd.DataFrame({"place": ["x", "y", "y", "y"]}, index=[4, 5, 6, 7])
    found = concentration(context, ["place"], np.array([1, 1, 1, 1]), np.array([0.25, 0.5, 0.5, 1.0]))
    assert found["value"].tolist() == ["x", "y"]
    assert found["share_of_rows"].tolist() == [0.25, 0.75]
    assert found["share_of_loss"].tolist() == pytest.approx([0.5, 0.5])
    assert found["ratio"].tolist() == pytest.approx([2.0, 2 / 3])


def test_concentration_leaves_out_rare_values():
    context = pd.DataFrame({"place": ["rare"] + ["often"] * 200})
    found = concentration(context, ["place"], np.ones(201, dtype=np.int64), np.full(201, 0.5))
    assert found["value"].tolist() == ["often"]


def test_a_feature_that_is_used_falls_and_one_that_is_not_does_not():
    used = np.arange(50.0)
    features = pd.DataFrame({"unused": used[::-1].copy(), "used": used})
    examples = Examples(features, (used > 24).astype(np.int64), pd.DataFrame())

    def accuracy(labels, chance):
        return float(((chance >= 0.5) == labels).mean())

    def ask(seed):
        return permutation_importance(lambda f: (f["used"] > 24).astype(float), accuracy, examples, seed, repeats=3)

    found = ask(1)
    assert found["feature"].tolist() == ["used", "unused"]
    assert found["fall"].iloc[0] > 0.2
    assert found["fall"].iloc[1] == 0.0
    pd.testing.assert_frame_equal(found, ask(1))
    assert features["used"].tolist() == used.tolist()
