"""Pipelines from recipes: built, fitted on the rows given and no others, refused in three lines."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from lifecycle.errors import ForbiddenTarget, UnknownName, WrongValue
from lifecycle.examples import Examples
from lifecycle.options import Call
from lifecycle.pipeline import (
    Inputs,
    Model,
    Recipe,
    Stopping,
    build,
    chances,
    fit,
    fit_estimator,
    make_inputs,
    recipe,
    rounds_needed,
    with_rounds,
)

INPUTS = Inputs(
    numeric=(
        Call(target="sklearn.impute.SimpleImputer", arguments={"strategy": "median"}),
        Call(target="sklearn.preprocessing.StandardScaler"),
    ),
    categorical=(Call(target="sklearn.preprocessing.TargetEncoder", arguments={"cv": 3}),),
)
NONE = Inputs(numeric=(), categorical=())


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


def model(**arguments):
    return Model(
        target="sklearn.tree.DecisionTreeClassifier",
        arguments=arguments,
        option="tiny",
        rank=1,
        inputs="none",
    )


def boosted(rounds=50):
    return Recipe(
        option="b",
        estimator=Call(
            target="lightgbm.LGBMClassifier",
            arguments={"n_estimators": rounds, "verbose": -1, "min_child_samples": 5, "deterministic": True},
        ),
        inputs=NONE,
        stopping=Stopping(rounds=3, argument="n_estimators"),
    )


def examples(rows=60, seed=0):
    generator = np.random.default_rng(seed)
    features = pd.DataFrame(
        {
            "size": pd.Series(generator.normal(size=rows)).mask(pd.Series(np.arange(rows) % 9 == 0)),
            "place": pd.Series(np.array(["a", "b", "c"])[generator.integers(0, 3, rows)], dtype="str"),
        }
    )
    labels = (features["size"].fillna(0).to_numpy() + generator.normal(size=rows) > 0).astype(np.int64)
    return Examples(features, labels, pd.DataFrame({"row": np.arange(rows)}))


def test_a_recipe_puts_arguments_in_place_of_the_candidates_own():
    made = recipe(model(max_depth=3, min_samples_leaf=2), NONE, {"max_depth": 5})
    assert made.estimator.arguments == {"max_depth": 5, "min_samples_leaf": 2}
    assert made.option == "tiny"


def test_build_gives_the_seed_where_one_is_taken():
    pipeline = build(recipe(model(), INPUTS, {}), examples().features, 7)
    assert pipeline["estimator"].random_state == 7
    parts = {name: steps for name, steps, _ in pipeline["inputs"].transformers}
    assert (parts["categorical"][0].cv.n_splits, parts["categorical"][0].cv.random_state) == (3, 7)
    assert list(parts) == ["numeric", "categorical"]


def test_build_keeps_a_seed_that_is_configured():
    assert build(recipe(model(random_state=3), NONE, {}), examples().features, 7)["estimator"].random_state == 3


def test_build_leaves_out_kinds_of_columns_that_are_not_there():
    pipeline = build(recipe(model(), INPUTS, {}), examples().features[["size"]], 7)
    assert [name for name, _, _ in pipeline["inputs"].transformers] == ["numeric"]


def test_columns_without_steps_pass_as_they_are():
    features = examples().features[["size"]]
    found = make_inputs(recipe(model(), NONE, {}), features, 1).fit_transform(features)
    pd.testing.assert_frame_equal(found, features)


def test_fit_learns_what_is_there():
    whole = examples()
    chance = chances(fit(recipe(model(), INPUTS, {}), whole, 1), whole.features)
    assert ((chance >= 0.5) == whole.labels).mean() > 0.8


def test_preprocessing_and_estimator_learn_from_the_rows_given_alone():
    whole, made = examples(90), recipe(model(max_depth=2), INPUTS, {})
    train, rest = np.arange(60), np.arange(60, 90)
    fitted = fit(made, whole.take(train), 1)
    generator = np.random.default_rng(3)
    mixed = np.concatenate([train, generator.permutation(rest)])
    other = Examples(whole.features.iloc[mixed], whole.labels[mixed], whole.context.iloc[mixed])
    again = fit(made, other.take(train), 1)
    asked = whole.features.iloc[rest]
    assert (chances(fitted, asked) == chances(again, asked)).all()
    scaler = fitted["inputs"].named_transformers_["numeric"]
    assert scaler[0].statistics_[0] == np.nanmedian(whole.features["size"][:60])


def test_a_prediction_does_not_depend_on_the_other_rows_asked():
    whole = examples()
    fitted = fit(recipe(model(max_depth=2), INPUTS, {}), whole, 1)
    together = chances(fitted, whole.features)
    alone = [chances(fitted, whole.features.iloc[[row]])[0] for row in range(10)]
    assert together[:10].tolist() == alone


def test_the_estimator_alone_takes_prepared_inputs():
    inputs, labels = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]}), np.array([0, 0, 1, 1])
    found = fit_estimator(recipe(model(), NONE, {}), inputs, labels, 1)
    assert chances(found, inputs).tolist() == [0.0, 0.0, 1.0, 1.0]


def three_lines(error):
    lines = str(error).splitlines()
    return len(lines) == 3 and [line[:6] for line in lines] == ["error:", "where:", "next: "]


def test_a_value_that_the_estimator_refuses():
    with pytest.raises(WrongValue) as caught:
        fit(recipe(model(max_depth="deep"), INPUTS, {}), examples(), 1)
    assert three_lines(caught.value)
    assert "DecisionTreeClassifier refuses its arguments" in caught.value.what
    assert "'deep'" in caught.value.what
    assert caught.value.where == "conf/model/tiny.yaml"


def test_a_value_that_lightgbm_refuses():
    made = recipe(
        Model(
            target="lightgbm.LGBMClassifier",
            arguments={"num_leaves": 1, "verbose": -1},
            option="leafless",
            rank=1,
            inputs="none",
        ),
        INPUTS,
        {},
    )
    with pytest.raises(WrongValue) as caught:
        fit(made, examples(), 1)
    assert three_lines(caught.value)
    assert "num_leaves" in caught.value.what
    assert caught.value.where == "conf/model/leafless.yaml"


def test_an_argument_that_does_not_exist():
    with pytest.raises(UnknownName) as caught:
        fit(recipe(model(max_deph=3), INPUTS, {}), examples(), 1)
    assert three_lines(caught.value)
    assert caught.value.todo == "use 'max_depth'"


def test_an_estimator_outside_the_allow_list():
    bad = Model(target="os.system", arguments={}, option="bad", rank=1, inputs="none")
    with pytest.raises(ForbiddenTarget) as caught:
        fit(recipe(bad, INPUTS, {}), examples(), 1)
    assert three_lines(caught.value)


def test_rounds_are_found_for_boosting_only():
    whole = examples(200)
    inputs = whole.features[["size"]]
    assert rounds_needed(recipe(model(), NONE, {}), inputs, whole.labels, 1) is None
    assert 1 <= rounds_needed(boosted(), inputs, whole.labels, 1) <= 50


def test_the_last_tenth_alone_decides_on_the_rounds_and_is_not_learned_from():
    whole = examples(200)
    inputs = whole.features[["size"]]
    found = rounds_needed(boosted(), inputs, whole.labels, 1)
    assert found == rounds_needed(boosted(), inputs, whole.labels, 1)
    upside_down = whole.labels.copy()
    upside_down[180:] = 1 - upside_down[180:]
    assert rounds_needed(boosted(), inputs, upside_down, 1) == 1


def test_with_rounds_sets_the_number_and_stops_stopping():
    made = with_rounds(boosted(), 12)
    assert made.estimator.arguments["n_estimators"] == 12
    assert made.stopping is None
    plain = recipe(model(), NONE, {})
    assert with_rounds(plain, None) is plain
