"""An ensemble fitted: the weighted average of its members fitted alone, in one file, to the same bytes."""

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from builders import releases
from threadpoolctl import threadpool_limits

from lifecycle.config import from_record
from lifecycle.data.dataset import Dataset
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.boosting_rounds import set_boosting_rounds
from lifecycle.modeling.ensemble_selection import make_ensemble
from lifecycle.modeling.ensembles import find_training_rounds, fit_recipe
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.modeling.pipeline import Plan, Stopping, Winner, fit_pipeline, predict_dataset, trace_features
from lifecycle.options import Call

TASKS = ("binary", "multiclass", "regression")
ODD_PLACES = pd.Series(["a", None, "never seen"], dtype="str")


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


def scores(recipe, examples, asked=None):
    return predict_dataset(recipe.plan, fit_recipe(recipe, examples, 1), asked or examples)[0]


def average_by_hand(recipe, examples, asked=None):
    """The members fitted one by one, each as a pipeline of its own, and their predictions averaged."""
    alone = [fit_pipeline(one.recipe, examples, 1) for one in recipe.members]
    pairs = zip(recipe.members, alone, strict=True)
    return sum(one.weight * predict_dataset(recipe.plan, fitted, asked or examples)[0] for one, fitted in pairs)


def changed(recipe, **arguments):
    """The recipe with other arguments of its estimator."""
    return replace(
        recipe, estimator=Call(target=recipe.estimator.target, arguments=recipe.estimator.arguments | arguments)
    )


@pytest.mark.parametrize("task", TASKS)
def test_an_ensemble_predicts_the_average_of_its_members_fitted_alone(task):
    recipe, examples = releases.recipe(task, "ensemble"), releases.examples(task)
    found = scores(recipe, examples)
    assert found.shape == ((400, 3) if task == "multiclass" else (400,))
    np.testing.assert_allclose(found, average_by_hand(recipe, examples), rtol=1e-12)
    strange = Dataset(
        examples.features[:3].assign(place=ODD_PLACES, size=[np.nan, 1e9, 0.0]), examples.labels[:3], examples.context
    )
    np.testing.assert_allclose(
        scores(recipe, examples, strange), average_by_hand(recipe, examples, strange), rtol=1e-12
    )


@pytest.mark.parametrize("task", TASKS)
def test_an_ensemble_of_one_family_predicts_the_average_too(task):
    trees = releases.recipe(task, "lightgbm")
    recipe = make_ensemble({"a": 0.25, "b": 0.75}, {"a": trees, "b": changed(trees, num_leaves=5)})
    examples = releases.examples(task)
    np.testing.assert_allclose(scores(recipe, examples), average_by_hand(recipe, examples), rtol=1e-12)


def test_each_way_of_preparing_the_features_is_there_once():
    trees, line = (releases.recipe("binary", family) for family in ("lightgbm", "linear"))
    weights = {"a": 0.25, "b": 0.25, "c": 0.5}
    recipe = make_ensemble(weights, {"a": trees, "b": line, "c": changed(trees, num_leaves=5)})
    fitted = fit_recipe(recipe, releases.examples("binary"), 1)
    assert len(fitted["inputs"].parts) == 2
    first, second, third = fitted["estimator"].list_columns()
    assert first == third != second
    names = fitted["inputs"].get_feature_names_out()
    assert [fitted["estimator"].names[0], fitted["estimator"].names[1]] == [
        [name.partition(".")[2] for name in names[places]] for places in (first, second)
    ]
    assert fitted["estimator"].weights == [0.25, 0.25, 0.5]


def test_its_prepared_columns_are_traced_to_no_feature():
    fitted = fit_recipe(releases.recipe("binary", "ensemble"), releases.examples("binary"), 1)
    assert trace_features(fitted["inputs"]) is None


def test_a_class_that_only_one_member_can_give_keeps_its_share():
    examples = releases.examples("multiclass")
    merge = Call(target="lifecycle.modeling.augment.resampling.planted")
    trees, line = (releases.recipe("multiclass", family) for family in ("lightgbm", "linear"))
    without = replace(trees, plan=replace(trees.plan, augment=(merge,)))
    recipe = make_ensemble({"line": 0.5, "trees": 0.5}, {"line": line, "trees": without})

    def without_class(inputs, labels, *, seed):
        return inputs[labels != 1], labels[labels != 1]

    without_class.__module__ = "lifecycle.modeling.augment.resampling"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lifecycle.modeling.augment.resampling.planted", without_class, raising=False)
        found, alone = scores(recipe, examples), scores(without, examples)
    assert (alone[:, 1] == 0).all()
    assert found == pytest.approx((scores(line, examples) + alone) / 2)
    assert found.sum(axis=1) == pytest.approx(1)


def test_a_recipe_without_members_is_fitted_as_a_pipeline():
    recipe, examples = releases.recipe("binary", "lightgbm"), releases.examples("binary")
    assert [name for name, _ in fit_recipe(recipe, examples, 1).steps] == ["inputs", "estimator"]
    assert (
        scores(recipe, examples) == predict_dataset(recipe.plan, fit_pipeline(recipe, examples, 1), examples)[0]
    ).all()


@pytest.mark.parametrize("task", TASKS)
def test_an_ensemble_comes_back_from_its_file_with_the_same_predictions(task, tmp_path):
    recipe, examples = releases.recipe(task, "trees"), releases.examples(task)
    fitted = fit_recipe(recipe, examples, 1)
    write_model(tmp_path / "model.skops", {"pipeline": fitted})
    again = read_model(tmp_path / "model.skops")["pipeline"]
    assert type(again["estimator"]) is type(fitted["estimator"])
    one, other = (predict_dataset(recipe.plan, pipeline, examples)[0] for pipeline in (fitted, again))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("task", TASKS)
def test_an_ensemble_has_the_same_bytes_twice_and_on_any_number_of_threads(task, tmp_path, monkeypatch):
    recipe, examples = releases.recipe(task, "ensemble"), releases.examples(task, 3_000)
    monkeypatch.setattr("lifecycle.io.processor.ROWS_TO_FIT", 1_000)
    for threads in (1, 1, 2):
        monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
        with threadpool_limits(None):
            write_model(tmp_path / "model.skops", {"pipeline": fit_recipe(recipe, examples, 1)})
        (tmp_path / "model.skops").rename(tmp_path / f"{len(list(tmp_path.iterdir()))}.skops")
    first, second, third = ((tmp_path / f"{place}.skops").read_bytes() for place in (1, 2, 3))
    assert first == second == third


def test_every_member_finds_its_own_number_of_rounds():
    trees, line = (releases.recipe("binary", family) for family in ("lightgbm", "linear"))
    boosted = replace(
        changed(trees, n_estimators=200, learning_rate=0.3), stopping=Stopping(rounds=5, argument="n_estimators")
    )
    examples = releases.examples("binary")
    recipe = make_ensemble({"a": 0.5, "b": 0.5}, {"a": line, "b": boosted})
    alone = find_training_rounds(boosted, examples, 1)
    assert 1 < alone < 200
    assert find_training_rounds(recipe, examples, 1) == [None, alone]
    assert find_training_rounds(line, examples, 1) is None
    fitted = fit_recipe(set_boosting_rounds(recipe, [None, alone]), examples, 1)
    assert fitted["estimator"].estimators[1].booster_.num_trees() == alone


WORDS = np.array(["late", "again", "broken", "box", "good", "thanks"])


def with_notes(examples, seed=0):
    """The examples with a column of free text that tells the answer of some rows."""
    generator = np.random.default_rng(seed)
    drawn = WORDS[generator.integers(0, len(WORDS), (len(examples.labels), 3))]
    notes = [" ".join(words) + (" soon" if label else "") for words, label in zip(drawn, examples.labels, strict=True)]
    return replace(examples, features=examples.features.assign(note=pd.Series(notes, dtype="str")))


def test_free_text_reduction_and_augmentation_reach_every_member():
    examples = with_notes(releases.examples("binary"))
    plan = Plan(
        texts=("note",),
        reduce=(Call(target="sklearn.feature_selection.VarianceThreshold"),),
        augment=(Call(target="lifecycle.modeling.augment.resampling.planted"),),
    )
    text = (Call(target="lifecycle.modeling.transformers.tfidf.Tfidf"),)
    line = releases.recipe("binary", "linear")
    members = {
        name: replace(one, plan=plan, inputs=replace(line.inputs, text=steps))
        for name, one, steps in (("a", line, text), ("b", line, ()), ("c", changed(line, C=9.0), text))
    }
    recipe = make_ensemble({"a": 0.25, "b": 0.25, "c": 0.5}, members)
    learned = []

    def half(inputs, labels, *, seed):
        learned.append(list(inputs))
        return inputs[::2], labels[::2]

    half.__module__ = "lifecycle.modeling.augment.resampling"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lifecycle.modeling.augment.resampling.planted", half, raising=False)
        fitted = fit_recipe(recipe, examples, 1)
        by_hand = average_by_hand(recipe, examples)
    read = [any("soon" in name for name in columns) for columns in learned[:3]]
    assert read == [True, False, True]
    assert [list(part.named_steps)[-1] for part in fitted["inputs"].parts] == ["reduce_0"] * 2
    np.testing.assert_allclose(predict_dataset(recipe.plan, fitted, examples)[0], by_hand, rtol=1e-12)


def test_weights_of_six_digits_still_make_probabilities_that_add_up_to_one(tmp_path):
    names = ("lightgbm", "linear", "hist_gradient_boosting")
    members = {name: releases.recipe("multiclass", name) for name in names}
    winner = Winner(candidate="ensemble", recipe=make_ensemble(dict.fromkeys(names, 1 / 3), members))
    write_json(tmp_path / "winner.json", asdict(winner))
    recipe = from_record(Winner, read_json(tmp_path / "winner.json")).recipe
    assert [one.weight for one in recipe.members] == [0.333333] * 3
    fitted = fit_recipe(recipe, releases.examples("multiclass"), 1)
    assert fitted["estimator"].weights == pytest.approx([1 / 3] * 3, rel=1e-15)
    found = predict_dataset(recipe.plan, fitted, releases.examples("multiclass"))[0]
    assert found.sum(axis=1) == pytest.approx(1, abs=1e-12)
