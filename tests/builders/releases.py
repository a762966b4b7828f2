"""Small releases of every task, made here without stages."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lifecycle.data.dataset import Dataset
from lifecycle.data.schema import Column, Schema
from lifecycle.io.atomic import write_folder
from lifecycle.modeling.ensemble_selection import make_ensemble
from lifecycle.modeling.ensembles import fit_recipe
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe
from lifecycle.options import Call
from lifecycle.release import portable, release, row_schema

NATIVE = Inputs(numeric=(), categorical=(Call(target="lifecycle.modeling.transformers.categories.KnownCategories"),))
SCALED = Inputs(
    numeric=(
        Call(
            target="sklearn.impute.SimpleImputer",
            arguments={"strategy": "median", "keep_empty_features": True, "add_indicator": True},
        ),
        Call(target="sklearn.preprocessing.StandardScaler"),
    ),
    categorical=(
        Call(
            target="sklearn.preprocessing.OneHotEncoder",
            arguments={"handle_unknown": "infrequent_if_exist", "min_frequency": 0.01, "sparse_output": False},
        ),
    ),
)
ORDINAL = Inputs(
    numeric=(),
    categorical=(
        Call(
            target="sklearn.preprocessing.OrdinalEncoder",
            arguments={"handle_unknown": "use_encoded_value", "unknown_value": -1, "encoded_missing_value": -1},
        ),
    ),
)
TREES = {"n_estimators": 12, "min_child_samples": 5, "verbose": -1, "deterministic": True, "force_row_wise": True}
TARGETS = {
    "binary": Column(type="boolean", role="target", description="too late"),
    "multiclass": Column(type="category", role="target", description="how", categories=("late", "early", "on time")),
    "regression": Column(type="number", role="target", description="minutes", unit="min"),
}
CALLS = {
    ("binary", "lightgbm"): ("lightgbm.LGBMClassifier", TREES, NATIVE),
    ("binary", "linear"): ("sklearn.linear_model.LogisticRegression", {"C": 0.5}, SCALED),
    ("binary", "hist_gradient_boosting"): (
        "sklearn.ensemble.HistGradientBoostingClassifier",
        {"max_iter": 12},
        ORDINAL,
    ),
    ("binary", "mlp"): ("sklearn.neural_network.MLPClassifier", {"max_iter": 20}, SCALED),
    ("binary", "random_forest"): (
        "sklearn.ensemble.RandomForestClassifier",
        {"n_estimators": 7, "max_depth": 4},
        SCALED,
    ),
    ("multiclass", "lightgbm"): ("lightgbm.LGBMClassifier", TREES, NATIVE),
    ("multiclass", "linear"): ("sklearn.linear_model.LogisticRegression", {"C": 0.5}, SCALED),
    ("multiclass", "hist_gradient_boosting"): (
        "sklearn.ensemble.HistGradientBoostingClassifier",
        {"max_iter": 12},
        ORDINAL,
    ),
    ("regression", "lightgbm"): ("lightgbm.LGBMRegressor", TREES, NATIVE),
    ("regression", "linear"): ("sklearn.linear_model.Ridge", {"alpha": 2.0}, SCALED),
    ("regression", "hist_gradient_boosting"): (
        "sklearn.ensemble.HistGradientBoostingRegressor",
        {"max_iter": 12},
        ORDINAL,
    ),
    ("regression", "quantile_regression"): (
        "lifecycle.modeling.estimators.quantiles.Quantiles",
        {"n_estimators": 9, "min_child_samples": 5},
        NATIVE,
    ),
    ("clustering", "kmeans"): ("lifecycle.modeling.estimators.clusters.StableKMeans", {"n_clusters": 3}, SCALED),
}
CATBOOST, NETWORK = "lifecycle.modeling.estimators.catboost.CatBoost", "lifecycle.modeling.estimators.tabular_network."
FEW_TREES, FEW_EPOCHS = {"iterations": 12}, {"hidden_layer_sizes": [16, 16], "n_epochs": 6}
OF_EXTRAS = {  # by the package that fits them
    "catboost": {
        ("binary", "catboost"): (f"{CATBOOST}TreesClassifier", FEW_TREES, NATIVE),
        ("multiclass", "catboost"): (f"{CATBOOST}TreesClassifier", FEW_TREES, NATIVE),
        ("regression", "catboost"): (f"{CATBOOST}TreesRegressor", FEW_TREES, NATIVE),
    },
    "torch": {
        ("binary", "realmlp"): (f"{NETWORK}TabularNetworkClassifier", FEW_EPOCHS, SCALED),
        ("multiclass", "realmlp"): (f"{NETWORK}TabularNetworkClassifier", FEW_EPOCHS, SCALED),
        ("regression", "realmlp"): (f"{NETWORK}TabularNetworkRegressor", FEW_EPOCHS, SCALED),
    },
}
CALLS |= {case: call for package, calls in OF_EXTRAS.items() if find_spec(package) for case, call in calls.items()}
ENSEMBLES = {  # of these families, with their weights
    "ensemble": {"lightgbm": 0.75, "linear": 0.25},
    "trees": {"hist_gradient_boosting": 0.5, "lightgbm": 0.375, "linear": 0.125},
}
MODULE = "lifecycle.modeling.estimators.calibrated"
CALIBRATED = {  # an ensemble with its probabilities corrected
    "binary": Call(target=f"{MODULE}.BetaCalibrated", arguments={"a": 0.8, "b": 1.3, "c": -0.2}),
    "multiclass": Call(target=f"{MODULE}.TemperatureScaled", arguments={"temperature": 1.4}),
}
CASES = [
    *CALLS,
    *((task, family) for task in ("binary", "multiclass", "regression") for family in ENSEMBLES),
    *((task, "calibrated") for task in CALIBRATED),
]
KINDS = {
    "size": "number",
    "hour": "integer",
    "place": "text",
    "gift": "boolean",
    "late_7D": "number",
    "hollow": "number",
}


def schema(task: str) -> Schema:
    columns = {
        "order": Column(type="text", role="id", description="the order"),
        "size": Column(type="number", role="feature", description="of it", unit="kg", low=-50.0, high=50.0),
        "hour": Column(type="integer", role="feature", description="of day", low=0.0, high=23.0, missing="reject"),
        "place": Column(type="category", role="feature", description="where"),
        "gift": Column(type="boolean", role="feature", description="wrapped", missing="reject"),
        "took": Column(type="number", role="forbidden", description="days"),
        "hollow": Column(type="number", role="feature", description="never there"),
    }
    return Schema(columns=columns | ({"answer": TARGETS[task]} if task in TARGETS else {}), tables={})


def rows(count: int, seed: int) -> pd.DataFrame:
    """Rows that keep the contract, with gaps, and with a place that no small sample has."""
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "order": [f"o{number}" for number in range(count)],
            "size": pd.Series(generator.normal(scale=9, size=count)).clip(-50, 50).mask(generator.random(count) < 0.1),
            "hour": generator.integers(0, 24, count),
            "place": pd.Series(
                generator.choice(["a", "b", "c", "d-only-here"], count, p=[0.4, 0.4, 0.19, 0.01]), dtype="str"
            ).mask(generator.random(count) < 0.1),
            "gift": generator.random(count) < 0.3,
            "late_7D": pd.Series(generator.random(count)).mask(generator.random(count) < 0.2),
            "hollow": np.nan,
        }
    )


def labels(table: pd.DataFrame, task: str) -> np.ndarray:
    told = table["size"].fillna(0) + table["hour"] + 5 * (table["place"] == "a") + 3 * table["late_7D"].fillna(0)
    if task == "regression":
        return told.to_numpy(dtype="float64")
    if task == "clustering":
        return np.zeros(len(table), dtype=np.int64)
    return np.digitize(told, [8, 16] if task == "multiclass" else [12]).astype(np.int64)


def recipe(task: str, family: str) -> Recipe:
    """The recipe of a family of models, or of an ensemble, with its probabilities corrected or not."""
    if family == "calibrated":
        return replace(recipe(task, "ensemble"), calibration=CALIBRATED[task])
    if family in ENSEMBLES:
        weights = ENSEMBLES[family]
        return make_ensemble(weights, {member: recipe(task, member) for member in weights})
    target, arguments, inputs = CALLS[task, family]
    plan = Plan(task=task, classes=len(schema(task).classes))
    return Recipe(option=family, estimator=Call(target=target, arguments=arguments), inputs=inputs, plan=plan)


def examples(task: str, count: int = 400) -> Dataset:
    """What the releases learn from."""
    table = rows(count, seed=1)
    features = table.drop(columns="order").astype({"hour": "float64", "gift": "float64"})
    return Dataset(features, labels(table, task), table[["order"]])


def files(task: str, family: str, folder: Path) -> dict[str, bytes]:
    """The files of a release of a task and a family of models."""
    asked = schema(task)
    with threadpool_limits(1):
        pipeline = fit_recipe(recipe(task, family), examples(task), seed=1)
    write_model(folder / "model.skops", {"pipeline": pipeline})
    typical = {"size": 0.5, "hour": 12, "place": "a", "gift": False, "late_7D": 0.5, "hollow": None}
    request = {"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": None, "hollow": None}
    return release.pack_release(
        model=(folder / "model.skops").read_bytes(),
        agreed=row_schema.build_contract("How late?", task, asked, KINDS, {"late_7D": "made by a step"}, typical),
        threshold=0.4 if task == "binary" else None,
        request=request,
        page="# How late?",
        lineage={"through": "2013-09-30", "data": {}},
        forms=portable.export_portable_forms(pipeline["estimator"]),
    )


def write(folder: Path, task: str = "binary", family: str = "lightgbm") -> Path:
    """A release in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    made = files(task, family, folder)
    write_folder(folder / "release", made)
    return folder / "release"
