"""The prediction log: JSON lines, one record per predicted row, appended and never changed.

A record has `id`, `time` (UTC), the release's `version`, `inputs` and `prediction`; `question` is the raw row that was
asked, `open` says that the row had no label yet, and `row` is its id in the table where that is another. It is in the
operating system's hands before its response leaves, so it outlives a killed process; `sync` flushes it to the disk.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.io.lock import mark_in_use
from lifecycle.paths import SERVED

KEY = "LIFECYCLE_LOG_KEY"


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
    """Appends records to `<started>-<n>.jsonl`; a file that has grown to `limit` bytes is followed by the next."""

    def __init__(self, folder: Path, started: datetime, limit: int = 64 * 2**20) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.limit, self.stem = folder, limit, f"{started:%Y%m%dT%H%M%SZ}"
        self.number, self.size, self.file = 0, 0, -1
        self.lock = threading.Lock()
        self._open_next()

    def append(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Write the complete records; when this returns, a killed process does not lose them."""
        data = b"".join(encode_record(record) for record in records)
        with self.lock:
            if self.size and self.size + len(data) > self.limit:
                self._open_next()
            try:
                write_all(self.file, data)
            except OSError:
                os.ftruncate(self.file, self.size)  # a torn line would swallow the next record
                raise
            self.size += len(data)

    def sync(self) -> None:
        """Flush what was written to the disk, so that it outlives a power cut."""
        with self.lock:
            copy = os.dup(self.file)
        try:
            os.fsync(copy)
        finally:
            os.close(copy)

    def close(self) -> None:
        """Flush what was written to the disk and close the file."""
        with self.lock:
            os.fsync(self.file)
            os.close(self.file)

    def _open_next(self) -> None:
        if self.file >= 0:
            os.fsync(self.file)
            os.close(self.file)
        self.file = -1
        while self.file < 0:
            self.number += 1
            self.file = create_file(self.folder / f"{self.stem}-{self.number}.jsonl")
        self.size = 0


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
