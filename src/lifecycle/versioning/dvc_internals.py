"""DVC's own classes, which it documents for nobody: the one module that imports them.

Read from dvc 3.67.1, dvc-data 3.18.3 and dvc-objects 5.2.0. What DVC documents, dvc.api, has no function for status,
checkout, fetch, garbage collection or the lock. tests/contracts/test_private_parts.py holds every name and argument
that is used here against the installed version.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, cast

from lifecycle.errors import WrongValue
from lifecycle.io.conflicts import must_be_whole
from lifecycle.paths import CONF
from lifecycle.versioning.environment import list_folders_above
from lifecycle.versioning.matrix import must_be_lists

LOGGERS = ("dvc", "dvc_data", "dvc_objects")
FILES = ("dvc.lock", "dvc.yaml", "params.yaml")  # what DVC reads of the working folder
RUNNING = "rwlock"  # dvc/rwlock.py: what running stages read and write


@dataclass(frozen=True)
class Change:
    """What DVC says against a stage: `what` changed, and of a dependency or output its name and state.

    A file of parameters has no state: each of its keys has its own.
    """

    what: str
    name: str = ""
    state: str = ""


@dataclass(frozen=True)
class TrackedOutput:
    """An output of a stage, as the dvc.yaml and dvc.lock that stand here declare it."""

    inner: Any

    @property
    def path(self) -> Path:
        """Where it stands, from the top of the repository."""
        return Path(self.inner.def_path)

    @property
    def is_cached(self) -> bool:
        """Whether DVC keeps its bytes, not Git."""
        return bool(self.inner.use_cache)

    @property
    def is_locked(self) -> bool:
        """Whether dvc.lock has a hash of it."""
        return bool(self.inner.hash_info)

    @property
    def exists(self) -> bool:
        """Whether anything stands at its path."""
        return bool(self.inner.exists)

    def differs(self) -> bool:
        """Whether the bytes that stand here have another hash than dvc.lock says; they are hashed for it."""
        return bool(self.inner.changed_checksum())

    def add_to_cache(self) -> None:
        """Put its bytes into the cache; the file here stays what it is."""
        self.inner.commit(relink=False)


@dataclass(frozen=True)
class ObjectStore:
    """A place of objects by their hash: the cache or a remote."""

    inner: Any

    @property
    def folder(self) -> str:
        """The path or address of its objects."""
        return str(self.inner.path)

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """The bytes of an object as a stream; raises FileNotFoundError for one that is not there, else OSError."""
        opened = self.inner.fs.open(self.inner.oid_to_path(name), "rb")
        return cast("AbstractContextManager[BinaryIO]", opened)

    def has(self, name: str) -> bool:
        """Whether there is an object of that name."""
        return bool(self.inner.exists(name))

    def list_names(self) -> Iterator[str]:
        """The names of all objects."""
        return iter(self.inner.all())

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.inner.delete(name)

    def copy_from(self, other: ObjectStore, name: str) -> None:
        """Take an object over from another store."""
        self.inner.add(other.inner.oid_to_path(name), other.inner.fs, name, hardlink=False)


@dataclass(frozen=True)
class RemoteSettings:
    """A remote as a .dvc/config has it: its name and its settings, among them the address as `url`."""

    name: str
    settings: Mapping[str, Any]

    @property
    def address(self) -> str:
        """The folder or the address."""
        return str(self.settings.get("url", ""))


@dataclass(frozen=True)
class Repository:
    """The repository as DVC sees it. Its methods raise DVC's errors: `dvc_error()`."""

    inner: Any

    @property
    def running_file(self) -> Path:
        """Where DVC notes the processes that run stages."""
        return Path(self.inner.tmp_dir) / RUNNING

    @property
    def cache(self) -> ObjectStore:
        """The cache of this machine."""
        return ObjectStore(self.inner.cache.local)

    @property
    def default_remote(self) -> str | None:
        """The name of the default remote; None where none is set."""
        return self.inner.config["core"].get("remote") or None

    def list_remotes(self) -> list[RemoteSettings]:
        """The configured remotes, the default one first."""
        known = self.inner.config["remote"]
        names = sorted(known, key=lambda name: (name != self.default_remote, name))
        return [RemoteSettings(name, dict(known[name])) for name in names]

    def open_remote(self, name: str) -> ObjectStore:
        """The objects of a remote."""
        return ObjectStore(self.inner.cloud.get_remote_odb(name))

    def open_other_remote(self, remote: RemoteSettings) -> ObjectStore:
        """The objects of a remote that is not configured here, with this machine's own settings for its name."""
        from dvc.data_cloud import Remote
        from dvc.fs import get_cloud_fs

        own = self.inner.config.load_one("local")["remote"].get(remote.name, {})
        settings = {**own, **remote.settings}
        kind, options, path = get_cloud_fs({**self.inner.config, "remote": {remote.name: settings}}, name=remote.name)
        return ObjectStore(Remote(remote.name, path, kind(**options)).odb)

    def set_default_remote(self, name: str, address: str) -> None:
        """Write the address of a remote into .dvc/config, and make it the default one."""
        with self.inner.config.edit("repo") as settings:
            settings["remote"][name] = settings["remote"].get(name, {}) | {"url": address}
            settings["core"]["remote"] = name

    def outputs(self) -> list[TrackedOutput]:
        """The outputs of all stages, in the order of dvc.yaml."""
        return [TrackedOutput(out) for out in self.inner.index.outs]

    def status(self) -> dict[str, list[Change]]:
        """What changed since each stage ran; a stage of which nothing did is not among the keys."""
        for path in sorted(CONF.rglob("*.yaml")):
            must_be_whole(path)
        return {stage: list(changes_of(entries)) for stage, entries in self.inner.status().items()}

    def record_outputs(self, stage: str) -> None:
        """Note what a stage reads and wrote in dvc.lock, and put its outputs into the cache; it is not run."""
        self.inner.commit(stage, force=True)

    def reload(self) -> None:
        """Read dvc.yaml and dvc.lock anew, which were changed behind DVC's back."""
        self.inner._reset()

    def check_out(self, paths: Sequence[str]) -> None:
        """Put these outputs into place as dvc.lock says, over what stands there; what the cache lacks is left out."""
        self.inner.checkout(targets=list(paths), force=True, allow_missing=True)

    def running(self) -> set[int]:
        """The processes that DVC noted as running a stage, whether they still run or not."""
        try:
            held = json.loads(self.running_file.read_text(encoding="utf-8") or "{}")
        except (FileNotFoundError, ValueError):
            return set()
        writing, reading = held.get("write", {}).values(), held.get("read", {}).values()
        return {int(one["pid"]) for one in [*writing, *(one for several in reading for one in several)]}


def changes_of(entries: Iterable[str | Mapping[str, Mapping[str, Any]]]) -> Iterator[Change]:
    """The changes in DVC's status of one stage: words, and mappings such as {"changed deps": {path: state}}."""
    for entry in entries:
        if isinstance(entry, str):
            yield Change(entry)
            continue
        for kind, states in entry.items():
            what = kind.removeprefix("changed ").rstrip("s")
            for name, state in states.items():
                yield Change(what, name_from_here(name), state if isinstance(state, str) else "")


def name_from_here(name: str) -> str:
    """The path of what DVC names by its whole path, since it stands outside of the project, in the Git repository."""
    top = list_folders_above(Path.cwd())[-1]
    is_whole = Path(name).is_absolute() and Path(name).is_relative_to(top)
    return Path(os.path.relpath(name)).as_posix() if is_whole else name


def list_stage_names(commit: str | None, prefix: str) -> set[str]:
    """The names of the stages that dvc.yaml and params.yaml define, in the workspace or in a folder of a commit.

    Raises `dvc_error()` where they cannot be read.
    """
    from dvc.fs import GitFileSystem, LocalFileSystem
    from dvc.parsing import DataResolver
    from dvc.utils.serialize import load_yaml

    files = GitFileSystem(scm=open_git(), rev=commit) if commit else LocalFileSystem()
    declared = files.join(prefix, "dvc.yaml")
    if not files.exists(declared):
        return set()
    repository = SimpleNamespace(fs=files, config={})
    return set(DataResolver(cast("Any", repository), prefix, load_yaml(declared, fs=files)).get_keys())


def open_git() -> Any:
    """The Git repository around the working folder, as DVC sees it."""
    from dvc.scm import SCM

    return SCM(".", search_parent_directories=True)


def parse_remotes(text: bytes) -> list[RemoteSettings]:
    """The remotes of a .dvc/config, the default one first; a relative folder is meant from here."""
    from dvc.config import Config
    from dvc.fs import MemoryFileSystem

    name = "/.dvc/config"
    files = MemoryFileSystem(global_store=False)
    files.makedirs("/.dvc", exist_ok=True)
    files.pipe(name, text)
    settings = Config.load_file(name, fs=files)
    default = settings.get("core", {}).get("remote")
    found = settings.get("remote", {})
    return [
        RemoteSettings(remote, found[remote] | {"url": resolve_folder(found[remote].get("url", ""))})
        for remote in sorted(found, key=lambda one: (one != default, one))
    ]


def resolve_folder(address: str) -> str:
    """The address of a remote; a folder that is not absolute counts from .dvc, as DVC has it."""
    return address if "://" in address else str((Path(".dvc") / address).resolve())


@contextmanager
def open_repository() -> Iterator[Repository]:
    """The repository around the working folder, without its lock; what DVC opens for it is closed at the end.

    Raises CorruptFile where the marks of a merge stand in its files, and WrongValue where a matrix is given no list or
    DVC has this folder as a part of another project.
    """
    from dvc.repo import Repo

    for name in FILES:
        must_be_whole(Path(name))
    with Repo() as repo:
        must_be_here(Path(repo.root_dir))
        try:
            yield Repository(repo)
        except TypeError:
            must_be_lists()  # DVC iterates over whatever it is given
            raise


def must_be_here(top: Path) -> None:
    """Raise WrongValue where DVC's repository begins above this folder: it mixes the outputs of all projects in it."""
    if top.resolve() != Path.cwd().resolve():
        raise WrongValue(
            f"DVC's repository is {top}, of which this folder is a part",
            where=f"{top / '.dvc'}; there is no .dvc here",
            todo=f"for a project of its own: dvc init --subdir; else run it in {top}",
        )


@contextmanager
def hold_lock(repository: Repository) -> Iterator[None]:
    """While this lasts, no other DVC command runs here; raises `lock_error()` where one does already."""
    from dvc.repo import lock_repo

    with lock_repo(repository.inner):
        yield


@contextmanager
def without_warnings() -> Iterator[None]:
    """While this lasts, DVC warns of nothing."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def parse_lock(text: str) -> dict[str, Any]:
    """The content of a dvc.lock as DVC itself reads it: in YAML 1.2, in which Yes is a text.

    Raises `dvc_error()` for what is no YAML.
    """
    from dvc.utils.serialize import parse_yaml

    return dict(parse_yaml(text, "dvc.lock"))


def hash_folder(files: Mapping[str, str]) -> str:
    """The hash that DVC gives a folder whose files have these MD5 hashes by their name."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    tree = cast("Any", Tree)()
    for name, md5 in files.items():
        tree.add((name,), None, HashInfo("md5", md5))
    tree.digest()
    return str(tree.hash_info.value)


def lock_text(lock: Mapping[str, Any]) -> str:
    """The text of a dvc.lock as DVC itself writes it."""
    from dvc.utils.serialize import dumps_yaml

    return str(dumps_yaml(lock))


def dvc_error() -> type[Exception]:
    """What DVC's errors derive from; for `except`, which asks for it only once something is raised."""
    from dvc.exceptions import DvcException

    return cast("type[Exception]", DvcException)


def lock_error() -> type[Exception]:
    """The error of a lock that another DVC command holds; it is one of DVC's errors."""
    from dvc.lock import LockError

    return cast("type[Exception]", LockError)
