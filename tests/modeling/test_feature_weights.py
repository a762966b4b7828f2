"""Which features a fitted pipeline leans on."""

import numpy as np
import pandas as pd
import pytest

from lifecycle.data.dataset import Dataset
from lifecycle.modeling.feature_weights import weigh_features
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe, fit_pipeline
from lifecycle.options import Call

IMPUTED = (Call(target="sklearn.impute.SimpleImputer", arguments={"keep_empty_features": True}),)
ENCODED = (Call(target="sklearn.preprocessing.OneHotEncoder", arguments={"sparse_output": False}),)


def weigh(target, features, labels, plan, categorical=(), **arguments):
    inputs = Inputs(numeric=IMPUTED, categorical=categorical)
    recipe = Recipe(option="x", estimator=Call(target=target, arguments=arguments), inputs=inputs, plan=plan)
    fitted = fit_pipeline(recipe, Dataset(features, labels, features), 1)
    return weigh_features(plan, fitted, features)


@pytest.fixture
def features():
    signs = np.tile([-1.0, 1.0], 20)
    return pd.DataFrame({"noise": np.repeat([0.0, 1.0], 20), "strong": signs * 3, "empty": np.nan})


@pytest.fixture
def labels():
    return np.tile([0, 1], 20)


def test_coefficients_weigh_features_and_a_column_without_values_weighs_nothing(features, labels):
    found = weigh("sklearn.linear_model.LogisticRegression", features, labels, Plan())
    assert list(found) == ["noise", "strong", "empty"]
    assert found["strong"] > 0.5 > found["noise"]
    assert found["empty"] == 0.0


def test_the_importance_of_trees_weighs_features(features, labels):
    found = weigh("sklearn.tree.DecisionTreeClassifier", features, labels, Plan())
    assert found == {"noise": 0.0, "strong": 1.0, "empty": 0.0}


def test_without_an_importance_of_its_own_a_feature_weighs_as_it_goes_with_the_predictions(features, labels):
    found = weigh("sklearn.neighbors.KNeighborsClassifier", features, labels, Plan())
    assert found["strong"] == 1.0
    assert found["noise"] < 0.7
    assert found["empty"] == 0.5


def test_a_category_in_several_columns_weighs_as_it_goes_with_the_predictions(features, labels):
    kinds = features.assign(kind=pd.Series(np.tile(["a", "b"], 20), dtype="str"))[["noise", "kind"]]
    found = weigh("sklearn.linear_model.LogisticRegression", kinds, labels, Plan(), categorical=ENCODED)
    assert found["kind"] > 0.9 > found["noise"]


def test_clusters_and_numbers_weigh_features_too(features, labels):
    clusters = weigh(
        "sklearn.cluster.KMeans", features, labels, Plan(task="clustering", classes=0), n_clusters=2, n_init=1
    )
    assert clusters["strong"] == 1.0
    numbers = weigh("sklearn.neighbors.KNeighborsRegressor", features, labels * 2.5, Plan(task="regression", classes=0))
    assert numbers["strong"] == 1.0
