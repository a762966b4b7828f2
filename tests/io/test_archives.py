"""An archive from a stranger is measured before it is unpacked."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from builders.hostile import pack

from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.io import archives
from lifecycle.io.archives import LIMIT, MIB, read_limit, unpack_archive

PATH = Path("a.skops")


def test_files_come_back_as_they_were() -> None:
    assert unpack_archive(pack({"a": b"1", "b/c": b""}), PATH) == {"a": b"1", "b/c": b""}


def test_a_bomb_is_rejected_by_its_directory_with_its_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack({"schema.json": b" " * (65 * MIB)})
    monkeypatch.setattr(archives, "read_entry", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(CorruptFile, match=r"unpacks to 68,157,440 bytes, 1,0\d\d times as many") as caught:
        unpack_archive(packed, PATH)
    assert len(str(caught.value).splitlines()) == 3
    assert caught.value.todo.endswith(f"export {LIMIT}=65")


def test_a_person_can_raise_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pack({"schema.json": b" " * (65 * MIB)})
    monkeypatch.setenv(LIMIT, "65")
    assert len(unpack_archive(packed, PATH)["schema.json"]) == 65 * MIB
    monkeypatch.setenv(LIMIT, "64")
    with pytest.raises(CorruptFile):
        unpack_archive(packed, PATH)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(LIMIT, text)
    with pytest.raises(WrongValue, match=f"{LIMIT} is '{text}'"):
        read_limit(1)


def test_the_limit_grows_with_the_file_to_the_largest() -> None:
    assert [read_limit(size) for size in (1, MIB, 10**9)] == [64 * MIB, 200 * MIB, 1024 * MIB]


def test_a_directory_that_lies_is_read_no_further_than_it_says() -> None:
    packed = bytearray(pack({"schema.json": b" " * (40 * MIB)}))
    place = packed.rindex(b"PK\x01\x02")
    packed[place + 24 : place + 28] = struct.pack("<I", 10)
    with pytest.raises(CorruptFile, match="cannot be read as a model"):
        unpack_archive(bytes(packed), PATH)


def test_a_name_that_stands_twice_is_rejected() -> None:
    packed = io.BytesIO()
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("a", b"2")
    with pytest.raises(CorruptFile, match="a name stands twice"):
        unpack_archive(packed.getvalue(), PATH)


def test_a_compression_that_is_never_written_is_rejected() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"1")
    with pytest.raises(CorruptFile, match="neither stored nor deflated"):
        unpack_archive(packed.getvalue(), PATH)
