"""Free text as its place among meanings, by token vectors that others have trained."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.modeling.optional_packages import import_package
from lifecycle.modeling.transformers.tfidf import fill_missing_texts

Floats = npt.NDArray[np.float64]
Stamp = tuple[tuple[int, int], ...]
TOKENS, VECTORS = "tokenizer.json", "model.safetensors"
NEEDED = {
    "extra": "text",
    "user": "StaticEmbeddings",
    "where": "conf/inputs/, lifecycle.modeling.transformers.embeddings.StaticEmbeddings",
}


class StaticEmbeddings(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Each free-text column as the mean of its tokens' vectors, of length 1: `<column>__1`, `<column>__2`, …

    `folder` holds `tokenizer.json` and `model.safetensors` with one matrix, a row per token. Nothing
    is trained. The hashes of both files are learned in fitting, and another encoder is rejected later.
    A missing text, or one without a token, is all zeros.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Remember the encoder; raises MissingFile, CorruptFile or ConfigError when there is none to use."""
        validate_data(self, X, skip_check_array=True)
        _, vectors, self.sha256_ = load_encoder(self.folder)
        self.width_ = vectors.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The places of the texts; raises CorruptFile when the encoder is not the one of fitting."""
        validate_data(self, X, reset=False, skip_check_array=True)
        tokens, vectors, found = load_encoder(self.folder)
        must_be_same(found, self.sha256_, self.folder)
        parts = [average_vectors(tokens(fill_missing_texts(X[name])), vectors) for name in X.columns]
        return pd.DataFrame(np.hstack(parts), columns=self.get_feature_names_out(), index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the numbers of each column."""
        check_is_fitted(self)
        names = [f"{name}__{place + 1}" for name in self.feature_names_in_ for place in range(self.width_)]
        return np.array(names, dtype=object)


Tokens = Callable[[list[str]], list[list[int]]]


def load_encoder(folder: str) -> tuple[Tokens, Floats, dict[str, str]]:
    """The tokens of texts, a vector per token, and the SHA-256 of each file."""
    paths = [Path(folder) / name for name in (TOKENS, VECTORS)]
    for path in paths:
        if not path.is_file():
            raise MissingFile(
                f"there is no {path}",
                where="conf/inputs/, key folder of StaticEmbeddings",
                todo=f"put {TOKENS} and {VECTORS} of a static text encoder there; dvc add {folder}",
            )
    return read_encoder(folder, tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


@lru_cache(maxsize=2)
def read_encoder(folder: str, stamp: Stamp) -> tuple[Tokens, Floats, dict[str, str]]:
    """What `load_encoder` gives, read once as long as the files are not touched (`stamp`)."""
    texts, arrays = (import_package(name, **NEEDED) for name in ("tokenizers", "safetensors.numpy"))
    contents = {name: (Path(folder) / name).read_bytes() for name in (TOKENS, VECTORS)}
    tokenizer = parse_file(texts.Tokenizer.from_buffer, contents[TOKENS], Path(folder) / TOKENS)
    matrices = list(parse_file(arrays.load, contents[VECTORS], Path(folder) / VECTORS).values())
    if len(matrices) != 1 or matrices[0].ndim != 2 or len(matrices[0]) < tokenizer.get_vocab_size():
        shapes = ", ".join(str(matrix.shape) for matrix in matrices)
        raise CorruptFile(
            f"{VECTORS} holds {shapes or 'nothing'}, not one matrix with {tokenizer.get_vocab_size()} rows or more",
            where=str(Path(folder) / VECTORS),
            todo="take an encoder of one vector per token",
        )
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def tokens(batch: list[str]) -> list[list[int]]:
        return [list(found.ids) for found in tokenizer.encode_batch(batch, add_special_tokens=False)]

    return (
        tokens,
        matrices[0].astype(np.float64),
        {name: sha256(content).hexdigest() for name, content in contents.items()},
    )


def parse_file(parse: Callable[[bytes], Any], content: bytes, path: Path) -> Any:
    """The content of a file; raises CorruptFile when it cannot be parsed."""
    try:
        return parse(content)
    except Exception as cause:  # what the parsers raise is a bare Exception or their own
        raise CorruptFile(
            f"{path.name} cannot be read ({' '.join(str(cause).split())[:120]})",
            where=f"{path}, {len(content):,} bytes",
            todo=f"rm {path} && dvc checkout {path.parent}",
        ) from cause


def must_be_same(found: dict[str, str], expected: dict[str, str], folder: str) -> None:
    """Raise CorruptFile unless the encoder's files are those of fitting."""
    for name, hashed in expected.items():
        if found[name] != hashed:
            raise CorruptFile(
                f"{name} has SHA-256 {found[name][:12]}…, and the model was fitted with {hashed[:12]}…",
                where=str(Path(folder) / name),
                todo=f"dvc checkout {folder}, or train again with this encoder",
            )


def average_vectors(tokens: list[list[int]], vectors: Floats) -> Floats:
    """The mean vector of the tokens of each text, of length 1; zeros for a text without tokens."""
    averages = np.zeros((len(tokens), vectors.shape[1]))
    for row, places in enumerate(tokens):
        if places:
            averages[row] = vectors[places].mean(axis=0)
    lengths = np.linalg.norm(averages, axis=1, keepdims=True)
    return np.asarray(averages / np.where(lengths > 0, lengths, 1.0))
