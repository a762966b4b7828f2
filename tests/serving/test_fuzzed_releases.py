"""Releases with one thing changed: rejected, or they answer; the process that serves lives, and stays as it is.

With a hash that verifies the release no change is ever served. Without one a change that fits together and keeps the
example's prediction is another model, as good as any: nothing in a folder tells who wrote it.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import changes, raw_releases, releases, shops
from builders.effort import count_rounds

from lifecycle.config import load
from lifecycle.errors import LifecycleError, UnverifiedRelease
from lifecycle.io.process_limits import limit_process
from lifecycle.release.release import build_release, list_records
from lifecycle.serving.candidates import hash_manifest, must_be_pinned
from lifecycle.serving.scorer import prepare_model
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment, Serve
from lifecycle.serving.trial import try_release

ROOT = Path(__file__).parents[2]
FAMILIES = (
    ("binary", "lightgbm"),
    ("binary", "random_forest"),
    ("binary", "hist_gradient_boosting"),
    ("multiclass", "calibrated"),
    ("regression", "quantile_regression"),
    ("clustering", "kmeans"),
    ("binary", "mlp"),
    ("regression", "raw"),
)
SECONDS, MEBIBYTES, GROWN = 20.0, 512, 200
Files = dict[str, bytes]
HOW: tuple[Callable[[np.random.Generator, Files], Files], ...] = (
    changes.change_release,
    changes.change_release,
    changes.change_any_file,
    changes.change_unsigned,
)


def write_files(task: str, family: str, folder: Path) -> Files:
    """The files of a small release."""
    if family == "raw":
        return raw_releases.files(shops.compute_offline(raw_releases.ORDERS)[1], folder)
    return releases.files(task, family, folder)


def read_rows(family: str) -> Any:
    """Rows to ask, for any release of a family."""
    return raw_releases.ORDERS["orders"].tail(12) if family == "raw" else releases.rows(40, seed=7)


def try_apart(files: Files) -> str:
    """What a trial finds in a process of its own, which is a copy of this one: it starts a hundred times as fast.

    Empty for a release that passes, else what is wrong, or the name of the signal; `late` after the seconds.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        limit_process(SECONDS, MEBIBYTES)
        os.write(writing, json.dumps(try_release(files, "models/release"))[:4000].encode())
        os._exit(0)
    os.close(writing)
    there, _, _ = select.select([reading], [], [], SECONDS)
    found = os.read(reading, 4000) if there else b""
    os.close(reading)
    os.kill(child, signal.SIGKILL)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if found:
        verdict = json.loads(found)
        return str(verdict.get("what") or verdict.get("memory") or "")
    return "late" if not there else signal.Signals(-ended).name


def measure_memory() -> float:
    """MiB that this process holds."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


class Fuzz:
    """A service, its release, and what became of changes to it."""

    def __init__(self, task: str, family: str, folder: Path, settings: Serve) -> None:
        self.files, self.rows = write_files(task, family, folder), read_rows(family)
        release = build_release(self.files, "models/release")
        self.service = Service(settings, Environment(), release, None)
        self.expected = self.ask()
        self.ends: Counter[str] = Counter()
        self.longest = 0.0

    def ask(self) -> Any:
        """The answers of what is served."""
        return list_records(self.service.scorer.model.release.predict(self.rows))

    def change(self, number: int) -> None:
        """One change, and what became of it; raises for any end that is none."""
        random = np.random.default_rng(number)
        changed = HOW[number % len(HOW)](random, self.files)
        begun = time.monotonic()
        found = try_apart(changed)
        self.longest = max(self.longest, time.monotonic() - begun)
        if found:
            self.ends["ended the trial" if found in ("late", "out") or found.startswith("SIG") else "rejected"] += 1
            return
        self.must_not_be_verified(changed)
        self.service.take(build_release(changed, "models/release"))
        self.ends["as before" if self.answer() == self.expected else "another model"] += 1

    def answer(self) -> Any:
        """The answers, or the error in three lines that some rows bring."""
        try:
            return self.ask()
        except LifecycleError as cause:
            assert len(str(cause).splitlines()) == 3
            return None

    def must_not_be_verified(self, changed: Files) -> None:
        """Whatever differs in a byte has another hash than the one that is pinned."""
        if changed == self.files:
            return
        with pytest.raises(UnverifiedRelease):
            must_be_pinned(changed, hash_manifest(self.files))


def fuzz(task: str, family: str, first: int, count: int) -> dict[str, Any]:
    """What became of so many changes, the memory that they cost and the seconds that the slowest took."""
    warnings.simplefilter("ignore")
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    folder = Path.cwd()
    os.chdir(ROOT)
    settings = replace(load(Config, ["serve=default"]).serve, events=None)
    os.chdir(folder)
    one = Fuzz(task, family, folder, settings)
    prepare_model(one.service.scorer.model.release)
    before = measure_memory()
    for number in range(first, first + count):
        (folder / "last").write_text(f"{task}, {family}, change {number}", encoding="utf-8")
        one.change(number)
    one.service.close()
    return {"ends": dict(one.ends), "grown": measure_memory() - before, "longest": one.longest}


def run_fuzz(task: str, family: str, first: int, count: int, folder: Path) -> dict[str, Any]:
    """`fuzz` in a process of its own, in a folder: what it counted; fails with the change that ended it."""
    code = f"import sys; sys.path[:0] = {[str(ROOT / 'tests'), str(Path(__file__).parent)]!r}\n"
    code += (
        f"import json, test_fuzzed_releases as one\nprint(json.dumps(one.fuzz({task!r}, {family!r}, {first}, {count})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=3000,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        check=False,
    )
    last = (folder / "last").read_text() if (folder / "last").exists() else "before the first change"
    assert done.returncode == 0, f"{last}: exit {done.returncode}\n{done.stderr[-2000:]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def check(found: dict[str, Any], count: int) -> None:
    """Every change had an end, most were rejected, and the process that serves stayed as it was."""
    assert sum(found["ends"].values()) == count
    assert found["ends"]["rejected"] > count / 4
    assert found["grown"] < GROWN
    assert found["longest"] < SECONDS + 5


@pytest.mark.parametrize(("task", "family"), [FAMILIES[0], FAMILIES[1], FAMILIES[7]])
def test_a_changed_release_is_rejected_or_answers(task: str, family: str, tmp_path: Path) -> None:
    check(run_fuzz(task, family, 10_000, 20, tmp_path), 20)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(FAMILIES)), ids=[family for _, family in FAMILIES])
def test_many_changed_releases_are_rejected_or_answer(place: int, tmp_path: Path) -> None:
    count = count_rounds(25, 250)  # of eight families: 2,000
    found = run_fuzz(*FAMILIES[place], count * place, count, tmp_path)
    print(FAMILIES[place], found)
    check(found, count)
