"""A lock that one process holds at a time, and that no death leaves behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lifecycle.errors import FileError
from lifecycle.io import lock

HOLDS = """
import sys, time
from pathlib import Path
from lifecycle.io import lock
with lock.hold_lock(Path(sys.argv[1]), "collect"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_process_is_rejected_until_the_first_is_gone_however_it_went(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "collect.lock"
    first = subprocess.Popen([sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    with pytest.raises(FileError) as caught, lock.hold_lock(path, "collect"):
        raise AssertionError("the lock was given twice")
    assert str(caught.value).splitlines() == [
        f"error: another collect is running in this folder, process {first.pid}",
        f"where: {path}",
        "next:  wait until it has ended, then: dvc repro collect",
    ]
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with lock.hold_lock(path, "collect"):
        assert path.read_text() == f"{os.getpid()}\n"


def test_an_error_lets_the_lock_go(tmp_path: Path) -> None:
    path = tmp_path / "collect.lock"
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), lock.hold_lock(path, "collect"):
            raise ZeroDivisionError
