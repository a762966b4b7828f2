"""The lineage of a file: back through dvc.lock to code, configuration, environment, raw batches and their sources."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.errors import UnknownName, suggest_name
from lifecycle.versioning import revisions
from lifecycle.versioning.environment import find_environment

Stages = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class StageLineage:
    """A stage's command and parameters by file, and MD5s by path.

    `outs` are its outputs, `inputs` outputs of other stages that it read, `given` dependencies that no stage wrote.
    """

    command: str
    params: dict[str, Any]
    outs: dict[str, str]
    inputs: dict[str, str]
    given: dict[str, str]


@dataclass(frozen=True)
class Lineage:
    """A file of a revision, its environment's MD5 by path, the stages behind it, the last first, and raw batches."""

    path: str
    revision: str
    environment: dict[str, str]
    stages: dict[str, StageLineage]
    batches: list[dict[str, Any]]


def trace_lineage(revision: str, path: Path) -> Lineage:
    """The lineage of an output of a revision; raises UnknownName for a file that no stage writes."""
    commit = revisions.resolve_revision(revision)
    stages = revisions.read_lock(commit).get("stages", {})
    first = find_writer(stages, path.as_posix())
    if first is None:
        outs = [out["path"] for entry in stages.values() for out in entry.get("outs", [])]
        raise UnknownName(
            f"no stage writes {path}", where=f"{revision}:{revisions.LOCK}", todo=suggest_name(path.as_posix(), outs)
        )
    names = find_upstream(stages, first)
    return Lineage(
        path=path.as_posix(),
        revision=commit,
        environment=hash_environment(commit),
        stages={name: describe_stage(stages, name) for name in names},
        batches=read_batches(commit) if "collect" in names else [],
    )


def find_writer(stages: Stages, path: str) -> str | None:
    """The stage that writes a path, or the folder around it, or what is in it."""
    for name, entry in stages.items():
        for out in entry.get("outs", []):
            if path == out["path"] or path.startswith(f"{out['path']}/") or out["path"].startswith(f"{path}/"):
                return name
    return None


def find_writers(stages: Stages, path: str) -> list[str]:
    """The stages that write a path, the folder around it, or something in it."""
    return [name for name, entry in stages.items() if find_writer({name: entry}, path)]


def find_upstream(stages: Stages, first: str) -> list[str]:
    """The stage and all whose outputs it depends on, each once, nearest first."""
    names = [first]
    for name in names:
        for dep in stages[name].get("deps", []):
            names += [one for one in find_writers(stages, dep["path"]) if one not in names]
    return names


def describe_stage(stages: Stages, name: str) -> StageLineage:
    """One stage as the lock records it."""
    entry = stages[name]
    deps = {dep["path"]: dep["md5"] for dep in entry.get("deps", [])}
    written = {path for path in deps if find_writer(stages, path)}
    return StageLineage(
        command=" ".join(entry["cmd"].split()),
        params=entry.get("params", {}),
        outs={out["path"]: out["md5"] for out in entry.get("outs", [])},
        inputs={path: deps[path] for path in sorted(written)},
        given={path: deps[path] for path in sorted(deps.keys() - written)},
    )


def hash_environment(commit: str) -> dict[str, str]:
    """The MD5 of the environment's lock at a commit, by its path."""
    path = find_environment()
    content = revisions.read_tracked(commit, path) or b""
    return {path.as_posix(): hashlib.md5(content, usedforsecurity=False).hexdigest()}


def read_batches(commit: str) -> list[dict[str, Any]]:
    """The raw batches of a revision with their rows, hashes and sources."""
    return list(revisions.read_record(commit, paths.PROVENANCE).get("batches", []))
