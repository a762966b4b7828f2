"""Pre-trained encoders of images from a local folder, ViT and ONNX graphs, and the pixels that they take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lifecycle.errors import WrongValue
from lifecycle.modeling.transformers.encoder_files import (
    CONFIG,
    IMAGES,
    WEIGHTS,
    EncoderFiles,
    Settings,
    Stamp,
    Tensor,
    stamp_folder,
)
from lifecycle.modeling.transformers.onnx_encoder import find_graph, read_graph
from lifecycle.modeling.transformers.transformer_encoder import IMAGE_FAMILIES, read_image_transformer
from lifecycle.modeling.transformers.vector_cache import VectorCache

if TYPE_CHECKING:
    from PIL.Image import Image

Size = tuple[int, int]  # height and width
GRAPH_INPUTS = ("pixel_values",)
HALF = (0.5, 0.5, 0.5)
# Steps of other preprocessors, which are not known here.
UNKNOWN_STEPS = ("crop_pct", "do_pad", "do_flip_channel_order", "do_reduce_labels")


@dataclass(frozen=True)
class ImageEncoder:
    """What maps an RGB image to a vector of `width` numbers; `sha256` is of each file of it."""

    prepare: Preprocessing
    encode: Callable[[Tensor], Tensor]
    width: int
    sha256: Mapping[str, str]
    cache: VectorCache = field(default_factory=VectorCache)


@dataclass(frozen=True)
class Preprocessing:
    """From an image to pixels, by `preprocessor_config.json`: resized, cropped at the center, scaled and shifted.

    `shortest` is the length of the shorter side where the image keeps its proportions, else `size` is that of the
    image. A value of 0 to 255 is multiplied by `factor`; then each channel loses its mean and is divided by its std.
    """

    size: Size | None
    shortest: int | None
    resample: int
    crop: Size | None
    factor: np.float32
    mean: Tensor
    std: Tensor

    def __call__(self, image: Image) -> Tensor:
        """The pixels, channels × height × width."""
        resized = self.resize(image)
        cropped = resized if self.crop is None else crop_center(resized, self.crop)
        pixels = np.asarray(cropped, dtype=np.float32) * self.factor
        return np.ascontiguousarray(((pixels - self.mean) / self.std).transpose(2, 0, 1))

    def resize(self, image: Image) -> Image:
        """The image in its new size."""
        from PIL.Image import Resampling

        if self.size is not None:
            return image.resize(self.size[::-1], Resampling(self.resample))
        if self.shortest is None:
            return image
        short, long = sorted(image.size)
        other = int(self.shortest * long / short)
        wide = image.width >= image.height
        return image.resize((other, self.shortest) if wide else (self.shortest, other), Resampling(self.resample))

    @property
    def shape(self) -> Size | None:
        """Height and width of the pixels; None where they are those of the image."""
        return self.crop or self.size


def crop_center(image: Image, size: Size) -> Image:
    """The center of an image, at most its own size."""
    height, width = size
    top, left = (image.height - height) // 2, (image.width - width) // 2
    return image.crop((left, top, left + width, top + height))


def read_preprocessing(files: EncoderFiles) -> Preprocessing:
    """The preprocessing of a folder; raises MissingFile, CorruptFile, and WrongValue for a step that is not known."""
    settings = files.read_settings(IMAGES)
    must_know_steps(settings)
    keys = settings.keys
    crop = read_size(settings, "crop_size", square=True)[0] if keys.get("do_center_crop") else None
    kind = str(keys.get("image_processor_type", keys.get("feature_extractor_type", "")))
    resized = read_size(settings, "size", square="CLIP" not in kind) if keys.get("do_resize", True) else (None, None)
    scaled, normalized = keys.get("do_rescale", True), keys.get("do_normalize", True)
    return Preprocessing(
        size=resized[0],
        shortest=resized[1],
        resample=read_resample(settings),
        crop=crop,
        factor=np.float32(settings.get_number("rescale_factor", 1 / 255) if scaled else 1.0),
        mean=settings.get_numbers("image_mean", 3, HALF) if normalized else np.zeros(3, dtype=np.float32),
        std=settings.get_numbers("image_std", 3, HALF) if normalized else np.ones(3, dtype=np.float32),
    )


def must_know_steps(settings: Settings) -> None:
    """Raise WrongValue for a preprocessor with a step that is not known here."""
    for key in UNKNOWN_STEPS:
        if settings.keys.get(key):
            raise WrongValue(
                f"the images are to be prepared with {key}, which is not supported",
                where=f"{settings.path}, key {key}",
                todo="take an encoder of images that are resized, cropped at the center and normalized",
            )


def read_resample(settings: Settings) -> int:
    """Pillow's number of the filter: 0 nearest, 1 Lanczos, 2 bilinear, 3 bicubic, 4 box, 5 Hamming."""
    value = settings.keys.get("resample", 2)
    if not isinstance(value, int) or value not in range(6):
        raise settings.make_error("resample", value, "a whole number from 0 to 5")
    return value


def read_size(settings: Settings, key: str, *, square: bool) -> tuple[Size | None, int | None]:
    """Height and width, or the length of the shorter side; a number alone is both sides of a square, or the shorter."""
    value = settings.keys.get(key, 224)
    sides = (
        value if isinstance(value, dict) else {"height": value, "width": value} if square else {"shortest_edge": value}
    )
    inner = Settings(sides, settings.path)
    if "shortest_edge" in sides:
        return None, inner.get_count("shortest_edge")
    return (inner.get_count("height"), inner.get_count("width")), None


def load_image_encoder(folder: str) -> ImageEncoder:
    """The encoder of a folder, read again when one of its files was touched.

    Raises MissingFile, CorruptFile, ConfigError for a package that is not installed, and WrongValue for an encoder that
    is not supported.
    """
    path = Path(folder).resolve()
    return _read_image_encoder(path, Path(folder), stamp_folder(path))


@lru_cache(maxsize=2)
def _read_image_encoder(path: Path, folder: Path, stamp: Stamp) -> ImageEncoder:
    files = EncoderFiles(folder)
    prepare = read_preprocessing(files)
    graph = find_graph(files)
    if graph and not is_known_transformer(files):
        return build_graph(files, prepare, graph)
    encoder = read_image_transformer(files)
    if prepare.shape != encoder.shape[1:]:
        raise WrongValue(
            f"{IMAGES} makes images of {prepare.shape or 'any size'}, and the encoder takes {encoder.shape[1:]}",
            where=f"{folder / IMAGES}, key size, and {CONFIG}, key image_size",
            todo=f"take {IMAGES} and {CONFIG} of the same encoder",
        )
    return ImageEncoder(prepare, encoder, encoder.stack.layers[0].narrow.bias.size, files.sha256)


def is_known_transformer(files: EncoderFiles) -> bool:
    """Whether a folder holds the weights of an architecture whose forward pass is known."""
    if not (files.has(CONFIG) and files.has(WEIGHTS)):
        return False
    return files.read_settings(CONFIG).keys.get("model_type") in IMAGE_FAMILIES


def build_graph(files: EncoderFiles, prepare: Preprocessing, name: str) -> ImageEncoder:
    """The encoder of an ONNX graph, which gives a vector, a state per patch, or channels of places."""
    graph = read_graph(files, name, GRAPH_INPUTS)

    def encode(pixels: Tensor) -> Tensor:
        return reduce_output(graph.run({"pixel_values": pixels}))

    height, width = prepare.shape or (224, 224)
    width = len(encode(np.zeros((3, height, width), dtype=np.float32)))
    return ImageEncoder(prepare, encode, width, files.sha256)


def reduce_output(found: Tensor) -> Tensor:
    """A vector: as it is, the first state of patches × width, or the mean place of channels × height × width."""
    if found.ndim == 1:
        return found
    return np.asarray(found[0] if found.ndim == 2 else found.reshape(len(found), -1).mean(axis=1))
