"""Events that hold rows which must go: they leave their store, in which the others keep their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lifecycle import paths
from lifecycle.erasure.content import record_holds
from lifecycle.erasure.objects import Unreachable
from lifecycle.erasure.search import Search
from lifecycle.errors import LifecycleError
from lifecycle.io.records import read_yaml
from lifecycle.online.event_store import FILE
from lifecycle.online.events import Event, encode_row
from lifecycle.online.stores import open_store
from lifecycle.sources.secrets import mask_secrets


@dataclass(frozen=True)
class StoreChange:
    """A store that holds such events: their numbers, of so many events."""

    address: str
    numbers: tuple[int, ...]
    events: int


def find_events(search: Search) -> tuple[list[StoreChange], list[Unreachable]]:
    """The stores that hold such events, and those that cannot be reached."""
    changes, unreachable = [], []
    for address in list_stores():
        try:
            found = read_store(address)
        except LifecycleError as cause:
            unreachable.append(Unreachable(mask_secrets(address), cause.what))
            continue
        numbers = tuple(number for number, event in found if event_holds(event, search))
        changes += [StoreChange(address, numbers, len(found))] if numbers else []
    return changes, unreachable


def list_stores() -> list[str]:
    """The addresses of the stores: those that options of conf/serve/ name, and every file of one below data/."""
    options = [read_yaml(path) for path in sorted((paths.CONF / "serve").glob("*.yaml"))]
    named = [option["events"] for option in options if option.get("events")]
    files = [path.parent.as_posix() for path in sorted(paths.RAW.parent.rglob(FILE))]
    return [one for one in dict.fromkeys([*named, *files]) if "://" in one or Path(one, FILE).is_file()]


def is_part_of_store(path: Path) -> bool:
    """Whether a file is one of those that SQLite keeps a store in."""
    return path.name in (FILE, f"{FILE}-wal", f"{FILE}-shm")


def list_stored_rows() -> Iterator[dict[str, object]]:
    """The rows of all events in the stores that can be reached."""
    for address in list_stores():
        try:
            yield from (dict(event.row) for _, event in read_store(address))
        except LifecycleError:
            continue  # the search says so


def read_store(address: str) -> list[tuple[int, Event]]:
    """The events of a store with their numbers."""
    with closing(open_store(address)) as store:
        return store.read_after(0)


def event_holds(event: Event, search: Search) -> bool:
    """Whether an event names such a row in one of its columns, or has one of the texts."""
    text = f"{event.id}\n{encode_row(event.row)}".encode(errors="surrogatepass")
    return record_holds(dict(event.row), search) or search.needles.are_in(text)


def remove_events(changes: Sequence[StoreChange]) -> None:
    """Take the events out of their stores."""
    for one in changes:
        remove_from_store(one.address, one.numbers)


def remove_from_store(address: str, numbers: Collection[int]) -> None:
    """Take events out of a store."""
    with closing(open_store(address)) as store:
        store.remove(numbers)
