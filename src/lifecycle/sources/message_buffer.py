"""A buffer on disk for messages that no batch holds yet, so that a crash loses none."""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from lifecycle.errors import CorruptFile

Message = tuple[str, bytes]  # topic and payload


@dataclass(frozen=True)
class MessageBuffer:
    """A file of messages, one on each line."""

    path: Path

    def messages(self) -> list[Message]:
        """The messages in the order of arrival; a truncated last line was never acknowledged and is ignored.

        Raises CorruptFile for lines that are no messages.
        """
        lines = self.path.read_bytes().split(b"\n")[:-1] if self.path.exists() else []
        try:
            records = [json.loads(line) for line in lines]
            return [(one["topic"], b64decode(one["payload"])) for one in records]
        except (ValueError, KeyError, TypeError) as cause:
            raise CorruptFile(
                f"{self.path} does not hold one message on each line ({cause!r})",
                where=f"{self.path}, {len(lines):,} lines",
                todo=f"rm {self.path}, which gives up what no batch holds yet",
            ) from cause

    def add(self, messages: Iterable[Message]) -> None:
        """Append messages; they are on disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        records = ({"payload": b64encode(payload).decode("ascii"), "topic": topic} for topic, payload in messages)
        with self.path.open("a+b") as file:
            file.truncate(measure_complete_lines(file))
            file.write("".join(f"{json.dumps(one)}\n" for one in records).encode())
            file.flush()
            os.fsync(file.fileno())


def measure_complete_lines(file: BinaryIO) -> int:
    """The size of a file up to the end of its last complete line."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read(1) in (b"", b"\n"):
        return size
    file.seek(0)
    return file.read().rfind(b"\n") + 1


@dataclass(frozen=True)
class MessageBuffers:
    """The buffers of a folder that were opened, one for each table and source."""

    folder: Path
    opened: list[MessageBuffer] = field(default_factory=list)

    def of(self, table: str, source: str) -> MessageBuffer:
        """The buffer of a table; another address or topic has its own."""
        mark = sha256(source.encode()).hexdigest()[:12]
        self.opened.append(MessageBuffer(self.folder / f"{table}-{mark}.jsonl"))
        return self.opened[-1]

    def clear(self) -> None:
        """Delete the opened buffers, once batches hold their messages."""
        for buffer in self.opened:
            buffer.path.unlink(missing_ok=True)
