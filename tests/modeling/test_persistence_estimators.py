"""Every kind of estimator that an option may name: fitted, written, read back, and the same bytes anywhere."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders.model_files import write_twice
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.base import is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from lifecycle.modeling.estimators.clusters import StableAgglomerative, StableHDBSCAN, StableKMeans
from lifecycle.modeling.estimators.quantiles import Quantiles
from lifecycle.modeling.persistence import read_model, write_model

SURE = {"deterministic": True, "force_row_wise": True, "verbose": -1, "n_estimators": 5, "random_state": 1}
SPARSE = {"subsample": 0.8, "subsample_freq": 1}
CLASSES: dict[str, Any] = {
    "DummyClassifier": DummyClassifier(),
    "LogisticRegression": LogisticRegression(),
    "SGDClassifier": SGDClassifier(loss="modified_huber", average=True, random_state=1),
    "LinearSVC": LinearSVC(random_state=1),
    "SVC": SVC(random_state=1),
    "GaussianNB": GaussianNB(),
    "KNeighborsClassifier": KNeighborsClassifier(algorithm="brute"),
    "DecisionTreeClassifier": DecisionTreeClassifier(max_depth=3, random_state=1),
    "RandomForestClassifier": RandomForestClassifier(4, max_depth=4, random_state=1),
    "ExtraTreesClassifier": ExtraTreesClassifier(4, max_depth=4, random_state=1),
    "HistGradientBoostingClassifier": HistGradientBoostingClassifier(max_iter=5, random_state=1),
    "MLPClassifier": MLPClassifier((6,), max_iter=5, early_stopping=True, random_state=1),
    "LGBMClassifier": LGBMClassifier(**SURE, **SPARSE),
}
NUMBERS: dict[str, Any] = {
    "DummyRegressor": DummyRegressor(strategy="median"),
    "LinearRegression": LinearRegression(),
    "Ridge": Ridge(),
    "Lasso": Lasso(alpha=0.01, random_state=1),
    "ElasticNet": ElasticNet(alpha=0.01, random_state=1),
    "SGDRegressor": SGDRegressor(loss="epsilon_insensitive", random_state=1),
    "LinearSVR": LinearSVR(random_state=1),
    "SVR": SVR(),
    "KNeighborsRegressor": KNeighborsRegressor(algorithm="brute"),
    "DecisionTreeRegressor": DecisionTreeRegressor(max_depth=3, random_state=1),
    "RandomForestRegressor": RandomForestRegressor(4, max_depth=4, random_state=1),
    "ExtraTreesRegressor": ExtraTreesRegressor(4, max_depth=4, random_state=1),
    "HistGradientBoostingRegressor": HistGradientBoostingRegressor(max_iter=5, random_state=1),
    "absolute error": HistGradientBoostingRegressor(loss="absolute_error", max_iter=3, random_state=1),
    "quantile": HistGradientBoostingRegressor(loss="quantile", quantile=0.8, max_iter=3, random_state=1),
    "poisson": HistGradientBoostingRegressor(loss="poisson", max_iter=3, random_state=1),
    "gamma": HistGradientBoostingRegressor(loss="gamma", max_iter=3, random_state=1),
    "MLPRegressor": MLPRegressor(hidden_layer_sizes=(6,), max_iter=5, early_stopping=True, random_state=1),
    "MLPRegressor sgd": MLPRegressor(hidden_layer_sizes=(6,), max_iter=5, solver="sgd", random_state=1),
    "LGBMRegressor": LGBMRegressor(**SURE, **SPARSE),
    "Quantiles": Quantiles(n_estimators=5, min_child_samples=10, random_state=1),
}
GROUPS: dict[str, Any] = {
    "StableKMeans": StableKMeans(3, random_state=1),
    "GaussianMixture": GaussianMixture(2, init_params="k-means++", random_state=1),
    "IsolationForest": IsolationForest(n_estimators=5, random_state=1),
    "StableAgglomerative": StableAgglomerative(3, most=150, random_state=1),
    "StableHDBSCAN": StableHDBSCAN(10, most=150, random_state=1),
}
MANY = ("LogisticRegression", "HistGradientBoostingClassifier", "MLPClassifier", "LGBMClassifier")
NAMES = [*CLASSES, *NUMBERS, *GROUPS, *(f"{name} of three" for name in MANY)]


def rows() -> tuple[pd.DataFrame, np.ndarray]:
    """200 rows of three numbers, and what the first two add up to with noise, above 0."""
    random = np.random.default_rng(1)
    numbers = pd.DataFrame(random.normal(size=(200, 3)), columns=["a", "b", "c"])
    return numbers, np.exp((numbers["a"] + 0.5 * numbers["b"] + random.normal(size=200) / 2).to_numpy())


def fitted(name: str) -> Any:
    """A new estimator of that name, fitted as the pipeline fits: with one BLAS thread."""
    from sklearn.base import clone

    numbers, label = rows()
    kind, _, many = name.partition(" of ")
    made = clone((CLASSES | NUMBERS | GROUPS)[kind])
    if kind in CLASSES:
        label = np.digitize(label, [0.6, 1.6]) if many else (label > 1).astype(np.int64)
    with warnings.catch_warnings(), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore")
        return made.fit(numbers, label)


def write_all(folder: Path) -> None:
    """Write a fitted estimator of each name to the folder."""
    for name in NAMES:
        write_model(folder / f"{name}.skops", {"pipeline": fitted(name)})


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same models written by two processes with another hash seed and another number of threads."""
    return write_twice(Path(__file__), (tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.slow
def test_hash_seed_and_threads_change_no_byte(folders: list[Path], name: str) -> None:
    one, two = (folder / f"{name}.skops" for folder in folders)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_model_comes_back_and_predicts_the_same(folders: list[Path], name: str) -> None:
    loaded, here = read_model(folders[0] / f"{name}.skops")["pipeline"], fitted(name)
    numbers, _ = rows()
    with threadpool_limits(1, user_api="blas"):
        np.testing.assert_array_equal(loaded.predict(numbers), here.predict(numbers))
        if is_classifier(here) and hasattr(here, "predict_proba"):
            np.testing.assert_array_equal(loaded.predict_proba(numbers), here.predict_proba(numbers))


@pytest.mark.parametrize("name", NAMES)
def test_fitted_twice_it_is_the_same_file(folders: list[Path], name: str, tmp_path: Path) -> None:
    write_model(tmp_path / "again.skops", {"pipeline": fitted(name)})
    assert (tmp_path / "again.skops").read_bytes() == (folders[0] / f"{name}.skops").read_bytes()
