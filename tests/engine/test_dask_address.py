"""The engine `dask` with an address: a scheduler and workers that were started by somebody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builders.tuned import to_bytes, tune

import lifecycle
from lifecycle.engine.dask import open_cluster
from lifecycle.engine.local import run_locally
from lifecycle.engine.settings import Engine, Tls
from lifecycle.errors import WrongValue

pytest.importorskip("distributed", reason="the engine dask is not tried: pip install 'lifecycle[dask]'")
pytestmark = pytest.mark.slow

SCHEDULER = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
WORKER = [sys.executable, "-m", "lifecycle.engine.worker", "--no-nanny"]
TODO = "stop it; then in a folder with this commit and environment: python -m lifecycle.engine.worker ADDRESS"

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process, which is stopped in the end; its output goes to a file."""
    running: list[subprocess.Popen[bytes]] = []

    def run(command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        both = {"PYTHONPATH": str(Path(lifecycle.__file__).parents[1])} | environment
        with (tmp_path / "output").open("ab") as output:
            running.append(subprocess.Popen(command, env=os.environ | both, stdout=output, stderr=output))
        return running[-1]

    yield run
    for process in reversed(running):
        process.kill()
        process.wait()


@pytest.fixture
def address(start: Start, tmp_path: Path) -> str:
    """The address of a scheduler without workers."""
    return wait_for_address(start, tmp_path)


def wait_for_address(start: Start, tmp_path: Path, *more: str) -> str:
    """The address of a scheduler that was started with these options."""
    file = tmp_path / "scheduler.json"
    start([*SCHEDULER, "--no-dashboard", "--scheduler-file", str(file), *more])
    deadline = time.monotonic() + 60
    while not file.is_file() or not file.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, (tmp_path / "output").read_text(encoding="utf-8")
        time.sleep(0.05)
    return str(json.loads(file.read_text(encoding="utf-8"))["address"])


@pytest.fixture
def other_version(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that has the same code as another version of lifecycle."""
    folder = tmp_path / "installed/lifecycle-9.9.9.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: lifecycle\nVersion: 9.9.9\n", encoding="utf-8")
    return {"PYTHONPATH": f"{folder.parent}{os.pathsep}{Path(lifecycle.__file__).parents[1]}"}


def at(address: str, **more: Any) -> Engine:
    return Engine(option="dask", runs_on="dask", address=address, **more)


def test_workers_of_an_address_give_the_bytes_of_this_process(start: Start, address: str) -> None:
    start([*WORKER, address])
    with open_cluster(at(address)) as run_tasks:
        assert to_bytes(tune(run_tasks)) == to_bytes(tune(run_locally))


@pytest.fixture
def certificates(tmp_path: Path) -> Tls:
    """An authority and a certificate by it, of this machine's loopback."""
    if not shutil.which("openssl"):
        pytest.skip("certificates are made by openssl, which is not installed")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    certificate, key = tmp_path / "own.pem", tmp_path / "own-key.pem"
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return Tls(ca=str(certificate), certificate=str(certificate), key=str(key))


def test_a_scheduler_with_tls_gives_the_bytes_of_this_process(start: Start, tmp_path: Path, certificates: Tls) -> None:
    files = ["--tls-ca-file", certificates.ca, "--tls-cert", certificates.certificate, "--tls-key", certificates.key]
    address = wait_for_address(start, tmp_path, "--protocol", "tls", *files)
    assert address.startswith("tls://")
    start([*WORKER, address, *files])
    with open_cluster(at(address, tls=certificates)) as run_tasks:
        assert to_bytes(tune(run_tasks)) == to_bytes(tune(run_locally))


def test_a_worker_of_another_version_is_refused_by_name(
    start: Start, address: str, other_version: dict[str, str]
) -> None:
    start([*WORKER, address, "--name", "old"], **other_version)
    with pytest.raises(WrongValue) as caught, open_cluster(at(address)):
        pass
    first, *others = str(caught.value).splitlines()
    assert first.startswith("error: the worker at tcp://127.0.0.1:")
    assert first.endswith(" has another version of lifecycle: 9.9.9, and here it is 0.1.0: it is not used")
    assert others == ["where: the workers of the scheduler, conf/engine/dask.yaml", f"next:  {TODO}"]


def test_a_worker_that_comes_later_is_looked_at_too(start: Start, address: str, other_version: dict[str, str]) -> None:
    good = start([*WORKER, address])
    with open_cluster(at(address)) as run_tasks:
        start([*WORKER, address], **other_version)
        good.kill()
        with pytest.raises(WrongValue, match=r"another version of lifecycle: 9\.9\.9"):
            tune(run_tasks)


def test_a_worker_without_the_processors_variables_is_refused(start: Start, address: str) -> None:
    plain = [sys.executable, "-m", "distributed.cli.dask_worker", "--no-nanny", "--no-dashboard", "--nthreads", "1"]
    start([*plain, address], OPENBLAS_NUM_THREADS="2")
    with pytest.raises(WrongValue, match="another version of the processor's variables"), open_cluster(at(address)):
        pass


def test_a_worker_that_runs_two_tasks_at_once_is_refused(start: Start, address: str) -> None:
    start([*WORKER, address, "--nthreads", "2"])
    with pytest.raises(WrongValue, match="runs 2 tasks at once"), open_cluster(at(address)):
        pass


def test_a_scheduler_without_workers_is_waited_for_so_long(address: str) -> None:
    with pytest.raises(WrongValue, match="has no worker after 1 seconds"), open_cluster(at(address, wait_seconds=1)):
        pass


def test_an_address_where_nobody_answers_is_named() -> None:
    silent = at("tcp://127.0.0.1:1", wait_seconds=1)
    with (
        pytest.raises(WrongValue, match=r"no scheduler answers at tcp://127\.0\.0\.1:1") as caught,
        open_cluster(silent),
    ):
        pass
    assert caught.value.todo.startswith("python -m lifecycle.engine.worker tcp://127.0.0.1:1, in this folder")
