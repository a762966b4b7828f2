"""Files of a commit in which DVC notes the hashes of outputs, and of which project of the repository they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from lifecycle.versioning import git_trees, revisions
from lifecycle.versioning.revisions import LOCK, PIPELINE

ENTRY = ".dvc"  # the suffix of a file in which Git keeps the hash of a file that DVC keeps
TOP = Path()


@dataclass(frozen=True)
class NotedFile:
    """A file with hashes: the folder of its project and its path, both from the top of the repository, and its blob."""

    project: Path
    path: Path
    blob: str


def list_noted_files(commit: str) -> Iterator[NotedFile]:
    """The files of a commit with hashes, of all projects of the repository."""
    blobs = list_blobs(commit)
    projects = find_projects(blobs) | {Path(revisions.find_prefix())}
    for path, blob in blobs.items():
        if holds_hashes(path):
            yield NotedFile(find_owner(path, projects), path, blob)


@lru_cache(maxsize=8192)
def list_blobs(commit: str) -> dict[Path, str]:
    """The pipelines of a commit and its files with hashes, by their paths from the top, with Git's names of them."""
    entries = git_trees.git("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
    described = (entry.partition("\t") for entry in entries if entry)
    found = {Path(name): kind.split()[2] for kind, _, name in described}
    return {path: blob for path, blob in found.items() if path.name == PIPELINE or holds_hashes(path)}


def find_projects(files: Iterable[Path]) -> set[Path]:
    """The folders of projects: those in which a pipeline or its lock stands."""
    return {path.parent for path in files if path.name in (LOCK, PIPELINE)}


def find_owner(path: Path, projects: Collection[Path]) -> Path:
    """The project around a file, the innermost of several; the top of the repository where there is none."""
    return next((folder for folder in path.parents if folder in projects), TOP)


def holds_hashes(path: Path) -> bool:
    """Whether DVC notes hashes in a file of this name."""
    return path.name == LOCK or path.suffix == ENTRY


def parse_outs(text: str) -> list[Mapping[str, Any]]:
    """The outputs that a dvc.lock or a .dvc file has the hash of; none of what is neither."""
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 it is a safe one
    except yaml.YAMLError:
        return []
    entries = [content, *(content.get("stages") or {}).values()] if isinstance(content, dict) else []
    outs = [out for entry in entries if isinstance(entry, dict) for out in entry.get("outs") or []]
    return [out for out in outs if isinstance(out, dict) and out.get("md5") and out.get("path")]
