"""What Git's history says of erased objects: the versions that they were of; and what it holds of the rows itself."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lifecycle import paths
from lifecycle.erasure.content import bytes_hold
from lifecycle.erasure.search import Search
from lifecycle.io.progress import track
from lifecycle.versioning import git_trees, revisions
from lifecycle.versioning.dvc_storage import FOLDER
from lifecycle.versioning.erasures import ErasedVersion
from lifecycle.versioning.noted_hashes import ENTRY, list_noted_files, parse_outs

Folders = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Versions:
    """The versions of a repository: of each commit the file of every object, and its tags."""

    objects: dict[str, dict[str, str]]
    tags: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class HeldInGit:
    """A file of Git's history that holds such rows, from the top of the repository, and how many versions of it do."""

    path: Path
    versions: int


def list_versions(folders: Folders) -> Versions:
    """All versions of the repository, on any branch, as far as the lists of folders are known."""
    if revisions.git("rev-parse", "--verify", "--quiet", "HEAD").returncode:
        return Versions({}, {})
    tags = list_tagged_commits()
    commits = git_trees.git("rev-list", "--all", "--full-history", "--", revisions.LOCK, f"*{ENTRY}").split()
    tips = git_trees.git("rev-parse", "HEAD", "--branches", "--remotes").split()
    read: dict[str, list[Mapping[str, Any]]] = {}
    with track("erase", sorted({*commits, *tips, *tags}), "commits") as history:
        objects = {commit: list_objects(commit, folders, read) for commit in history}
    return Versions(objects, tags)


def list_tagged_commits() -> dict[str, tuple[str, ...]]:
    """The commits that tags point to, with the names of the tags."""
    fields = "%(refname:short) %(objecttype) %(objectname) %(*objecttype) %(*objectname)"
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in git_trees.git("for-each-ref", f"--format={fields}", "refs/tags").splitlines():
        name, *_, kind, commit = line.split()
        if kind == "commit":
            found[commit].append(name)
    return {commit: tuple(sorted(names)) for commit, names in found.items()}


def list_objects(commit: str, folders: Folders, read: dict[str, list[Mapping[str, Any]]]) -> dict[str, str]:
    """The objects of a commit, each with its file; `read` keeps what was read of files that commits share."""
    found: dict[str, str] = {}
    for path, blob in list_entries(commit):
        if blob not in read:
            read[blob] = parse_outs(git_trees.git("cat-file", "blob", blob))
        for out in read[blob]:
            top = path.parent / str(out["path"])
            found |= {md5: str(PurePosixPath(top, name)) for name, md5 in folders.get(str(out["md5"]), {}).items()}
            found[str(out["md5"])] = top.as_posix()
    return found


def list_entries(commit: str) -> Iterator[tuple[Path, str]]:
    """The files of this project in a commit in which DVC notes hashes, with Git's names of their bytes."""
    here = Path(revisions.find_prefix())
    for one in list_noted_files(commit):
        if one.project == here:
            yield one.path.relative_to(here), one.blob


def find_affected(versions: Versions, going: Collection[str]) -> dict[str, ErasedVersion]:
    """The versions that lose an object, with what they were good for."""
    affected = {commit: sorted(set(objects) & set(going)) for commit, objects in versions.objects.items()}
    return {
        commit: ErasedVersion(tags=versions.tags.get(commit, ()), metrics=read_metrics(commit), objects=tuple(objects))
        for commit, objects in affected.items()
        if objects
    }


def read_metrics(commit: str) -> dict[str, float]:
    """The metrics of a version's test; none where it has no such report."""
    try:
        report = json.loads(revisions.read_blob(commit, paths.TEST) or b"{}")
        kpis = {name: verdict.get("model", {}).get("value") for name, verdict in report.get("kpis", {}).items()}
        values = {**report.get("metrics", {}), **kpis}
    except (ValueError, AttributeError, TypeError):
        return {}
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}


def name_objects(versions: Versions, going: Collection[str]) -> dict[str, str]:
    """The file that each object was of; one that no commit has is called by its hash."""
    known: dict[str, str] = {}
    for objects in versions.objects.values():
        known |= objects
    return {name: known.get(name, f"object {name}") for name in going}


def find_models(versions: Versions, models: Collection[str], going: Collection[str]) -> set[str]:
    """Those models that are of a version which loses raw rows: they were fitted on them, or may have been."""
    affected = [objects for objects in versions.objects.values() if set(objects) & set(going)]
    return {name for objects in affected for name in objects if name in models}


def list_model_objects(versions: Versions, going: Collection[str]) -> set[str]:
    """The models and releases of the versions that lose an object."""
    affected = [objects for objects in versions.objects.values() if set(objects) & set(going)]
    top = f"{paths.MODEL.parent.as_posix()}/"
    return {
        name
        for objects in affected
        for name, path in objects.items()
        if path.startswith(top) and not name.endswith(FOLDER)
    }


def find_held_in_git(search: Search) -> list[HeldInGit]:
    """The files of the whole history that hold such rows; Git keeps them until its history is rewritten."""
    listed = git_trees.git("rev-list", "--all", "--objects", "--", ".").splitlines()
    named = [line.split(" ", 1) for line in listed if " " in line]
    found: defaultdict[str, set[str]] = defaultdict(set)
    with track("erase, Git", named, "files") as entries:
        for blob, path in entries:
            done = revisions.git("cat-file", "blob", blob)
            if not done.returncode and bytes_hold(done.stdout, search):
                found[path].add(blob)
    return [HeldInGit(Path(path), len(blobs)) for path, blobs in sorted(found.items())]
