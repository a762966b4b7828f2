"""The service as a process: the same answers from every door, no row lost to a kill or a reload."""

import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pandas as pd
import pytest

from lifecycle import batch, served
from lifecycle.release import load_release, records

TOP = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("releases", TOP / "tests" / "releases.py")
assert _SPEC
assert _SPEC.loader
releases = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(releases)


class Server:
    """A service in a folder of its own."""

    def __init__(self, folder, *overrides):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.url = folder, f"http://127.0.0.1:{self.port}"
        for name in ("conf", "params.yaml"):
            if not (folder / name).exists():
                (folder / name).symlink_to(TOP / name)
        self.log = (folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lifecycle", "serve", f"serve.port={self.port}", *overrides],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(TOP / "src")},
            stdout=self.log,
            stderr=self.log,
        )
        self.wait()

    def wait(self, seconds=120):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/ready").status_code == 200:
                    return
            time.sleep(0.1)
        raise AssertionError((self.folder / "server.log").read_text())

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(60)
        self.log.close()
        return code


@pytest.fixture
def serve(tmp_path):
    running = []

    def start(task="binary", family="boosted", *overrides):
        shutil.copytree(
            releases.write(tmp_path / "made", task, family), tmp_path / "models/release", dirs_exist_ok=True
        )
        running.append(Server(tmp_path, *overrides))
        return running[-1]

    yield start
    for server in running:
        server.stop(signal.SIGKILL)


def as_rows(table):
    return [{name: None if value != value else value for name, value in row.items()} for row in records(table)]


@pytest.mark.parametrize(
    ("task", "family"),
    [("binary", "boosted"), ("multiclass", "histogram"), ("regression", "linear"), ("clustering", "kmeans")],
)
def test_a_thousand_rows_have_the_same_answers_from_every_door(serve, tmp_path, task, family):
    server = serve(task, family)
    table = releases.rows(1000, seed=11)
    release = load_release(tmp_path / "models/release")
    expected = as_rows(release.predict(table))

    def of_service(said):
        return [{"order": one["id"]} | one["answer"] for one in said]

    rows = as_rows(table)
    with httpx.Client(base_url=server.url, timeout=60) as client:
        alone = of_service([client.post("/predict", json=row).json() for row in rows])
        together = of_service(client.post("/predict", json=rows).json())
        hosted = of_service(client.post("/invocations", json={"instances": rows}).json()["predictions"])
    table.to_parquet(tmp_path / "rows.parquet")
    for ending in (".parquet", ".jsonl"):
        batch.run(batch.Batch(release, tmp_path / "rows.parquet", tmp_path / f"answers{ending}"))
    of_parquet = as_rows(pd.read_parquet(tmp_path / "answers.parquet").drop(columns="row"))
    of_lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    of_lines = [{name: value for name, value in row.items() if name != "row"} for row in of_lines]
    assert alone == expected
    assert together == expected
    assert hosted == expected
    assert of_parquet == expected
    assert of_lines == expected
    logged = list(served.read(tmp_path / "data/served"))
    assert [{"order": one["id"]} | one["answer"] for one in logged] == expected * 3


async def load(url, stop, acknowledged, failed, clients=6):
    """Ask again and again until told to stop; keep the ids that were answered."""

    async def ask(client, name):
        number = 0
        while not stop.is_set():
            row = {"order": f"{name}-{number}", "size": 1.0, "hour": number % 24, "place": "a", "gift": True,
                   "late_7D": None, "hollow": None}  # fmt: skip
            try:
                done = await client.post(f"{url}/predict", json=row)
                (acknowledged if done.status_code == 200 else failed).append((row["order"], done))
            except httpx.TransportError as cause:
                failed.append((row["order"], cause))
                return
            number += 1

    async with httpx.AsyncClient(timeout=60) as client:
        await asyncio.gather(*(ask(client, f"c{name}") for name in range(clients)))


def under_load(url, work):
    """What was acknowledged and what failed while `work` was done."""
    acknowledged, failed = [], []

    async def both():
        stop = asyncio.Event()
        loading = asyncio.create_task(load(url, stop, acknowledged, failed))
        await asyncio.sleep(1.0)
        await asyncio.to_thread(work)
        stop.set()
        await loading

    asyncio.run(both())
    return acknowledged, failed


def test_what_was_acknowledged_before_a_kill_is_in_the_log(serve, tmp_path):
    server = serve()
    acknowledged, failed = under_load(server.url, lambda: server.stop(signal.SIGKILL))
    assert len(acknowledged) > 5
    assert failed
    logged = {record["id"] for record in served.read(tmp_path / "data/served")}
    assert {name for name, _ in acknowledged} <= logged


def test_a_new_release_is_taken_without_losing_a_request_or_a_row_of_the_log(serve, tmp_path):
    server = serve("binary", "boosted", "serve.watch_seconds=0.1")
    old = load_release(tmp_path / "models/release").version
    releases.write(tmp_path / "next", "binary", "linear")
    new = load_release(tmp_path / "next/release").version

    def replace():
        shutil.rmtree(tmp_path / "models/release")
        shutil.copytree(tmp_path / "next/release", tmp_path / "models/release")
        until = time.monotonic() + 60
        while httpx.get(f"{server.url}/version").json()["version"] != new:
            assert time.monotonic() < until, (tmp_path / "server.log").read_text()[-2000:]
            time.sleep(0.05)
        time.sleep(0.5)

    acknowledged, failed = under_load(server.url, replace)
    assert failed == []
    assert {done.json()["version"] for _, done in acknowledged} == {old, new}
    assert server.stop() == -signal.SIGTERM  # it has finished, and ends as it was told to
    logged = {record["id"]: record for record in served.read(tmp_path / "data/served")}
    assert logged.keys() == {name for name, _ in acknowledged}
    assert all(logged[name]["version"] == done.json()["version"] for name, done in acknowledged)


def test_a_tampered_release_is_not_taken_and_the_old_one_goes_on(serve, tmp_path):
    server = serve("binary", "boosted", "serve.watch_seconds=0.1")
    old = load_release(tmp_path / "models/release").version
    manifest = tmp_path / "models/release/manifest.json"
    manifest.write_text(manifest.read_text().replace("a", "b"))
    until = time.monotonic() + 30
    while "refused" not in (tmp_path / "server.log").read_text():
        assert time.monotonic() < until
        time.sleep(0.1)
    assert httpx.get(f"{server.url}/version").json()["version"] == old
    assert 'lifecycle_reloads_total{outcome="refused"} 1.0' in httpx.get(f"{server.url}/metrics").text


def test_a_stopping_service_finishes_what_it_has_begun(serve):
    server = serve()
    acknowledged, failed = under_load(server.url, lambda: server.process.send_signal(signal.SIGTERM) or time.sleep(1.5))
    assert len(acknowledged) > 5
    assert server.stop() == -signal.SIGTERM  # it has finished, and ends as it was told to
    assert all(
        isinstance(cause, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError) for _, cause in failed
    )
    logged = {record["id"] for record in served.read(server.folder / "data/served")}
    assert logged == {name for name, _ in acknowledged}


def test_no_release_is_told_before_anything_listens(tmp_path):
    for name in ("conf", "params.yaml"):
        (tmp_path / name).symlink_to(TOP / name)
    done = subprocess.run(
        [sys.executable, "-m", "lifecycle", "serve"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(TOP / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error: there is no release in models/release"
