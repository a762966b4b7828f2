"""The files of conf/ in the present folder: listed, read as they stand, and loaded as the classes of their groups."""

import dataclasses
import functools
import importlib
import pkgutil
import typing
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lifecycle import cli, config, paths, stages, target_kinds
from lifecycle.data.problem import Task
from lifecycle.data.splits import GROUPED, IN_TIME
from lifecycle.engine.settings import Engine
from lifecycle.io.records import read_yaml
from lifecycle.serving.settings import Serve
from lifecycle.target_kinds import ANY, Kind

TASKS: tuple[Task, ...] = typing.get_args(Task)
FORM_KEYS = {"regression": "_numbers_", "clustering": "_clusters_"}
CONTINUED = "lifecycle.modeling.estimators.continued."  # learns from an earlier revision's model

# What the callables that a group's files name must be; in the other groups, whatever may be named at all.
KINDS: Mapping[str, Kind] = {
    "model": target_kinds.ESTIMATOR,
    "inputs": target_kinds.TRANSFORMER,
    "reduce": target_kinds.TRANSFORMER,
    "metric": target_kinds.METRIC,
    "split": target_kinds.SPLIT,
    "clean": target_kinds.STEP,
    "features": target_kinds.FEATURE,
    "augment": target_kinds.AUGMENTATION,
    "calibration": target_kinds.CALIBRATION,
    "search": target_kinds.SAMPLER,
    "source": target_kinds.SOURCE,
}

ModelForm = tuple[str, Task]  # an option of conf/model/ and a task that it has a form for
Step = tuple[str, str]  # a group of conf/ whose steps learn, and an option of it


def list_option_files() -> list[Path]:
    """Every file of conf/<group>/."""
    return sorted(paths.CONF.glob("*/*.yaml"))


def list_options(group: str) -> list[str]:
    """The names of the options of a group."""
    return config.list_options(group)


def read_option(group: str, option: str) -> dict[str, Any]:
    """What the file of an option says; raises CorruptFile for one that is no YAML, MissingFile for none."""
    content = read_yaml(paths.CONF / group / f"{option}.yaml")
    return content if isinstance(content, dict) else {}


def load_option(group: str, option: str) -> Any:
    """The option as the class of its group; raises ConfigError naming the file, the key and the nearest valid one."""
    return _load_option(Path.cwd(), group, option)


@functools.cache
def _load_option(folder: Path, group: str, option: str) -> Any:
    one = dataclasses.make_dataclass("One", [(group, list_declared()[group])])
    return getattr(config.load(one, [f"{group}={option}"]), group)


@functools.cache
def list_declared() -> dict[str, type]:
    """The class of each group, as the stages, the commands and the service declare it."""
    found: dict[str, type] = {}
    for package, module in [(one, module) for one in (stages, cli) for module in pkgutil.iter_modules(one.__path__)]:
        settings = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "Config", None)
        if isinstance(settings, type):  # the runner beside the stages has a type variable of that name
            found |= list_classes(settings)
    return found | {"serve": Serve, "engine": Engine}


def list_classes(settings: type) -> dict[str, type]:
    """The class of each group that a configuration declares."""
    hints = typing.get_type_hints(settings)
    groups = config.list_groups(settings).items()
    return {group: typing.get_args(hints[group])[-1] if every else hints[group] for group, every in groups}


def list_targets(value: Any) -> list[str]:
    """Every `_target_` in a record of YAML."""
    if isinstance(value, dict):
        own = [value["_target_"]] if "_target_" in value else []
        return own + [target for entry in value.values() for target in list_targets(entry)]
    return [target for entry in value for target in list_targets(entry)] if isinstance(value, list) else []


def get_kind(group: str) -> Kind:
    """What a callable must be that a file of this group names."""
    return KINDS.get(group, ANY)


def list_tasks(option: str) -> list[Task]:
    """The tasks that a model's file says it has a form for."""
    said = read_option("model", option)
    return [task for task in TASKS if FORM_KEYS.get(task, "_classes_") in said]


def list_forms() -> list[ModelForm]:
    """Every model with every task that it has a form for."""
    return [(option, task) for option in list_fresh(list_options("model")) for task in list_tasks(option)]


def list_candidate_forms() -> list[ModelForm]:
    """The candidates in params.yaml that have a form for the problem's task, in their order.

    Raises UnknownName for a candidate or a problem without a file.
    """
    picks = config.read_parameters()
    problem, candidates = str(picks.get("problem")), [str(one) for one in picks.get("candidates") or []]
    for group, option in [("problem", problem), *(("model", one) for one in candidates)]:
        config.must_be_option(group, option)
    task = read_option("problem", problem).get("task")
    return [(option, one) for option in list_fresh(candidates) for one in list_tasks(option) if one == task]


def list_fresh(options: Iterable[str]) -> list[str]:
    """The models that learn from rows alone, not from an earlier revision's model."""
    return [
        option
        for option in options
        if not any(target.startswith(CONTINUED) for target in list_targets(read_option("model", option)))
    ]


def list_portfolio_entries(forms: Sequence[ModelForm]) -> list[tuple[str, Task, int]]:
    """The place of each set of arguments that these models say are tried as they stand."""
    return [(*form, place) for form in forms for place in range(count_portfolio(*form))]


def count_portfolio(option: str, task: Task) -> int:
    """How many sets of arguments a model's file lists, for the task or else for all."""
    said = read_option("model", option)
    own = said[FORM_KEYS.get(task, "_classes_")] or {}
    return len(own.get("_portfolio_") or said.get("_portfolio_", []))


def list_steps() -> list[Step]:
    """Every option whose steps learn from the rows before a model does."""
    return [(group, option) for group in ("inputs", "reduce") for option in list_options(group)]


def list_candidate_steps() -> list[Step]:
    """The preprocessing of the candidates, and the reduction that params.yaml picks."""
    inputs = {find_inputs(*form) for form in list_candidate_forms()}
    reduce = str(config.read_parameters().get("reduce", "none"))
    return [*(("inputs", name) for name in sorted(inputs)), ("reduce", reduce)]


def find_inputs(option: str, task: Task) -> str:
    """The preprocessing that a model's file names, for the task or else for all."""
    said = read_option("model", option)
    own = said[FORM_KEYS.get(task, "_classes_")] or {}
    return str(own.get("_inputs_", said.get("_inputs_")))


def list_splits(*targets: str) -> list[str]:
    """The splits whose files name one of these functions."""
    return [option for option in list_options("split") if read_option("split", option).get("_target_") in targets]


def list_timed_splits() -> list[str]:
    """The splits that put later rows into later parts."""
    return list_splits(*IN_TIME)


def list_grouped_splits() -> list[str]:
    """The splits that keep the rows of a group in one part."""
    return list_splits(GROUPED)


def list_metric_cases() -> list[tuple[str, Task]]:
    """Every metric with every task that it is for."""
    return [
        (option, task) for option in list_options("metric") for task in read_option("metric", option).get("_tasks_", [])
    ]
