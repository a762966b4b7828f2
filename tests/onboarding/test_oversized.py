"""Hostile inputs of `lifecycle new`, each in a process of its own with 2 GiB and 60 seconds: no traceback."""

import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from builders.effort import count_rounds
from builders.oversized import OVERSIZED

MEMORY, SECONDS = 2 * 2**30, 60
QUICK = ["text.parquet", "far.xlsx", "columns.csv", "deep.json", "blobs.sqlite"]
SEEDS = range(count_rounds(1, 5))


def run_new(folder: Path, name: str) -> "subprocess.CompletedProcess[str]":
    """The command in a folder of its own, within the limits."""
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "params.yaml").write_text("problem: toy\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "lifecycle", "new", "toy", "--data", name],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
    )


def must_be_refused_or_read(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode in (0, 2), done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith(("error: ", "where: ", "next:  "))]
    assert len(lines) == (3 if done.returncode else 0), done.stderr[-2000:]


@pytest.mark.parametrize("name", QUICK)
def test_a_small_file_that_becomes_large_is_refused(tmp_path: Path, name: str) -> None:
    OVERSIZED[name](tmp_path / name)
    done = run_new(tmp_path, name)
    must_be_refused_or_read(done)
    assert done.returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OVERSIZED if name not in QUICK])
def test_every_hostile_file_is_refused_or_read_within_the_limits(tmp_path: Path, name: str) -> None:
    OVERSIZED[name](tmp_path / name)
    must_be_refused_or_read(run_new(tmp_path, name))
    assert not (tmp_path.parent / "climbed.txt").exists()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["text.parquet", "far.xlsx", "blobs.sqlite", "rather.json"])
def test_a_file_with_changed_bytes_is_refused_or_read(tmp_path: Path, name: str, seed: int) -> None:
    OVERSIZED[name](tmp_path / name)
    content, chance = bytearray((tmp_path / name).read_bytes()), random.Random(seed)
    for _ in range(8):
        content[chance.randrange(len(content))] = chance.randrange(256)
    (tmp_path / name).write_bytes(content)
    must_be_refused_or_read(run_new(tmp_path, name))
