"""What each place of the configuration takes: an estimator, a metric, a step, and how one is recognised."""

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

# How scikit-learn names the metrics that are one number, and their first two arguments.
NUMBER = re.compile(r"(score|loss|error|deviance|corrcoef)$")
COMPARED = (
    ("y_true", "y_pred"),
    ("y_true", "y_score"),
    ("y_true", "y_proba"),
    ("y_true", "pred_decision"),
    ("labels_true", "labels_pred"),
    ("X", "labels"),
)
SOURCE_PARTS = ("describe_origin", "is_bundled", "list_version_ends")


@dataclass(frozen=True)
class Kind:
    """What a place takes: its name, the engine's modules that have it, what it looks like, and an example of it."""

    name: str
    modules: tuple[str, ...]
    suits: Callable[[Any], bool]
    example: str

    def holds(self, module: str) -> bool:
        """Whether a module is no part of the engine, or one of those that have this kind."""
        return not is_below(module, ("lifecycle",)) or is_below(module, self.modules)


def is_below(module: str, names: Iterable[str]) -> bool:
    """Whether a module is one of those named or stands below one."""
    return any(module == name or module.startswith(f"{name}.") for name in names)


def has_methods(*names: str) -> Callable[[Any], bool]:
    """A test for a class with these methods."""
    return lambda value: inspect.isclass(value) and all(callable(getattr(value, name, None)) for name in names)


def takes_first(*names: str) -> Callable[[Any], bool]:
    """A test for a function that takes these arguments by place, and all others by name."""
    return lambda value: inspect.isfunction(value) and list_by_place(value) == names


def list_by_place(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments that a function takes by place."""
    parameters = inspect.signature(function).parameters.values()
    return tuple(one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD))


def is_estimator(value: Any) -> bool:
    """Whether this is a class that is fitted and then predicts, or assigns the rows to clusters."""
    predicts = any(has_methods(name)(value) for name in ("predict", "fit_predict"))
    return has_methods("fit", "get_params")(value) and predicts


def is_metric(value: Any) -> bool:
    """Whether this is a function of what is true and what was predicted."""
    if not inspect.isfunction(inspect.unwrap(value)):
        return False
    parameters = inspect.signature(value).parameters
    engine = is_below(value.__module__, ("lifecycle",)) and "sample_weight" in parameters
    library = NUMBER.search(value.__name__) and tuple(parameters)[:2] in COMPARED
    return (engine and len(list_by_place(value)) == 2) or bool(library)


def is_sampler(value: Any) -> bool:
    """Whether this is a class that proposes trials, or the engine's function that makes one."""
    sampler = has_methods("sample_relative", "sample_independent")(value) and not inspect.isabstract(value)
    return sampler or takes_first("space", "seed")(value)


def is_source(value: Any) -> bool:
    """Whether this is the function `read` of a module that describes the origin of its rows."""
    return is_named(value, ("read",)) and hasattr(inspect.getmodule(value), "describe_origin")


def is_source_part(value: Any) -> bool:
    """Whether this is one of the functions beside `read` of a source."""
    return is_named(value, SOURCE_PARTS) and hasattr(inspect.getmodule(value), "read")


def is_named(value: Any, names: tuple[str, ...]) -> bool:
    """Whether this is a function with one of these names."""
    return inspect.isfunction(value) and value.__name__ in names


ESTIMATOR = Kind(
    "an estimator",
    ("lifecycle.modeling.estimators",),
    is_estimator,
    "sklearn.linear_model.LogisticRegression",
)
TRANSFORMER = Kind(
    "a transformer",
    ("lifecycle.modeling.transformers",),
    has_methods("fit", "transform", "get_params"),
    "sklearn.preprocessing.StandardScaler",
)
METRIC = Kind("a metric", ("lifecycle.evaluation.metrics",), is_metric, "sklearn.metrics.f1_score")
SAMPLER = Kind("a sampler", ("lifecycle.modeling.tuning",), is_sampler, "optuna.samplers.TPESampler")
SPLIT = Kind(
    "a split",
    ("lifecycle.data.splits",),
    takes_first("table", "schema", "seed"),
    "lifecycle.data.splits.split_by_time",
)
STEP = Kind(
    "a cleaning step",
    ("lifecycle.data.steps",),
    takes_first("tables"),
    "lifecycle.data.steps.values.rename_columns",
)
FEATURE = Kind(
    "a feature",
    ("lifecycle.data.features",),
    takes_first("table", "past"),
    "lifecycle.data.features.history.average_recent",
)
AUGMENTATION = Kind(
    "an augmentation",
    ("lifecycle.modeling.augment",),
    takes_first("inputs", "labels"),
    "lifecycle.modeling.augment.resampling.oversample",
)
CALIBRATION = Kind(
    "a calibration",
    ("lifecycle.modeling.estimators.calibrated",),
    takes_first("scores", "truth"),
    "lifecycle.modeling.estimators.calibrated.fit_beta",
)
CORRECTION = Kind(
    "a correction that a calibration found",
    ("lifecycle.modeling.estimators.calibrated",),
    has_methods("calibrate"),
    "lifecycle.modeling.estimators.calibrated.BetaCalibrated",
)
SOURCE = Kind("a source", ("lifecycle.sources",), is_source, "lifecycle.sources.files.read")
SOURCE_PART = Kind(
    "a function beside a source's", ("lifecycle.sources",), is_source_part, "lifecycle.sources.files.describe_origin"
)
KINDS = (
    ESTIMATOR,
    TRANSFORMER,
    METRIC,
    SAMPLER,
    SPLIT,
    STEP,
    FEATURE,
    AUGMENTATION,
    CALIBRATION,
    CORRECTION,
    SOURCE,
    SOURCE_PART,
)
ANY = Kind("what the configuration may name", ("lifecycle",), callable, ESTIMATOR.example)
