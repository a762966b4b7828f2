"""A shadow that crashes, hangs or cannot keep up reaches no response, and keeps no service from stopping."""

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import releases

from lifecycle.feedback import prediction_log
from lifecycle.feedback.prediction_log import Privacy
from lifecycle.release.release import Release, load_release
from lifecycle.serving.requests import PredictRequest, parse_request
from lifecycle.serving.scorer import prepare_model
from lifecycle.serving.shadow import WAITING, Shadow

ROW = {"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": None, "hollow": None}
FOUND = [{"id": "o1", "version": "a", "prediction": {"predicted": True}}]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The shadow's release."""
    return load_release(releases.write(tmp_path_factory.mktemp("release"), "binary", "linear"))


@pytest.fixture
def asked(release: Release) -> PredictRequest:
    """A request of one row."""
    return parse_request(json.dumps(ROW).encode(), release, 10, False)


def make(release: Release, predict: Any, folder: Path) -> Shadow:
    """A shadow whose model predicts so."""
    return Shadow(SimpleNamespace(release=release, predict=predict), NOW, Privacy(), folder)  # type: ignore[arg-type]


def test_a_shadow_that_crashes_is_reported_and_goes_on(
    release: Release, asked: PredictRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, calls = prepare_model(release), []

    def predict(rows: Any) -> Any:
        calls.append(rows)
        if len(calls) == 1:
            raise MemoryError("no more")
        return model.predict(rows)

    shadow = make(release, predict, tmp_path)
    shadow.offer(asked, FOUND)
    shadow.offer(asked, FOUND)
    shadow.close()
    (record,) = prediction_log.read_log(tmp_path)
    assert record["shadow"]["version"] == release.version
    assert json.loads(capsys.readouterr().err)["shadow"] == "MemoryError('no more')"


def test_a_shadow_that_hangs_leaves_out_requests_and_is_left_behind(
    release: Release, asked: PredictRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    go_on = threading.Event()
    shadow = make(release, lambda _: go_on.wait(60), tmp_path)
    begun = time.monotonic()
    for _ in range(WAITING + 10):
        shadow.offer(asked, FOUND)
    shadow.close(seconds=0.2)
    assert time.monotonic() - begun < 10
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0]["shadow"] == "did not finish its rows within 0.2 seconds"
    assert lines[1]["shadow_left_out"] >= 9
    go_on.set()
