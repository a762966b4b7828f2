"""A service that cannot log gives no prediction, is not ready, and says so: before it starts, too."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import releases
from fastapi.testclient import TestClient

from lifecycle import config
from lifecycle.feedback import prediction_log
from lifecycle.release.release import load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment, Serve

TOP = Path(__file__).parents[2]
ROW = {"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": None, "hollow": None}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture
def service(release, tmp_path, monkeypatch):
    monkeypatch.chdir(TOP)
    found = config.load(Config, ["serve=default"]).serve
    monkeypatch.chdir(tmp_path)
    return Service(Serve(**(vars(found) | {"sync_seconds": 0.02})), Environment(), release, "HEAD")


@pytest.fixture
def client(service):
    with TestClient(create_app(service)) as found:
        yield found


def readiness(client):
    """The status of each route that says whether predictions can be asked for."""
    paths = client.get("/openapi.json").json()["paths"]
    (model,) = [path for path in paths if path.startswith("/v2/models/") and path.endswith("/ready")]
    return [client.get(path).status_code for path in ("/ready", "/v2/health/ready", model)]


def wait_until(holds, seconds=10):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove an open file")
@pytest.mark.parametrize("lost", [Path("data/served"), Path("data")])
def test_what_is_acknowledged_after_the_log_was_removed_is_logged(client, capsys, lost):
    assert client.post("/predict", json=ROW | {"order": "before"}).status_code == 200
    shutil.rmtree(lost)
    for number in range(77):
        assert client.post("/predict", json=ROW | {"order": f"n{number}"}).status_code == 200
    logged = [record["id"] for record in prediction_log.read_log()]
    assert logged == [f"n{number}" for number in range(77)]
    said = ""

    def is_said():
        nonlocal said
        said += capsys.readouterr().err
        return "a file of the log was removed, moved or shortened" in said

    wait_until(is_said)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove an open file")
def test_a_removed_log_is_made_again_without_a_request(client, service):
    shutil.rmtree("data")
    wait_until(lambda: service.log.replaced == 1)
    assert [path.name for path in prediction_log.list_files(Path("data/served"))] == [service.log.path.name]
    assert client.get("/ready").status_code == 200


def test_on_a_full_disk_nothing_is_predicted_and_the_service_is_not_ready_until_there_is_space(
    client, monkeypatch, capsys
):
    def full(*_):
        raise OSError(28, "No space left on device")

    assert readiness(client) == [200, 200, 200]
    with monkeypatch.context() as patched:
        patched.setattr(prediction_log, "write_all", full)
        done = client.post("/predict", json=ROW)
        assert (done.status_code, done.headers["retry-after"]) == (503, "1")
        assert done.json()["error"].startswith("predictions cannot be logged, so none is made")
        assert readiness(client) == [503, 503, 503]
        assert client.get("/ready").json()["why"] == "predictions cannot be logged (no space left on device)"
        assert client.get("/health").status_code == 200  # a restart would not help
        time.sleep(0.2)
        assert readiness(client) == [503, 503, 503]
    wait_until(lambda: readiness(client) == [200, 200, 200])  # without a request
    assert client.post("/predict", json=ROW | {"order": "after"}).status_code == 200
    assert [record["id"] for record in prediction_log.read_log()] == ["after"]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    reasons = [line["log"] for line in lines if "log" in line]
    assert reasons[0] == "predictions cannot be logged (no space left on device)"
    assert len(reasons) <= 3  # the request, the change, and the change back
    assert not any("traceback" in line for line in lines)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_log_that_cannot_be_written_is_said_before_anything_is_served(tmp_path, workers):
    shutil.copytree(releases.write(tmp_path / "made"), tmp_path / "models/release")
    for name in ("conf", "params.yaml"):
        (tmp_path / name).symlink_to(TOP / name)
    (tmp_path / "data").write_text("a file where a folder should be")
    done = subprocess.run(
        [sys.executable, "-m", "lifecycle", "serve", "serve.port=0", "serve.events=null", f"serve.workers={workers}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(TOP / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: predictions cannot be logged (not a directory)",
        "where: data/served",
        "next:  let this user write: ls -ld data/served",
    ]
