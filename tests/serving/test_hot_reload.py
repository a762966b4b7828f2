"""A release that is looked at while it is written is rejected, and taken once it is whole."""

import asyncio
import contextlib
import shutil
import time
from pathlib import Path

import pytest
from builders import releases

from lifecycle.config import load
from lifecycle.release.release import load_release
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
