"""CatBoost's trees: the same bytes on any number of threads, categories by name, and files that hold nothing to run."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from lifecycle.errors import ConfigError, CorruptFile, WrongValue
from lifecycle.modeling.boosting_rounds import find_boosting_rounds, fit_until_stopped
from lifecycle.modeling.estimators import catboost
from lifecycle.modeling.estimators.catboost import CatBoostTreesClassifier, CatBoostTreesRegressor
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe, Stopping
from lifecycle.options import Call
from lifecycle.serving.row_estimators import compile_estimator

RANDOM = np.random.default_rng(0)
COUNT = 600
SIZE = RANDOM.normal(size=COUNT)
TABLE = pd.DataFrame(
    {
        "size": SIZE,
        "gaps": pd.Series(RANDOM.normal(size=COUNT)).mask(RANDOM.random(COUNT) < 0.2),
        "place": pd.Categorical(pd.Series(RANDOM.choice(list("abcd"), COUNT)).mask(RANDOM.random(COUNT) < 0.1)),
    }
)
NUMBERS = SIZE + 2.0 * (TABLE["place"] == "a").to_numpy() + 0.3 * RANDOM.normal(size=COUNT)
TWO, THREE = (NUMBERS > 0.5).astype(np.int64), np.digitize(NUMBERS, [-0.3, 1.0]).astype(np.int64)
FEW = {"iterations": 20, "learning_rate": 0.2, "random_state": 1}
CASES = {
    "binary": (CatBoostTreesClassifier(**FEW), TWO),
    "multiclass": (CatBoostTreesClassifier(**FEW), THREE),
    "regression": (CatBoostTreesRegressor(**FEW), NUMBERS),
    "depthwise": (CatBoostTreesRegressor(**FEW, grow_policy="Depthwise"), NUMBERS),
}
every_case = pytest.mark.parametrize("case", CASES)


@pytest.fixture
def package():
    return pytest.importorskip("catboost")


def fitted(case):
    estimator, labels = CASES[case]
    return clone(estimator).fit(TABLE, labels)


def scores(estimator, table):
    return estimator.predict_proba(table) if hasattr(estimator, "predict_proba") else estimator.predict(table)


@every_case
def test_it_learns_numbers_and_categories(package, case):
    _, labels = CASES[case]
    found = fitted(case)
    agreement = found.score(TABLE, labels)  # accuracy, or R²
    assert agreement > 0.85
    assert found.score(TABLE.assign(place=TABLE["place"].cat.remove_categories("a")), labels) < agreement - 0.05
    assert found.feature_importances_.sum() == pytest.approx(100)
    assert found.feature_importances_.argmin() == 1


@every_case
def test_threads_change_no_byte(package, case, monkeypatch):
    one = fitted(case)
    for threads in (2, 3):
        monkeypatch.setattr(catboost, "threads_to_fit", lambda rows, threads=threads: threads)
        monkeypatch.setattr(catboost, "threads_to_predict", lambda rows, threads=threads: threads)
        other = fitted(case)
        assert other.trees_ == one.trees_
        np.testing.assert_array_equal(scores(other, TABLE), scores(one, TABLE))


@every_case
def test_a_file_gives_the_same_predictions_without_a_fit(package, case, tmp_path):
    one = fitted(case)
    write_model(tmp_path / "model.skops", {"pipeline": one})
    catboost.load_trees.cache_clear()
    again = read_model(tmp_path / "model.skops")["pipeline"]
    np.testing.assert_array_equal(scores(again, TABLE), scores(one, TABLE))
    assert isinstance(again.trees_, bytes)


def test_a_fit_writes_no_file_and_says_nothing(package, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    scores(fitted("multiclass"), TABLE)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@every_case
def test_categories_are_known_by_name_and_others_are_missing(package, case):
    found = fitted(case)
    known = scores(found, TABLE)
    turned = TABLE.assign(place=TABLE["place"].cat.set_categories(["z", "d", "c", "b", "a"]))
    np.testing.assert_array_equal(scores(found, turned), known)
    unseen = TABLE.assign(place=pd.Categorical(["z"] * COUNT))
    missing = TABLE.assign(place=pd.Categorical([None] * COUNT, categories=["a"]))
    np.testing.assert_array_equal(scores(found, unseen), scores(found, missing))


@every_case
def test_one_row_without_a_table_has_the_tables_scores(package, case):
    found = fitted(case)
    task = "regression" if case == "depthwise" else case
    alone, together = compile_estimator(found, task), scores(found, TABLE)
    codes = TABLE.assign(place=TABLE["place"].cat.codes.astype("float64").replace(-1.0, np.nan)).to_numpy()
    for place in range(30):
        expected = together[[place], 1] if task == "binary" else together[[place]]
        np.testing.assert_array_equal(alone(codes[[place]]), expected)


def test_probabilities_are_of_the_classes_that_fitting_saw(package):
    found = CatBoostTreesClassifier(**FEW).fit(TABLE, np.where(TWO, 2, 0))
    assert found.classes_.tolist() == [0, 2]
    assert found.predict_proba(TABLE).sum(axis=1) == pytest.approx(1)
    assert set(found.predict(TABLE)) == {0, 2}


def test_labels_that_are_all_alike_are_predicted(package):
    assert CatBoostTreesRegressor(**FEW).fit(TABLE, np.full(COUNT, 7.0)).predict(TABLE[:2]).tolist() == [7.0, 7.0]


@pytest.mark.parametrize("case", ["binary", "multiclass", "regression"])
def test_boosting_stops_by_rows_that_are_held_back(package, case):
    _, labels = CASES[case]
    name = "Regressor" if case == "regression" else "Classifier"
    call = Call(target=f"lifecycle.modeling.estimators.catboost.CatBoostTrees{name}",
                arguments={"iterations": 300, "learning_rate": 0.5})  # fmt: skip
    stopping = Stopping(rounds=5, argument="iterations")
    plan = Plan(task=case, classes={"regression": 0}.get(case, 3))
    recipe = Recipe(option="c", estimator=call, inputs=Inputs(numeric=(), categorical=()), plan=plan, stopping=stopping)
    stopped = fit_until_stopped(recipe, stopping, TABLE, labels, 1)
    assert stopped is not None and 1 <= stopped.best_iteration_ < 300
    again = clone(stopped).set_params(iterations=stopped.best_iteration_)
    held_back = np.random.default_rng(1).permutation(COUNT) * 10 // COUNT == 0
    np.testing.assert_allclose(
        scores(again.fit(TABLE[~held_back], labels[~held_back]), TABLE), scores(stopped, TABLE), rtol=1e-9, atol=1e-9
    )
    assert find_boosting_rounds(recipe, TABLE, labels, 1) in range(1, 300)


@pytest.mark.parametrize(
    ("arguments", "table", "told"),
    [
        ({"depth": 40}, TABLE, "Maximum tree depth is 16"),
        ({}, TABLE.assign(size=0.0, gaps=0.0, place=0.0), "All features are either constant"),
    ],
)
def test_what_catboost_rejects_is_an_error_in_three_lines(package, arguments, table, told):
    with pytest.raises(WrongValue, match=f"^error: CatBoost cannot be fitted: {told}") as caught:
        CatBoostTreesClassifier(**FEW, **arguments).fit(table, TWO)
    assert caught.value.where == "conf/model/, the option that names CatBoostTreesClassifier"
    assert caught.value.todo


@pytest.mark.parametrize(
    "damage",
    [lambda trees: b"", lambda trees: b"CBM1 and no more", lambda trees: trees[:2000], lambda trees: b"\x80\x04}."],
    ids=["empty", "text", "cut", "pickled"],
)
def test_bytes_that_are_no_trees_are_rejected(package, damage):
    broken = fitted("binary")
    broken.trees_ = damage(broken.trees_)
    with pytest.raises(CorruptFile, match="the trees cannot be read by CatBoost"):
        broken.predict(TABLE)


def test_without_catboost_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "catboost", None)
    with pytest.raises(ConfigError, match="needs the package catboost, which is not installed") as caught:
        CatBoostTreesClassifier(**FEW).fit(TABLE, TWO)
    assert caught.value.todo == 'pip install "lifecycle[catboost]"'
