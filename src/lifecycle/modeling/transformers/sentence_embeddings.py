"""Free text as vectors of meaning, by encoders that others have trained."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.modeling.transformers.encoder_files import must_be_same
from lifecycle.modeling.transformers.text_encoders import load_text_encoder
from lifecycle.modeling.transformers.tfidf import fill_missing_texts


class SentenceEmbeddings(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Each free-text column as a vector by a frozen encoder: `<column>__1`, `<column>__2`, …

    `folder` holds `tokenizer.json` and one of: `model.safetensors` with one matrix, a row per token (the text is the
    mean of its tokens' rows, of length 1); `config.json` and `model.safetensors` of a transformer, pooled and scaled
    as `modules.json` says (Reimers and Gurevych 2019); `model.onnx`. A text longer than the encoder reads is cut.
    `prompt` is put before every text, such as `query: ` for E5; without it, what the folder says.

    Nothing is trained. The hashes of the encoder's files are learned in fitting, and another encoder is rejected
    later. A missing or blank text is all zeros. A row's vector does not depend on the other rows.
    """

    def __init__(self, folder: str, prompt: str | None = None) -> None:
        self.folder = folder
        self.prompt = prompt

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Remember the encoder; raises MissingFile, CorruptFile or ConfigError when there is none to use."""
        validate_data(self, X, skip_check_array=True)
        encoder = load_text_encoder(self.folder)
        self.sha256_, self.width_ = dict(encoder.sha256), encoder.width
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The vectors of the texts; raises CorruptFile when the encoder is not the one of fitting."""
        validate_data(self, X, reset=False, skip_check_array=True)
        encoder = load_text_encoder(self.folder)
        must_be_same(encoder.sha256, self.sha256_, self.folder)
        parts = [encoder.embed(fill_missing_texts(X[name]), self.prompt) for name in X.columns]
        return pd.DataFrame(np.hstack(parts), columns=self.get_feature_names_out(), index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the numbers of each column."""
        check_is_fitted(self)
        names = [f"{name}__{place + 1}" for name in self.feature_names_in_ for place in range(self.width_)]
        return np.array(names, dtype=object)
