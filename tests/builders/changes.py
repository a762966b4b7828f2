"""Releases with one byte, one field or one array changed, drawn at random."""

import numpy as np
from builders import hostile

from lifecycle.release.release import MANIFEST


def change_byte(random: np.random.Generator, content: bytes) -> bytes:
    """Content with one byte changed, removed or written twice."""
    place = int(random.integers(len(content)))
    middle = (bytes([int(random.integers(256))]), b"", content[place : place + 1] * 2)[int(random.integers(3))]
    return content[:place] + middle + content[place + 1 :]


def change_number(random: np.random.Generator, content: bytes) -> bytes:
    """An archive with one of its arrays changed in four or eight bytes, as numbers far out of range would be."""
    inner = hostile.unpack(content)
    arrays = [name for name in sorted(inner) if name.endswith(".npy") and len(inner[name]) > 140]
    if not arrays:
        return change_field(random, content)
    name = arrays[int(random.integers(len(arrays)))]
    place = 128 + 4 * int(random.integers((len(inner[name]) - 136) // 4 + 1))
    number = int(random.choice([-1, 0, 1, 255, 2**31 - 1, -(2**31)])).to_bytes(4, "little", signed=True)
    changed = inner[name][:place] + number + inner[name][place + 4 :]
    return hostile.pack(inner | {name: changed})


def change_field(random: np.random.Generator, content: bytes) -> bytes:
    """A model file with one plain value, word of a text or key of its schema changed."""
    inner = hostile.unpack(content)
    text = inner["schema.json"].decode()
    spots = [at for at in range(len(text)) if text[at].isdigit()]
    place = spots[int(random.integers(len(spots)))]
    digits = str(random.choice(["", "9", "-1", "99999999", "0", "e", "null"]))
    return hostile.pack(inner | {"schema.json": (text[:place] + digits + text[place + 1 :]).encode()})


def change_release(random: np.random.Generator, files: dict[str, bytes]) -> dict[str, bytes]:
    """A release with one thing changed, and every hash as it should be."""
    how = int(random.integers(4))
    if how < 3:
        model = files["model.skops"]
        changed = (change_field, change_number, change_byte)[how](random, model)
        return hostile.sign(files | {"model.skops": changed})
    names = sorted(name for name in files if name.endswith(".json") and name != MANIFEST)
    name = names[int(random.integers(len(names)))]
    return hostile.sign(files | {name: change_byte(random, files[name])})


def change_any_file(random: np.random.Generator, files: dict[str, bytes]) -> dict[str, bytes]:
    """A release with one byte of any of its files changed, and every hash as it should be."""
    names = sorted(name for name in files if name != MANIFEST and files[name])
    name = names[int(random.integers(len(names)))]
    return hostile.sign(files | {name: change_byte(random, files[name])})


def change_unsigned(random: np.random.Generator, files: dict[str, bytes]) -> dict[str, bytes]:
    """A release with one byte of any of its files changed, whose manifest has the hashes of before."""
    name = sorted(files)[int(random.integers(len(files)))]
    return files | {name: change_byte(random, files[name])}
