"""Other projects in the same Git repository: which objects they need, where a cache or a remote is shared with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from lifecycle import paths
from lifecycle.versioning import git_trees, revisions
from lifecycle.versioning.erasures import read_erasures
from lifecycle.versioning.noted_hashes import find_owner, find_projects, holds_hashes, list_noted_files, parse_outs

ListFolder = Callable[[str], Iterable[str]]  # the objects that the list of a folder names
NOTING = (":(top,glob)**/dvc.lock", ":(top,glob)**/*.dvc")


def is_shared(folder: Path) -> bool:
    """Whether a cache lies outside of this project's folder, so that other projects may have objects there."""
    return not folder.resolve().is_relative_to(Path.cwd().resolve())


def list_needed(commit: str, list_folder: ListFolder) -> dict[str, str]:
    """The objects that the other projects of a commit need, each with the folder of its project."""
    here = Path(revisions.find_prefix())
    others = (one for one in list_noted_files(commit) if one.project != here)
    return {name: one.project.as_posix() for one in others for name in add_listed(list_hashes(one.blob), list_folder)}


def list_needed_ever(list_folder: ListFolder) -> dict[str, str]:
    """As `list_needed`, of all commits and of what stands in the workspace."""
    commits = git_trees.git("rev-list", "--all", "--full-history", "--", *NOTING).split()
    found = {name: project for commit in commits for name, project in list_needed(commit, list_folder).items()}
    return found | list_locked(list_folder)


@lru_cache(maxsize=4096)
def list_hashes(blob: str) -> tuple[str, ...]:
    """The objects that one of Git's blobs names, which never changes."""
    return tuple(str(out["md5"]) for out in parse_outs(git_trees.git("cat-file", "blob", blob)))


def list_locked(list_folder: ListFolder) -> dict[str, str]:
    """The objects that the other projects' files in the workspace name, committed or not, as `list_needed`."""
    found: dict[str, str] = {}
    for project, path in list_other_files():
        if holds_hashes(path) and path.is_file():
            names = [str(out["md5"]) for out in parse_outs(path.read_text(encoding="utf-8", errors="replace"))]
            found |= dict.fromkeys(add_listed(names, list_folder), project.as_posix())
    return found


def add_listed(names: Iterable[str], list_folder: ListFolder) -> Iterator[str]:
    """The objects, and those that the lists of folders among them name."""
    for name in names:
        yield name
        yield from list_folder(name)


def list_erased() -> set[str]:
    """The objects that the other projects' records of erasures name: they need them no more."""
    folders = {path.parent for _, path in list_other_files() if path.parent.parts[-2:] == paths.ERASED.parts}
    return {name for folder in sorted(folders) for one in read_erasures(folder) for name in one.objects}


def list_other_files() -> Iterator[tuple[Path, Path]]:
    """The files of other projects that Git tracks or would track: the project's folder, and the path from here."""
    here = Path(revisions.find_prefix())
    listed = git_trees.git("ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", ":(top)").split("\0")
    files = {Path(os.path.normpath(here / name)): Path(name) for name in listed if name}
    projects = find_projects(files) | {here}
    owned = ((find_owner(whole, projects), path) for whole, path in files.items())
    yield from ((project, path) for project, path in owned if project != here)
