"""The service as a process: the same answers from every door, no row lost to a kill or a reload."""

import asyncio
import contextlib
import gzip
import hashlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pandas as pd
import pytest
from builders import releases
from builders.effort import count_rounds

from lifecycle.feedback import prediction_log
from lifecycle.release import batch_predict
from lifecycle.release.release import list_records, load_release

pytestmark = pytest.mark.slow  # real servers, and minutes under load

TOP = Path(__file__).parents[2]
JSON = {"content-type": "application/json"}
KINDS = {"order": "BYTES"} | {
    name: {"number": "FP64", "integer": "INT64", "boolean": "BOOL", "text": "BYTES"}[kind]
    for name, kind in releases.KINDS.items()
}


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

    def start(task="binary", family="lightgbm", *overrides):
        shutil.copytree(
            releases.write(tmp_path / "made", task, family), tmp_path / "models/release", dirs_exist_ok=True
        )
        running.append(Server(tmp_path, *overrides))
        return running[-1]

    yield start
    for server in running:
        server.stop(signal.SIGKILL)


def as_rows(table):
    return [{name: None if value != value else value for name, value in row.items()} for row in list_records(table)]


@pytest.mark.parametrize(
    ("task", "family"),
    [
        ("binary", "lightgbm"),
        ("multiclass", "hist_gradient_boosting"),
        ("regression", "linear"),
        ("clustering", "kmeans"),
    ],
)
def test_a_thousand_rows_have_the_same_answers_from_every_door(serve, tmp_path, task, family):
    server = serve(task, family)
    table = releases.rows(1000, seed=11)
    release = load_release(tmp_path / "models/release")
    expected = as_rows(release.predict(table))

    def of_service(said):
        return [{"id": one["id"]} | one["prediction"] for one in said]

    rows = as_rows(table)
    with httpx.Client(base_url=server.url, timeout=60) as client:
        alone = of_service([client.post("/predict", json=row).json() for row in rows])
        together = of_service(client.post("/predict", json=rows).json())
        hosted = of_service(client.post("/invocations", json={"instances": rows}).json()["predictions"])
        split = {"columns": list(rows[0]), "data": [list(row.values()) for row in rows]}
        body, headers = gzip.compress(json.dumps({"input_data": split}).encode()), {"content-encoding": "gzip"}
        compressed = of_service(client.post("/score", content=body, headers=headers | JSON).json())
        tensors = [
            {"name": name, "shape": [1000], "datatype": KINDS[name], "data": [row[name] for row in rows]}
            for name in KINDS
        ]
        outputs = client.post("/v2/models/model/infer", json={"inputs": tensors}).json()["outputs"]
    columns = {one["name"]: one["data"] for one in outputs}
    inferred = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    table.to_parquet(tmp_path / "rows.parquet")
    for ending in (".parquet", ".jsonl"):
        batch_predict.predict_file(
            batch_predict.PredictionJob(release, tmp_path / "rows.parquet", tmp_path / f"answers{ending}")
        )
    of_parquet = as_rows(pd.read_parquet(tmp_path / "answers.parquet").drop(columns="row"))
    of_lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    of_lines = [{name: value for name, value in row.items() if name != "row"} for row in of_lines]
    assert alone == expected
    assert together == expected
    assert hosted == expected
    assert compressed == expected
    assert inferred == expected
    assert of_parquet == expected
    assert of_lines == expected
    logged = list(prediction_log.read_log(tmp_path / "data/served"))
    assert [{"id": one["id"]} | one["prediction"] for one in logged] == expected * 5


async def load(url, stop, acknowledged, failed, clients=6):
    """Ask again and again until told to stop; keep the ids that were answered, with the version that did."""

    async def ask(client, name):
        number = 0
        while not stop.is_set():
            row = {"order": f"{name}-{number}", "size": 1.0, "hour": number % 24, "place": "a", "gift": True,
                   "late_7D": None, "hollow": None}  # fmt: skip
            try:
                done = await client.post(f"{url}/predict", json=row)
                if done.status_code == 200:
                    acknowledged.append((row["order"], done.json()["version"]))
                else:
                    failed.append((row["order"], done))
            except httpx.TransportError as cause:
                failed.append((row["order"], cause))
                return
            number += 1

    async with httpx.AsyncClient(timeout=60) as client:
        await asyncio.gather(*(ask(client, f"c{name}") for name in range(clients)))


def wait_for(server, version):
    """Wait until this release answers."""
    until = time.monotonic() + 60
    while httpx.get(f"{server.url}/version").json()["version"] != version:
        assert time.monotonic() < until, (server.folder / "server.log").read_text()[-2000:]
        time.sleep(0.05)


def under_load(url, work):
    """What was acknowledged and what failed while `work` was done, which is given the list of the former."""
    acknowledged, failed = [], []

    async def both():
        stop = asyncio.Event()
        loading = asyncio.create_task(load(url, stop, acknowledged, failed))
        await asyncio.sleep(1.0)
        await asyncio.to_thread(work, acknowledged)
        stop.set()
        await loading

    asyncio.run(both())
    return acknowledged, failed


def test_what_was_acknowledged_before_a_kill_is_in_the_log(serve, tmp_path):
    server = serve()
    acknowledged, failed = under_load(server.url, lambda _: server.stop(signal.SIGKILL))
    assert len(acknowledged) > 5
    assert failed
    logged = {record["id"] for record in prediction_log.read_log(tmp_path / "data/served")}
    assert {name for name, _ in acknowledged} <= logged


# One process ends by the signal that it got; one that looks after others ends well.
@pytest.mark.parametrize(("workers", "code"), [(1, -signal.SIGTERM), (2, 0)])
def test_a_new_release_is_taken_without_losing_a_request_or_a_row_of_the_log(serve, tmp_path, workers, code):
    server = serve("binary", "lightgbm", "serve.watch_seconds=0.1", f"serve.workers={workers}")
    old = load_release(tmp_path / "models/release").version
    releases.write(tmp_path / "next", "binary", "linear")
    new = load_release(tmp_path / "next/release").version

    def replace(acknowledged):
        shutil.rmtree(tmp_path / "models/release")
        shutil.copytree(tmp_path / "next/release", tmp_path / "models/release")
        wait_for(server, new)
        until = time.monotonic() + 60  # a process that the load reaches may take it later than the one that said so
        while time.monotonic() < until and new not in {version for _, version in [*acknowledged]}:
            time.sleep(0.5)

    acknowledged, failed = under_load(server.url, replace)
    assert failed == []
    assert {version for _, version in acknowledged} == {old, new}
    assert server.stop() == code  # it has finished, and ends as it was told to
    logged = [(record["id"], record["version"]) for record in prediction_log.read_log(tmp_path / "data/served")]
    assert sorted(logged) == sorted(acknowledged)


@pytest.mark.parametrize(
    ("asked", "environment", "said"),
    [
        ("serve.shadow=v9", {}, "error: there is no revision 'v9'"),
        ("serve.drop=[sise]", {}, "error: the log should not have sise, which is no field of the release"),
        ("serve.hash=[size]", {}, "error: size should be logged as hashes, and LIFECYCLE_LOG_KEY has 0 characters"),
        ("serve.host=256.0.0.1", {}, "error: nothing can listen at port 8000 of 256.0.0.1 (Name or service not known)"),
        ("serve.port=0", {"AIP_HEALTH_ROUTE": "health"}, "error: AIP_HEALTH_ROUTE is 'health'"),
    ],
)
def test_what_cannot_be_served_is_told_once_before_several_processes_begin(tmp_path, asked, environment, said):
    shutil.copytree(releases.write(tmp_path / "made", "binary", "lightgbm"), tmp_path / "models/release")
    for name in ("conf", "params.yaml"):
        (tmp_path / name).symlink_to(TOP / name)
    done = subprocess.run(
        [sys.executable, "-m", "lifecycle", "serve", "serve.workers=2", asked],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(TOP / "src")} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    what, where, todo = done.stderr.splitlines()
    assert (done.returncode, what) == (2, said)
    assert where.startswith("where: ")
    assert todo.startswith("next:  ")
    assert not (tmp_path / "data").exists()


def resident(process):
    """The process's memory in MiB."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux's /proc")
@pytest.mark.parametrize("seconds", [10, pytest.param(count_rounds(60, 300), marks=pytest.mark.slow)])
def test_reloads_under_load_lose_no_request_and_no_row_of_the_log_and_leave_memory_flat(serve, tmp_path, seconds):
    server = serve("binary", "lightgbm", "serve.watch_seconds=0.1", "serve.file_mib=1")
    made = {
        name: releases.write(tmp_path / name, "binary", name)
        for name in ("linear", "hist_gradient_boosting", "lightgbm")
    }
    versions = {name: load_release(folder).version for name, folder in made.items()}
    memory = []

    def soak(_):
        until, turns = time.monotonic() + seconds, itertools.cycle(made)
        while time.monotonic() < until:
            name = next(turns)
            shutil.rmtree(tmp_path / "models/release")
            shutil.copytree(made[name], tmp_path / "models/release")
            wait_for(server, versions[name])
            time.sleep(0.5)
            memory.append(resident(server.process))

    acknowledged, failed = under_load(server.url, soak)
    assert failed == []
    assert {version for _, version in acknowledged} == set(versions.values())
    assert server.stop() == -signal.SIGTERM
    logged = [(record["id"], record["version"]) for record in prediction_log.read_log(tmp_path / "data/served")]
    assert sorted(logged) == sorted(acknowledged)
    assert memory[-1] < memory[len(memory) // 3] + 32


def measure_peak(server):
    """The most memory that a server has had, in bytes."""
    (line,) = [one for one in Path(f"/proc/{server.process.pid}/status").read_text().splitlines() if "VmHWM" in one]
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")
def test_twenty_large_bodies_at_once_cost_no_more_memory_than_a_few(serve):
    server = serve()
    before, body = measure_peak(server), b"[" + b",".join([b"[]"] * 3_333_000) + b"]"

    def send(_):
        return httpx.post(f"{server.url}/predict", content=body, headers=JSON, timeout=300).status_code

    assert send(0) == 413  # parsed, and then found to have too many rows
    one = measure_peak(server) - before
    assert one > 20 * len(body)
    with ThreadPoolExecutor(20) as clients:
        # Parsing leaves the others little time: some have not sent their body when it is due.
        assert set(clients.map(send, range(20))) <= {408, 413, 503}
    assert measure_peak(server) - before < 2 * one + 2 * 128 * 2**20
    answer = httpx.post(f"{server.url}/predict", json=as_rows(releases.rows(1, seed=5)), timeout=60)
    assert answer.status_code == 200


def test_a_tampered_release_is_not_taken_and_the_old_one_goes_on(serve, tmp_path):
    server = serve("binary", "lightgbm", "serve.watch_seconds=0.1")
    old = load_release(tmp_path / "models/release").version
    manifest = tmp_path / "models/release/manifest.json"
    manifest.write_text(manifest.read_text().replace("a", "b"))
    until = time.monotonic() + 30
    while "rejected" not in (tmp_path / "server.log").read_text():
        assert time.monotonic() < until
        time.sleep(0.1)
    assert httpx.get(f"{server.url}/version").json()["version"] == old
    assert 'lifecycle_reloads_total{outcome="rejected"} 1.0' in httpx.get(f"{server.url}/metrics").text


def test_a_stopping_service_finishes_what_it_has_begun(serve):
    server = serve()
    acknowledged, failed = under_load(
        server.url, lambda _: server.process.send_signal(signal.SIGTERM) or time.sleep(1.5)
    )
    assert len(acknowledged) > 5
    assert server.stop() == -signal.SIGTERM  # it has finished, and ends as it was told to
    assert all(
        isinstance(cause, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError) for _, cause in failed
    )
    logged = {record["id"] for record in prediction_log.read_log(server.folder / "data/served")}
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


STAGE = """
stages:
  package:
    cmd: mkdir -p models && cp -r given models/release
    deps: [given]
    outs: [models/release]
"""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def revisions(tmp_path, monkeypatch):
    """A repository with two releases, the first one tagged; what each answers to the same rows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    run("git", "init", "--quiet")
    run("git", "config", "user.name", "A Tester")
    run("git", "config", "user.email", "tester@example.org")
    run("dvc", "init", "--quiet")
    Path("dvc.yaml").write_text(STAGE, encoding="utf-8")
    expected = {}
    for word, family in (("first", "linear"), ("second", "lightgbm")):
        made = releases.write(tmp_path / "made" / word, "binary", family)
        shutil.rmtree("given", ignore_errors=True)
        shutil.copytree(made, "given")
        run("dvc", "repro", "--quiet")
        run("git", "add", "given", "dvc.yaml", "dvc.lock", "models/.gitignore")
        run("git", "commit", "--quiet", "--message", word)
        run("git", "tag", word)
        release = load_release(made)
        expected[word] = (release.version, as_rows(release.predict(releases.rows(50, seed=5))))
    assert expected["first"][1] != expected["second"][1]
    return expected


def test_predict_answers_as_an_earlier_revision_did(revisions, tmp_path):
    releases.rows(50, seed=5).to_parquet("rows.parquet")
    run(sys.executable, "-m", "lifecycle", "predict", "--input", "rows.parquet", "--output", "now.parquet")
    run(sys.executable, "-m", "lifecycle", "predict", "--input", "rows.parquet", "--output", "then.parquet", "--rev",
        "first")  # fmt: skip
    assert as_rows(pd.read_parquet("now.parquet").drop(columns="row")) == revisions["second"][1]
    assert as_rows(pd.read_parquet("then.parquet").drop(columns="row")) == revisions["first"][1]


def asked_of(server, rows):
    said = httpx.post(f"{server.url}/predict", json=as_rows(rows), timeout=60).json()
    return {one["version"] for one in said}, [{"id": one["id"]} | one["prediction"] for one in said]


def commit_of(revision):
    return subprocess.run(["git", "rev-parse", revision], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(("edit", "told"), [("", "second"), ("# another lock\n", None)])
def test_the_version_names_the_commit_whose_lock_is_here(revisions, tmp_path, edit, told):
    with Path("dvc.lock").open("a", encoding="utf-8") as lock:
        lock.write(edit)
    server = Server(tmp_path)
    try:
        found = httpx.get(f"{server.url}/version").json()
        assert (found["revision"], found["commit"]) == (None, told and commit_of(told))
    finally:
        server.stop(signal.SIGKILL)


def test_serve_answers_as_an_earlier_revision_did_until_it_stops(revisions, tmp_path):
    server = Server(tmp_path, "--rev", "first", "serve.watch_seconds=0.05")
    try:
        time.sleep(0.5)  # the folder holds another release all the while
        version, answers = revisions["first"]
        assert asked_of(server, releases.rows(50, seed=5)) == ({version}, answers)
        told = httpx.get(f"{server.url}/version").json()
        assert (told["version"], told["revision"]) == (version, "first")
        assert told["commit"] == commit_of("first")
    finally:
        server.stop(signal.SIGKILL)


def test_a_canary_and_a_shadow_are_those_of_their_revisions(revisions, tmp_path):
    server = Server(tmp_path, "serve.canary=first", "serve.canary_share=1.0", "serve.shadow=second")
    try:
        version, answers = revisions["first"]
        assert asked_of(server, releases.rows(50, seed=5)) == ({version}, answers)
        assert httpx.get(f"{server.url}/version").json()["canary"] == {"version": version, "share": 1.0}
        assert server.stop() == -signal.SIGTERM
    finally:
        server.stop(signal.SIGKILL)
    shadowed = [record["shadow"] for record in prediction_log.read_log(tmp_path / "data/shadow")]
    version, answers = revisions["second"]
    assert {one["version"] for one in shadowed} == {version}
    assert [one["prediction"] for one in shadowed] == [
        {name: value for name, value in row.items() if name != "id"} for row in answers
    ]


def test_a_revision_that_is_none_is_told_before_anything_listens(revisions, tmp_path):
    (tmp_path / "conf").symlink_to(TOP / "conf")
    (tmp_path / "params.yaml").symlink_to(TOP / "params.yaml")
    for asked in (["serve"], ["predict", "--input", "rows.csv", "--output", "answers.csv"]):
        command = [sys.executable, "-m", "lifecycle", *asked, "--rev", "frist"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: there is no revision 'frist'")
        assert done.stderr.splitlines()[2] == "next:  use 'first'"


def build(made):
    """Make another release of a folder, as `dvc repro` does."""
    shutil.rmtree("given")
    shutil.copytree(made, "given")
    run("dvc", "repro", "--quiet")


def test_a_rollback_a_rebuild_and_a_promotion_pass_under_a_service_that_follows_the_folder(revisions, tmp_path):
    server = Server(tmp_path, "serve.watch_seconds=0.05")
    try:
        run("git", "checkout", "--quiet", "first", "--", "given", "dvc.lock")
        run("dvc", "checkout", "--quiet")
        wait_for(server, revisions["first"][0])
        build(tmp_path / "made/second/release")
        wait_for(server, revisions["second"][0])
        run("git", "tag", "--annotate", "--message", "v1.0.0", "model@v1.0.0", "first")
        run(sys.executable, "-m", "lifecycle", "promote", "v1.0.0", "prod")
        assert asked_of(server, releases.rows(50, seed=5)) == ({revisions["second"][0]}, revisions["second"][1])
        assert httpx.get(f"{server.url}/version").json()["verified_by"] == "dvc.lock"
        assert 'reloads_total{outcome="rejected"}' not in httpx.get(f"{server.url}/metrics").text
    finally:
        server.stop(signal.SIGKILL)
    promoted = Server(tmp_path, "--rev", "model#prod#1")
    try:
        assert httpx.get(f"{promoted.url}/version").json()["verified_by"] == "model#prod#1"
        assert asked_of(promoted, releases.rows(50, seed=5)) == ({revisions["first"][0]}, revisions["first"][1])
    finally:
        promoted.stop(signal.SIGKILL)


def plant(folder, cache):
    """Put another release, with every hash of its manifest as it should be, in the place of its bytes in the cache."""
    from builders import hostile

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    after = hostile.sign(before | {"threshold.json": b'{"threshold": 0.9}'})
    for name in ("manifest.json", "threshold.json"):
        digest = hashlib.md5(before[name]).hexdigest()
        place = cache / digest[:2] / digest[2:]
        place.chmod(0o644)
        place.write_bytes(after[name])


@pytest.mark.parametrize("asked", [["--rev", "first"], ["serve.canary=first"], ["serve.shadow=first"]])
def test_a_revision_verifies_its_own_bytes_alone(revisions, tmp_path, asked):
    for name in ("conf", "params.yaml"):
        (tmp_path / name).symlink_to(TOP / name)
    plant(tmp_path / "made/first/release", tmp_path / ".dvc/cache/files/md5")
    command = [sys.executable, "-m", "lifecycle", "serve", "serve.port=0", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    first, where, todo = done.stderr.splitlines()
    assert first.startswith("error: models/release has the hash ")
    assert (where, todo) == (
        "where: first:dvc.lock, stage package, output models/release",
        "next:  lifecycle verify --repair",
    )


def test_a_service_without_a_lock_serves_and_says_that_nothing_verifies(serve, tmp_path):
    server = serve()
    assert httpx.get(f"{server.url}/version").json()["verified_by"] is None
    assert "not verified: no dvc.lock, no pin" in (tmp_path / "server.log").read_text()
