"""Where a file comes from: back through dvc.lock to code, configuration, environment, raw batches and their sources."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.errors import UnknownName, suggest_name
from lifecycle.versioning import revisions

Stages = Mapping[str, Mapping[str, Any]]


def ancestry(revision: str, path: Path) -> dict[str, Any]:
    """The stages behind an output of a revision, the last one first, and the raw batches at their end.

    `stages` has for each its command, parameters, outputs, the outputs of others that it read (`from`) and what no
    stage wrote (`given`), all with their hashes. Raises UnknownName for what no stage writes.
    """
    commit = revisions.resolve_revision(revision)
    stages = revisions.read_lock(commit).get("stages", {})
    first = writer(stages, path.as_posix())
    if first is None:
        outs = [out["path"] for entry in stages.values() for out in entry.get("outs", [])]
        raise UnknownName(
            f"no stage writes {path}", where=f"{revision}:{revisions.LOCK}", todo=suggest_name(path.as_posix(), outs)
        )
    found = behind(stages, first)
    return {
        "path": path.as_posix(),
        "revision": commit,
        "environment": {paths.ENVIRONMENT.as_posix(): environment(commit)},
        "stages": {name: told(stages, name) for name in found},
        "batches": batches(commit) if "collect" in found else [],
    }


def writer(stages: Stages, path: str) -> str | None:
    """The stage that writes a path, or the folder around it, or what is in it."""
    for name, entry in stages.items():
        for out in entry.get("outs", []):
            if path == out["path"] or path.startswith(f"{out['path']}/") or out["path"].startswith(f"{path}/"):
                return name
    return None


def writers(stages: Stages, path: str) -> list[str]:
    """The stages that write a path, the folder around it, or something in it."""
    return [name for name, entry in stages.items() if writer({name: entry}, path)]


def behind(stages: Stages, first: str) -> list[str]:
    """The stage and all whose outputs it stands on, each once, nearest first."""
    found = [first]
    for name in found:
        for dep in stages[name].get("deps", []):
            found += [one for one in writers(stages, dep["path"]) if one not in found]
    return found


def told(stages: Stages, name: str) -> dict[str, Any]:
    """What the lock says of one stage."""
    entry = stages[name]
    deps = {dep["path"]: dep["md5"] for dep in entry.get("deps", [])}
    made = {path for path in deps if writer(stages, path)}
    return {
        "command": " ".join(entry["cmd"].split()),
        "params": entry.get("params", {}),
        "outs": {out["path"]: out["md5"] for out in entry.get("outs", [])},
        "from": {path: deps[path] for path in sorted(made)},
        "given": {path: deps[path] for path in sorted(deps.keys() - made)},
    }


def environment(commit: str) -> str:
    """The MD5 of the environment's lock at a commit."""
    import hashlib

    return hashlib.md5(revisions.read_tracked(commit, paths.ENVIRONMENT) or b"", usedforsecurity=False).hexdigest()


def batches(commit: str) -> list[dict[str, Any]]:
    """The raw batches of a revision with their rows, hashes and sources."""
    return list(revisions.read_record(commit, paths.PROVENANCE).get("batches", []))
