"""What `lifecycle serve` loads, and what it hands to the server."""

import json
import os
import socket
from pathlib import Path

import pytest
import uvicorn
from builders import locks, releases
from fastapi.testclient import TestClient

from lifecycle.cli import serve
from lifecycle.errors import UnknownName, UnverifiedRelease, WrongValue
from lifecycle.release import release
from lifecycle.serving.app import FACTORY, create_app_from_environment
from lifecycle.serving.candidates import load_candidate as load
from lifecycle.serving.settings import SETTINGS

TOP = Path(__file__).parents[2]
ROW = {"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": None, "hollow": None}


@pytest.fixture
def started(tmp_path, monkeypatch):
    """The settings that a server was started with, and the versions that were loaded, instead of a server."""
    monkeypatch.chdir(tmp_path)
    for name in ("conf", "params.yaml"):
        Path(name).symlink_to(TOP / name)
    releases.write(tmp_path / "models")
    for name in (*serve.THREADS, SETTINGS):
        monkeypatch.setenv(name, "")
    parse, found = release.parse_release, {"loaded": []}

    def load(*given):
        made = parse(*given)
        found["loaded"].append(made.version)
        return made

    monkeypatch.setattr(release, "parse_release", load)
    monkeypatch.setattr(uvicorn, "run", lambda app, **given: found.update(given, app=app))
    return found


def test_one_process_serves_the_release_that_was_loaded_to_say_its_version(started, capsys):
    assert serve.main(["serve.port=0"]) == 0
    (version,) = started["loaded"]
    assert (started["factory"], started["workers"], started["host"]) == (False, 1, "127.0.0.1")
    assert started["port"] > 0
    assert capsys.readouterr().out == (
        f"serving release {version} at http://127.0.0.1:{started['port']}, a page to try it, until Ctrl-C\n"
    )
    with TestClient(started["app"]) as client:
        assert client.get("/ready").json() == {"status": "ready", "version": version}
        assert client.post("/predict", json=ROW).json()["version"] == version
    assert started["loaded"] == [version]


def test_several_processes_load_the_release_themselves(started):
    assert serve.main(["serve.port=0", "serve.workers=2"]) == 0
    assert (started["app"], started["factory"], started["workers"]) == (FACTORY, True, 2)
    assert not Path("data/served").exists()
    left = json.loads(os.environ[SETTINGS])
    assert (left["revision"], left["serve"]["workers"], left["serve"]["port"]) == (None, 2, started["port"])
    with TestClient(create_app_from_environment()) as client:
        assert client.get("/ready").json()["version"] == started["loaded"][0]
    assert len(started["loaded"]) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_what_cannot_be_served_is_said_before_anything_is_started(started, workers):
    with pytest.raises(UnknownName, match="the log should not have sise, which is no field of the release"):
        serve.main(["serve.port=0", f"serve.workers={workers}", "serve.drop=[sise]"])
    assert "app" not in started
    assert not Path("data/served").exists()


def test_a_port_that_is_taken_is_said_before_anything_is_started(started):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(WrongValue, match="nothing can listen at port"):
        serve.main([f"serve.port={taken.getsockname()[1]}"])
    assert "app" not in started
    assert not Path("data/served").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_what_nothing_verifies_is_said_before_anything_is_started(started, workers):
    locks.record(output=Path("models/other"))
    with pytest.raises(UnverifiedRelease, match=r"dvc\.lock records no models/release") as caught:
        serve.main(["serve.port=0", f"serve.workers={workers}"])
    assert (caught.value.exit_code, started["loaded"]) == (2, [])
    assert "app" not in started


@pytest.mark.parametrize(
    ("lock", "level", "verified_by"),
    [(True, "info", "dvc.lock"), (False, "warning", "not verified: no dvc.lock, no pin")],
)
def test_the_log_and_the_version_say_what_verifies(started, capsys, lock, level, verified_by):
    if lock:
        locks.record()
    serve.main(["serve.port=0"])
    with TestClient(started["app"]) as client:
        assert client.get("/version").json()["verified_by"] == ("dvc.lock" if lock else None)
    (line,) = [one for one in map(json.loads, capsys.readouterr().err.splitlines()) if "serving" in one]
    assert (line["serving"], line["level"], line["verified by"]) == (started["loaded"][0], level, verified_by)


def test_a_process_that_another_release_meets_tries_it_itself(started, tmp_path, monkeypatch):
    serve.main(["serve.port=0", "serve.workers=2"])
    begun = []
    monkeypatch.setattr("lifecycle.serving.app.load_candidate", lambda *given: begun.append(given) or load(*given))
    create_app_from_environment()
    assert begun == []
    releases.write(tmp_path / "models", "binary", "linear")
    create_app_from_environment()
    assert len(begun) == 1


@pytest.mark.parametrize("found", ["1a2b3c4d5e6f", "0" * 63, "g" * 64])
def test_a_pin_is_a_whole_hash(started, found):
    with pytest.raises(
        WrongValue, match=r"pinned is .*, not the 64 digits of: sha256sum models/release/manifest\.json"
    ):
        serve.main([f"serve.pinned='{found}'"])
