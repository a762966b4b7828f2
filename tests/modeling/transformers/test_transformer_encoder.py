"""The forward pass of tiny encoders with random weights, against one written out by its formulas in float64."""

import math

import numpy as np
import pytest
from builders import encoders

from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.modeling.transformers.encoder_files import EncoderFiles
from lifecycle.modeling.transformers.transformer_encoder import (
    compute_distance_bias,
    cut_patches,
    gelu,
    gelu_tanh,
    read_image_transformer,
    read_text_transformer,
)

pytest.importorskip("safetensors")


def norm(row, tensors, name):
    centered = row - row.mean()
    scaled = centered / math.sqrt((centered**2).mean() + 1e-12)
    return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]


def linear(row, tensors, name):
    return tensors[f"{name}.weight"].astype(float) @ row + tensors[f"{name}.bias"]


def attend(rows, tensors, base, names):
    """Each position's mix of all values, head by head."""
    query, key, value = (
        [linear(row, tensors, base + names[part]) for row in rows] for part in ("query", "key", "value")
    )
    size, found = encoders.WIDTH // encoders.HEADS, []
    for mine in query:
        mixed = []
        for head in range(encoders.HEADS):
            part = slice(head * size, (head + 1) * size)
            weights = [math.exp(mine[part] @ other[part] / math.sqrt(size)) for other in key]
            mixed += list(sum(w * v[part] for w, v in zip(weights, value, strict=True)) / sum(weights))
        found.append(linear(np.array(mixed), tensors, base + names["output"]))
    return found


def feed(row, tensors, base, names):
    wide = linear(row, tensors, base + names["wide"])
    bent = np.array([x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in wide])
    return linear(bent, tensors, base + names["narrow"])


def run_bert(ids, tensors):
    tables = [
        tensors[f"embeddings.{name}_embeddings.weight"].astype(float) for name in ("word", "position", "token_type")
    ]
    rows = [
        norm(tables[0][one] + tables[1][place] + tables[2][0], tensors, "embeddings.LayerNorm")
        for place, one in enumerate(ids)
    ]
    names = encoders.BERT
    for layer in range(encoders.LAYERS):
        base = f"encoder.layer.{layer}."
        mixed = attend(rows, tensors, base, names)
        rows = [norm(a + b, tensors, base + names["first_norm"]) for a, b in zip(rows, mixed, strict=True)]
        rows = [norm(row + feed(row, tensors, base, names), tensors, base + names["second_norm"]) for row in rows]
    return np.array(rows)


def run_vit(pixels, tensors):
    weight = tensors["embeddings.patch_embeddings.projection.weight"].astype(float)
    bias = tensors["embeddings.patch_embeddings.projection.bias"]
    rows = [tensors["embeddings.cls_token"][0, 0].astype(float)]
    for top, left in ((0, 0), (0, 4), (4, 0), (4, 4)):
        patch = pixels[:, top : top + 4, left : left + 4]
        rows.append((weight * patch).sum(axis=(1, 2, 3)) + bias)
    rows = [row + place for row, place in zip(rows, tensors["embeddings.position_embeddings"][0], strict=True)]
    names = encoders.VIT
    for layer in range(encoders.LAYERS):
        base = f"encoder.layer.{layer}."
        mixed = attend([norm(row, tensors, base + names["first_norm"]) for row in rows], tensors, base, names)
        rows = [a + b for a, b in zip(rows, mixed, strict=True)]
        rows = [row + feed(norm(row, tensors, base + names["second_norm"]), tensors, base, names) for row in rows]
    return norm(rows[0], tensors, "layernorm")


@pytest.mark.parametrize("prefix", ["", "bert."])
@pytest.mark.parametrize("ids", [[2], [2, 5, 3], [2, 4, 5, 6, 7, 8, 9, 10, 1, 4, 4, 3]])
def test_bert_is_its_formulas(tmp_path, ids, prefix):
    tensors = encoders.write_bert(tmp_path, prefix=prefix)
    found = read_text_transformer(EncoderFiles(tmp_path))(np.array(ids))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, run_bert(ids, tensors), rtol=1e-4, atol=1e-5)


def test_roberta_counts_positions_from_the_one_after_the_padding(tmp_path):
    tensors = encoders.write_bert(tmp_path, model_type="roberta", pad_token_id=1)
    shifted = tensors | {
        "embeddings.position_embeddings.weight": tensors["embeddings.position_embeddings.weight"][2:],
    }
    encoder = read_text_transformer(EncoderFiles(tmp_path))
    assert encoder.longest == encoders.LONGEST - 2
    np.testing.assert_allclose(encoder(np.array([2, 5, 3])), run_bert([2, 5, 3], shifted), rtol=1e-4, atol=1e-5)


def test_vit_is_its_formulas(tmp_path):
    tensors = encoders.write_vit(tmp_path)
    pixels = np.random.default_rng(1).normal(size=(3, 8, 8)).astype(np.float32)
    encoder = read_image_transformer(EncoderFiles(tmp_path))
    np.testing.assert_allclose(encoder(pixels), run_vit(pixels, tensors), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r"takes images of \(3, 8, 8\), not \(3, 4, 4\)"):
        encoder(pixels[:, :4, :4])


def test_half_the_bits_of_a_weight_are_read_as_a_number(tmp_path):
    full, half, brain = ({"dtype": name} for name in ("F32", "F16", "BF16"))
    found = []
    for place, how in enumerate((full, half, brain)):
        encoders.write_bert(tmp_path / str(place), **how)
        found.append(read_text_transformer(EncoderFiles(tmp_path / str(place))).words)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-2)
    assert not np.array_equal(found[1], found[2])


def test_activations_have_the_values_of_their_papers():
    values = np.array([-1.0, 0.0, 2.0], dtype=np.float32)
    np.testing.assert_allclose(gelu(values), [-0.15865525, 0.0, 1.9544997], rtol=1e-6)
    np.testing.assert_allclose(gelu_tanh(values), [-0.15880801, 0.0, 1.9545977], rtol=1e-6)


def test_distances_of_mpnet_share_buckets_where_they_are_far():
    # 8 buckets: 4 for earlier and 4 for later positions, of which 2 are of one distance each
    table = np.arange(8, dtype=np.float32)[:, None]
    bias = compute_distance_bias(table, 200)
    assert bias.shape == (1, 200, 200)
    assert bias[0, 0, :3].tolist() == [0.0, 5.0, 6.0]
    assert bias[0, :3, 0].tolist() == [0.0, 1.0, 2.0]
    assert bias[0, 0, [15, 16, 17, 199]].tolist() == [6.0, 7.0, 7.0, 7.0]


def test_patches_are_cut_from_the_upper_left():
    pixels = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    assert cut_patches(pixels, 2).tolist() == [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"model_type": "t5"}, "model_type 't5', whose forward pass is not known"),
        ({"hidden_act": "silu"}, "the activation 'silu' is not known"),
        ({"position_embedding_type": "relative_key"}, "positions are 'relative_key'"),
    ],
)
def test_what_is_not_supported_is_named(tmp_path, changed, what):
    encoders.write_bert(tmp_path, **changed)
    with pytest.raises(WrongValue, match=what) as caught:
        read_text_transformer(EncoderFiles(tmp_path))
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"num_hidden_layers": 3}, r"has no tensor encoder\.layer\.2\.attention\.self\.query\.weight"),
        ({"intermediate_size": 15}, r"has shape \(16, 8\) in .*intermediate\.dense\.weight, wanted shape \(15, 8\)"),
        ({"num_attention_heads": 3}, "num_attention_heads is 3, wanted a divisor of the width, 8"),
        ({"hidden_size": "8"}, "hidden_size is 8, wanted a whole number of 1 or more"),
    ],
)
def test_weights_that_do_not_fit_their_description_are_rejected(tmp_path, changed, what):
    encoders.write_bert(tmp_path, **changed)
    with pytest.raises(CorruptFile, match=what):
        read_text_transformer(EncoderFiles(tmp_path))


def test_a_missing_bias_is_no_zero(tmp_path):
    tensors = encoders.write_vit(tmp_path)
    lacking = {name: values for name, values in tensors.items() if not name.endswith("attention.key.bias")}
    encoders.save_tensors(tmp_path / "model.safetensors", lacking)
    with pytest.raises(CorruptFile, match=r"has no tensor .*key\.bias"):
        read_image_transformer(EncoderFiles(tmp_path))


def test_a_description_may_say_that_there_is_no_bias(tmp_path):
    tensors = encoders.write_vit(tmp_path, qkv_bias=False)
    named = [name for name in tensors if name.endswith(("query.bias", "key.bias", "value.bias"))]
    without = tensors | {name: np.zeros(encoders.WIDTH, dtype=np.float32) for name in named}
    encoders.save_tensors(tmp_path / "model.safetensors", {n: v for n, v in tensors.items() if n not in named})
    pixels = np.ones((3, 8, 8), dtype=np.float32)
    found = read_image_transformer(EncoderFiles(tmp_path))(pixels)
    np.testing.assert_allclose(found, run_vit(pixels, without), rtol=1e-4, atol=1e-5)


def test_weights_in_a_pickle_are_not_loaded(tmp_path):
    encoders.write_bert(tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(WrongValue, match=r"weights are in pytorch_model\.bin, which is not read"):
        read_text_transformer(EncoderFiles(tmp_path))
