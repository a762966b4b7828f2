"""The stage `tune` with either engine: the same files, and nothing for DVC to do when the word changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


TUNE = ("model=lightgbm", "problem=generated", "schema=generated", "search=bayesian")
REFUSED = "error: the scheduler at tcp://elsewhere:8786 is on another machine, and nothing encrypts the way there"


def run_dvc(repository: Any, *arguments: str) -> str:
    done = repository.run(sys.executable, "-m", "dvc", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


def test_the_files_of_tune_and_the_status_of_dvc_are_those_of_this_process(
    make_repository: Callable[..., Any], repository_at: Callable[..., Any], tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="the engine dask is not tried: pip install 'lifecycle[dask]'")
    local = make_repository(tmp_path / "small")
    run_dvc(local, "repro", "tune@lightgbm")
    expected, locked = local.outputs(), local.locked()
    with (local.folder / "params.yaml").open("a", encoding="utf-8") as stream:
        stream.write("engine: dask\n")
    assert "up to date" in run_dvc(local, "status", "tune@lightgbm")
    open_address = repository_at(local.folder, LIFECYCLE_ENGINE_ADDRESS="tcp://elsewhere:8786")
    refused = open_address.run(sys.executable, "-m", "lifecycle.stages.tune", *TUNE)
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, REFUSED)
    dask = repository_at(local.folder, OMP_NUM_THREADS="2")
    run_dvc(dask, "repro", "--force", "--single-item", "tune@lightgbm")
    assert (dask.outputs(), dask.locked()) == (expected, locked)
    assert (dask.folder / "data/out_of_fold/lightgbm.parquet").is_file()
