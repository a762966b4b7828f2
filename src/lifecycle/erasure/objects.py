"""Objects in the cache and in every remote that hold rows which must go, found by their content."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from lifecycle.erasure.content import ZIP, holds_rows, keeps_rows
from lifecycle.erasure.search import Search
from lifecycle.errors import LifecycleError
from lifecycle.io.progress import track
from lifecycle.versioning import dvc_internals, remotes
from lifecycle.versioning.dvc_internals import Repository
from lifecycle.versioning.dvc_storage import FOLDER, Store

CACHE = "cache"  # the name of the store of this machine
AT_ONCE = 8  # objects that are read at the same time


@dataclass(frozen=True)
class Unreachable:
    """A remote that could not be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Stores:
    """The cache and the remotes that can be used, and those that cannot."""

    stores: list[Store]
    unreachable: list[Unreachable]


@dataclass
class Found:
    """What the stores hold: the names of the objects in each, those with such rows, and the lists of folders.

    `models` are those that keep rows which they were fitted on, of whatever version.
    """

    names: dict[str, set[str]] = field(default_factory=dict)
    holding: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    folders: dict[str, dict[str, str]] = field(default_factory=dict)
    unreachable: list[Unreachable] = field(default_factory=list)


@contextmanager
def open_stores() -> Iterator[Stores]:
    """The cache and all configured remotes; what DVC opens for them is closed with them."""
    with dvc_internals.open_repository() as repo, dvc_internals.without_warnings():
        yield collect_stores(repo)


def collect_stores(repo: Repository) -> Stores:
    """The cache and all configured remotes of an open repository."""
    found, unreachable = [Store(CACHE, repo.cache)], []
    for remote in repo.list_remotes():
        try:
            found.append(Store(f"remote {remote.name}", remotes.open_remote(repo, remote.name)))
        except LifecycleError as cause:
            unreachable.append(Unreachable(f"remote {remote.name}", cause.what))
    return Stores(found, unreachable)


def search_stores(opened: Stores, search: Search) -> Found:
    """What the stores hold; an object that several have is read from the first of them."""
    found = Found(unreachable=[*opened.unreachable])
    for store in opened.stores:
        try:
            search_store(store, search, found)
        except LifecycleError as cause:
            found.unreachable.append(Unreachable(store.name, cause.what))
    return found


def search_store(store: Store, search: Search, found: Found) -> None:
    """Read the objects of a store that no other had; raises MissingFile when it cannot be used."""
    with remotes.translate_errors(f"the {store.name} at {store.objects.folder}"):
        names = set(store.objects.list_names())
        known = set().union(*found.names.values())
        with (
            ThreadPoolExecutor(AT_ONCE) as pool,
            track(f"erase, {store.name}", sorted(names - known), "objects") as objects,
        ):
            for _ in pool.map(lambda name: judge(store, name, search, found), objects):
                pass
        found.names[store.name] = names


def judge(store: Store, name: str, search: Search, found: Found) -> None:
    """Read one object. A folder's list has names and hashes alone: it stays, so that a version's files are known."""
    with store.objects.open(name) as stream:
        if name.endswith(FOLDER):
            found.folders[name] = read_folder(stream.read())
        elif holds_rows(stream, search):
            found.holding.add(name)
        elif is_model(stream):
            found.models.add(name)


def is_model(stream: BinaryIO) -> bool:
    """Whether a file is a model that keeps rows which it was fitted on."""
    stream.seek(0)
    head = stream.read(len(ZIP))
    return head == ZIP and keeps_rows(head + stream.read())


def read_folder(data: bytes) -> dict[str, str]:
    """The files of a folder's list with their objects; none of what is no such list."""
    try:
        return {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(data)}
    except (ValueError, LookupError, TypeError):
        return {}


def copy_missing(names: Collection[str], opened: Sequence[Store], target: Store) -> None:
    """Copy objects that the cache has to a remote that lacks them; raises MissingFile when it cannot be used."""
    with remotes.translate_errors(f"the {target.name} at {target.objects.folder}"):
        for name in sorted(names, key=lambda one: one.endswith(FOLDER)):
            target.objects.copy_from(opened[0].objects, name)


def delete_objects(store: Store, names: Collection[str]) -> None:
    """Remove objects from a store; one that is gone already is no fault. Raises MissingFile when it cannot be used."""
    with remotes.translate_errors(f"the {store.name} at {store.objects.folder}"):
        for name in sorted(names):
            try:
                store.objects.delete(name)
            except FileNotFoundError:
                continue
