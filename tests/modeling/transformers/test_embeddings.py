"""A tiny encoder of four tokens, written here, and what a text's place by it is."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from lifecycle import targets
from lifecycle.errors import ConfigError, CorruptFile, ForbiddenTarget, MissingFile
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.modeling.transformers.embeddings import StaticEmbeddings

VECTORS = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0], [-3.0, -4.0]], dtype=np.float32)
TABLE = pd.DataFrame({"note": pd.Series(["late", "late wet", None, "late dry", ""], dtype="str")})


def write_encoder(folder, vectors=VECTORS):
    """An encoder that knows late, wet and dry, and all else as one unknown token."""
    numpy = pytest.importorskip("safetensors.numpy")
    pytest.importorskip("tokenizers")
    words = {"[UNK]": 0, "late": 1, "wet": 2, "dry": 3}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": words, "unk_token": "[UNK]"},
    }
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(numpy.save({"embeddings": vectors}))
    return str(folder)


@pytest.fixture
def folder(tmp_path):
    return write_encoder(tmp_path / "encoder")


def three_lines(error):
    return [line[:6] for line in str(error).splitlines()] == ["error:", "where:", "next: "]


def test_a_text_is_the_mean_of_its_tokens_at_length_one(folder):
    found = StaticEmbeddings(folder).fit_transform(TABLE)
    assert found.columns.tolist() == ["note__1", "note__2"]
    mixed = np.array([1.5, 3.0]) / np.hypot(1.5, 3.0)
    np.testing.assert_allclose(found, [[0.6, 0.8], mixed, [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])


def test_it_clones_and_comes_back_from_a_file(folder, tmp_path):
    fitted = clone(StaticEmbeddings(folder)).fit(TABLE)
    write_model(tmp_path / "m.skops", {"pipeline": fitted})
    pd.testing.assert_frame_equal(
        read_model(tmp_path / "m.skops")["pipeline"].transform(TABLE), fitted.transform(TABLE)
    )


def test_another_encoder_is_rejected(folder, tmp_path):
    fitted = StaticEmbeddings(folder).fit(TABLE)
    write_encoder(tmp_path / "encoder", np.vstack([VECTORS, VECTORS]))
    with pytest.raises(CorruptFile, match=r"model\.safetensors has SHA-256 .* was fitted with") as caught:
        fitted.transform(TABLE)
    assert three_lines(caught.value)


def test_a_folder_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(MissingFile, match=r"there is no .*tokenizer\.json") as caught:
        StaticEmbeddings(str(tmp_path / "nowhere")).fit(TABLE)
    assert three_lines(caught.value)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_damaged_file_is_rejected(folder, tmp_path, name):
    (tmp_path / "encoder" / name).write_bytes(b"{")
    with pytest.raises(CorruptFile, match=f"{name} cannot be read") as caught:
        StaticEmbeddings(folder).fit(TABLE)
    assert three_lines(caught.value)


@pytest.mark.parametrize("vectors", [VECTORS[:2], VECTORS[0]], ids=["too few", "no matrix"])
def test_a_matrix_that_does_not_fit_the_tokens_is_rejected(tmp_path, vectors):
    folder = write_encoder(tmp_path / "other", vectors)
    with pytest.raises(CorruptFile, match="not one matrix with 4 rows or more"):
        StaticEmbeddings(folder).fit(TABLE)


@pytest.mark.parametrize("package", ["tokenizers", "safetensors"])
def test_without_its_packages_it_says_what_to_install(tmp_path, monkeypatch, package):
    for name in ("tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text("", encoding="utf-8")
    for name in ("tokenizers", "safetensors.numpy"):
        stands_in = None if name.startswith(package) else sys
        monkeypatch.setitem(sys.modules, name, stands_in)
    with pytest.raises(ConfigError, match=f"needs the package {package}") as caught:
        StaticEmbeddings(str(tmp_path)).fit(TABLE)
    assert three_lines(caught.value)
    assert caught.value.todo == 'pip install "lifecycle[text]"'


@pytest.mark.parametrize("module", ["transformers.embeddings", "estimators.catboost", "optional_packages"])
def test_yaml_cannot_name_what_imports_a_module(module):
    with pytest.raises(ForbiddenTarget):
        targets.resolve(f"lifecycle.modeling.{module}.import_package", "conf/inputs/mine.yaml")
