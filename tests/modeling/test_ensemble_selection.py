"""Greedy selection on predictions typed by hand: which trials, with which weights, and who may choose them."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.config import from_record
from lifecycle.evaluation.metric import Metric
from lifecycle.modeling.ensemble_selection import (
    Ensemble,
    OutOfFold,
    count_weights,
    make_ensemble,
    score_average,
    score_crosswise,
    score_folds,
    select_members,
)
from lifecycle.modeling.pipeline import Inputs, Member, Plan, Recipe, Stopping, Winner
from lifecycle.options import Call


def metric(name, target, better, *tasks, needs="probability"):
    return name, Metric(target=target, tasks=tasks, needs=needs, better=better, description="")


ERROR = metric("mse", "sklearn.metrics.mean_squared_error", "lower", "regression", needs="number")
AUC = metric("roc_auc", "sklearn.metrics.roc_auc_score", "higher", "binary")
LOSS = metric("log_loss", "lifecycle.evaluation.metrics.probabilistic.log_loss", "lower", "multiclass")


def found(truths, **scores):
    """Predictions as selection reads them; each fold is a list."""
    folds = {name: [np.array(fold, dtype=float) for fold in every] for name, every in scores.items()}
    return OutOfFold([np.array(fold) for fold in truths], folds)


def off_by(**errors):
    """Predictions of zeros, off by these numbers in one fold."""
    rows = len(next(iter(errors.values())))
    return found([[0.0] * rows], **{name: [error] for name, error in errors.items()})


def test_what_errs_on_either_side_is_averaged():
    both = found([[0, 1], [2, 3]], a=[[1, 2], [3, 4]], b=[[-1, 0], [1, 2]])
    assert select_members(both, ERROR, steps=9, most=9) == {"a": 0.5, "b": 0.5}
    assert score_folds(both, {"a": 0.5, "b": 0.5}, ERROR) == [0.0, 0.0]
    assert score_folds(both, {"a": 0.75, "b": 0.25}, ERROR) == [0.25, 0.25]


@pytest.mark.parametrize(
    ("steps", "weights"), [(1, {"a": 1.0}), (2, {"a": 0.5, "b": 0.5}), (3, {"a": 2 / 3, "b": 1 / 3})]
)
def test_a_trial_that_is_added_again_weighs_more(steps, weights):
    assert select_members(off_by(a=[1], b=[-2]), ERROR, steps, most=9) == weights


def test_the_first_best_step_is_kept_when_later_ones_gain_nothing():
    # The sixth step is as good as the third, and the weights are the same; the fourth is worse.
    assert select_members(off_by(a=[1], b=[-2]), ERROR, steps=20, most=9) == {"a": 2 / 3, "b": 1 / 3}
    assert select_members(off_by(a=[1], b=[1]), ERROR, steps=20, most=9) == {"a": 1.0}


def test_a_step_without_gain_does_not_end_the_selection():
    # Half and half is as bad as a alone; two thirds of a are better.
    assert select_members(off_by(a=[1], b=[-3]), ERROR, steps=2, most=9) == {"a": 1.0}
    assert select_members(off_by(a=[1], b=[-3]), ERROR, steps=3, most=9) == {"a": 2 / 3, "b": 1 / 3}


@pytest.mark.parametrize(("apart", "weights"), [(1e-4, {"a": 1.0}), (1e-2, {"a": 0.5, "b": 0.5})])
def test_a_gain_below_a_millionth_of_the_score_is_none(apart, weights):
    assert select_members(off_by(a=[1, apart], b=[1, -apart]), ERROR, steps=2, most=9) == weights


@pytest.mark.parametrize(
    ("most", "weights"),
    [(1, {"a": 1.0}), (2, {"a": 0.5, "b": 0.5}), (3, {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})],
)
def test_there_are_no_more_different_members_than_asked_for(most, weights):
    errors = {"a": [3, 0, 0], "b": [0, 3, 0], "c": [0, 0, 3]}
    assert select_members(off_by(**errors), ERROR, steps=12, most=most) == weights


def test_of_equals_the_first_name_is_taken():
    assert select_members(off_by(b=[1], a=[-1], c=[1]), ERROR, steps=1, most=9) == {"a": 1.0}
    assert select_members(off_by(c=[1], b=[1], a=[-1]), ERROR, steps=2, most=9) == {"a": 0.5, "b": 0.5}


def test_where_higher_is_better_the_higher_is_taken():
    ranks = found([[0, 0, 1, 1]], a=[[0.1, 0.6, 0.5, 0.9]], b=[[0.6, 0.1, 0.9, 0.5]], c=[[0.9, 0.9, 0.1, 0.1]])
    assert select_members(ranks, AUC, steps=5, most=9) == {"a": 0.5, "b": 0.5}
    assert score_folds(ranks, {"a": 0.5, "b": 0.5}, AUC) == [1.0]
    assert score_folds(ranks, {"a": 1.0}, AUC) == [0.75]


def test_the_score_is_the_mean_over_the_folds_signed_so_that_higher_is_better():
    folds = found([[0], [0, 0]], a=[[1], [2, 2]])
    assert score_average(folds, {"a": 1.0}, ERROR) == -2.5
    assert score_average(found([[0, 1]], a=[[0.2, 0.8]]), {"a": 1.0}, AUC) == 1.0


def test_without_a_score_there_is_one_trial():
    nothing = found([[1, 1], [0, 1]], b=[[0.5, 0.5], [0.5, 0.5]], a=[[0.1, 0.1], [0.9, 0.1]])
    assert score_average(nothing, {"a": 1.0}, AUC) == -np.inf
    assert np.isnan(score_folds(nothing, {"a": 1.0}, AUC)[0])
    assert select_members(nothing, AUC, steps=5, most=9) == {"a": 1.0}


def test_probabilities_of_several_classes_are_averaged_class_by_class():
    classes = found([[0, 2]], a=[[[0.8, 0.1, 0.1], [0.6, 0.2, 0.2]]], b=[[[0.2, 0.2, 0.6], [0.0, 0.0, 1.0]]])
    expected = -(np.log(0.75 * 0.8 + 0.25 * 0.2) + np.log(0.75 * 0.2 + 0.25 * 1.0)) / 2
    assert score_folds(classes, {"a": 0.75, "b": 0.25}, LOSS) == [pytest.approx(expected)]


SIDES = found([[0], [0], [0]], a=[[0], [1], [1]], b=[[1], [0], [0]])


def test_each_fold_is_scored_with_the_weights_that_the_others_choose():
    # Without the first fold b alone is perfect, and on the first it is off by 1; without another the halves win.
    assert select_members(SIDES.take([1, 2]), ERROR, steps=9, most=9) == {"b": 1.0}
    assert select_members(SIDES.take([0, 2]), ERROR, steps=9, most=9) == {"a": 0.5, "b": 0.5}
    assert score_crosswise(SIDES, ERROR, steps=9, most=9) == [1.0, 0.25, 0.25]


def test_what_a_fold_itself_would_choose_does_not_reach_its_score():
    own = [score_folds(SIDES.take([fold]), select_members(SIDES.take([fold]), ERROR, 9, 9), ERROR) for fold in range(3)]
    assert own == [[0.0], [0.0], [0.0]]
    changed = found([[0], [0], [0]], a=[[-7], [1], [1]], b=[[1], [0], [0]])
    assert score_crosswise(changed, ERROR, steps=9, most=9)[0] == 1.0


def test_crosswise_scores_keep_to_the_most_members():
    folds = found([[0, 0], [0, 0]], a=[[2, 0], [2, 0]], b=[[0, 2], [0, 2]])
    assert score_crosswise(folds, ERROR, steps=2, most=2) == [1.0, 1.0]
    assert score_crosswise(folds, ERROR, steps=2, most=1) == [2.0, 2.0]


def test_the_folds_that_are_taken_keep_their_order():
    taken = SIDES.take([2, 0])
    assert {name: [list(fold) for fold in folds] for name, folds in taken.scores.items()} == {
        "a": [[1.0], [0.0]],
        "b": [[0.0], [1.0]],
    }
    assert len(taken.truths) == 2


NUMBERS = st.lists(st.integers(-9, 9), min_size=4, max_size=4)


@given(st.dictionaries(st.sampled_from("abcdef"), NUMBERS, min_size=1), NUMBERS, st.integers(1, 12), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_weights_add_up_to_one_and_are_no_worse_than_the_best_single_on_the_rows_that_chose(scores, truth, steps, most):
    halves = {name: [every[:2], every[2:]] for name, every in scores.items()}
    folds = found([truth[:2], truth[2:]], **halves)
    weights = select_members(folds, ERROR, steps, most)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert 1 <= len(weights) <= min(most, steps)
    assert list(weights) == sorted(weights)
    alone = max(score_average(folds, {name: 1.0}, ERROR) for name in scores)
    assert score_average(folds, weights, ERROR) >= alone


def test_weights_are_shares_in_the_order_of_the_names():
    assert list(count_weights(["b", "a", "b", "b"]).items()) == [("a", 0.25), ("b", 0.75)]


@pytest.mark.parametrize(
    ("rows", "features", "most"), [(10, 10, 6), (10, 50, 2), (10, 51, 1), (100, 11, 0), (100, 0, 6)]
)
def test_the_budget_allows_so_many_members(rows, features, most):
    wanted = Ensemble(option="small", members=6, steps=20, values=1_000)
    assert wanted.count_members(rows, features) == most


TREES = Recipe(
    option="trees",
    estimator=Call(target="lightgbm.LGBMClassifier", arguments={"n_estimators": 9}),
    inputs=Inputs(numeric=(), categorical=()),
    plan=Plan(
        texts=("note",),
        ordered=True,
        reduce=(Call(target="sklearn.decomposition.PCA"),),
        augment=(Call(target="lifecycle.data.steps.noise.add"),),
    ),
    stopping=Stopping(rounds=5, argument="n_estimators"),
)
LINE = Recipe(
    option="line",
    estimator=Call(target="sklearn.linear_model.LogisticRegression"),
    inputs=Inputs(numeric=(Call(target="sklearn.preprocessing.StandardScaler"),), categorical=()),
)


def test_the_recipe_of_an_ensemble_has_its_members_and_what_they_share():
    recipe = make_ensemble({"line 0": 0.25, "trees 3": 0.75}, {"trees 3": TREES, "line 0": LINE, "trees 1": LINE})
    assert recipe.members == (Member(recipe=LINE, weight=0.25), Member(recipe=TREES, weight=0.75))
    assert recipe.option == "ensemble"
    assert recipe.estimator == Call(target="lifecycle.modeling.estimators.averages.AverageClassifier")
    assert recipe.inputs == Inputs(numeric=(), categorical=())
    assert recipe.stopping is None
    assert make_ensemble({"trees 3": 1.0}, {"trees 3": TREES}).plan == Plan(texts=("note",), ordered=True)


def test_an_ensemble_of_numbers_averages_numbers():
    line = Recipe(option="l", estimator=LINE.estimator, inputs=LINE.inputs, plan=Plan(task="regression", classes=0))
    target = make_ensemble({"l 0": 1.0}, {"l 0": line}).estimator.target
    assert target == "lifecycle.modeling.estimators.averages.AverageRegressor"


def test_an_ensembles_recipe_comes_back_from_its_record():
    recipe = make_ensemble({"line 0": 0.25, "trees 3": 0.75}, {"trees 3": TREES, "line 0": LINE})
    winner = Winner(candidate="ensemble", recipe=recipe)
    assert from_record(Winner, json.loads(json.dumps(asdict(winner)))) == winner
