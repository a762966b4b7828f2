"""Where events are kept: each once, in the order of their arrival, durable before it is acknowledged."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lifecycle.errors import CorruptFile, LifecycleError, StorageFull, StoreError
from lifecycle.online.events import Event, encode_row

FILE = "events.sqlite"
BUSY_SECONDS = 30.0  # until another process must have finished writing
PAUSE = 0.01  # seconds before another try
PRIMARY = 0xFF  # the bits of an extended error code that hold the primary one (sqlite.org/rescode.html)
# WAL lets processes read while one writes; FULL flushes every commit to the disk before it returns.
# What is deleted is overwritten.
SETTINGS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON")
# AUTOINCREMENT: a number is never given again, not even after its event was removed.
TABLE = """
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    raw_table TEXT NOT NULL,
    known_at INTEGER NOT NULL,
    row TEXT NOT NULL
)
"""
INSERT = "INSERT INTO events (id, raw_table, known_at, row) VALUES (?, ?, ?, ?)"
FIND = "SELECT raw_table, known_at, row FROM events WHERE id = ?"
LAST = "SELECT seq FROM sqlite_sequence WHERE name = 'events'"
AFTER = "SELECT sequence, id, raw_table, known_at, row FROM events WHERE sequence > ? ORDER BY sequence"
REMOVE = "DELETE FROM events WHERE sequence = ?"
# What was deleted stands in the log of writes until the file has it.
CLEAN = "PRAGMA wal_checkpoint(TRUNCATE)"


@dataclass(frozen=True)
class Appended:
    """What became of events: how many are new, how many were there, and the ids of those that said something else."""

    new: int
    repeated: int
    refused: tuple[str, ...]


class EventStore(Protocol):
    """Events in the order of their arrival, numbered from 1; several processes may share one store.

    Every method raises StoreError where the store is out of reach, StorageFull where it takes no more.
    """

    def append(self, events: Sequence[Event]) -> Appended:
        """Store the events whose id was not seen; they are durable when this returns.

        An event with a known id is repeated if its content is the same, and refused otherwise: what is there stays.
        """

    def read_after(self, sequence: int) -> list[tuple[int, Event]]:
        """The events with a greater number, in order, each with its number."""

    def last(self) -> int:
        """The greatest number that was given; 0 before the first event."""

    def remove(self, numbers: Collection[int]) -> None:
        """Remove the events of these numbers, so that no byte of them is left."""

    def close(self) -> None:
        """Let go of files and connections."""


@dataclass
class EventFeed:
    """The events of a store as they come, each once: `seen` is the greatest number that was looked at."""

    store: EventStore
    seen: int = 0

    def read_new(self) -> list[Event]:
        """The events since the last call, in order."""
        last = self.store.last()
        if last <= self.seen:
            return []
        found = self.store.read_after(self.seen)
        self.seen = max(last, *(number for number, _ in found[-1:]), 0)  # the newest may have been removed
        return [event for _, event in found]


class SqliteStore:
    """Events in an SQLite file of a folder, which the processes of one machine may share."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        with self._explained():
            folder.mkdir(parents=True, exist_ok=True)
            # Two connections: a question must not wait while another thread flushes events to the disk.
            self.writer, self.writing = connect(self.path), threading.Lock()
            self.reader, self.reading = connect(self.path), threading.Lock()

    def append(self, events: Sequence[Event]) -> Appended:
        """Store the events whose id was not seen, all in one transaction."""
        with self.writing, self._explained(), begin(self.writer):
            outcomes = [insert(self.writer, event) for event in events]
        refused = tuple(event.id for event, outcome in zip(events, outcomes, strict=True) if outcome is None)
        return Appended(outcomes.count(True), outcomes.count(False), refused)

    def read_after(self, sequence: int) -> list[tuple[int, Event]]:
        """The events with a greater number, in order, each with its number."""
        with self.reading, self._explained():
            found = self.reader.execute(AFTER, (sequence,)).fetchall()
        return [(number, Event(own, table, known_at, json.loads(row))) for number, own, table, known_at, row in found]

    def last(self) -> int:
        """The greatest number that was given."""
        with self.reading, self._explained():
            found = self.reader.execute(LAST).fetchone()
        return int(found[0]) if found else 0

    def remove(self, numbers: Collection[int]) -> None:
        """Remove the events of these numbers; raises StoreError while another process reads."""
        with self.writing, self._explained():
            with begin(self.writer):
                self.writer.executemany(REMOVE, [(number,) for number in numbers])
            busy = self.writer.execute(CLEAN).fetchone()[0]
        if busy:
            raise explain(sqlite3.OperationalError("another process reads it"), self.path)

    def close(self) -> None:
        """Close the file."""
        with self.writing, self.reading:
            self.writer.close()
            self.reader.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as cause:
            raise explain(cause, self.path) from cause


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the file, which is made where there is none."""
    found = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for statement in (*SETTINGS, TABLE):
            execute_patiently(found, statement)
    except sqlite3.Error:
        found.close()
        raise
    return found


def execute_patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run a statement, again while another process has the file locked: SQLite does not wait for that to begin WAL."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as cause:
            if cause.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(PAUSE)


@contextmanager
def begin(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that no other process can come between; undone where the block fails."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def insert(connection: sqlite3.Connection, event: Event) -> bool | None:
    """Whether the event is new; None where its id is that of another event."""
    content = (event.table, event.known_at, encode_row(event.row))
    stored = connection.execute(FIND, (event.id,)).fetchone()
    if stored is None:
        connection.execute(INSERT, (event.id, *content))
        return True
    return False if stored == content else None


def explain(cause: Exception, path: Path) -> LifecycleError:
    """The error for what SQLite or the file system reports."""
    code = getattr(cause, "sqlite_errorname", "")
    if code == "SQLITE_FULL":
        return StorageFull(
            f"no space left to store events ({cause})", where=str(path), todo="free some space on the disk"
        )
    if code in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
        return CorruptFile(
            f"{path} is no store of events ({cause})",
            where=str(path),
            todo=f"mv {path} {path}.broken, then the events again",
        )
    return StoreError(
        f"events cannot be stored or read ({cause})",
        where=str(path),
        todo="let this user write to the folder, or name another one: events: in conf/serve/",
    )
