"""A release with everything that raw rows need: written, read, and answering as the features of training do."""

import json
from pathlib import Path

import pandas as pd
import pytest
from builders import raw_releases, shops
from fastapi.testclient import TestClient

from lifecycle import config
from lifecycle.cli import predict
from lifecycle.errors import CorruptFile
from lifecycle.io.atomic import write_folder
from lifecycle.online.stores import open_store
from lifecycle.release import release
from lifecycle.release.release import load_release, read_folder
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment

TOP = Path(__file__).parents[2]
ORDERS, EXAMPLE = raw_releases.ORDERS, raw_releases.EXAMPLE


@pytest.fixture(scope="module")
def features():
    return shops.compute_offline(ORDERS)[1]


@pytest.fixture(scope="module")
def files(features, tmp_path_factory):
    """The files of a release of the shops' orders."""
    return raw_releases.files(features, tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def folder(files, tmp_path_factory):
    place = tmp_path_factory.mktemp("release") / "release"
    write_folder(place, files)
    return place


@pytest.fixture(scope="module")
def loaded(folder):
    return load_release(folder)


def test_the_folder_is_whole(files, folder, loaded):
    assert read_folder(folder) == files
    assert {"question.json", "features.json", "rows.parquet", "asked.parquet", "answers.parquet"} < set(files)
    example = json.loads(files["example.json"])
    assert (example["question"], set(example["answer"])) == (EXAMPLE, {"predicted"})
    assert loaded.raw.names == ["shop", "ordered_at"]


def test_raw_rows_have_the_predictions_of_the_features_that_training_had(loaded, features):
    newest = ORDERS["orders"].tail(12).reset_index(drop=True)
    raw = loaded.predict(newest)
    prepared = loaded.predict(features.set_index("order").loc[raw["id"]].reset_index())
    pd.testing.assert_frame_equal(raw, prepared)
    text = newest.assign(ordered_at=newest["ordered_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))[["shop", "ordered_at"]]
    pd.testing.assert_frame_equal(loaded.predict(text), raw)


def test_one_row_over_http_has_the_prediction_of_python(loaded, tmp_path, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    settings = config.load(Config, ["serve=default"]).serve
    monkeypatch.chdir(tmp_path)
    expected = loaded.predict(pd.DataFrame([EXAMPLE]))
    with TestClient(create_app(Service(settings, Environment(), loaded, "HEAD"))) as client:
        found = client.post("/predict?explain=8", json=EXAMPLE).raise_for_status().json()
        rejected = client.post("/predict", json=EXAMPLE | {"shop": "east"})
        old = client.post("/predict", json=EXAMPLE | {"ordered_at": "2024-01-01T00:00:00Z"})
    assert found["id"] == expected["id"][0] == "20240320T0800-north"
    assert found["prediction"] == {"predicted": expected["predicted"][0]}
    words = {one["field"]: one["text"] for one in found["explanation"]["effects"]}
    assert words["late_shop_2D"].startswith("came late for shop north in the last 2 days: ")
    assert rejected.json()["detail"][0] == {"row": 0, "field": "shop", "got": "east", "wanted": "one of north, south"}
    assert old.json()["detail"][0]["field"] == "ordered_at"


def test_every_door_knows_the_facts_of_the_store(folder, loaded, tmp_path, monkeypatch):
    """A reading that an event tells changes the answer of the service, of Python and of a file alike."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models/release").symlink_to(folder)
    for name in ("conf", "params.yaml", "pyproject.toml", "src"):
        (tmp_path / name).symlink_to(TOP / name)
    monkeypatch.chdir(tmp_path)
    row = {"shop": "north", "ordered_at": "2024-03-21T08:00:00Z"}
    time = "2024-03-21T06:00:00Z"
    warm = {"table": "readings", "known_at": time, "row": {"city": "Kiel", "read_at": time, "degrees": 30.0}}
    rows = pd.DataFrame([row])
    before = loaded.predict(rows)
    assert ask_file(rows) == before.to_dict("records")
    assert not Path("data").exists()
    settings = config.load(Config, ["serve=default"]).serve
    with TestClient(create_app(Service(settings, Environment(), load_release(), "HEAD"))) as client:
        assert client.post("/events", json=warm).raise_for_status().json()["taken"] == 1
        found = client.post("/predict", json=row).raise_for_status().json()
    after, store = load_release(), open_store("data/events")
    after.online.follow(store)
    expected = [{"id": found["id"]} | found["prediction"]]
    assert ask_file(rows) == after.predict(rows).to_dict("records") == expected != before.to_dict("records")
    store.close()


def ask_file(rows):
    """The predictions of `lifecycle predict` without the numbers of the rows."""
    rows.to_csv("rows.csv", index=False)
    assert predict.main(["--input", "rows.csv", "--output", "out.jsonl"]) == 0
    found = [json.loads(line) for line in Path("out.jsonl").read_text(encoding="utf-8").splitlines()]
    return [{name: value for name, value in one.items() if name != "row"} for one in found]


@pytest.mark.parametrize("name", ["features.json", "rows.parquet", "question.json"])
def test_a_release_without_one_of_its_files_is_rejected(files, tmp_path, name):
    kept = {file: content for file, content in files.items() if file not in (name, release.MANIFEST)}
    kept[release.MANIFEST] = release.encode_json({"files": release.build_manifest(kept)})
    write_folder(tmp_path / "release", kept)
    with pytest.raises(CorruptFile):
        load_release(tmp_path / "release")


def test_another_answer_than_that_of_the_release_is_rejected(files, tmp_path):
    example = json.loads(files["example.json"])
    changed = files | {"example.json": release.encode_json(example | {"answer": {"predicted": -1.0}})}
    del changed[release.MANIFEST]
    changed[release.MANIFEST] = release.encode_json({"files": release.build_manifest(changed)})
    write_folder(tmp_path / "release", changed)
    with pytest.raises(CorruptFile, match="the example's answer is"):
        load_release(tmp_path / "release")
