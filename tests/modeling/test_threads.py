"""How many threads an estimator gets, and that their number changes no byte of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import threadpool_info

import lifecycle
from lifecycle.data.dataset import Dataset
from lifecycle.io import processor
from lifecycle.modeling import pipeline
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Inputs, Plan, Recipe
from lifecycle.options import Call

NONE = Inputs(numeric=(), categorical=())
LIGHTGBM = {"n_estimators": 20, "deterministic": True, "force_row_wise": True, "verbose": -1, "subsample": 0.8}
ESTIMATORS = {
    "lightgbm.LGBMClassifier": LIGHTGBM | {"subsample_freq": 1, "colsample_bytree": 0.5},
    "sklearn.ensemble.HistGradientBoostingClassifier": {"max_iter": 20, "early_stopping": False},
    "sklearn.ensemble.RandomForestClassifier": {"n_estimators": 20, "min_samples_leaf": 10},
    "sklearn.neural_network.MLPClassifier": {"hidden_layer_sizes": (8, 4), "max_iter": 5},
    "lifecycle.modeling.estimators.quantiles.Quantiles": {"n_estimators": 20},
}


def rows(count: int = 3000) -> Dataset:
    random = np.random.default_rng(0)
    features = pd.DataFrame(random.normal(size=(count, 12)), columns=[f"x{place}" for place in range(12)])
    labels = (features["x0"] + features["x1"] ** 2 + random.normal(size=count) > 1).to_numpy().astype(np.int64)
    return Dataset(features, labels, pd.DataFrame({"row": np.arange(count)}))


def recipe(target: str, **arguments: Any) -> Recipe:
    plan = Plan() if target.endswith("Classifier") else Plan(task="regression", classes=0)
    return Recipe(option="one", estimator=Call(target=target, arguments=arguments), inputs=NONE, plan=plan)


def allowed() -> dict[str, set[int]]:
    """How many threads OpenMP and BLAS may have now."""
    found = threadpool_info()
    return {api: {one["num_threads"] for one in found if one["user_api"] == api} for api in ("openmp", "blas")}


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the number of threads that there are, and makes them of use from a hundred rows each."""
    monkeypatch.setattr(processor, "ROWS_TO_FIT", 100)
    monkeypatch.setattr(processor, "ROWS_TO_PREDICT", 100)
    return lambda count: monkeypatch.setenv("OMP_NUM_THREADS", str(count))


@pytest.mark.parametrize("target", ESTIMATORS)
def test_any_number_of_threads_gives_the_same_model_and_predictions(target: str, threads: Any, tmp_path: Path) -> None:
    files, scores = [], []
    for count in (1, 2, 3):
        threads(count)
        fitted = pipeline.fit_pipeline(recipe(target, **ESTIMATORS[target]), rows(), seed=1)
        scores.append(fitted["estimator"].predict(rows().features).tobytes())
        write_model(tmp_path / f"{count}.skops", {"pipeline": fitted})
        files.append((tmp_path / f"{count}.skops").read_bytes())
    assert files[0] == files[1] == files[2]
    assert scores[0] == scores[1] == scores[2]


class Watching(ClassifierMixin, BaseEstimator):
    """Keeps what it was allowed in `seen`."""

    seen: ClassVar[list[dict[str, set[int]]]] = []

    def fit(self, X: pd.DataFrame, y: Any) -> Watching:
        self.seen.append(allowed())
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> Any:
        self.seen.append(allowed())
        return np.full((len(X), 2), 0.5)


def test_fitting_and_predicting_have_the_threads_that_their_rows_are_worth(
    threads: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.targets, "resolve", lambda target, where, kind: Watching)
    monkeypatch.setattr(pipeline.targets, "call", lambda call, where, **more: Watching())
    before = allowed()
    Watching.seen = []
    threads(3)
    for count in (100, 200, 1000):
        fitted = pipeline.fit_pipeline(recipe("sklearn.tree.DecisionTreeClassifier"), rows(count), seed=1)
        pipeline.predict_scores(Plan(), fitted["estimator"], rows(count).features)
    assert Watching.seen == [{"openmp": {count}, "blas": {1}} for count in (1, 1, 2, 2, 3, 3)]
    assert allowed() == before


def test_lightgbm_keeps_to_the_threads_that_openmp_may_have_unless_the_option_names_a_number() -> None:
    assert pipeline.make_estimator(recipe("lightgbm.LGBMClassifier"), seed=1).n_jobs == 0
    assert pipeline.make_estimator(recipe("lightgbm.LGBMClassifier", n_jobs=2), seed=1).n_jobs == 2
    fitted = pipeline.fit_pipeline(recipe("lifecycle.modeling.estimators.quantiles.Quantiles"), rows(200), seed=1)
    assert [model.n_jobs for model in fitted["estimator"].models_] == [0, 0, 0]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not list the threads of a process")
@pytest.mark.parametrize(("rows_of_a_thread", "started"), [(100_000, 0), (100, 3)])
def test_lightgbm_starts_no_other_threads(rows_of_a_thread: int, started: int) -> None:
    program = (
        "import os, lightgbm, test_threads as t\n"
        f"t.processor.ROWS_TO_FIT = t.processor.ROWS_TO_PREDICT = {rows_of_a_thread}\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "fitted = t.pipeline.fit_pipeline(t.recipe('lightgbm.LGBMClassifier', **t.LIGHTGBM), t.rows(), seed=1)\n"
        "t.pipeline.predict_scores(t.Plan(), fitted['estimator'], t.rows().features)\n"
        "print(len(os.listdir('/proc/self/task')) - before)"
    )
    source = os.pathsep.join((str(Path(lifecycle.__file__).parents[1]), str(Path(__file__).parent)))
    environment = os.environ | {"PYTHONPATH": source, "OMP_NUM_THREADS": "4"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) == started
