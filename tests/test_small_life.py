"""A small life: three data versions, one released, and every way back from a fresh clone with only the remote."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # the whole life of a problem

TOP = Path(__file__).parents[1]
DAYS = {"first": "2013-08-31", "second": "2013-09-30", "third": "2013-10-31"}
RELEASES = {"first": "v1.0.0"}
MODEL = {"models/model.skops", "models/validation_model.skops", "models/release", "reports/train.json"}


@dataclass(frozen=True)
class Version:
    """What a version of the life said of itself when it was made."""

    commit: str
    locked: dict[str, str]
    outputs: dict[str, str]
    metrics: Any
    served: dict[str, Any]


@dataclass(frozen=True)
class Life:
    origin: Repository
    request: dict[str, Any]
    versions: dict[str, Version]


def must(repository: Repository, *command: str) -> str:
    done = repository.run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def git(repository: Repository, *arguments: str) -> str:
    return must(repository, "git", "-c", "user.name=A Tester", "-c", "user.email=tester@example.org", *arguments)


def lifecycle(repository: Repository, *arguments: str) -> str:
    return must(repository, sys.executable, "-m", "lifecycle", *arguments)


def outputs(repository: Repository) -> dict[str, str]:
    """The hash of every file that stages wrote."""
    return {name: hashed for name, hashed in repository.outputs().items() if not name.startswith("data/served/")}


def served(repository: Repository, request: dict[str, Any]) -> dict[str, Any]:
    """What the service of this workspace answers, without the answer's own id."""
    with serving(repository) as url:
        answer: dict[str, Any] = httpx.post(f"{url}/predict", json=request).raise_for_status().json()
    return {name: value for name, value in answer.items() if name != "id"}


@contextlib.contextmanager
def serving(repository: Repository) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = repository.start(sys.executable, "-m", "lifecycle", "serve", f"serve.port={port}")
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def wait_for(url: str, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/ready").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")


def lived(repository: Repository, name: str, request: dict[str, Any]) -> Version:
    """Commit and push the version that stands here, and what it says of itself."""
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", name)
    git(repository, "tag", name)
    must(repository, "dvc", "push", "--quiet")
    return Version(
        commit=git(repository, "rev-parse", "HEAD"),
        locked=repository.locked(),
        outputs=outputs(repository),
        metrics=repository.json("reports/test.json"),
        served=served(repository, request),
    )


@pytest.fixture(scope="module")
def life(small: Repository, tmp_path_factory: pytest.TempPathFactory) -> Life:
    folder = tmp_path_factory.mktemp("life")
    origin = small.copy(folder / "origin")
    for name in (".gitignore", ".dvc/.gitignore"):
        shutil.copy2(TOP / name, origin.folder / name)
    lifecycle(origin, "remote", str(folder / "remote"))
    git(origin, "config", "user.name", "A Tester")
    git(origin, "config", "user.email", "tester@example.org")
    request = origin.json("models/release/example.json")["request"]
    versions = {}
    for name, day in DAYS.items():
        origin.edit("params.yaml", {"^through: .*": f"through: '{day}'"})
        origin.repro()
        versions[name] = lived(origin, name, request)
        if name in RELEASES:
            lifecycle(origin, "release", RELEASES[name])
    return Life(origin, request, versions)


@pytest.fixture
def clone(life: Life, tmp_path: Path, repository_at: Callable[..., Repository]) -> Iterator[Repository]:
    """A fresh clone of the third version, with an empty cache and nothing checked out."""
    git(life.origin, "clone", "--quiet", str(life.origin.folder), str(tmp_path / "clone"))
    cloned = repository_at(tmp_path / "clone")
    git(cloned, "config", "user.name", "A Tester")
    git(cloned, "config", "user.email", "tester@example.org")
    assert not (cloned.folder / ".dvc/cache").exists()
    assert not (cloned.folder / "models/model.skops").exists()
    yield cloned
    shutil.rmtree(cloned.folder)


def test_the_three_versions_differ(life: Life) -> None:
    for what in ("locked", "metrics", "served"):
        told = [json.dumps(getattr(version, what), sort_keys=True) for version in life.versions.values()]
        assert len(set(told)) == 3, what


def test_a_whole_release_comes_back(life: Life, clone: Repository) -> None:
    for revision, name in (("model@v1.0.0", "first"), ("second", "second"), ("third", "third")):
        lifecycle(clone, "rollback", "--discard", revision)
        then = life.versions[name]
        assert clone.locked() == then.locked
        assert outputs(clone) == then.outputs
        assert clone.json("reports/test.json") == then.metrics
        assert served(clone, life.request) == then.served
        assert "Running stage" not in clone.repro()


def test_the_data_of_a_release_come_back_and_todays_code_builds_the_same_from_them(
    life: Life, clone: Repository
) -> None:
    lifecycle(clone, "rollback", "--data", "model@v1.0.0")
    said = clone.repro()
    then = life.versions["first"]
    assert "Running stage 'collect'" not in said
    assert outputs(clone) == then.outputs
    assert clone.json("reports/test.json") == then.metrics
    assert served(clone, life.request) == then.served


def test_the_model_of_a_release_answers_on_the_data_of_today(life: Life, clone: Repository) -> None:
    lifecycle(clone, "rollback", "--model", "model@v1.0.0")
    then, today = life.versions["first"], life.versions["third"]
    assert served(clone, life.request) == then.served
    clone.repro()
    now = outputs(clone)
    for name, was in then.outputs.items():
        if any(name.startswith(top) for top in MODEL):
            assert now[name] == was
    for name, was in today.outputs.items():
        if name.startswith(("data/raw", "data/table", "data/split", "data/features")):
            assert now[name] == was
    assert clone.json("reports/test.json") not in (then.metrics, today.metrics)
    assert served(clone, life.request) == then.served
    lifecycle(clone, "rollback", "--discard", "HEAD")
    assert outputs(clone) == today.outputs
    assert served(clone, life.request) == today.served
