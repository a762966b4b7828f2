"""One at a time: what two processes must not do at once in one folder."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from lifecycle.errors import FileError

if sys.platform == "win32":
    import msvcrt

    BEYOND = 2**30  # Windows locks bytes, and those locked cannot be read: one that no process number reaches

    def seize(file: TextIO) -> None:
        """Lock the file; raises PermissionError while another process has."""
        os.lseek(file.fileno(), BEYOND, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def mark_in_use(file: int) -> None:
        """Do nothing: a file that is open cannot be replaced under Windows anyway."""

    def is_in_use(path: Path) -> bool:
        """False: nothing tells."""
        return False

else:
    import fcntl

    def seize(file: TextIO) -> None:
        """Lock the file; raises BlockingIOError while another process has."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def mark_in_use(file: int) -> None:
        """Let other processes see that this one writes to an open file; not every file system can."""
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def is_in_use(path: Path) -> bool:
        """Whether another process has marked the file."""
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            except OSError:
                return False
        return False


@contextmanager
def hold_lock(path: Path, name: str) -> Iterator[None]:
    """Hold the lock of a file, which the end of the process lets go too, however it ends.

    Raises FileError while another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            seize(file)
        except (BlockingIOError, PermissionError) as cause:
            file.seek(0)
            raise FileError(
                f"another {name} is running in this folder, process {file.read().strip() or 'unknown'}",
                where=str(path),
                todo=f"wait until it has ended, then: dvc repro {name}",
            ) from cause
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        yield
