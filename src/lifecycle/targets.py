"""Callables that YAML may name: resolved from an allow-list, checked before they are called."""

import inspect
import tomllib
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from lifecycle.errors import CorruptFile, ForbiddenTarget, UnknownName, WrongValue, suggest_name
from lifecycle.options import Call
from lifecycle.paths import PROJECT, SOURCE
from lifecycle.target_kinds import ANY, Kind, is_below

# A callable is allowed when the module that defines it stands in this list, in one of the project's own packages,
# or below one of these, where its library documents it, and where it is what its place takes: an estimator for a
# model. Keep out whatever reads code, runs commands or unpickles.
ALLOWED = (
    "lifecycle.modeling.augment",
    "lifecycle.modeling.estimators",
    "lifecycle.data.features",
    "lifecycle.modeling.tuning",
    "lifecycle.sources",
    "lifecycle.data.splits",
    "lifecycle.data.steps",
    "lifecycle.evaluation.metrics",
    "lifecycle.modeling.transformers",
    "lightgbm.sklearn",
    "optuna.samplers",
    "sklearn.calibration",
    "sklearn.cluster",
    "sklearn.decomposition",
    "sklearn.discriminant_analysis",
    "sklearn.dummy",
    "sklearn.ensemble",
    "sklearn.feature_selection",
    "sklearn.impute",
    "sklearn.kernel_approximation",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.mixture",
    "sklearn.naive_bayes",
    "sklearn.neighbors",
    "sklearn.neural_network",
    "sklearn.preprocessing",
    "sklearn.svm",
    "sklearn.tree",
)
# Parts of a library's path that are no part of what it documents.
UNDOCUMENTED = ("tests", "test", "testing", "conftest", "externals", "utils")
# Arguments of libraries that name files which are unpickled.
UNPICKLED = ("memory",)


def list_project_packages() -> tuple[str, ...]:
    """The project's own packages: `packages` under [tool.lifecycle] in pyproject.toml, each a folder of src/.

    Raises WrongValue for a name that is no folder of src/, so that no other code can be allowed this way, and
    CorruptFile where pyproject.toml is no TOML.
    """
    return _read_own_code(Path.cwd()).packages


def list_project_estimators() -> tuple[str, ...]:
    """The project's own classes that a model file may hold: `estimators` under [tool.lifecycle], by dotted name.

    Raises WrongValue for a class that is in no package of the project, and CorruptFile where pyproject.toml is no TOML.
    """
    return _read_own_code(Path.cwd()).estimators


@dataclass(frozen=True)
class OwnCode:
    """What pyproject.toml says of the project's own code: packages of src/, and classes of them in model files."""

    packages: tuple[str, ...]
    estimators: tuple[str, ...]


@lru_cache(maxsize=8)
def _read_own_code(folder: Path) -> OwnCode:
    settings = read_settings(folder / PROJECT)
    found = OwnCode(*(tuple(map(str, settings.get(key, []))) for key in ("packages", "estimators")))
    must_be_packages(found.packages, folder)
    must_be_of_packages(found.estimators, found.packages)
    return found


def must_be_packages(packages: Sequence[str], folder: Path) -> None:
    """Raise WrongValue for a name that is no folder of src/."""
    for name in packages:
        if not name.isidentifier() or name == "lifecycle" or not (folder / SOURCE / name).is_dir():
            raise WrongValue(
                f"packages names {name!r}, which is no package of the project",
                where=f"{PROJECT}, key packages of [tool.lifecycle]",
                todo=f"name a folder of {SOURCE}/, or take {name!r} out",
            )


def must_be_of_packages(estimators: Sequence[str], packages: Sequence[str]) -> None:
    """Raise WrongValue for a class that is in none of the packages."""
    for name in estimators:
        if not is_below(name.rpartition(".")[0], packages):
            raise WrongValue(
                f"estimators names {name!r}, which is in no package of the project",
                where=f"{PROJECT}, key estimators of [tool.lifecycle]",
                todo=f"name a class below {', '.join(packages) or 'a package of the project'}, or take {name!r} out",
            )


def read_settings(path: Path) -> Mapping[str, Any]:
    """What a pyproject.toml says under [tool.lifecycle]; nothing without one. Raises CorruptFile for no TOML."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as cause:
        raise CorruptFile(
            f"{PROJECT} is not valid TOML ({cause})",
            where=str(PROJECT),
            todo=f"correct {PROJECT}; within a merge, lifecycle resolve names all that is to be corrected",
        ) from cause
    found: Mapping[str, Any] = content.get("tool", {}).get("lifecycle", {})
    return found


def is_allowed(module: str) -> bool:
    """Whether a module stands in the allow-list or in a package of the project, or below one that does."""
    return is_below(module, (*ALLOWED, *list_project_packages()))


def resolve(target: str, where: str, kind: Kind = ANY) -> Callable[..., Any]:
    """The callable that `target` names.

    Raises ForbiddenTarget before anything outside the allowed packages is imported, and for what is not of the kind
    that its place takes; UnknownName for a name that its module does not define. A project's own callables are of
    every kind.
    """
    module_name, _, name = target.rpartition(".")
    if (module_name != "lightgbm" and not is_allowed(module_name)) or has_undocumented_part(target):
        raise make_forbidden_error(target, where)
    try:
        module = import_module(module_name)
    except ImportError as cause:
        raise UnknownName(
            f"_target_ {target!r}: module {module_name!r} cannot be imported ({cause})",
            where=where,
            todo="correct the module's name, or install the package that holds it",
        ) from cause
    value = getattr(module, name, None)
    if value is None:
        public = [entry for entry in dir(module) if not entry.startswith("_")]
        raise UnknownName(
            f"_target_ {target!r}: {module_name} has no {name!r}",
            where=where,
            todo=suggest_name(name, public),
        )
    own = str(getattr(value, "__module__", "") or "")
    if not callable(value) or not is_allowed(own) or not is_documented(module_name, module, name, own):
        raise make_forbidden_error(target, where)
    if not is_below(own, list_project_packages()) and not (kind.holds(own) and kind.suits(value)):
        raise ForbiddenTarget(
            f"_target_ {target!r} is not {kind.name}", where=where, todo=f"name one, such as {kind.example}"
        )
    return typing.cast("Callable[..., Any]", value)


def has_undocumented_part(target: str) -> bool:
    """Whether a part of the path is private, or a library's part for its own use."""
    module_name, _, name = target.rpartition(".")
    ours = is_below(module_name, ("lifecycle", *list_project_packages()))
    parts = (*module_name.split("."), name)
    return name.startswith("_") or (not ours and any(one.startswith("_") or one in UNDOCUMENTED for one in parts))


def is_documented(module_name: str, module: Any, name: str, own: str) -> bool:
    """Whether a module says that a name is part of it, or, where it says nothing of the kind, defines it itself."""
    if is_below(module_name, ("lifecycle", *list_project_packages())):
        return True
    return name in module.__all__ if hasattr(module, "__all__") else own == module_name


def make_forbidden_error(target: str, where: str) -> ForbiddenTarget:
    """The error for a target outside the allow-list."""
    return ForbiddenTarget(
        f"_target_ {target!r} is not on the allow-list",
        where=where,
        todo=f"name a callable of an allowed module, or of a package that {PROJECT} lists under [tool.lifecycle]",
    )


def call(configured: Call, where: str, *positional: Any, kind: Kind = ANY, **more: Any) -> Any:
    """What the named callable, of this kind, returns for its configured arguments and those given by code.

    Raises ForbiddenTarget for another kind of callable, UnknownName for an argument that it does not take and
    WrongValue for one that is missing or, in functions of this package, has another type than declared.
    """
    function = resolve(configured.target, where, kind)
    check_arguments(function, configured, where, len(positional), more)
    return function(*positional, **configured.arguments, **more)


def check_arguments(
    function: Callable[..., Any], configured: Call, where: str, count: int, more: Mapping[str, Any]
) -> None:
    """Compare the configured arguments with the signature of the callable."""
    parameters = list(inspect.signature(function).parameters.values())
    open_ended = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    positional = {parameter.name for parameter in parameters[:count]}
    known = {parameter.name: parameter for parameter in parameters if parameter.name not in positional}
    for name in configured.arguments:
        if name in more or (name not in known and not (open_ended and name in list_extra_arguments(function))):
            free = [entry for entry in known if entry not in more]
            raise UnknownName(
                f"{configured.target} takes no argument {name!r}",
                where=f"{where}, key {name}",
                todo=suggest_name(name, free),
            )
    for name, parameter in known.items():
        required = parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        )
        if required and name not in configured.arguments and name not in more:
            raise WrongValue(
                f"{configured.target} needs the argument {name!r}",
                where=where,
                todo=f"add the key {name}: to this option",
            )
    if is_below(function.__module__, ("lifecycle", *list_project_packages())):
        check_types(function, configured, where)
    else:
        must_hold_values(configured, where)


def must_hold_values(configured: Call, where: str) -> None:
    """Raise ForbiddenTarget for an argument of a library that names another callable, or a folder of pickles."""
    for name, value in configured.arguments.items():
        if holds_target(value) or (name in UNPICKLED and value is not None):
            what = "a _target_ of its own" if holds_target(value) else f"{value!r}, whose files would be unpickled"
            raise ForbiddenTarget(
                f"{name} of {configured.target} holds {what}", where=f"{where}, key {name}", todo=f"take {name}: out"
            )


def holds_target(value: Any) -> bool:
    """Whether a value of YAML has the key `_target_`, however deep."""
    if isinstance(value, dict):
        return "_target_" in value or any(map(holds_target, value.values()))
    return isinstance(value, list) and any(map(holds_target, value))


def list_extra_arguments(function: Callable[..., Any]) -> set[str]:
    """Names that a callable with `**kwargs` is documented to pass on: none but LightGBM's own."""
    if not function.__module__.startswith("lightgbm."):
        return set()
    return {
        "cat_l2",
        "cat_smooth",
        "deterministic",
        "extra_trees",
        "feature_fraction_bynode",
        "force_row_wise",
        "max_bin",
        "max_cat_to_onehot",
        "min_data_per_group",
        "path_smooth",
        "verbose",
    }


def check_types(function: Callable[..., Any], configured: Call, where: str) -> None:
    """Hold each configured argument against the type that the function declares for it."""
    from pydantic import TypeAdapter, ValidationError
    from pydantic_core import to_json

    hints = typing.get_type_hints(function.__init__ if inspect.isclass(function) else function)
    for name, value in configured.arguments.items():
        if name not in hints:
            continue
        try:
            TypeAdapter(hints[name]).validate_json(to_json(value), strict=True)
        except ValidationError as cause:
            detail = cause.errors()[0]["msg"]
            raise WrongValue(
                f"{name} is {value!r}: {detail}", where=f"{where}, key {name}", todo=f"correct {name}: in this option"
            ) from cause
