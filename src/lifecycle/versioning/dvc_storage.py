"""The bytes of outputs where DVC keeps them: found by their hash in the cache, and brought from the remote.

An object is the file of one hash; its name is the MD5 of its bytes, with `.dir` behind it for a folder's list.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lifecycle.errors import CorruptFile, FileError
from lifecycle.io.hashes import hash_md5
from lifecycle.io.progress import track
from lifecycle.versioning import dvc_internals, git_trees, remotes, revisions
from lifecycle.versioning.dvc_internals import ObjectStore, Repository

FOLDER = ".dir"
BLOCK = 1 << 20
Out = Mapping[str, Any]
Fault = Literal["missing", "broken"]


@dataclass(frozen=True)
class FetchedObjects:
    """How many requested objects the cache has, how many of them came from the remote, and which were repaired."""

    objects: int
    fetched: int
    repaired: list[str]

    def __add__(self, other: FetchedObjects) -> FetchedObjects:
        """Both together."""
        return FetchedObjects(
            self.objects + other.objects, self.fetched + other.fetched, self.repaired + other.repaired
        )


def fetch_objects(revision: str, outs: Sequence[Out]) -> FetchedObjects:
    """See that the cache holds the outputs of a revision whole, fetching what is missing or has other bytes.

    Raises MissingFile when neither cache nor remote has an object, CorruptFile when the remote's is broken too.
    """
    folder = revisions.cache_folder()
    here = {name for name in list_objects(outs, folder) if object_path(folder, name).exists()}
    broken = find_corrupt(folder, here)
    for name in broken:
        object_path(folder, name).unlink()
    revisions.fetch(revision, find_absent(folder, [str(out["md5"]) for out in outs]))
    wanted = dict(list_named_objects(revision, outs))
    revisions.fetch(revision, find_absent(folder, wanted))
    for name, path in wanted.items():
        revisions.ensure_cached(name, revision, path)
    came = wanted.keys() - (here - broken)
    check_objects(folder, came, wanted, revision)
    return FetchedObjects(
        len(wanted), len(came), [f"{wanted[name]} ({name})" for name in sorted(broken & wanted.keys())]
    )


def find_absent(folder: Path, names: Iterable[str]) -> set[str]:
    """The objects that the cache does not have."""
    return {name for name in names if not object_path(folder, name).exists()}


def check_objects(folder: Path, names: Iterator[str] | set[str], wanted: Mapping[str, Path], revision: str) -> None:
    """Raise CorruptFile for an object whose bytes are not those of its name; it leaves the cache."""
    for name in sorted(find_corrupt(folder, set(names))):
        object_path(folder, name).unlink()
        raise CorruptFile(
            f"the remote's copy of {wanted[name]} of {revision} has other bytes than its hash says",
            where=f"object {name} of the remote",
            todo="dvc push where it was built, after: lifecycle verify --remote --repair there",
        )


def list_objects(outs: Sequence[Out], folder: Path) -> set[str]:
    """The objects of the outputs, as far as the lists of folders in the cache tell."""
    names = {str(out["md5"]) for out in outs}
    for name in sorted(name for name in names if name.endswith(FOLDER)):
        names |= set(list_folder(object_path(folder, name)))
    return names


def list_named_objects(revision: str, outs: Sequence[Out]) -> Iterator[tuple[str, Path]]:
    """The objects of the outputs with the file that each is of; a folder's list has the folder's path."""
    for out in outs:
        yield str(out["md5"]), Path(out["path"])
        if str(out["md5"]).endswith(FOLDER):
            yield from ((name, path) for path, name in revisions.list_files(revision, out))


def list_folder(path: Path) -> list[str]:
    """The objects that a folder's list names; none for another object, a missing or an unreadable one."""
    return list(read_folder(path).values())


def read_folder(path: Path) -> dict[str, str]:
    """The files that a folder's list names with their objects, as `list_folder`."""
    if not path.name.endswith(FOLDER) or not path.exists():
        return {}
    try:
        return {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(path.read_bytes())}
    except (ValueError, LookupError, TypeError):
        return {}


def find_corrupt(folder: Path, names: set[str]) -> set[str]:
    """The objects of the cache, of those that are named and there, whose bytes have another hash."""
    there = (name for name in names if object_path(folder, name).exists())
    return {name for name in there if hash_md5(object_path(folder, name)) != name.removesuffix(FOLDER)}


def object_path(folder: Path, name: str) -> Path:
    """Where a store keeps the bytes of a hash."""
    return folder / name[:2] / name[2:]


def list_dvc_outputs(commit: str) -> list[Out]:
    """The outputs of a revision that Git does not keep itself."""
    kept = {path for path in git_trees.list_tree_files(commit) if path.name != ".gitignore"}
    folders = {parent for path in kept for parent in path.parents}
    outs = revisions.list_outputs(commit)
    return [
        out
        for out in outs
        if out.get("md5") and Path(out["path"]) not in kept and not is_kept(Path(out["path"]), out, folders)
    ]


def is_kept(path: Path, out: Out, folders: set[Path]) -> bool:
    """Whether an output is a folder whose files are in Git."""
    return str(out["md5"]).endswith(FOLDER) and path in folders


@contextmanager
def lock_repository() -> Iterator[Repository]:
    """The repository as DVC sees it, locked against every other DVC command; raises FileError when one runs."""
    with dvc_internals.open_repository() as repo:
        try:
            check_idle(repo)
            with dvc_internals.hold_lock(repo), dvc_internals.without_warnings():
                yield repo
        except dvc_internals.lock_error() as cause:
            raise FileError(
                "another DVC command runs in this repository", where=".dvc/tmp/lock", todo="wait for it, then try again"
            ) from cause
        except dvc_internals.dvc_error() as cause:
            raise CorruptFile(
                f"DVC could not do it: {' '.join(str(cause).split())[:300]}",
                where="dvc.yaml, dvc.lock",
                todo="dvc status",
            ) from cause


def check_idle(repo: Repository) -> None:
    """Raise FileError while a stage runs: DVC lets go of its lock meanwhile."""
    running = sorted(filter(is_running, repo.running()))
    if running:
        raise FileError(
            f"a stage runs in this repository, in process {running[0]}",
            where=str(repo.running_file),
            todo="wait for it, then try again",
        )


def is_running(process: int) -> bool:
    """Whether there is a process of that number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def find_changed_outputs(repo: Repository) -> set[Path]:
    """The outputs kept by DVC that are here with other bytes than dvc.lock says; one that is absent is not changed."""
    return {out.path for out in repo.outputs() if out.is_cached and out.exists and out.differs()}


def save_outputs(repo: Repository) -> None:
    """Save outputs that are as dvc.lock records them into the cache, so that they can be restored."""
    for out in repo.outputs():
        if out.is_cached and out.is_locked and out.exists and not out.differs():
            out.add_to_cache()


@dataclass(frozen=True)
class Store:
    """A place with objects, the cache or the remote, as DVC sees it."""

    name: str
    objects: ObjectStore


@dataclass(frozen=True)
class BadObject:
    """An object that a store has not, or has with other bytes; `description` names its file."""

    name: str
    description: str
    store: str
    fault: Fault


def list_tags() -> list[str]:
    """The tags of the repository."""
    return [name for name in git_trees.git("tag", "--list").splitlines() if name]


def list_needed_objects(revision: str) -> dict[str, str]:
    """The objects of a revision, each with the file that it is of, as far as the lists in the cache tell."""
    commit, folder = revisions.resolve_revision(revision), revisions.cache_folder()
    found = {}
    for out in list_dvc_outputs(commit):
        found[str(out["md5"])] = f"{out['path']} of {revision}"
        inner = read_folder(object_path(folder, str(out["md5"])))
        found |= {name: f"{out['path']}/{path} of {revision}" for path, name in inner.items()}
    return found


@contextmanager
def open_stores(also_remote: bool) -> Iterator[list[Store]]:
    """The cache, and the default remote where it is asked for; what DVC opens for them is closed with them."""
    with dvc_internals.open_repository() as repo:
        yield [Store("cache", repo.cache), *([Store("remote", remotes.open_default(repo))] if also_remote else [])]


def has_remote() -> bool:
    """Whether a default remote is set."""
    with dvc_internals.open_repository() as repo:
        return repo.default_remote is not None


def find_bad_objects(wanted: Mapping[str, str], stores: Sequence[Store], all_sides: bool) -> list[BadObject]:
    """The objects that a store lacks or has broken; of the others than the first only with `all_sides`."""
    looked = [(store, name) for store in (stores if all_sides else stores[:1]) for name in sorted(wanted)]
    with track("verify", looked, "objects") as objects:
        faults = [(store, name, find_fault(store, name)) for store, name in objects]
    return [BadObject(name, wanted[name], store.name, fault) for store, name, fault in faults if fault]


def has_object(store: Store, name: str) -> bool:
    """Whether a store has an object, whatever its bytes; raises MissingFile when the store cannot be read."""
    with remotes.translate_errors(f"the {store.name} at {store.objects.folder}"):
        return store.objects.has(name)


def find_fault(store: Store, name: str) -> Fault | None:
    """What is wrong with an object of a store, by its bytes; raises MissingFile when the store cannot be read."""
    digest = hashlib.md5(usedforsecurity=False)
    with remotes.translate_errors(f"the {store.name} at {store.objects.folder}"):
        try:
            with store.objects.open(name) as stream:
                while block := stream.read(BLOCK):
                    digest.update(block)
        except FileNotFoundError:
            return "missing"
    return None if digest.hexdigest() == name.removesuffix(FOLDER) else "broken"


def repair_objects(bad: Sequence[BadObject], stores: Sequence[Store]) -> list[BadObject]:
    """Copy each bad object from another store that has its right bytes; returns the repaired ones."""
    repaired = []
    for one in bad:
        target = next(store for store in stores if store.name == one.store)
        whole = [store for store in stores if store is not target and find_fault(store, one.name) is None]
        if whole:
            copy_object(one, whole[0], target)
            repaired.append(one)
    return repaired


def copy_object(one: BadObject, source: Store, target: Store) -> None:
    """Put the right bytes of an object in place of those that a store has."""
    with remotes.translate_errors(f"the {target.name} at {target.objects.folder}"):
        if one.fault == "broken":
            target.objects.delete(one.name)
        target.objects.copy_from(source.objects, one.name)
