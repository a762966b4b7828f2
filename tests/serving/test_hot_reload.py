"""A release that is looked at while it is written is rejected, and taken once it is whole and verified."""

import asyncio
import contextlib
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from builders import hostile, locks, releases

from lifecycle.config import load
from lifecycle.release.release import load_release
from lifecycle.serving import hot_reload
from lifecycle.serving.hot_reload import read_folder_state, watch_release
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

TOP = Path(__file__).parents[2]


@pytest.fixture
def service(tmp_path, monkeypatch):
    monkeypatch.chdir(TOP)
    settings = load(Config, ["serve=default", "serve.watch_seconds=0.02"]).serve
    monkeypatch.chdir(tmp_path)
    releases.write(tmp_path / "models")
    made = Service(settings, Environment(), load_release(), None)
    yield made
    made.log.close()


async def until(holds, seconds=60.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


def reloads(service, outcome):
    return service.telemetry.reloads.labels(outcome)._value.get()


def test_without_a_manifest_there_is_no_release(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_folder_state() is None
    Path("models/release").mkdir(parents=True)
    assert read_folder_state() is None


def test_a_release_read_half_written_is_taken_once_it_is_whole(service, tmp_path):
    old, made = service.scorer.model.release.version, releases.write(tmp_path / "made", "binary", "linear")
    new = load_release(made).version

    async def written():
        watching = asyncio.create_task(watch_release(service))
        shutil.copy(made / "manifest.json", "models/release/manifest.json")
        await until(lambda: reloads(service, "rejected") == 1)
        await asyncio.sleep(0.2)
        assert (reloads(service, "rejected"), service.scorer.model.release.version) == (1, old)
        shutil.rmtree("models/release")
        shutil.copytree(made, "models/release")
        await until(lambda: service.scorer.model.release.version == new)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    asyncio.run(written())
    assert reloads(service, "taken") == 1


# What verifies it


def take(made):
    shutil.rmtree("models/release")
    shutil.copytree(made, "models/release")


async def watch(service, work):
    """Do some work while the release is watched."""
    watching = asyncio.create_task(watch_release(service))
    await work()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


def logged(capsys, key):
    return [line for line in map(json.loads, capsys.readouterr().err.splitlines()) if key in line]


@pytest.fixture
def recorded(service):
    """A service whose release dvc.lock records."""
    locks.record()
    service.verified_by = "dvc.lock"
    return service


def test_a_release_that_is_recorded_moments_later_is_taken_without_a_word(recorded, tmp_path, capsys):
    made = releases.write(tmp_path / "made", "binary", "linear")

    async def repro():
        take(made)
        await asyncio.sleep(1.0)
        locks.record()
        await until(lambda: reloads(recorded, "taken") == 1)

    asyncio.run(watch(recorded, repro))
    version = recorded.scorer.model.release.version
    assert version == load_release(made).version
    assert (reloads(recorded, "rejected"), logged(capsys, "rejected")) == (0, [])
    assert recorded.verified_by == "dvc.lock"


def test_a_release_that_nobody_records_is_rejected_once_and_taken_when_it_is(recorded, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(hot_reload, "GRACE", 0.5)
    old, made = recorded.scorer.model.release.version, releases.write(tmp_path / "made", "binary", "linear")

    async def planted():
        take(made)
        await until(lambda: reloads(recorded, "rejected") == 1)
        await asyncio.sleep(1.0)
        assert (reloads(recorded, "rejected"), recorded.scorer.model.release.version) == (1, old)
        (line,) = logged(capsys, "rejected")
        assert "and dvc.lock records" in line["why"]
        locks.record()
        await until(lambda: reloads(recorded, "taken") == 1)

    asyncio.run(watch(recorded, planted))


def test_a_lock_that_goes_takes_no_release_along(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(hot_reload, "GRACE", 0.1)
    old, made = recorded.scorer.model.release.version, releases.write(tmp_path / "made", "binary", "linear")

    async def unlocked():
        Path("dvc.lock").unlink()
        take(made)
        await until(lambda: reloads(recorded, "rejected") == 1)

    asyncio.run(watch(recorded, unlocked))
    assert recorded.scorer.model.release.version == old


def test_a_pinned_release_stays(service, tmp_path, monkeypatch):
    monkeypatch.setattr(hot_reload, "GRACE", 0.1)
    old, made = service.scorer.model.release.version, releases.write(tmp_path / "made", "binary", "linear")
    service.settings = replace(service.settings, pinned="0" * 64)

    async def other():
        take(made)
        locks.record()
        await until(lambda: reloads(service, "rejected") == 1)

    asyncio.run(watch(service, other))
    assert service.scorer.model.release.version == old


# What it may do


def test_a_release_that_does_not_pass_its_trial_is_rejected_and_a_later_one_taken(service, tmp_path, capsys):
    old, made = service.scorer.model.release.version, releases.write(tmp_path / "made", "binary", "linear")
    files = {path.name: path.read_bytes() for path in made.iterdir()}
    bad = hostile.write_release(tmp_path / "bad", hostile.sign(files | {"threshold.json": b'{"threshold": 7}'}))

    async def planted():
        take(bad)
        await until(lambda: reloads(service, "rejected") == 1)
        assert service.scorer.model.release.version == old
        (line,) = logged(capsys, "rejected")
        assert line["why"].startswith("error: threshold.json says '7'")
        take(made)
        await until(lambda: reloads(service, "taken") == 1)

    asyncio.run(watch(service, planted))


def test_a_service_that_stops_waits_for_no_trial(service, tmp_path, monkeypatch):
    (tmp_path / "waiting.py").write_text("import time; time.sleep(600)", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("lifecycle.serving.trial.PROGRAM", "waiting")
    made, begun = releases.write(tmp_path / "made", "binary", "linear"), []
    begin = hot_reload.Trial
    monkeypatch.setattr(hot_reload, "Trial", lambda *given: begun.append(begin(*given)) or begun[0])

    async def stop():
        take(made)
        await until(lambda: begun)
        await asyncio.sleep(0.2)

    started = time.monotonic()
    asyncio.run(watch(service, stop))
    assert time.monotonic() - started < 30
    assert begun[0].process.poll() is not None
