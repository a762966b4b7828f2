"""Messages that no batch holds yet: whole ones come back in order, half of one is as if it had not come."""

from pathlib import Path

import pytest

from lifecycle.errors import CorruptFile
from lifecycle.sources.message_buffer import MessageBuffer, MessageBuffers

MESSAGES = [("a/b", b'{"t": 1}'), ("a/\u00e9", b"\xff\n\x00"), ("a/b", b"")]


def test_messages_come_back_as_they_came(tmp_path: Path) -> None:
    buffer = MessageBuffer(tmp_path / "arrived" / "a.jsonl")
    assert buffer.messages() == []
    buffer.add(MESSAGES[:2])
    buffer.add(MESSAGES[2:])
    assert MessageBuffer(buffer.path).messages() == MESSAGES


@pytest.mark.parametrize("left", [1, 20, 38])
def test_a_line_that_was_cut_off_is_left_out_and_written_over(tmp_path: Path, left: int) -> None:
    buffer = MessageBuffer(tmp_path / "a.jsonl")
    buffer.add(MESSAGES[:1])
    size = buffer.path.stat().st_size
    buffer.add(MESSAGES[1:2])
    with buffer.path.open("r+b") as file:
        file.truncate(size + left)
    assert buffer.messages() == MESSAGES[:1]
    buffer.add(MESSAGES[2:])
    assert buffer.messages() == [MESSAGES[0], MESSAGES[2]]


@pytest.mark.parametrize("line", [b"no JSON\n", b"{}\n", b"[1]\n", b'{"topic": "a", "payload": "x"}\n'])
def test_what_is_no_message_is_rejected(tmp_path: Path, line: bytes) -> None:
    buffer = MessageBuffer(tmp_path / "a.jsonl")
    buffer.path.write_bytes(line)
    with pytest.raises(CorruptFile, match="does not hold one message on each line") as caught:
        buffer.messages()
    assert caught.value.todo.startswith(f"rm {buffer.path}")


def test_only_opened_buffers_are_deleted(tmp_path: Path) -> None:
    before = MessageBuffers(tmp_path)
    for topic in ("one", "other"):
        before.of("readings", topic).add(MESSAGES)
    now = MessageBuffers(tmp_path)
    assert now.of("readings", "one").messages() == MESSAGES
    assert now.of("clicks", "one").messages() == []
    now.clear()
    assert MessageBuffers(tmp_path).of("readings", "one").messages() == []
    assert MessageBuffers(tmp_path).of("readings", "other").messages() == MESSAGES
