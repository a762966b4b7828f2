"""Versions whose rows were erased: told apart from broken ones, with what they were good for."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lifecycle import paths
from lifecycle.errors import ErasedRows, MissingFile
from lifecycle.io.programs import run_program
from lifecycle.versioning.erasures import Erasure, parse_erasure, read_erasures

TIPS = ("refs/heads", "refs/remotes")
COMMIT = re.compile(r"[0-9a-f]{40,}")


@dataclass(frozen=True)
class ErasedObject:
    """An object that was erased: the file that it was of, and the record that says so."""

    path: str
    erasure: Erasure

    @property
    def message(self) -> str:
        """When and why."""
        return describe_erasure(self.erasure)


def describe_erasure(erasure: Erasure) -> str:
    """When rows were erased, and why."""
    return f"erased on {erasure.date} ({erasure.reason})"


def list_known_erasures() -> list[Erasure]:
    """The records of the workspace and of the tips of all branches: an earlier commit that is here has none of them."""
    found = {one.path: one for one in read_erasures()}
    for erasure in list_committed():
        found.setdefault(erasure.path, erasure)
    return [found[path] for path in sorted(found)]


def list_committed() -> Iterator[Erasure]:
    """The records at the tips of branches, each file of them once."""
    tips = run_git("for-each-ref", "--format=%(objectname)", *TIPS).split()
    blobs = {}
    for tip in sorted(set(tips)):
        for entry in filter(None, run_git("ls-tree", "-r", "-z", tip, f"{paths.ERASED.as_posix()}/").split("\0")):
            kind, _, name = entry.partition("\t")
            blobs[kind.split()[2]] = Path(name)
    for blob, path in sorted(blobs.items()):
        if path.suffix == ".json":
            yield read_blob(blob, path)


@lru_cache(maxsize=256)
def read_blob(blob: str, path: Path) -> Erasure:
    """The record in one of Git's blobs, which never changes; raises CorruptFile for what is none."""
    return parse_erasure(json.loads(run_git("cat-file", "blob", blob) or "null"), path)


def run_git(*arguments: str) -> str:
    """What a Git command prints; nothing where it fails or there is no Git: there are no such records then."""
    try:
        done = run_program(["git", *arguments])
    except MissingFile:
        return ""
    return "" if done.returncode else done.stdout.decode(errors="replace")


def find_erased_objects() -> dict[str, ErasedObject]:
    """The objects that were erased, by their hash."""
    return {
        name: ErasedObject(path, erasure) for erasure in list_known_erasures() for name, path in erasure.objects.items()
    }


def find_erasures_of(commit: str) -> list[Erasure]:
    """The erasures that a version was affected by."""
    return [one for one in list_known_erasures() if commit in one.versions]


def check_not_erased(revision: str, names: Collection[str]) -> None:
    """Raise ErasedRows where one of the objects, which are not here, was erased."""
    if not names:
        return
    known = find_erased_objects()
    for name in sorted(known.keys() & set(names)):
        raise explain_erased(revision, known[name])


def explain_erased(revision: str, one: ErasedObject) -> ErasedRows:
    """What became of an object of a version."""
    name = revision[:12] if COMMIT.fullmatch(revision) else revision
    return ErasedRows(
        f"{one.path} of {name} was {one.message}: it held rows that had to go",
        where=str(one.erasure.path),
        todo=f"lifecycle lineage {name}, which says what that version was good for",
    )
