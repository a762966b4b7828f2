"""How many rounds of boosting help: the rows that judge it, in the order of time or drawn at random."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from lifecycle.data.dataset import Dataset
from lifecycle.modeling import boosting_rounds
from lifecycle.modeling.boosting_rounds import (
    draw_held_back,
    find_boosting_rounds,
    fit_until_stopped,
    set_boosting_rounds,
)
from lifecycle.modeling.pipeline import Inputs, Member, Plan, Recipe, Stopping
from lifecycle.options import Call

NONE = Inputs(numeric=(), categorical=())
STOPPING = Stopping(rounds=3, argument="n_estimators")
ORDERED = Plan(ordered=True)
PLAIN = Recipe(option="p", estimator=Call(target="sklearn.tree.DecisionTreeClassifier"), inputs=NONE)


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


def boosted(rounds=50, plan=ORDERED, kind="Classifier"):
    arguments = {"n_estimators": rounds, "verbose": -1, "min_child_samples": 5, "deterministic": True}
    return Recipe(
        option="b",
        estimator=Call(target=f"lightgbm.LGBM{kind}", arguments=arguments),
        inputs=NONE,
        plan=plan,
        stopping=STOPPING,
    )


def examples(rows=200):
    generator = np.random.default_rng(0)
    size = pd.Series(generator.normal(size=rows)).mask(pd.Series(np.arange(rows) % 9 == 0))
    labels = (size.fillna(0).to_numpy() + generator.normal(size=rows) > 0).astype(np.int64)
    return Dataset(pd.DataFrame({"size": size}), labels, pd.DataFrame({"row": np.arange(rows)}))


def test_the_last_tenth_is_held_back_of_rows_in_the_order_of_time():
    assert np.flatnonzero(draw_held_back(ORDERED, 20, seed=1, tenth=0)).tolist() == [18, 19]
    assert np.flatnonzero(draw_held_back(ORDERED, 25, seed=1, tenth=0)).tolist() == [22, 23, 24]


def test_a_tenth_drawn_at_random_is_held_back_of_rows_in_no_order():
    drawn = [np.flatnonzero(draw_held_back(Plan(), 40, seed=1, tenth=tenth)).tolist() for tenth in range(10)]
    assert [len(rows) for rows in drawn] == [4] * 10
    assert sorted(row for rows in drawn for row in rows) == list(range(40))
    assert drawn[0] != [36, 37, 38, 39]
    assert drawn[0] == np.flatnonzero(draw_held_back(Plan(), 40, seed=1, tenth=0)).tolist()
    assert drawn[0] != np.flatnonzero(draw_held_back(Plan(), 40, seed=2, tenth=0)).tolist()


def test_rounds_are_found_for_boosting_only():
    full = examples()
    assert find_boosting_rounds(PLAIN, full.features, full.labels, 1) is None
    for plan in (ORDERED, Plan()):
        assert find_boosting_rounds(boosted(plan=plan), full.features, full.labels, 1) in range(1, 51)


def upside_down(labels, rows):
    changed = labels.copy()
    changed[rows] = 1 - changed[rows]
    return changed


def test_the_last_tenth_alone_decides_on_the_rounds_and_is_not_learned_from():
    full = examples()
    found = find_boosting_rounds(boosted(), full.features, full.labels, 1)
    assert found == find_boosting_rounds(boosted(), full.features, full.labels, 1) > 1
    changed = upside_down(full.labels, slice(180, None))
    assert find_boosting_rounds(boosted(), full.features, changed, 1) == 1


def test_the_tenth_drawn_at_random_decides_where_rows_have_no_order():
    full, recipe = examples(), boosted(plan=Plan())
    changed = upside_down(full.labels, draw_held_back(Plan(), 200, 1, tenth=2))
    stopped = [fit_until_stopped(recipe, STOPPING, full.features, changed, 1, tenth) for tenth in (2, 3)]
    assert [one.best_iteration_ == 1 for one in stopped] == [True, False]


@pytest.mark.parametrize(
    ("plan", "rows", "tenths"),
    [
        (ORDERED, 100, [0]),
        (Plan(), 100, [0, 1, 2, 3, 4]),
        (Plan(), 4_000, [0, 1, 2, 3, 4]),
        (Plan(), 5_000, [0, 1, 2, 3]),
        (Plan(), 20_000, [0]),
        (Plan(), 30_000, [0]),
    ],
)
def test_few_rows_in_no_order_are_judged_by_more_tenths(monkeypatch, plan, rows, tenths):
    asked = []

    def note(recipe, stopping, inputs, labels, seed, tenth):
        asked.append(tenth)
        return SimpleNamespace(best_iteration_=10)

    monkeypatch.setattr(boosting_rounds, "fit_until_stopped", note)
    assert find_boosting_rounds(boosted(plan=plan), pd.DataFrame(index=range(rows)), np.zeros(rows), 1) == 10
    assert asked == tenths


@pytest.mark.parametrize(
    ("stopped", "rounds"),
    [((3, 4, 9, 9, 9), 7), ((3, None, 9, None, None), 6), ((None,) * 5, None)],
)
def test_the_rounds_are_the_mean_over_the_tenths_that_judge(monkeypatch, stopped, rounds):
    every = iter(stopped)

    def stop(*_):
        found = next(every)
        return None if found is None else SimpleNamespace(best_iteration_=found)

    monkeypatch.setattr(boosting_rounds, "fit_until_stopped", stop)
    assert find_boosting_rounds(boosted(plan=Plan()), pd.DataFrame(index=range(50)), np.zeros(50), 1) == rounds


@pytest.mark.parametrize(("strangers", "told"), [(1, True), (10, True), (20, False)])
def test_rows_of_a_class_that_was_not_learned_judge_no_rounds(strangers, told):
    labels = np.arange(200) % 2
    labels[200 - strangers :] = 2
    plan = Plan(task="multiclass", classes=3, ordered=True)
    found = find_boosting_rounds(boosted(plan=plan), examples().features, labels, 1)
    assert (found in range(1, 51)) is told


def test_rounds_are_found_for_numbers_although_none_stands_twice():
    inputs = examples().features.fillna(0)
    labels = np.linspace(0, 1, 200) + inputs["size"].to_numpy()
    numbers = boosted(plan=Plan(task="regression", classes=0, ordered=True), kind="Regressor")
    assert 1 < find_boosting_rounds(numbers, inputs, labels, 1) <= 50


def test_the_number_of_rounds_is_set_and_stopping_ends():
    found = set_boosting_rounds(boosted(), 12)
    assert found.estimator.arguments["n_estimators"] == 12
    assert found.stopping is None
    assert set_boosting_rounds(PLAIN, None) is PLAIN
    assert set_boosting_rounds(PLAIN, 12) is PLAIN


@pytest.mark.parametrize("rounds", [[7, None], (7, None)])
def test_each_member_of_an_ensemble_has_its_own_number_of_rounds(rounds):
    members = (Member(recipe=boosted(), weight=0.75), Member(recipe=PLAIN, weight=0.25))
    ensemble = Recipe(option="ensemble", estimator=Call(target="a.b"), inputs=NONE, members=members)
    found = set_boosting_rounds(ensemble, rounds)
    assert [one.weight for one in found.members] == [0.75, 0.25]
    assert found.members[0].recipe == set_boosting_rounds(boosted(), 7)
    assert found.members[1].recipe == PLAIN


def test_rows_that_judge_the_rounds_are_not_augmented(monkeypatch):
    seen = []

    def counted(inputs, labels, *, seed):
        seen.append(len(inputs))
        return inputs, labels

    counted.__module__ = "lifecycle.modeling.augment.resampling"
    monkeypatch.setattr("lifecycle.modeling.augment.resampling.planted", counted, raising=False)
    step = Call(target="lifecycle.modeling.augment.resampling.planted")
    full = examples(100)
    for ordered, fits in ((True, 1), (False, 5)):
        seen.clear()
        recipe = boosted(plan=Plan(augment=(step,), ordered=ordered))
        find_boosting_rounds(recipe, full.features, full.labels, 1)
        assert seen == [90] * fits
