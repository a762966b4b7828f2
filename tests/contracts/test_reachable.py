"""What YAML can reach: every documented callable of each kind, counted, and nothing beside."""

import builtins
import inspect
import pkgutil
import warnings
from importlib import import_module
from typing import Any

import pytest

from lifecycle import target_kinds, targets
from lifecycle.errors import ForbiddenTarget, LifecycleError
from lifecycle.target_kinds import KINDS, Kind

WHERE = "conf/x.yaml"
# How many names of the libraries and of the engine each kind has; more or fewer are for a person to look at.
REACHED = {
    "an estimator": (106, 20),
    "a transformer": (67, 24),
    "a metric": (64, 18),
    "a sampler": (10, 1),
    "a split": (0, 6),
    "a cleaning step": (0, 17),
    "a feature": (0, 6),
    "an augmentation": (0, 7),
    "a calibration": (0, 2),
    "a correction that a calibration found": (0, 2),
    "a source": (0, 4),
    "a function beside a source's": (0, 9),
}


def list_modules(root: str) -> list[str]:
    """A module and all below it but tests, which no one imports to look at them."""
    below = pkgutil.walk_packages(getattr(import_module(root), "__path__", []), f"{root}.")
    return [root, *(one.name for one in below if set(one.name.split(".")).isdisjoint(targets.UNDOCUMENTED))]


def list_targets(roots: list[str]) -> list[str]:
    """Every name in every module below the roots, imported or their own, private ones included."""
    names = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module_name in [module for root in roots for module in list_modules(root)]:
            try:
                module = import_module(module_name)
            except ImportError:  # of a package that is not installed
                continue
            names += [f"{module_name}.{name}" for name in dir(module) if callable(getattr(module, name, None))]
    return names


def find_reached(names: list[str], kind: Kind) -> dict[str, Any]:
    """What of the names may stand where the kind is wanted."""
    found = {}
    for name in names:
        try:
            found[name] = targets.resolve(name, WHERE, kind)
        except LifecycleError:
            continue
    return found


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Everything below the allowed prefixes."""
    return list_targets(["lightgbm", *targets.ALLOWED])


@pytest.fixture(scope="module")
def reached(names: list[str]) -> dict[str, dict[str, Any]]:
    """What each kind reaches."""
    return {kind.name: find_reached(names, kind) for kind in KINDS}


def test_each_kind_reaches_so_many(reached: dict[str, dict[str, Any]]) -> None:
    counts = {
        kind: (
            sum(not is_engine(name) for name in found),
            sum(is_engine(name) for name in found),
        )
        for kind, found in reached.items()
    }
    assert counts == REACHED


def is_engine(name: str) -> bool:
    """Whether a name is one of the engine's."""
    return name.startswith("lifecycle.")


def test_what_is_reached_is_documented(reached: dict[str, dict[str, Any]]) -> None:
    for found in reached.values():
        for name, value in found.items():
            module_name, _, own = name.rpartition(".")
            assert inspect.getdoc(value), name
            assert not any(part.startswith("_") for part in name.split(".")), name
            if not is_engine(name):
                assert set(name.split(".")).isdisjoint(targets.UNDOCUMENTED), name
                assert own in getattr(import_module(module_name), "__all__", [own]), name


def test_nothing_that_reads_runs_or_unpickles_is_reached(reached: dict[str, dict[str, Any]]) -> None:
    values = {id(value) for found in reached.values() for value in found.values()}
    assert values.isdisjoint(id(value) for value in vars(builtins).values() if callable(value))
    for found in reached.values():
        modules = {value.__module__.split(".")[0] for value in found.values()}
        assert modules <= {"lifecycle", "sklearn", "lightgbm", "optuna"}


def test_an_estimator_is_no_metric_and_a_metric_no_estimator(reached: dict[str, dict[str, Any]]) -> None:
    assert set(reached["an estimator"]).isdisjoint(reached["a metric"])
    functions = {kind.name for kind in KINDS} - {"an estimator", "a transformer", "a sampler"}
    for kind in functions:
        others = {name for other in functions - {kind} for name in reached[other]}
        assert others.isdisjoint(reached[kind]), kind


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_example_of_a_kind_is_one(kind: Kind) -> None:
    assert callable(targets.resolve(kind.example, WHERE, kind))


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("sklearn.ensemble.tests.test_forest.check_classification_toy", target_kinds.ESTIMATOR),
        ("sklearn.metrics.tests.test_common.f1_score", target_kinds.METRIC),
        ("sklearn.linear_model._base.LinearRegression", target_kinds.ESTIMATOR),
        ("sklearn.ensemble._forest.RandomForestClassifier", target_kinds.ESTIMATOR),
        ("sklearn.x.os.system", target_kinds.ESTIMATOR),
        ("sklearn.datasets.fetch_openml", target_kinds.SOURCE),
        ("sklearn.utils.parallel.Parallel", target_kinds.ESTIMATOR),
        ("sklearn.calibration.check_array", target_kinds.ESTIMATOR),
        ("sklearn.dummy.BaseEstimator", target_kinds.ESTIMATOR),
        ("optuna.samplers._base.BaseSampler", target_kinds.SAMPLER),
        ("lightgbm.Booster", target_kinds.ESTIMATOR),
        ("lightgbm.train", target_kinds.ESTIMATOR),
        ("pandas.io.common.open", target_kinds.SOURCE),
        ("pandas.read_pickle", target_kinds.SOURCE),
        ("joblib.load", target_kinds.SOURCE),
    ],
)
def test_what_no_library_documents_is_refused(target: str, kind: Kind) -> None:
    with pytest.raises(ForbiddenTarget) as caught:
        targets.resolve(target, WHERE, kind)
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("target", "kind", "what"),
    [
        ("sklearn.metrics.f1_score", target_kinds.ESTIMATOR, "an estimator"),
        ("sklearn.svm.SVC", target_kinds.METRIC, "a metric"),
        ("sklearn.svm.SVC", target_kinds.TRANSFORMER, "a transformer"),
        ("sklearn.metrics.make_scorer", target_kinds.METRIC, "a metric"),
        ("sklearn.metrics.roc_curve", target_kinds.METRIC, "a metric"),
        ("sklearn.metrics.metric_at_thresholds", target_kinds.METRIC, "a metric"),
        ("sklearn.metrics.RocCurveDisplay", target_kinds.METRIC, "a metric"),
        ("sklearn.metrics.pairwise_distances", target_kinds.METRIC, "a metric"),
        ("sklearn.linear_model.lars_path", target_kinds.ESTIMATOR, "an estimator"),
        ("optuna.samplers.BaseSampler", target_kinds.SAMPLER, "a sampler"),
        ("lifecycle.sources.fetch.read_contents", target_kinds.SOURCE, "a source"),
        ("lifecycle.sources.secrets.read_environment", target_kinds.SOURCE, "a source"),
        ("lifecycle.sources.files.describe_origin", target_kinds.SOURCE, "a source"),
        ("lifecycle.modeling.transformers.image_files.read_image_file", target_kinds.TRANSFORMER, "a transformer"),
        ("lifecycle.modeling.transformers.encoder_files.EncoderFiles", target_kinds.TRANSFORMER, "a transformer"),
        ("lifecycle.modeling.estimators.catboost.load_trees", target_kinds.ESTIMATOR, "an estimator"),
        ("lifecycle.data.steps.values.hash_row", target_kinds.STEP, "a cleaning step"),
        ("lifecycle.data.splits.split_random", target_kinds.STEP, "a cleaning step"),
        ("lifecycle.data.features.build.build_features", target_kinds.FEATURE, "a feature"),
        ("lifecycle.modeling.tuning.tune_candidate", target_kinds.SAMPLER, "a sampler"),
    ],
)
def test_what_is_of_another_kind_is_refused(target: str, kind: Kind, what: str) -> None:
    with pytest.raises(ForbiddenTarget) as caught:
        targets.resolve(target, WHERE, kind)
    assert str(caught.value) == (
        f"error: _target_ {target!r} is not {what}\nwhere: {WHERE}\nnext:  name one, such as {kind.example}"
    )
