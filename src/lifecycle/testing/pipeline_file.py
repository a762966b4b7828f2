"""dvc.yaml in the present folder, beside what the engine's stages declare and name in their code."""

import ast
import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from lifecycle import paths, stages
from lifecycle.config import list_groups, list_options
from lifecycle.io.records import read_yaml

PIPELINE = Path("dvc.yaml")
PROBLEM = "conf/problem/${problem}.yaml"
ENGINE = re.compile(r"python -m lifecycle\.stages\.(\w+)(?: |$)")


def read_pipeline() -> dict[str, Any]:
    """What dvc.yaml says; raises MissingFile where there is none, CorruptFile for one that is no YAML."""
    return _read_pipeline(Path.cwd())


@functools.cache
def _read_pipeline(folder: Path) -> dict[str, Any]:
    content = read_yaml(PIPELINE)
    return content if isinstance(content, dict) else {}


def read_stages() -> dict[str, Any]:
    """The stages of dvc.yaml by name; raises as `read_pipeline` does."""
    return dict(read_pipeline().get("stages", {}))


def read_stage(stage: str) -> dict[str, Any]:
    """A stage of dvc.yaml."""
    return dict(read_stages()[stage])


def list_engine_stages() -> list[str]:
    """The stages of dvc.yaml that run one of the engine's."""
    return [name for name, entry in read_stages().items() if ENGINE.match(str(entry.get("cmd")))]


def find_module(stage: str) -> str:
    """The name of the engine's stage that a stage of dvc.yaml runs."""
    found = ENGINE.match(read_stage(stage)["cmd"])
    return found[1] if found else stage


def list_names(entries: Sequence[Any]) -> list[str]:
    """The files or keys of a list in dvc.yaml, where an entry may have settings."""
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def list_params(stage: str) -> list[str]:
    """The files of conf/ and the keys of params.yaml that a stage lists under params."""
    return list_names(read_stage(stage).get("params", []))


def list_outs(stage: str) -> list[str]:
    """The outputs of a stage."""
    return list_names(read_stage(stage).get("outs", []))


def list_deps(stage: str) -> list[str]:
    """The dependencies of a stage that are files."""
    return list_names(read_stage(stage).get("deps", []))


def get_declared(stage: str) -> type:
    """The configuration that a stage declares."""
    found: type = import_module(f"{stages.__name__}.{find_module(stage)}").Config
    return found


def read_command(stage: str) -> dict[str, str]:
    """The overrides in the command of a stage, by key."""
    return dict(word.split("=", 1) for word in read_stage(stage)["cmd"].split() if "=" in word)


def list_picked_files(stage: str) -> set[str]:
    """The files of conf/ that the stage may pick: those of its command, or all where the problem's file picks."""
    found: set[str] = set()
    for group, every in list_groups(get_declared(stage)).items():
        if not every and group in read_command(stage):
            found.add(f"conf/{group}/{read_command(stage)[group]}.yaml")
        elif not every:
            found |= {f"conf/{group}/{option}.yaml" for option in list_options(group)}
    return found


def list_whole_groups(stage: str) -> list[str]:
    """The groups of which a stage takes every option."""
    return sorted(group for group, every in list_groups(get_declared(stage)).items() if every)


def list_plain_fields(stage: str) -> set[str]:
    """The values that a stage takes beside groups of conf/."""
    declared = get_declared(stage)
    return {field.name for field in dataclasses.fields(declared)} - set(list_groups(declared))


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a path is one of dvc.yaml's, where `${…}` stands for one part."""
    return any(re.fullmatch(re.sub(r"\\\$\\\{[^}]*\\\}", r"[^/]+", re.escape(one)), name) for one in patterns)


def is_covered(place: str, listed: Sequence[str]) -> bool:
    """Whether a path is among those listed, lies in one of them, or is a folder of one."""
    inside = [place, *(parent.as_posix() for parent in Path(place).parents)]
    return any(one.startswith(f"{place}/") for one in listed) or any(matches(one, listed) for one in inside)


def parse_stage(stage: str) -> ast.Module:
    """The code of the engine's stage that a stage of dvc.yaml runs."""
    file = str(import_module(f"{stages.__name__}.{find_module(stage)}").__file__)
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def list_paths(node: ast.AST) -> set[str]:
    """The names of `lifecycle.paths` that code names."""
    return {
        one.attr
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "paths"
    }


def list_written_paths(stage: str) -> set[str]:
    """The names of the paths that a stage hands to a function `write_…`."""
    calls = [node for node in ast.walk(parse_stage(stage)) if isinstance(node, ast.Call)]
    named = [(call.func.id, call.args) for call in calls if isinstance(call.func, ast.Name)]
    found = [list_paths(arguments[0]) for name, arguments in named if name.startswith("write_") and arguments]
    return set().union(*found) - {"RUNS"}


def get_place(name: str) -> str:
    """The path of that name."""
    return str(getattr(paths, name).as_posix())


def list_keys(stage: str, file: str) -> set[str] | None:
    """The keys of a file that a stage depends on; None where it depends on the whole file."""
    for entry in read_stage(stage).get("params", []):
        if isinstance(entry, dict) and file in entry:
            return set(entry[file]) if entry[file] else None
    return None


def list_problem_keys(stage: str) -> set[str]:
    """The keys of the problem's file that a stage uses."""
    reads = [node for node in ast.walk(parse_stage(stage)) if isinstance(node, ast.Attribute)]
    groups = {group for group, every in list_groups(get_declared(stage)).items() if not every}
    return (groups - set(read_command(stage))) | {
        node.attr for node in reads if isinstance(node.value, ast.Attribute) and node.value.attr == "problem"
    }


def list_shown(pipeline: Mapping[str, Any]) -> list[str]:
    """The files of the metrics and plots of dvc.yaml."""
    plots = pipeline.get("plots", [])
    files = [name for plot in plots for name in [*plot, *(next(iter(plot.values())).get("y") or {})]]
    return [*pipeline.get("metrics", []), *(name for name in files if "/" in name)]
