"""The projects of a Git repository, and which of them a change touches: by their own files, or by what they read."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lifecycle import paths
from lifecycle.errors import UnknownName, WrongValue
from lifecycle.versioning import git_trees, revisions
from lifecycle.versioning.noted_hashes import find_owner
from lifecycle.versioning.revisions import LOCK, PIPELINE


def list_projects(revision: str) -> list[Path]:
    """The folders of a revision in which a pipeline stands, from the top of the repository, sorted."""
    return sorted(path.parent for path in list_files(revision) if path.name == PIPELINE)


def list_present() -> list[Path]:
    """The folders in which a pipeline stands that Git knows or would take, from the top of the repository, sorted."""
    return list_pipelines("--full-name", "--", f":(top,glob)**/{PIPELINE}")


def list_pipelines(*asked: str) -> list[Path]:
    """The folders, sorted, of the pipelines that Git knows or would take, by further arguments of `git ls-files`."""
    named = git_trees.git("ls-files", "--cached", "--others", "--exclude-standard", "-z", *asked)
    return sorted({Path(name).parent for name in named.split("\0") if name})


def find_tagged(tag: str) -> Path:
    """The project that a tag such as `projects/churn=model@v1.0.0` is of; raises UnknownName where there is none."""
    folder = tag.rpartition("=")[0]
    known = list_present()
    if Path(folder) not in known:
        raise UnknownName(
            f"no project stands in {folder or 'the top of the repository'}",
            where=f"the tag {tag}",
            todo=f"a tag of one that is here: {', '.join(f'{one.as_posix()}=model@v1.0.0' for one in known)}",
        )
    return Path(folder)


def check_alone() -> None:
    """Raise WrongValue where other projects stand in folders of this one: its files cannot be told from theirs."""
    if inner := list_pipelines("--", f"*/{PIPELINE}"):
        raise WrongValue(
            f"another project stands in {inner[0]}, and this would take its files along",
            where=f"{inner[0]}/{PIPELINE}, below the {PIPELINE} of this folder",
            todo="give this project a folder of its own beside it (git mv), then dvc init --subdir there",
        )


def list_touched(base: str, head: str) -> list[Path]:
    """The projects of `head` that a difference from `base` touches: one in their folder, or in what they read.

    A file in the folders of several projects is of the innermost. Outside of their folders projects read the
    environment's lock above them, and the dependencies that their pipelines spell out or their locks record.
    """
    changed, files, projects = list_changed(base, head), list_files(head), list_projects(head)
    owners = {find_owner(path, projects) for path in changed}
    return [one for one in projects if one in owners or has_any(list_read_outside(head, one, files), changed)]


def has_any(places: Collection[Path], files: Collection[Path]) -> bool:
    """Whether one of the files is one of the places, or in a folder that is."""
    return any({path, *path.parents} & set(places) for path in files)


def list_read_outside(revision: str, project: Path, files: Collection[Path]) -> set[Path]:
    """What a project reads outside of its folder, from the top of the repository; `files` are the revision's."""
    above = [folder / paths.ENVIRONMENT for folder in (project, *project.parents)]
    environment = next((path for path in above if path in files), paths.ENVIRONMENT)
    named = {Path(os.path.normpath(project / name)) for name in list_dependencies(revision, project)}
    return {environment, *(path for path in named if project not in path.parents)}


def list_dependencies(revision: str, project: Path) -> Iterator[str]:
    """The dependencies of a project's stages, as paths from its folder: those of its pipeline and of its lock."""
    for name in (PIPELINE, LOCK):
        stages = read_mapping(revision, project / name).get("stages")
        for stage in filter(is_mapping, stages.values() if isinstance(stages, dict) else ()):
            for dep in (stage.get("do") or stage).get("deps") or ():
                yield str(dep["path"] if is_mapping(dep) and "path" in dep else dep)


def is_mapping(value: object) -> bool:
    """Whether a value of YAML has keys."""
    return isinstance(value, dict)


def read_mapping(revision: str, path: Path) -> Mapping[str, Any]:
    """A YAML file of a revision by its path from the top; empty where there is none, or one that is damaged."""
    done = revisions.git("cat-file", "blob", f"{revision}:{path.as_posix()}")
    try:
        found = yaml.safe_load(done.stdout) if not done.returncode else None
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def list_changed(base: str, head: str) -> set[Path]:
    """The files that differ between two revisions, from the top of the repository; raises UnknownName."""
    commits = [revisions.resolve_revision(one) for one in (base, head)]
    named = git_trees.git("diff", "--name-only", "-z", "--no-renames", "--no-relative", *commits)
    return {Path(name) for name in named.split("\0") if name}


def list_files(revision: str) -> set[Path]:
    """The files of a revision, from the top of the repository; raises UnknownName."""
    listed = git_trees.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", revisions.resolve_revision(revision))
    return {Path(name) for name in listed.split("\0") if name}
