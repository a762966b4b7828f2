"""The remotes that objects come from: those that are configured here, then those that an earlier version named."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from lifecycle.errors import LifecycleError, MissingFile
from lifecycle.io.progress import track
from lifecycle.versioning import dvc_internals
from lifecycle.versioning.dvc_internals import ObjectStore, RemoteSettings, Repository

SETTINGS = Path(".dvc/config")
AT_ONCE = 8  # objects that are copied at the same time
# What a mistake in code raises, which no remote is to blame for.
MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError)


@contextmanager
def translate_errors(remote: str) -> Iterator[None]:
    """Raise MissingFile for whatever a remote's library raises: each has errors of its own."""
    try:
        yield
    except (LifecycleError, *MISTAKES):
        raise
    except Exception as cause:
        reason = " ".join(str(cause).split())[:300] or type(cause).__name__
        raise MissingFile(
            f"{remote} cannot be used: {reason}",
            where=SETTINGS.as_posix(),
            todo="see that it can be reached and that your credentials are right, then try again; "
            "make remote URL=ADDRESS sets another",
        ) from cause


def open_default(repo: Repository) -> ObjectStore:
    """The objects of the default remote; raises MissingFile when none is set or it cannot be used."""
    name = repo.default_remote
    if not name:
        raise MissingFile("no remote is set", where=SETTINGS.as_posix(), todo="make remote URL=ADDRESS")
    return open_remote(repo, name)


def open_remote(repo: Repository, name: str) -> ObjectStore:
    """The objects of a configured remote; raises MissingFile when it cannot be used."""
    with translate_errors(f"the remote {name!r}"):
        return repo.open_remote(name)


def fetch(names: Collection[str], earlier: bytes | None) -> None:
    """Bring objects into the cache from the first remote that has them; what none has stays missing.

    `earlier` is the .dvc/config of the version that the objects are of. Raises MissingFile where an object is
    missing and a remote could not be asked.
    """
    missing, failed = set(names), []
    with dvc_internals.open_repository() as repo, dvc_internals.without_warnings():
        for remote, opening in list_openings(repo, earlier):
            try:
                missing -= copy_objects(sorted(missing), remote, opening(), repo.cache)
            except MissingFile as error:
                failed.append(error)
            if not missing:
                return
    if failed:
        raise failed[0]


def list_openings(repo: Repository, earlier: bytes | None) -> Iterator[tuple[str, Callable[[], ObjectStore]]]:
    """How remotes are called in messages, and how they are opened, in the order in which they are asked."""
    today = repo.list_remotes()
    for one in today:
        yield f"the remote {one.name!r}", partial(open_remote, repo, one.name)
    for one in dvc_internals.parse_remotes(earlier) if earlier else []:
        if one not in today:
            yield name_earlier(one), partial(open_earlier, repo, one)


def name_earlier(remote: RemoteSettings) -> str:
    """What messages call a remote that an earlier version named."""
    return f"the remote {remote.name!r} of that version, {remote.address},"


def open_earlier(repo: Repository, remote: RemoteSettings) -> ObjectStore:
    """The objects of a remote that an earlier version named; raises MissingFile when it cannot be used."""
    with translate_errors(name_earlier(remote)):
        return repo.open_other_remote(remote)


def copy_objects(names: list[str], remote: str, source: ObjectStore, cache: ObjectStore) -> set[str]:
    """Copy those objects that the source has, and return their names; raises MissingFile when it cannot be used."""

    def copy(name: str) -> str | None:
        try:
            cache.copy_from(source, name)
        except FileNotFoundError:
            return None
        return name

    with translate_errors(remote), ThreadPoolExecutor(AT_ONCE) as pool, track("fetch", names, "objects") as objects:
        return set(filter(None, pool.map(copy, objects)))
