"""Write beside, then rename: a reader sees the old file or the new one, never half of one."""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from lifecycle.errors import MissingFile, StorageFull

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes its place when the block ends without an error.

    Raises StorageFull when the disk takes no more; the earlier file is left as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as cause:
        if cause.errno not in FULL:
            raise
        raise StorageFull(
            f"no space left to write {path.name} ({os.strerror(cause.errno or 0).lower()})",
            where=str(path),
            todo="free some space (lifecycle gc removes cached versions that no branch or tag needs), then: dvc repro",
        ) from cause
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, in UTF-8, ending in one line break."""
    with write_beside(path) as beside:
        beside.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder that holds these files and nothing else; an earlier one stays until the new one is whole."""
    with write_beside(path) as beside:
        shutil.rmtree(beside, ignore_errors=True)
        try:
            beside.mkdir()
            for name, content in files.items():
                (beside / name).write_bytes(content)
            shutil.rmtree(path, ignore_errors=True)
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def require_file(path: Path) -> Path:
    """The path itself; raises MissingFile with the command that makes it."""
    if not path.exists():
        raise MissingFile(f"{path} does not exist", where=str(path), todo=f"dvc repro {path}")
    return path
