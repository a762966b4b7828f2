"""Zip archives from strangers: how large one becomes is known before it is unpacked, whatever its directory says."""

import io
import zipfile
import zlib
from pathlib import Path

from lifecycle.errors import CorruptFile
from lifecycle.io.budget import MIB, MODEL, name_variable, read_budget

# What a person sets where an honest archive is larger than these limits.
LIMIT = name_variable("unpacked_mib")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, RuntimeError, OSError)


def read_limit(packed: int) -> int:
    """How many bytes an archive of so many bytes may have unpacked; raises WrongValue for a setting that is none."""
    return read_budget().allow(packed, MODEL)


def unpack_archive(packed: bytes, path: Path) -> dict[str, bytes]:
    """The files in a zip archive by name.

    Raises CorruptFile where it is none, holds a name twice or an unusual compression, is damaged, or would unpack to
    more than the limit: judged by its directory first, and never read past what the directory says.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            must_be_usual(entries)
            must_fit(sum(entry.file_size for entry in entries), packed, path)
            return {entry.filename: read_entry(archive, entry) for entry in entries}
    except DAMAGE as cause:
        raise CorruptFile(
            f"{path} cannot be read as a model ({' '.join(str(cause).split())[:120]})",
            where=f"{path}, {len(packed):,} bytes",
            todo=f"rm {path} && dvc checkout {path}",
        ) from cause


def must_be_usual(entries: list[zipfile.ZipInfo]) -> None:
    """Raise BadZipFile for a name that stands twice, and for a compression that we never write."""
    if len({entry.filename for entry in entries}) < len(entries):
        raise zipfile.BadZipFile("a name stands twice in its directory")
    if any(entry.compress_type not in METHODS for entry in entries):
        raise zipfile.BadZipFile("a file in it is neither stored nor deflated")


def must_fit(unpacked: int, packed: bytes, path: Path) -> None:
    """Raise CorruptFile where so many unpacked bytes are more than the limit."""
    limit = read_limit(len(packed))
    if unpacked > limit:
        raise CorruptFile(
            f"{path} unpacks to {unpacked:,} bytes, {unpacked / len(packed):,.0f} times as many as it has, and may "
            f"unpack to {limit:,}",
            where=f"{path}, {len(packed):,} bytes",
            todo=f"dvc checkout {path}; where the file is yours: export {LIMIT}={-(-unpacked // MIB)}",
        )


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of one file, and BadZipFile where they are others than the directory says."""
    with archive.open(entry) as file:
        content = file.read(entry.file_size)  # a bounded read unpacks no more than it is asked for
    if len(content) != entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename[:80]} is shorter than the directory says")
    return content
