"""Limits hold for the process that sets them, and for what it does afterwards."""

import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = "from lifecycle.io.process_limits import limit_process; limit_process(1.0, 64)\n"


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BEGIN + program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("program", "code", "last"),
    [
        ("bytearray(2**20)", 0, ""),
        ("bytearray(2**27)", 1, "MemoryError"),
        ("while True: pass", -24, ""),
        ("import resource; resource.setrlimit(resource.RLIMIT_CPU, (600, 600))", 1, "ValueError: not allowed"),
    ],
    ids=["within", "memory", "processor", "a limit stays"],
)
def test_what_is_beyond_a_limit_ends(program: str, code: int, last: str) -> None:
    done = run(program)
    assert done.returncode in (code, -9 if code == -24 else code)
    assert (done.stderr.strip().splitlines() or [""])[-1].startswith(last)


def test_a_file_has_a_limit(tmp_path: Path) -> None:
    done = run(f"open({str(tmp_path / 'large')!r}, 'wb').write(bytes(2**21))")
    assert done.stderr.strip().splitlines()[-1].startswith("OSError: [Errno 27]")
    assert (tmp_path / "large").stat().st_size <= 2**20
