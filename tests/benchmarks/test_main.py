"""Every benchmark of the folder starts by its name, and the Makefile's are these."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import list_benchmarks, main

ROOT = Path(__file__).parents[2]


def test_the_makefile_runs_benchmarks_that_exist() -> None:
    called = re.findall(r"python -m benchmarks (\w+)", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert set(called) == set(list_benchmarks())


@pytest.mark.parametrize("name", list_benchmarks())
def test_a_benchmark_says_what_it_measures(name: str) -> None:
    asked = [sys.executable, "-m", "benchmarks", name, "--help"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"usage: python -m benchmarks {name}")


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serv"]) == 2
    assert "there is no benchmark 'serv'" in capsys.readouterr().err
