"""Tiny encoders, written here, and what a text's vector by each of them is."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from builders import encoders, onnx_graphs
from sklearn.base import clone

from lifecycle.errors import ConfigError, CorruptFile, MissingFile, WrongValue
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.modeling.transformers.encoder_files import EncoderFiles
from lifecycle.modeling.transformers.sentence_embeddings import SentenceEmbeddings
from lifecycle.modeling.transformers.transformer_encoder import read_text_transformer

pytest.importorskip("tokenizers")
pytest.importorskip("safetensors")
VECTORS = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0], [-3.0, -4.0]], dtype=np.float32)
TABLE = pd.DataFrame({"note": pd.Series(["late", "late wet", None, "late dry", " "], dtype="str")})
TEXTS = ["late", "fog night again late wet cold", "wet dry", "unheard of", "late late late late"]
LONG = "late wet dry fog night again cold late wet dry fog night again"
IDS = {"late": [2, 4, 3], "wet dry": [2, 5, 6, 3]}


def write_static(folder, vectors=VECTORS):
    """An encoder of one vector per token, which knows late, wet and dry, and all else as one unknown token."""
    folder.mkdir(exist_ok=True)
    encoders.write_tokenizer(folder, ["[UNK]", "late", "wet", "dry"], special=False)
    encoders.save_tensors(folder / "model.safetensors", {"embeddings": vectors})
    return str(folder)


@pytest.fixture
def static(tmp_path):
    return write_static(tmp_path / "encoder")


@pytest.fixture
def bert(tmp_path):
    encoders.write_bert(tmp_path / "encoder")
    return tmp_path / "encoder"


def table(*texts):
    return pd.DataFrame({"note": pd.Series(texts, dtype="str")})


def embed(folder, *texts, **arguments):
    return SentenceEmbeddings(str(folder), **arguments).fit_transform(table(*texts)).to_numpy()


def states(folder, ids):
    return read_text_transformer(EncoderFiles(folder))(np.array(ids))


def three_lines(error):
    return [line[:6] for line in str(error).splitlines()] == ["error:", "where:", "next: "]


def test_a_text_is_the_mean_of_its_tokens_at_length_one(static):
    found = SentenceEmbeddings(static).fit_transform(TABLE)
    assert found.columns.tolist() == ["note__1", "note__2"]
    mixed = np.array([1.5, 3.0]) / np.hypot(1.5, 3.0)
    np.testing.assert_allclose(found, [[0.6, 0.8], mixed, [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize(
    ("pooling", "pool"), [("mean", lambda x: x.mean(0)), ("cls", lambda x: x[0]), ("max", lambda x: x.max(0))]
)
def test_a_transformer_is_pooled_as_its_folder_says(tmp_path, pooling, pool):
    encoders.write_bert(tmp_path, pooling=pooling, normalize=False)
    found = embed(tmp_path, *IDS)
    np.testing.assert_allclose(found, [pool(states(tmp_path, ids)) for ids in IDS.values()], rtol=1e-6)


def test_a_vector_has_length_one_where_the_folder_says_so(bert):
    found = embed(bert, *IDS)
    means = np.array([states(bert, ids).mean(0) for ids in IDS.values()])
    np.testing.assert_allclose(found, means / np.linalg.norm(means, axis=1, keepdims=True), rtol=1e-5)


def test_without_modules_it_is_the_mean(bert):
    for name in ("modules.json", "1_Pooling/config.json"):
        (bert / name).unlink()
    np.testing.assert_allclose(embed(bert, "late"), [states(bert, IDS["late"]).mean(0)], rtol=1e-6)


def test_a_missing_or_blank_text_is_zeros(bert):
    found = embed(bert, None, "", "  ", "late")
    assert np.abs(found).sum(axis=1).astype(bool).tolist() == [False, False, False, True]


def test_a_text_is_cut_at_what_the_encoder_reads(bert):
    words = LONG.split()
    assert np.array_equal(embed(bert, LONG), embed(bert, " ".join(words[: encoders.LONGEST - 2])))
    encoders.write_json(bert / "sentence_bert_config.json", {"max_seq_length": 4, "do_lower_case": False})
    assert np.array_equal(embed(bert, LONG), embed(bert, "late wet"))
    assert not np.array_equal(embed(bert, LONG), embed(bert, "late"))


def test_a_text_is_in_small_letters_where_the_folder_says_so(bert):
    assert not np.array_equal(embed(bert, "LATE"), embed(bert, "late"))
    encoders.write_json(bert / "sentence_bert_config.json", {"max_seq_length": 12, "do_lower_case": True})
    assert np.array_equal(embed(bert, "LATE"), embed(bert, "late"))


def test_a_prompt_stands_before_every_text_but_a_missing_one(bert):
    expected = embed(bert, "fog late", None)
    assert np.array_equal(embed(bert, "late", None, prompt="fog "), expected)
    encoders.write_json(
        bert / "config_sentence_transformers.json", {"prompts": {"query": "fog "}, "default_prompt_name": "query"}
    )
    assert np.array_equal(embed(bert, "late", None), expected)
    assert np.array_equal(embed(bert, "fog late", None, prompt=""), expected)


def test_a_row_has_the_same_bytes_whatever_other_rows_there_are(bert, monkeypatch):
    alone = np.vstack([SentenceEmbeddings(str(bert)).fit_transform(table(text)) for text in TEXTS])
    other = bert.rename(bert.with_name("moved"))  # read anew: nothing is known of these texts
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        together = embed(other, *TEXTS, LONG, *(f"late {word}" for word in encoders.WORDS), *reversed(TEXTS))
        assert together[: len(TEXTS)].tobytes() == alone.tobytes()
        assert together[-len(TEXTS) :][::-1].tobytes() == alone.tobytes()
        other = other.rename(other.with_name("again"))


@pytest.mark.parametrize("write", [write_static, encoders.write_bert])
def test_it_clones_and_comes_back_from_a_file(tmp_path, write):
    write(tmp_path / "encoder")
    fitted = clone(SentenceEmbeddings(str(tmp_path / "encoder"))).fit(TABLE)
    write_model(tmp_path / "m.skops", {"pipeline": fitted})
    pd.testing.assert_frame_equal(
        read_model(tmp_path / "m.skops")["pipeline"].transform(TABLE), fitted.transform(TABLE)
    )


def test_another_encoder_is_rejected(static, tmp_path):
    fitted = SentenceEmbeddings(static).fit(TABLE)
    write_static(tmp_path / "encoder", np.vstack([VECTORS, VECTORS]))
    with pytest.raises(CorruptFile, match=r"model\.safetensors has SHA-256 .* was fitted with") as caught:
        fitted.transform(TABLE)
    assert three_lines(caught.value)


def test_the_files_of_fitting_are_all_that_the_vector_depends_on(bert):
    fitted = SentenceEmbeddings(str(bert)).fit(TABLE)
    assert sorted(fitted.sha256_) == [
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
    ]
    encoders.write_json(bert / "sentence_bert_config.json", {"max_seq_length": 3})
    with pytest.raises(CorruptFile, match=r"sentence_bert_config\.json has SHA-256 .* was fitted with no part in it"):
        fitted.transform(TABLE)


def test_a_folder_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(MissingFile, match=r"there is no .*tokenizer\.json") as caught:
        SentenceEmbeddings(str(tmp_path / "nowhere")).fit(TABLE)
    assert three_lines(caught.value)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors", "config.json", "modules.json"])
def test_a_damaged_file_is_rejected(bert, name):
    (bert / name).write_bytes(b"{")
    with pytest.raises(CorruptFile, match=f"{name} cannot be read") as caught:
        SentenceEmbeddings(str(bert)).fit(TABLE)
    assert three_lines(caught.value)


@pytest.mark.parametrize("vectors", [VECTORS[:2], VECTORS[0]], ids=["too few", "no matrix"])
def test_a_matrix_that_does_not_fit_the_tokens_is_rejected(tmp_path, vectors):
    folder = write_static(tmp_path / "other", vectors)
    with pytest.raises(CorruptFile, match="not one matrix with 4 rows or more"):
        SentenceEmbeddings(folder).fit(TABLE)


def test_a_tokenizer_with_more_tokens_than_the_encoder_is_rejected(bert):
    encoders.write_tokenizer(bert, [*encoders.WORDS, "snow"])
    with pytest.raises(CorruptFile, match="has ids up to 11, and the encoder has 11 vectors"):
        SentenceEmbeddings(str(bert)).fit(TABLE)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("modules.json", [{"type": "a.Dense", "path": "2_Dense"}], "a module Dense"),
        ("modules.json", [{"type": "a.Transformer", "path": "0_Transformer"}], "a module Transformer in the folder 0_"),
        ("modules.json", [{"type": "a.Pooling", "path": "../other"}], r"a pooling that is in no \.\./other/config"),
        ("1_Pooling/config.json", {"pooling_mode": "weightedmean"}, "pooling is weightedmean"),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True, "pooling_mode_max_tokens": True}, "is cls and max"),
        ("1_Pooling/config.json", {"pooling_mode": "mean", "include_prompt": False}, "leaves out the prompt"),
        ("config.json", {"model_type": "t5"}, "model_type 't5', whose forward pass is not known"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_named(bert, name, content, what):
    (bert / name).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(WrongValue, match=what) as caught:
        SentenceEmbeddings(str(bert)).fit(TABLE)
    assert three_lines(caught.value)


@pytest.mark.parametrize("package", ["tokenizers", "safetensors"])
def test_without_its_packages_it_says_what_to_install(bert, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=f"needs the package {package}") as caught:
        SentenceEmbeddings(str(bert)).fit(TABLE)
    assert three_lines(caught.value)
    assert caught.value.todo == 'pip install "lifecycle[text]"'


def write_graph_encoder(folder, name="model.onnx", **arguments):
    """An ONNX graph beside a tokenizer and a pooling, without weights of its own elsewhere."""
    encoders.write_bert(folder, model_type="nomic_bert")
    vectors = onnx_graphs.draw_vectors(len(encoders.WORDS), 4)
    onnx_graphs.write_text_graph(folder / name, vectors, **arguments)
    return vectors


@pytest.mark.parametrize("name", ["model.onnx", "onnx/model.onnx"])
def test_a_graph_is_run_and_pooled_as_its_folder_says(tmp_path, name):
    pytest.importorskip("onnxruntime")
    vectors = write_graph_encoder(tmp_path, name)
    means = np.array([vectors[ids].mean(0) for ids in IDS.values()])
    expected = [*(means / np.linalg.norm(means, axis=1, keepdims=True)), np.zeros(4)]
    fitted = SentenceEmbeddings(str(tmp_path)).fit(table(*IDS))
    np.testing.assert_allclose(fitted.transform(table(*IDS, None)), expected, rtol=1e-5)
    assert name in fitted.sha256_


def test_a_graph_without_its_package_says_what_to_install(tmp_path, monkeypatch):
    write_graph_encoder(tmp_path)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match="needs the package onnxruntime") as caught:
        SentenceEmbeddings(str(tmp_path)).fit(TABLE)
    assert caught.value.todo == 'pip install "lifecycle[onnx]"'


def test_a_graph_with_other_inputs_or_weights_beside_it_is_rejected(tmp_path):
    pytest.importorskip("onnxruntime")
    write_graph_encoder(tmp_path, inputs=("input_ids", "position_ids"))
    with pytest.raises(WrongValue, match=r"model\.onnx asks for position_ids") as caught:
        SentenceEmbeddings(str(tmp_path)).fit(TABLE)
    assert three_lines(caught.value)
    (tmp_path / "model.onnx_data").write_bytes(b"")
    with pytest.raises(WrongValue, match=r"the weights of model\.onnx are in model\.onnx_data"):
        SentenceEmbeddings(str(tmp_path)).fit(TABLE)


def test_a_damaged_graph_is_rejected(tmp_path):
    pytest.importorskip("onnxruntime")
    write_graph_encoder(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(CorruptFile, match=r"model\.onnx cannot be read"):
        SentenceEmbeddings(str(tmp_path)).fit(TABLE)
