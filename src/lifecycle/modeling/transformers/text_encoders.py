"""Pre-trained encoders of text from a local folder: static ones, transformers, and ONNX graphs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.modeling.transformers.encoder_files import (
    CONFIG,
    MODULES,
    MOST_TOKENS,
    POOLING,
    PROMPTS,
    TOKENIZER,
    WEIGHTS,
    EncoderFiles,
    Settings,
    Stamp,
    Tensor,
    import_encoder_package,
    stamp_folder,
)
from lifecycle.modeling.transformers.onnx_encoder import Graph, find_graph, read_graph
from lifecycle.modeling.transformers.transformer_encoder import (
    TEXT_FAMILIES,
    Ids,
    choose_family,
    read_text_transformer,
)
from lifecycle.modeling.transformers.vector_cache import VectorCache, encode_each

Floats = npt.NDArray[np.float64]
GRAPH_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
LONGEST = 512  # tokens of a text for a graph whose folder states no limit


@dataclass(frozen=True)
class TextEncoder:
    """What maps texts to vectors: `encode` takes texts that hold something; `sha256` is of each file of it."""

    encode: Callable[[list[str]], Floats]
    width: int
    prompt: str
    sha256: Mapping[str, str]

    def embed(self, texts: list[str], prompt: str | None) -> Floats:
        """One vector per text, texts × width; zeros for a blank one. Without a `prompt` the folder's own is used."""
        found = np.zeros((len(texts), self.width))
        places = [place for place, text in enumerate(texts) if text.strip()]
        if places:
            start = self.prompt if prompt is None else prompt
            found[places] = self.encode([start + texts[place] for place in places])
        return found


def load_text_encoder(folder: str) -> TextEncoder:
    """The encoder of a folder, read again when one of its files was touched.

    Raises MissingFile, CorruptFile, ConfigError for a package that is not installed, and WrongValue for an encoder that
    is not supported.
    """
    path = Path(folder).resolve()
    return _read_text_encoder(path, Path(folder), stamp_folder(path))


@lru_cache(maxsize=2)
def _read_text_encoder(path: Path, folder: Path, stamp: Stamp) -> TextEncoder:
    files = EncoderFiles(folder)
    tokenizer = files.parse(TOKENIZER, parse_tokenizer)
    if is_known_transformer(files):
        return build_transformer(files, tokenizer)
    if graph := find_graph(files):
        return build_graph(files, tokenizer, graph)
    return build_static(files, tokenizer)


def parse_tokenizer(content: bytes) -> Any:
    """The tokenizer of a `tokenizer.json`, without padding and truncation; raises ConfigError without its package."""
    tokenizer = import_encoder_package("tokenizers", "text").Tokenizer.from_buffer(content)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def count_ids(tokenizer: Any) -> int:
    """How many ids a tokenizer may give: its highest one and 1."""
    return 1 + max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)


def is_known_transformer(files: EncoderFiles) -> bool:
    """Whether a folder holds the weights of an architecture whose forward pass is known."""
    if not (files.has(CONFIG) and files.has(WEIGHTS)):
        return False
    return files.read_settings(CONFIG).keys.get("model_type") in TEXT_FAMILIES


def build_static(files: EncoderFiles, tokenizer: Any) -> TextEncoder:
    """The encoder whose only tensor has a vector per token; a text is their mean, of length 1."""
    tensors, count = files.read_tensors(), count_ids(tokenizer)
    matrices = list(tensors.arrays.values())
    if len(matrices) != 1 or matrices[0].ndim != 2 or len(matrices[0]) < count:
        if files.has(CONFIG):
            choose_family(files.read_settings(CONFIG), TEXT_FAMILIES)
        shapes = ", ".join(str(matrix.shape) for matrix in matrices[:5]) + (" …" if len(matrices) > 5 else "")
        raise CorruptFile(
            f"{WEIGHTS} holds {shapes or 'nothing'}, not one matrix with {count} rows or more",
            where=str(tensors.path),
            todo=f"take an encoder of one vector per token, or a transformer with its {CONFIG}",
        )
    vectors = matrices[0].astype(np.float64)

    def encode(texts: list[str]) -> Floats:
        found = tokenizer.encode_batch(texts, add_special_tokens=False)
        return average_vectors([list(one.ids) for one in found], vectors)

    return TextEncoder(encode, vectors.shape[1], read_prompt(files), files.sha256)


def average_vectors(tokens: list[list[int]], vectors: Floats) -> Floats:
    """The mean vector of the tokens of each text, of length 1; zeros for a text without tokens."""
    averages = np.zeros((len(tokens), vectors.shape[1]))
    for row, places in enumerate(tokens):
        if places:
            averages[row] = vectors[places].mean(axis=0)
    lengths = np.linalg.norm(averages, axis=1, keepdims=True)
    return np.asarray(averages / np.where(lengths > 0, lengths, 1.0))


def build_transformer(files: EncoderFiles, tokenizer: Any) -> TextEncoder:
    """The encoder of a folder in the layout of Hugging Face and sentence-transformers."""
    encoder, finish = read_text_transformer(files), read_finish(files)
    must_fit(tokenizer, len(encoder.words), files)
    tokenizer.enable_truncation(find_longest(files, encoder.longest))
    width = len(finish(encoder.words[:1]))
    return build_cached(files, tokenizer, lambda ids: finish(encoder(ids)), width)


def must_fit(tokenizer: Any, rows: int, files: EncoderFiles) -> None:
    """Raise CorruptFile for a tokenizer with more tokens than the encoder has vectors."""
    if count_ids(tokenizer) > rows:
        raise CorruptFile(
            f"{TOKENIZER} has ids up to {count_ids(tokenizer) - 1}, and the encoder has {rows} vectors of tokens",
            where=str(files.folder / TOKENIZER),
            todo=f"take {TOKENIZER} and {WEIGHTS} of the same encoder; dvc checkout {files.folder}",
        )


def build_graph(files: EncoderFiles, tokenizer: Any, name: str) -> TextEncoder:
    """The encoder of an ONNX graph, which gives a vector per text or a state per token."""
    graph, finish = read_graph(files, name, GRAPH_INPUTS), read_finish(files)
    settings = files.read_settings(CONFIG, required=False)
    tokenizer.enable_truncation(find_longest(files, count_positions(settings)))

    def encode(ids: Ids) -> Tensor:
        found = run_text_graph(graph, ids)
        return finish(found if found.ndim == 2 else found[None])

    start = np.array(tokenizer.encode("").ids or [0], dtype=np.int64)
    return build_cached(files, tokenizer, encode, len(encode(start)))


def run_text_graph(graph: Graph, ids: Ids) -> Tensor:
    """The graph's output for the tokens of one text."""
    segments = np.zeros_like(ids)
    return graph.run({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": segments})


def count_positions(settings: Settings) -> int:
    """How many tokens the text of a graph may have, by its `config.json`."""
    if "max_position_embeddings" not in settings.keys:
        return LONGEST
    family = TEXT_FAMILIES.get(str(settings.keys.get("model_type")))
    before = settings.get_count("pad_token_id") + 1 if family and family.padded else 0
    return settings.get_count("max_position_embeddings") - before


def build_cached(files: EncoderFiles, tokenizer: Any, encode: Callable[[Ids], Tensor], width: int) -> TextEncoder:
    """The encoder that computes each different text once, by itself, from its tokens."""
    cache = VectorCache()
    lower = files.read_settings(MOST_TOKENS, required=False).keys.get("do_lower_case") is True

    def encode_text(text: str) -> Tensor:
        return encode(np.array(tokenizer.encode(text).ids, dtype=np.int64))

    def encode_texts(texts: list[str]) -> Floats:
        cleaned = [text.strip().lower() if lower else text.strip() for text in texts]
        different = list(dict.fromkeys(cleaned))
        found = encode_each(different, lambda text: cache.get(text, lambda: encode_text(text)))
        vectors = dict(zip(different, found, strict=True))
        return np.array([vectors[text] for text in cleaned], dtype=np.float64)

    return TextEncoder(encode_texts, width, read_prompt(files), files.sha256)


def find_longest(files: EncoderFiles, positions: int) -> int:
    """How many tokens of a text are read: as many as the encoder has positions, or fewer where the folder says so."""
    settings = files.read_settings(MOST_TOKENS, required=False)
    stated = settings.keys.get("max_seq_length")
    return positions if stated is None else min(positions, settings.get_count("max_seq_length"))


def read_prompt(files: EncoderFiles) -> str:
    """What the folder puts before every text by default; mostly nothing."""
    settings = files.read_settings(PROMPTS, required=False)
    name, prompts = settings.keys.get("default_prompt_name"), settings.keys.get("prompts", {})
    if name is None:
        return ""
    if not isinstance(prompts, dict) or not isinstance(prompts.get(name), str):
        raise settings.make_error("default_prompt_name", name, "one of prompts")
    return str(prompts[name])


Finish = Callable[[Tensor], Tensor]
# From the states of a text's tokens to its vector.
POOLINGS: Mapping[str, Finish] = {
    "mean": lambda states: np.asarray(states.mean(axis=0)),
    "cls": lambda states: np.asarray(states[0]),
    "max": lambda states: np.asarray(states.max(axis=0)),
    "lasttoken": lambda states: np.asarray(states[-1]),
}


def read_finish(files: EncoderFiles) -> Finish:
    """What comes after the encoder, by `modules.json`: a pooling, the mean where none is named, and a norm."""
    modules = files.parse(MODULES, parse_modules) if files.has(MODULES) else {}
    known = {"Transformer": "", "Pooling": None, "Normalize": None}
    for kind, place in modules.items():
        if kind not in known or known[kind] not in (None, place):
            raise WrongValue(
                f"the encoder has a module {kind} in the folder {place or '.'}, which is not supported",
                where=str(files.folder / MODULES),
                todo=f"take an encoder of {', '.join(known)} alone, its {WEIGHTS} beside {MODULES}",
            )
    pool = read_pooling(files, modules.get("Pooling"))
    return (lambda states: scale_to_one(pool(states))) if "Normalize" in modules else pool


def parse_modules(content: bytes) -> dict[str, str]:
    """The folder of each module of a `modules.json` by its kind, in order."""
    return {str(one["type"]).rpartition(".")[2]: str(one["path"]) for one in json.loads(content)}


def read_pooling(files: EncoderFiles, place: str | None) -> Finish:
    """The pooling that a module's `config.json` names; raises WrongValue for one that is not supported."""
    names = [path.relative_to(files.folder).as_posix() for path in sorted(files.folder.glob(POOLING))]
    if place is None and not names:
        return POOLINGS["mean"]
    name = names[0] if place is None else f"{place}/{CONFIG}"
    if name not in names:
        raise make_pooling_error(f"{MODULES} names a pooling that is in no {name}", files.folder / MODULES)
    settings = files.read_settings(name)
    chosen = list_poolings(settings)
    if len(chosen) != 1 or chosen[0] not in POOLINGS:
        raise make_pooling_error(f"the encoder's pooling is {' and '.join(chosen) or 'none'}", settings.path)
    if settings.keys.get("include_prompt") is False:
        raise make_pooling_error("the encoder's pooling leaves out the prompt", settings.path)
    return POOLINGS[chosen[0]]


def make_pooling_error(what: str, path: Path) -> WrongValue:
    """The error for a pooling that is not supported."""
    return WrongValue(
        what, where=str(path), todo=f"take an encoder that pools all of a text by one of {', '.join(POOLINGS)}"
    )


def list_poolings(settings: Settings) -> list[str]:
    """The poolings that are chosen: in one key, or by a key with true or false each."""
    if "pooling_mode" in settings.keys:
        return [str(settings.keys["pooling_mode"])]
    start = "pooling_mode_"
    chosen = [key.removeprefix(start) for key, value in settings.keys.items() if key.startswith(start) and value]
    return [{"mean_tokens": "mean", "cls_token": "cls", "max_tokens": "max"}.get(one, one) for one in chosen]


def scale_to_one(vector: Tensor) -> Tensor:
    """The vector at length 1; nothing where it has none."""
    return np.asarray(vector / np.maximum(np.sqrt(np.square(vector).sum()), np.float32(1e-12)))
