"""Tiny pre-trained encoders of text and images, with random weights, in the layouts of real ones."""

import json
import struct

import numpy as np

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "late", "wet", "dry", "fog", "night", "again", "cold"]
WIDTH, INNER, HEADS, LAYERS, LONGEST = 8, 16, 2, 2, 12
SHAPES = {"hidden_size": WIDTH, "intermediate_size": INNER, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS}
TEXT = SHAPES | {"vocab_size": len(WORDS), "max_position_embeddings": LONGEST, "type_vocab_size": 2, "pad_token_id": 0}
IMAGE = SHAPES | {"model_type": "vit", "image_size": 8, "patch_size": 4, "num_channels": 3}
BERT = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "first_norm": "attention.output.LayerNorm",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "second_norm": "output.LayerNorm",
}
VIT = BERT | {
    "query": "attention.attention.query",
    "key": "attention.attention.key",
    "value": "attention.attention.value",
    "first_norm": "layernorm_before",
    "second_norm": "layernorm_after",
}


def save_tensors(path, tensors, dtype="F32"):
    """A safetensors file, written by its format: the length of the header, the header, the numbers."""
    header, data = {}, b""
    for name, values in tensors.items():
        packed = pack(np.asarray(values, dtype=np.float32), dtype)
        header[name] = {
            "dtype": dtype,
            "shape": list(np.shape(values)),
            "data_offsets": [len(data), len(data) + len(packed)],
        }
        data += packed
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def pack(values, dtype):
    """Numbers as bytes; bfloat16 is the upper half of a float32."""
    if dtype == "BF16":
        return (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    return values.astype({"F32": "<f4", "F16": "<f2"}[dtype]).tobytes()


def write_json(path, record):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record), encoding="utf-8")


def write_tokenizer(folder, words=WORDS, special=True):
    """A tokenizer of whole words, which puts [CLS] before a text and [SEP] behind it."""
    ids = {word: place for place, word in enumerate(words)}
    record = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordLevel", "vocab": ids, "unk_token": "[UNK]"},
        "truncation": {"max_length": 5, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {
            "strategy": {"Fixed": 9},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 0,
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
    }
    if special:
        token = {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
        sequence = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
        single = [*sequence, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
        record["post_processor"] = {
            "type": "TemplateProcessing",
            "single": single,
            "pair": [*single, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": token,
        }
    write_json(folder / "tokenizer.json", record)


def draw_layers(random, names):
    """The tensors of all layers."""
    sides = {"wide": (INNER, WIDTH), "narrow": (WIDTH, INNER)}
    found = {}
    for layer in range(LAYERS):
        for part, name in names.items():
            base, shape = f"encoder.layer.{layer}.{name}", sides.get(part, (WIDTH, WIDTH))
            shape = (WIDTH,) if "norm" in part else shape
            found[f"{base}.weight"] = random.normal(0.3, 0.5, shape)
            found[f"{base}.bias"] = random.normal(0, 0.2, shape[:1])
    return found


def draw_bert(seed=0):
    """The tensors of a BERT."""
    random = np.random.default_rng(seed)
    rows = {"word": len(WORDS), "position": LONGEST, "token_type": 2}
    found = {f"embeddings.{name}_embeddings.weight": random.normal(size=(count, WIDTH)) for name, count in rows.items()}
    found |= {f"embeddings.LayerNorm.{name}": random.normal(0.5, 0.3, WIDTH) for name in ("weight", "bias")}
    return {name: values.astype(np.float32) for name, values in (found | draw_layers(random, BERT)).items()}


def write_bert(folder, *, pooling="mean", normalize=True, dtype="F32", prefix="", **changed):
    """A BERT as sentence-transformers stores it; its tensors in float32."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = draw_bert()
    save_tensors(folder / "model.safetensors", {prefix + name: values for name, values in tensors.items()}, dtype)
    write_json(folder / "config.json", {"model_type": "bert", "hidden_act": "gelu"} | TEXT | changed)
    write_tokenizer(folder)
    kinds = ["Transformer", "Pooling", *(["Normalize"] if normalize else [])]
    places = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    modules = [
        {"idx": place, "name": str(place), "path": places[kind], "type": f"sentence_transformers.models.{kind}"}
        for place, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    modes = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "sqrt": "mean_sqrt_len_tokens"}
    write_json(
        folder / "1_Pooling/config.json",
        {"word_embedding_dimension": WIDTH} | {f"pooling_mode_{key}": name == pooling for name, key in modes.items()},
    )
    return tensors


def draw_vit(seed=0):
    """The tensors of a ViT for images of 8 × 8 pixels in four patches."""
    random = np.random.default_rng(seed)
    found = {
        "embeddings.cls_token": random.normal(size=(1, 1, WIDTH)),
        "embeddings.position_embeddings": random.normal(size=(1, 5, WIDTH)),
        "embeddings.patch_embeddings.projection.weight": random.normal(0, 0.3, (WIDTH, 3, 4, 4)),
        "embeddings.patch_embeddings.projection.bias": random.normal(size=WIDTH),
        "layernorm.weight": random.normal(1, 0.2, WIDTH),
        "layernorm.bias": random.normal(size=WIDTH),
    }
    return {name: values.astype(np.float32) for name, values in (found | draw_layers(random, VIT)).items()}


def write_vit(folder, **changed):
    """A ViT as Hugging Face stores it."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = draw_vit()
    save_tensors(folder / "model.safetensors", tensors)
    write_json(folder / "config.json", {"hidden_act": "gelu"} | IMAGE | changed)
    write_json(folder / "preprocessor_config.json", {"size": {"height": 8, "width": 8}, "resample": 2})
    return tensors
