"""The prediction log: JSON lines, one record per predicted row, appended and never changed.

A record has `id`, `time` (UTC), the release's `version`, `inputs` and `prediction`; `question` is the raw row that was
asked, `open` says that the row had no label yet, and `row` is its id in the table where that is another. It is in the
operating system's hands before its response leaves, so it outlives a killed process; `sync` flushes it to the disk.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from lifecycle.errors import CorruptFile, LogUnwritable, WrongValue
from lifecycle.io.atomic import FULL
from lifecycle.io.lock import mark_in_use
from lifecycle.paths import SERVED

KEY = "LIFECYCLE_LOG_KEY"
# How often a record is written, each time into another file, while somebody removes the files.
ATTEMPTS = 3
# Written and taken back to find out whether the disk takes more; without a line's end no reader takes it for a record.
PROBE = b" " * 4096
# Free bytes below which that is tried though nothing has failed yet.
LITTLE = 2**20


@dataclass(frozen=True)
class Privacy:
    """What the log leaves out: dropped fields, and fields of which it holds only a keyed hash."""

    drop: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    key: bytes = b""

    def redact_inputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """The inputs as they may be logged."""
        if not self.drop and not self.hashed:
            return inputs
        return {name: self.redact(name, value) for name, value in inputs.items() if name not in self.drop}

    def redact(self, name: str, value: Any) -> Any:
        """One value as it may be logged: itself, or the first 16 hexadecimal digits of its HMAC-SHA256."""
        if name not in self.hashed or value is None:
            return value
        return hmac.new(self.key, json.dumps(value).encode(), hashlib.sha256).hexdigest()[:16]


def build_privacy(drop: Sequence[str], hashed: Sequence[str], environment: Mapping[str, str]) -> Privacy:
    """The privacy settings, with the key of the hashes from the environment; raises WrongValue without one."""
    key = environment.get(KEY, "")
    if hashed and len(key) < 16:
        raise WrongValue(
            f"{', '.join(hashed)} should be logged as hashes, and {KEY} has {len(key)} characters",
            where="conf/serve/, key hash; the environment",
            todo=f"export {KEY}=$(openssl rand -hex 32), the same for every process, and keep it secret",
        )
    return Privacy(frozenset(drop), frozenset(hashed), key.encode())


class Log:
    """Appends records to `<started>-<n>.jsonl`; a file that has grown to `limit` bytes is followed by the next.

    So is a file that somebody has removed, moved away or shortened, or whose folder is gone; `replaced` counts these.
    `failure` is why records cannot be written now, None while they can. Every method but `close` raises LogUnwritable
    where the disk is full, or this user may not write; so does a log that is made where no record could be written.
    """

    def __init__(self, folder: Path, started: datetime, limit: int = 64 * 2**20) -> None:
        self.folder, self.limit, self.stem = folder, limit, f"{started:%Y%m%dT%H%M%SZ}"
        self.number, self.size, self.file, self.path = 0, 0, -1, folder
        self.torn, self.replaced = False, 0
        self.failure: LogUnwritable | None = None
        self.lock = threading.Lock()
        with self._note_failure():
            self._open_next()
            try:
                self._probe()
            except OSError:
                self.remove()
                raise

    def append(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Write the complete records; when this returns, a killed process does not lose them."""
        data = b"".join(encode_record(record) for record in records)
        with self.lock, self._note_failure():
            if self.size and self.size + len(data) > self.limit:
                self._open_next()
            self._append(data)
            self.failure = None

    def sync(self) -> None:
        """Flush what was written to the disk, so that it outlives a power cut, and find out whether more can be."""
        with self.lock:
            copy = os.dup(self.file)
        with self._note_failure():
            try:
                os.fsync(copy)  # outside the lock: records need not wait for the disk
            finally:
                os.close(copy)
        self.check()

    def check(self) -> None:
        """Find out whether records can be written, after a failure too."""
        with self.lock, self._note_failure():
            self._follow_lost_file()
            if self.failure or shutil.disk_usage(self.folder).free < LITTLE:
                self._probe()
            self.failure = None

    def close(self) -> None:
        """Flush what was written to the disk and close the file."""
        with self.lock:
            try:
                os.fsync(self.file)
            finally:
                os.close(self.file)

    def remove(self) -> None:
        """Close the file and remove it: it has no record."""
        os.close(self.file)
        self.path.unlink()

    @contextmanager
    def _note_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as cause:
            self.failure = explain_failure(cause, self.folder)
            raise self.failure from cause

    def _append(self, data: bytes) -> None:
        for _ in range(ATTEMPTS):
            self._follow_lost_file()
            self._write(data)
            if self._is_whole():  # or it was removed in between, and the record with it
                return
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def _write(self, data: bytes) -> None:
        try:
            write_all(self.file, data)
        except OSError:
            self._take_back()
            raise
        self.size += len(data)

    def _take_back(self) -> None:
        """Remove what was written of a record that is not whole: a torn line would swallow the next record."""
        self.torn = True  # where this fails too, the next record begins a file
        os.ftruncate(self.file, self.size)
        self.torn = False

    def _probe(self) -> None:
        try:
            write_all(self.file, PROBE)
            os.fsync(self.file)
        finally:
            self._take_back()

    def _follow_lost_file(self) -> None:
        if self.torn or not self._is_whole():
            self._open_next()
            self.replaced += 1

    def _is_whole(self) -> bool:
        mine = os.fstat(self.file)
        try:
            return os.path.samestat(mine, self.path.stat()) and mine.st_size >= self.size
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _open_next(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = -1
        while file < 0:
            self.number += 1
            path = self.folder / f"{self.stem}-{self.number}.jsonl"
            file = create_file(path)
        earlier, self.file, self.path, self.size, self.torn = self.file, file, path, 0, False
        if earlier >= 0:
            try:
                os.fsync(earlier)
            finally:
                os.close(earlier)


def check_folder(folder: Path, now: datetime) -> None:
    """Raise LogUnwritable unless a log can be written in a folder; nothing is left of the attempt."""
    was_there = folder.exists()
    Log(folder, now).remove()
    if not was_there:
        with suppress(OSError):  # another process has begun its log there
            folder.rmdir()


def explain_failure(cause: OSError, folder: Path) -> LogUnwritable:
    """The error for what the file system reports of a log's folder."""
    return LogUnwritable(
        f"predictions cannot be logged ({os.strerror(cause.errno or 0).lower()})",
        where=str(folder),
        todo=f"free some space: df -h {folder}" if cause.errno in FULL else f"let this user write: ls -ld {folder}",
    )


def create_file(path: Path) -> int:
    """A new file to append to, marked as in use; -1 where another process has one of that name."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    except FileExistsError:
        return -1
    mark_in_use(file)
    return file


def write_all(file: int, data: bytes) -> None:
    """Write every byte, however many calls it takes."""
    while data:
        data = data[os.write(file, data) :]


def encode_record(record: Mapping[str, Any]) -> bytes:
    """A record as one line of JSON."""
    return to_json(record) + b"\n"


@dataclass
class LogReader:
    """Iterates the records of all files, the oldest file first; afterwards `torn` names the files with a torn end.

    A killed process may leave a half-written line, at the end of a file alone.
    """

    folder: Path
    torn: list[Path] = field(default_factory=list)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.torn.clear()
        for path in list_files(self.folder):
            yield from self._of(path)

    def _of(self, path: Path) -> Iterator[dict[str, Any]]:
        with path.open("rb") as stream:
            for number, text in enumerate(stream, start=1):
                if not text.endswith(b"\n"):
                    self.torn.append(path)
                    return
                yield parse_record(text, path, number)

    @property
    def message(self) -> str:
        """A message on the torn lines; empty where there are none."""
        names = ", ".join(path.name for path in self.torn)
        return f"{len(self.torn)} lines torn by a stopped process, at the end of {names}" if self.torn else ""


def read_log(folder: Path = SERVED) -> LogReader:
    """The records of a log; a missing folder has none."""
    return LogReader(folder)


def list_files(folder: Path) -> list[Path]:
    """The files of a log by the time they were started, then by number."""
    return sorted(folder.glob("*-*.jsonl"), key=lambda path: (path.stem.rpartition("-")[0], len(path.stem), path.stem))


def parse_record(text: bytes, path: Path, number: int) -> dict[str, Any]:
    """One line's record; raises CorruptFile for a complete line that is none."""
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError, UnicodeDecodeError) as cause:
        raise CorruptFile(
            f"line {number} of {path.name} is no record ({' '.join(str(cause).split())[:100]})",
            where=f"{path}, line {number}",
            todo=f"sed -i {number}d {path} leaves it out",
        ) from cause
