"""Images as vectors, by encoders that others have trained."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from lifecycle.modeling.transformers.encoder_files import Tensor, must_be_same
from lifecycle.modeling.transformers.image_encoders import ImageEncoder, load_image_encoder
from lifecycle.modeling.transformers.image_files import decode_image, read_image_file
from lifecycle.modeling.transformers.vector_cache import encode_each

Floats = npt.NDArray[np.float64]


class ImageEmbeddings(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Each column of paths of images as the image's vector by a frozen encoder: `<column>__1`, `<column>__2`, …

    A cell holds the path of an image below the folder `root`; no other file is read. `folder` holds
    `preprocessor_config.json` and either `config.json` and `model.safetensors` of a ViT or DeiT, whose vector is the
    last state of the class token, or `model.onnx`.

    Nothing is trained. The hashes of the encoder's files are learned in fitting, and another encoder is rejected
    later. A missing path is all zeros. A row's vector does not depend on the other rows.
    """

    def __init__(self, folder: str, root: str) -> None:
        self.folder = folder
        self.root = root

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:  # noqa: N803
        """Remember the encoder; raises MissingFile, CorruptFile or ConfigError when there is none to use."""
        validate_data(self, X, skip_check_array=True)
        encoder = load_image_encoder(self.folder)
        self.sha256_, self.width_ = dict(encoder.sha256), encoder.width
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """The vectors of the images.

        Raises CorruptFile when the encoder is not the one of fitting, and UnfitTable for a path out of the folder and
        for what is no image.
        """
        validate_data(self, X, reset=False, skip_check_array=True)
        encoder = load_image_encoder(self.folder)
        must_be_same(encoder.sha256, self.sha256_, self.folder)
        parts = [embed_images(X[name], Path(self.root), encoder) for name in X.columns]
        return pd.DataFrame(np.hstack(parts), columns=self.get_feature_names_out(), index=X.index)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """The names of the numbers of each column."""
        check_is_fitted(self)
        names = [f"{name}__{place + 1}" for name in self.feature_names_in_ for place in range(self.width_)]
        return np.array(names, dtype=object)


def embed_images(paths: pd.Series, root: Path, encoder: ImageEncoder) -> Floats:
    """One vector per path, paths × width; zeros for a missing one. Raises UnfitTable for what is no image there."""
    found = np.zeros((len(paths), encoder.width))
    named = [(place, str(path)) for place, path in enumerate(paths.fillna("")) if path]
    different = list(dict.fromkeys(path for _, path in named))
    vectors = dict(zip(different, encode_each(different, lambda path: embed_image(path, root, encoder)), strict=True))
    for place, path in named:
        found[place] = vectors[path]
    return found


def embed_image(path: str, root: Path, encoder: ImageEncoder) -> Tensor:
    """The vector of one image, computed once for the same bytes."""
    content = read_image_file(root, path)

    def compute() -> Tensor:
        return encoder.encode(encoder.prepare(decode_image(content, path, root)))

    return encoder.cache.get(sha256(content).hexdigest(), compute)
