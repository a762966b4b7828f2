"""Pipelines from recipes: built, fitted on the rows given and no others, rejected in three lines."""

from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from lifecycle.data.dataset import Dataset
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import ForbiddenTarget, UnknownName, WrongValue
from lifecycle.modeling.pipeline import (
    Dimension,
    Form,
    Inputs,
    Model,
    Plan,
    Recipe,
    Stopping,
    augment_rows,
    fit_estimator,
    fit_pipeline,
    make_estimator,
    make_inputs,
    make_plan,
    make_recipe,
    predict_dataset,
    predict_scores,
    select_truth,
    trace_features,
)
from lifecycle.options import Call

INPUTS = Inputs(
    numeric=(
        Call(target="sklearn.impute.SimpleImputer", arguments={"strategy": "median"}),
        Call(target="sklearn.preprocessing.StandardScaler"),
    ),
    categorical=(Call(target="sklearn.preprocessing.TargetEncoder", arguments={"cv": 3}),),
)
NONE = Inputs(numeric=(), categorical=())
BINARY, CLASSES = Plan(), Plan(task="multiclass", classes=3)
NUMBER, CLUSTERS = Plan(task="regression", classes=0), Plan(task="clustering", classes=0)
TREE = "sklearn.tree.DecisionTreeClassifier"


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):
        yield


def made(inputs=NONE, target=TREE, plan=BINARY, option="tiny", **arguments):
    """The recipe of a form without anything to search."""
    return make_recipe(option, Form(target=target), inputs, plan, arguments)


def probabilities(fitted, features):
    return predict_scores(BINARY, fitted, features)


def examples(rows=60, seed=0):
    generator = np.random.default_rng(seed)
    features = pd.DataFrame(
        {
            "size": pd.Series(generator.normal(size=rows)).mask(pd.Series(np.arange(rows) % 9 == 0)),
            "place": pd.Series(np.array(["a", "b", "c"])[generator.integers(0, 3, rows)], dtype="str"),
        }
    )
    labels = (features["size"].fillna(0).to_numpy() + generator.normal(size=rows) > 0).astype(np.int64)
    return Dataset(features, labels, pd.DataFrame({"row": np.arange(rows)}))


FAMILY = Model(
    option="decision_tree",
    rank=3,
    inputs="none",
    arguments={"max_depth": 3, "min_samples_leaf": 2},
    space={"max_depth": Dimension(low=1, high=9, integer=True)},
    stopping=Stopping(rounds=5, argument="n"),
    classes=Form(target=TREE, arguments={"max_depth": 4}),
    numbers=Form(
        target="sklearn.tree.DecisionTreeRegressor",
        inputs="INPUTS",
        space={"min_samples_leaf": Dimension(low=1, high=5, integer=True)},
        stopping=Stopping(rounds=7, argument="m"),
    ),
)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_both_tasks_on_classes_have_one_form_with_its_own_keys_before_the_familys(task):
    assert FAMILY.get_form(task) == Form(
        target=TREE,
        inputs="none",
        arguments={"max_depth": 4, "min_samples_leaf": 2},
        space=FAMILY.space,
        stopping=Stopping(rounds=5, argument="n"),
    )


def test_a_form_for_numbers_adds_to_what_the_family_searches():
    form = FAMILY.get_form("regression")
    assert form.target == "sklearn.tree.DecisionTreeRegressor"
    assert form.arguments == FAMILY.arguments
    assert form.inputs == "INPUTS"
    assert list(form.space) == ["max_depth", "min_samples_leaf"]
    assert form.stopping == Stopping(rounds=7, argument="m")


def test_a_family_without_a_form_for_a_task_has_none():
    assert FAMILY.get_form("clustering") is None
    assert Model(option="k", rank=1, inputs="none", clusters=Form(target="a.b")).get_form("binary") is None


def test_a_recipe_puts_arguments_in_place_of_the_candidates_own():
    found = make_recipe("decision_tree", FAMILY.get_form("binary"), NONE, BINARY, {"max_depth": 5})
    assert found.estimator == Call(target=TREE, arguments={"max_depth": 5, "min_samples_leaf": 2})
    assert (found.option, found.plan, found.stopping) == ("decision_tree", BINARY, FAMILY.stopping)


def schema_of(kind, **more):
    return Schema(
        columns={
            "id": Column(type="text", role="id", description=""),
            "note": Column(type="text", role="feature", description=""),
            "shop": Column(type="category", role="feature", description=""),
            "asked": Column(type=kind, role="target", description="", **more),
        },
        tables={},
    )


def test_a_plan_counts_the_classes_and_names_the_columns_of_free_text():
    assert make_plan("binary", schema_of("boolean")) == Plan(texts=("note",))
    three = schema_of("category", categories=("a", "b", "c"))
    assert make_plan("multiclass", three) == Plan(task="multiclass", classes=3, texts=("note",))
    assert make_plan("regression", schema_of("number")) == Plan(task="regression", classes=0, texts=("note",))
    assert make_plan("clustering", three.with_target(None)) == Plan(task="clustering", classes=0, texts=("note",))


def test_the_seed_goes_where_one_is_taken():
    assert make_estimator(made(), 7).random_state == 7
    parts = {
        name: steps for name, steps, _ in make_inputs(made(INPUTS), examples().features, 7)["columns"].transformers
    }
    assert (parts["categorical"][0].cv.n_splits, parts["categorical"][0].cv.random_state) == (3, 7)
    assert list(parts) == ["numeric", "categorical"]


def test_a_seed_that_is_configured_is_kept():
    assert make_estimator(made(random_state=3), 7).random_state == 3


@pytest.mark.parametrize(
    ("plan", "kind"),
    [(BINARY, "StratifiedKFold"), (CLASSES, "StratifiedKFold"), (NUMBER, "KFold"), (CLUSTERS, "KFold")],
)
def test_the_encoders_folds_keep_the_shares_of_classes_where_there_are_classes(plan, kind):
    inputs = make_inputs(made(INPUTS, plan=plan), examples().features, 7)
    folds = {name: steps for name, steps, _ in inputs["columns"].transformers}["categorical"][0].cv
    assert (type(folds).__name__, folds.shuffle, folds.random_state) == (kind, True, 7)


def test_whole_numbers_as_targets_are_encoded_as_their_mean_and_no_column_for_each_of_them():
    made_of = examples(300)
    whole = np.arange(300, dtype=np.float64)
    inputs = make_inputs(made(INPUTS, plan=NUMBER), made_of.features, 7)
    prepared = inputs.fit_transform(made_of.features, whole)
    assert list(prepared.columns) == ["size", "place"]
    assert inputs["columns"].named_transformers_["categorical"][0].target_mean_ == 149.5


def test_how_the_encoder_takes_targets_may_be_set():
    call = Call(target="sklearn.preprocessing.TargetEncoder", arguments={"target_type": "multiclass"})
    inputs = make_inputs(made(Inputs(numeric=(), categorical=(call,)), plan=NUMBER), examples().features, 7)
    encoder = {name: steps for name, steps, _ in inputs["columns"].transformers}["categorical"][0]
    assert encoder.target_type == "multiclass"


def test_kinds_of_columns_that_are_not_there_are_left_out():
    inputs = make_inputs(made(INPUTS), examples().features[["size"]], 7)
    assert [name for name, _, _ in inputs["columns"].transformers] == ["numeric"]


def test_a_column_without_any_value_is_left_out():
    features = pd.DataFrame({"size": [1.0, 2.0], "empty": [np.nan, np.nan]})
    assert list(make_inputs(made(), features, 1).fit_transform(features)) == ["size"]


COUNT = Call(target="sklearn.preprocessing.OrdinalEncoder")


@pytest.mark.parametrize(("text", "reached"), [((), ["shop"]), ((COUNT,), ["shop", "note"])])
def test_free_text_goes_through_its_own_steps_and_without_any_reaches_no_estimator(text, reached):
    features = pd.DataFrame({"note": ["a b", "b c"], "shop": ["x", "y"]}, dtype="str")
    inputs = Inputs(numeric=(), categorical=(COUNT,), text=text)
    plan = Plan(texts=("note",))
    assert list(make_inputs(made(inputs, plan=plan), features, 1).fit_transform(features)) == reached


def test_reduction_follows_on_all_prepared_columns_with_the_seed():
    reduce = (
        Call(target="sklearn.feature_selection.VarianceThreshold"),
        Call(target="sklearn.decomposition.PCA", arguments={"n_components": 1, "svd_solver": "randomized"}),
    )
    features = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.0], "z": [5.0, 5.0, 5.0]})
    inputs = make_inputs(made(plan=Plan(reduce=reduce)), features, 4)
    found = inputs.fit_transform(features)
    assert list(inputs.named_steps) == ["columns", "names", "reduce_0", "reduce_1"]
    assert inputs["reduce_1"].random_state == 4
    assert inputs["reduce_1"].n_features_in_ == 2
    assert list(found) == ["pca0"]
    assert abs(found["pca0"].to_numpy()) == pytest.approx(np.array([5**0.5, 0, 5**0.5]), abs=1e-9)


def test_columns_without_steps_pass_as_they_are():
    features = examples().features[["size"]]
    found = make_inputs(made(), features, 1).fit_transform(features)
    pd.testing.assert_frame_equal(found, features)


ODD = ["size [m]", "a,b", '"', "left: (y/n)?", "{x}", "self", "feature_name", "🙂", "two\nlines", "x" * 500]
TREES = {"n_estimators": 3, "min_child_samples": 2, "verbose": -1}
KNOWN = Call(target="lifecycle.modeling.transformers.categories.KnownCategories")
MODEL_BASED = "lifecycle.modeling.transformers.feature_selection.ModelBased"
ONE_HOT = Call(target="sklearn.preprocessing.OneHotEncoder", arguments={"sparse_output": False})


def odd_examples():
    """Every other column holds numbers, the others texts."""
    rows = np.arange(40)
    columns = {
        name: rows * (place + 1) % 11 + 0.0 if place % 2 == 0 else np.array(["a", "b,c", "[d]"])[rows % 3]
        for place, name in enumerate(ODD)
    }
    return Dataset(pd.DataFrame(columns), (rows % 7 > 3).astype(int), pd.DataFrame({"row": rows}))


@pytest.mark.parametrize("categorical", [KNOWN, ONE_HOT])
@pytest.mark.parametrize("target", ["lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor"])
def test_columns_of_any_name_reach_lightgbm(categorical, target):
    inputs = Inputs(numeric=(), categorical=(categorical,))
    recipe = Recipe(option="odd", estimator=Call(target=target, arguments=TREES), inputs=inputs)
    full = odd_examples()
    fitted = fit_pipeline(recipe, full, 1)
    if categorical == KNOWN:
        assert [unquote(name) for name in fitted["estimator"].booster_.feature_name()] == [*ODD[::2], *ODD[1::2]]
    renamed = Dataset(full.features.set_axis([f"f{place}" for place in range(10)], axis=1), full.labels, full.context)
    again = fit_pipeline(recipe, renamed, 1)
    assert fitted.predict(full.features).tolist() == again.predict(renamed.features).tolist()


def test_a_category_and_a_column_that_make_the_same_name_are_both_there():
    features = pd.DataFrame({"a": ["b_c", "d"], "a_b": ["c", "e"]}, dtype="str").assign(a_d=[1.0, 2.0])
    found = make_inputs(made(Inputs(numeric=(), categorical=(ONE_HOT,))), features, 1).fit_transform(features)
    assert found.columns.tolist() == ["a_d", "a_b_c", "a_d+2", "a_b_c%2B2", "a_b_e"]
    assert found.to_numpy().tolist() == [[1, 1, 0, 1, 0], [2, 0, 1, 0, 1]]


def test_a_column_called_like_one_that_a_step_makes_goes_through_the_next_step():
    impute = Call(target="sklearn.impute.SimpleImputer", arguments={"add_indicator": True})
    products = Call(target="lifecycle.modeling.transformers.numeric.Interactions")
    scale = Call(target="sklearn.preprocessing.MinMaxScaler")
    names = ["a", "missingindicator_a", "a_times_missingindicator_a"]
    features = pd.DataFrame([[1.0, 0.0, 5.0], [np.nan, 1.0, 6.0], [3.0, 0.0, 7.0]], columns=names)
    inputs = Inputs(numeric=(impute, products, scale), categorical=())
    found = make_inputs(made(inputs), features, 1).fit_transform(features)
    assert found.columns.tolist()[:4] == [*names, "missingindicator_a%2B2"]
    assert found.columns.is_unique
    assert found["missingindicator_a"].tolist() == found["missingindicator_a%2B2"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("categorical", "reduce", "traced"),
    [
        (KNOWN, (), [*ODD[::2], *ODD[1::2]]),
        (ONE_HOT, (), None),
        (COUNT, (Call(target="sklearn.decomposition.PCA"),), None),
        (COUNT, (Call(target="sklearn.feature_selection.VarianceThreshold"),), [*ODD[::2], *ODD[1::2]]),
        (COUNT, (Call(target=MODEL_BASED, arguments={"count": 20}),), [*ODD[::2], *ODD[1::2]]),
    ],
)
def test_prepared_columns_are_traced_to_their_features_where_each_is_a_form_of_one(categorical, reduce, traced):
    full = odd_examples()
    recipe = made(Inputs(numeric=(), categorical=(categorical,)), plan=Plan(reduce=reduce))
    assert trace_features(make_inputs(recipe, full.features, 1).fit(full.features, full.labels)) == traced


def test_fit_learns_what_is_there():
    full = examples()
    probability = probabilities(fit_pipeline(made(INPUTS), full, 1), full.features)
    assert ((probability >= 0.5) == full.labels).mean() > 0.8


def test_preprocessing_and_estimator_learn_from_the_rows_given_alone():
    full, asked_for = examples(90), made(INPUTS, max_depth=2)
    train, rest = np.arange(60), np.arange(60, 90)
    fitted = fit_pipeline(asked_for, full.take(train), 1)
    generator = np.random.default_rng(3)
    mixed = np.concatenate([train, generator.permutation(rest)])
    other = Dataset(full.features.iloc[mixed], full.labels[mixed], full.context.iloc[mixed])
    again = fit_pipeline(asked_for, other.take(train), 1)
    asked = full.features.iloc[rest]
    assert (probabilities(fitted, asked) == probabilities(again, asked)).all()
    scaler = fitted["inputs"]["columns"].named_transformers_["numeric"]
    assert scaler[0].statistics_[0] == np.nanmedian(full.features["size"][:60])


def test_a_prediction_does_not_depend_on_the_other_rows_asked():
    full = examples()
    fitted = fit_pipeline(made(INPUTS, max_depth=2), full, 1)
    together = probabilities(fitted, full.features)
    alone = [probabilities(fitted, full.features.iloc[[row]])[0] for row in range(10)]
    assert together[:10].tolist() == alone


def test_the_estimator_alone_takes_prepared_inputs():
    inputs, labels = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]}), np.array([0, 0, 1, 1])
    found = fit_estimator(made(), inputs, labels, 1)
    assert probabilities(found, inputs).tolist() == [0.0, 0.0, 1.0, 1.0]


def three_lines(error):
    lines = str(error).splitlines()
    return len(lines) == 3 and [line[:6] for line in lines] == ["error:", "where:", "next: "]


def test_a_value_that_the_estimator_rejects():
    with pytest.raises(WrongValue) as caught:
        fit_pipeline(made(INPUTS, max_depth="deep"), examples(), 1)
    assert three_lines(caught.value)
    assert "DecisionTreeClassifier rejects its arguments" in caught.value.what
    assert "'deep'" in caught.value.what
    assert caught.value.where == "conf/model/tiny.yaml"


def test_a_value_that_lightgbm_rejects():
    with pytest.raises(WrongValue) as caught:
        fit_pipeline(
            made(INPUTS, "lightgbm.LGBMClassifier", option="leafless", num_leaves=1, verbose=-1), examples(), 1
        )
    assert three_lines(caught.value)
    assert "num_leaves" in caught.value.what
    assert caught.value.where == "conf/model/leafless.yaml"


def test_an_argument_that_does_not_exist():
    with pytest.raises(UnknownName) as caught:
        fit_pipeline(made(INPUTS, max_deph=3), examples(), 1)
    assert three_lines(caught.value)
    assert caught.value.todo == "use 'max_depth'"


def test_an_estimator_outside_the_allow_list():
    with pytest.raises(ForbiddenTarget) as caught:
        fit_pipeline(made(INPUTS, "os.system", option="bad"), examples(), 1)
    assert three_lines(caught.value)


FOUR = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0]})


def fitted_tree(plan, labels, kind="Classifier"):
    return fit_estimator(made(target=f"sklearn.tree.DecisionTree{kind}", plan=plan), FOUR, np.array(labels), 1)


def test_chances_of_classes_have_a_column_for_each_also_for_those_that_no_row_was_of():
    found = predict_scores(CLASSES, fitted_tree(CLASSES, [0, 0, 2, 2]), FOUR)
    assert found.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]]


def test_a_binary_estimator_that_saw_one_class_is_certain_of_it():
    assert predict_scores(BINARY, fitted_tree(BINARY, [1, 1, 1, 1]), FOUR).tolist() == [1.0] * 4
    assert predict_scores(BINARY, fitted_tree(BINARY, [0, 0, 0, 0]), FOUR).tolist() == [0.0] * 4


def test_a_number_is_predicted_as_it_is():
    found = predict_scores(NUMBER, fitted_tree(NUMBER, [1.5, 2.5, 3.5, 4.5], "Regressor"), FOUR)
    assert found.dtype == np.float64
    assert found.tolist() == [1.5, 2.5, 3.5, 4.5]


def test_clusters_are_numbered_and_held_against_the_prepared_inputs():
    asked = made(
        Inputs(numeric=(Call(target="sklearn.preprocessing.MinMaxScaler"),), categorical=()),
        "sklearn.cluster.KMeans",
        CLUSTERS,
        n_clusters=2,
        n_init=5,
    )
    full = Dataset(FOUR * 3.0, np.zeros(4, dtype=np.int64), pd.DataFrame({"row": range(4)}))
    scores, against = predict_dataset(CLUSTERS, fit_pipeline(asked, full, 1), full)
    assert scores.dtype == np.float64
    assert scores[0] == scores[1] != scores[2] == scores[3]
    assert against == pytest.approx(np.array([[0], [1 / 3], [2 / 3], [1]]))


def test_answer_gives_what_predict_gives_and_the_labels():
    full = examples()
    fitted = fit_pipeline(made(INPUTS, max_depth=2), full, 1)
    scores, against = predict_dataset(BINARY, fitted, full)
    assert (scores == probabilities(fitted, full.features)).all()
    assert against is full.labels
    assert select_truth(NUMBER, full.labels, full.features) is full.labels


def twice(inputs, labels, *, seed):
    """Every row again with the seed added, as a step of augmentation would be."""
    return pd.concat([inputs, inputs + seed], ignore_index=True), np.concatenate([labels, labels])


@pytest.fixture
def step(monkeypatch):
    """Put a function among those that YAML may name, and give the call of it."""

    def named(function):
        function.__module__ = "lifecycle.modeling.augment.resampling"
        monkeypatch.setattr("lifecycle.modeling.augment.resampling.planted", function, raising=False)
        return Call(target="lifecycle.modeling.augment.resampling.planted")

    return named


def test_augmentation_goes_step_by_step_with_the_seed(step):
    rows, labels = augment_rows(made(plan=Plan(augment=(step(twice),) * 2)), FOUR[:1], np.array([1]), 10)
    assert rows["x"].tolist() == [0.0, 10.0, 10.0, 20.0]
    assert labels.tolist() == [1, 1, 1, 1]


def test_augmentation_reaches_the_estimator_and_not_the_preprocessing(step):
    scaled = Inputs(numeric=(Call(target="sklearn.preprocessing.StandardScaler"),), categorical=())
    full = Dataset(FOUR, np.array([0, 0, 1, 1]), pd.DataFrame({"row": range(4)}))
    found = fit_pipeline(made(scaled, plan=Plan(augment=(step(twice),) * 2), max_depth=1), full, 10)
    assert found["estimator"].tree_.n_node_samples[0] == 16
    assert found["inputs"]["columns"].named_transformers_["numeric"][0].n_samples_seen_ == 4


EMBEDDED = pd.DataFrame(
    {"note": pd.Series(["a b", "c d"] * 4, dtype="str"), "photo": pd.Series(["a.png", "b.png"] * 4, dtype="str")}
)


@pytest.mark.parametrize(
    ("columns", "plan", "todo"),
    [
        (["note"], Plan(texts=("note",)), "_inputs_: tfidf or scaled_embeddings"),
        (["photo"], Plan(images=("photo",)), "_inputs_: scaled_embeddings, which has steps for images"),
        (["note", "photo"], Plan(texts=("note",), images=("photo",)), "_inputs_: scaled_embeddings"),
    ],
)
def test_texts_and_images_that_reach_no_estimator_are_said_with_what_embeds_them(columns, plan, todo):
    dataset = Dataset(EMBEDDED[columns], np.arange(8) % 2, EMBEDDED)
    with pytest.raises(WrongValue, match="tiny cannot learn from its prepared columns") as caught:
        fit_pipeline(made(plan=plan), dataset, 1)
    assert caught.value.todo.startswith(todo)


def test_images_are_neither_categories_nor_texts():
    tfidf = Call(target="lifecycle.modeling.transformers.tfidf.Tfidf", arguments={"least": 1})
    chains = Inputs(numeric=(), categorical=INPUTS.categorical, text=(tfidf,))
    recipe = made(chains, plan=Plan(texts=("note",), images=("photo",)))
    columns = make_inputs(recipe, EMBEDDED, 1)["columns"]
    assert [(kind, names) for kind, _, names in columns.transformers] == [("text", ["note"])]
    assert make_inputs(made(chains, plan=Plan(images=("photo",))), EMBEDDED, 1)["columns"].transformers[0][2] == [
        "note"
    ]
