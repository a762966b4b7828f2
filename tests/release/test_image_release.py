"""A release that embeds images: the same rule for paths at every door, and no image needed to load it."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from builders import encoders
from fastapi.testclient import TestClient
from PIL import Image

from lifecycle.config import from_record
from lifecycle.data.dataset import Dataset
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import UnfitTable
from lifecycle.io.atomic import write_folder
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Inputs, Recipe, fit_pipeline, make_plan
from lifecycle.options import Call
from lifecycle.release import build, contract, release, row_schema
from lifecycle.release.batch_predict import PredictionJob, predict_file
from lifecycle.serving.app import create_app
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Environment, Serve

pytest.importorskip("safetensors")
SCHEMA = Schema(
    columns={
        "item": Column(type="text", role="id", description="the item"),
        "photo": Column(type="image", role="feature", description="of it"),
        "broken": Column(type="boolean", role="target", description="it is"),
    },
    tables={},
)
SERVE = Path(__file__).parents[2] / "conf/serve/default.yaml"
ENCODER = Path("models/image_encoder")
EMBED = Call(
    target="lifecycle.modeling.transformers.image_embeddings.ImageEmbeddings",
    arguments={"folder": "models/image_encoder", "root": "data/images"},
)


def pack(features, labels):
    """The files of a release that learned from these rows."""
    plan = make_plan("binary", SCHEMA)
    recipe = Recipe(
        option="linear",
        estimator=Call(target="sklearn.linear_model.LogisticRegression"),
        inputs=Inputs(numeric=(), categorical=(), image=(EMBED,)),
        plan=plan,
    )
    context = pd.DataFrame({"item": [f"i{place}" for place in range(len(labels))]})
    dataset = Dataset(features, labels, context)
    path = ENCODER.parent / "model.skops"
    write_model(path, {"pipeline": fit_pipeline(recipe, dataset, 1)})
    kinds = {"photo": build.infer_kind(features["photo"], SCHEMA)}
    typical = build.list_typical_values(features, kinds, SCHEMA)
    agreed = row_schema.build_contract("Broken?", "binary", SCHEMA, kinds, {}, typical)
    return release.pack_release(
        model=path.read_bytes(),
        agreed=agreed,
        threshold=0.5,
        request=build.build_example_request(dataset, contract.parse_contract(agreed, "contract.json"), SCHEMA),
        page="# Broken?",
        lineage={},
        forms={},
    )


@pytest.fixture
def released(tmp_path, monkeypatch):
    """A release in a folder, beside its encoder and dark and light images, of which the light ones are broken."""
    monkeypatch.chdir(tmp_path)
    encoders.write_vit(ENCODER)
    folder = tmp_path / "data/images"
    folder.mkdir(parents=True)
    for place in range(20):
        Image.new("L", (8, 8), 20 + 10 * place).save(folder / f"{place}.png")
    Image.new("L", (8, 8), 7).save(tmp_path / "secret.png")
    features = pd.DataFrame({"photo": pd.Series([f"{place}.png" for place in range(20)], dtype="str")})
    write_folder(tmp_path / "models/release", pack(features, (np.arange(20) >= 10).astype(np.int64)))
    return release.load_release(tmp_path / "models/release")


@pytest.fixture
def client(released):
    settings = from_record(Serve, yaml.safe_load(SERVE.read_text(encoding="utf-8")))
    with TestClient(create_app(Service(settings, Environment(), released, "HEAD"))) as found:
        yield found


def test_the_contract_names_the_images_and_none_of_them(released):
    assert released.contract.schema["x-images"] == ["photo"]
    assert released.contract.schema["properties"]["photo"]["x-typical"] is None
    assert released.example["request"] == {"item": "i0", "photo": None}


def test_it_loads_without_images(released, tmp_path):
    shutil.rmtree(tmp_path / "data/images")
    again = release.load_release(tmp_path / "models/release")
    assert again.predict(pd.DataFrame([{"item": "x", "photo": None}]))["id"].tolist() == ["x"]


def test_a_row_of_a_request_is_answered_as_in_python(released, client):
    row = {"item": "x", "photo": "19.png"}
    expected = released.predict(pd.DataFrame([row])).loc[0, "probability"]
    assert client.post("/predict", json=row).json()["prediction"]["probability"] == expected


@pytest.mark.parametrize("photo", ["../../secret.png", "/etc/passwd", "none.png"])
def test_no_door_reads_another_file(released, client, tmp_path, photo):
    row = {"item": "x", "photo": photo}
    done = client.post("/predict", json=row)
    assert done.status_code == 422
    assert photo in done.json()["error"]
    with pytest.raises(UnfitTable, match="the image"):
        released.predict(pd.DataFrame([row]))
    pd.DataFrame([row]).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(UnfitTable, match="the image"):
        predict_file(PredictionJob(released, tmp_path / "rows.csv", tmp_path / "found.csv"))
    assert not (tmp_path / "found.csv").exists()
