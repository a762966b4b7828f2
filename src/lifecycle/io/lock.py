"""One at a time: what two processes must not do at once in one folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lifecycle.errors import FileError


@contextmanager
def alone(path: Path, name: str) -> Iterator[None]:
    """Hold the lock of a file, which the end of the process lets go too, however it ends.

    Raises FileError while another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            file.seek(0)
            raise FileError(
                f"another {name} is running in this folder, process {file.read().strip() or 'unknown'}",
                where=str(path),
                todo=f"wait until it has ended, then: dvc repro {name}",
            ) from cause
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        yield
