"""The forward pass of transformer encoders (Vaswani et al. 2017) in numpy, one text or image at a time.

One at a time, a row's vector has the same bytes whatever other rows there are: the order of a matrix product's sums
may depend on the matrix's size. Text: BERT (Devlin et al. 2019), RoBERTa and XLM-RoBERTa (Liu et al. 2019), DistilBERT
(Sanh et al. 2019) and MPNet (Song et al. 2020). Images: ViT (Dosovitskiy et al. 2021) and DeiT (Touvron et al. 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import erf

from lifecycle.errors import WrongValue, suggest_name
from lifecycle.modeling.transformers.encoder_files import CONFIG, GRAPHS, EncoderFiles, Settings, Tensor, Tensors

Ids = npt.NDArray[np.int64]
ROOT_OF_TWO, GELU_SCALE = np.float32(np.sqrt(2.0)), np.float32(np.sqrt(2.0 / np.pi))


def gelu(values: Tensor) -> Tensor:
    """x · Φ(x), with the normal distribution's Φ (Hendrycks and Gimpel 2016)."""
    found = np.asarray(erf(values / ROOT_OF_TWO), dtype=np.float32)
    found += np.float32(1.0)
    found *= values
    found *= np.float32(0.5)
    return found


def gelu_tanh(values: Tensor) -> Tensor:
    """The approximation of `gelu` by a hyperbolic tangent, from the same paper."""
    inner = GELU_SCALE * (values + np.float32(0.044715) * values * values * values)
    return np.asarray(np.float32(0.5) * values * (np.float32(1.0) + np.tanh(inner)), dtype=np.float32)


def relu(values: Tensor) -> Tensor:
    """The positive part."""
    return np.maximum(values, np.float32(0.0))


Activation = Callable[[Tensor], Tensor]
ACTIVATIONS: Mapping[str, Activation] = {
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": relu,
}


@dataclass(frozen=True)
class Linear:
    """A linear map of row vectors."""

    weight: Tensor
    bias: Tensor

    def __call__(self, rows: Tensor) -> Tensor:
        """The mapped rows."""
        return np.asarray(rows @ self.weight + self.bias)


@dataclass(frozen=True)
class LayerNorm:
    """Each row with mean 0 and variance 1, then scaled and shifted by column (Ba et al. 2016)."""

    weight: Tensor
    bias: Tensor
    epsilon: np.float32

    def __call__(self, rows: Tensor) -> Tensor:
        """The normalized rows."""
        centered = rows - rows.mean(axis=-1, keepdims=True)
        variance = np.square(centered).mean(axis=-1, keepdims=True)
        return np.asarray(centered / np.sqrt(variance + self.epsilon) * self.weight + self.bias)


@dataclass(frozen=True)
class Layer:
    """One layer: self-attention over all positions, then two linear maps of each; `joined` is query, key and value."""

    joined: Linear
    output: Linear
    first_norm: LayerNorm
    wide: Linear
    narrow: Linear
    second_norm: LayerNorm

    def attend(self, states: Tensor, heads: int, bias: Tensor | None) -> Tensor:
        """Multi-head self-attention; `bias`, heads × positions × positions, is added to its scores."""
        length, width = states.shape
        query, key, value = self.joined(states).reshape(length, 3, heads, -1).transpose(1, 2, 0, 3)
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // heads))
        mixed = softmax(scores if bias is None else scores + bias) @ value
        return self.output(mixed.transpose(1, 0, 2).reshape(length, width))


def softmax(scores: Tensor) -> Tensor:
    """Positive weights that add up to 1 along the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Stack:
    """Layers in a row. `before`: norms stand before attention and maps, as in ViT, not after the sum, as in BERT."""

    layers: tuple[Layer, ...]
    heads: int
    activation: Activation
    before: bool

    def __call__(self, states: Tensor, bias: Tensor | None = None) -> Tensor:
        """The states of all positions, positions × width, after the last layer."""
        for layer in self.layers:
            states = self.apply_before(layer, states) if self.before else self.apply_after(layer, states, bias)
        return states

    def apply_after(self, layer: Layer, states: Tensor, bias: Tensor | None) -> Tensor:
        """A layer with its norms after the sums."""
        states = layer.first_norm(states + layer.attend(states, self.heads, bias))
        return layer.second_norm(states + layer.narrow(self.activation(layer.wide(states))))

    def apply_before(self, layer: Layer, states: Tensor) -> Tensor:
        """A layer with its norms before attention and maps."""
        states = states + layer.attend(layer.first_norm(states), self.heads, None)
        return states + layer.narrow(self.activation(layer.wide(layer.second_norm(states))))


@dataclass(frozen=True)
class Family:
    """What the tensors of a layer are called, and which parts an architecture has."""

    layer: str
    query: str
    key: str
    value: str
    output: str
    first_norm: str
    wide: str
    narrow: str
    second_norm: str
    padded: bool = False  # positions are counted from the one after that of the padding token
    segments: bool = False  # has vectors of the first and the second text of a pair
    before: bool = False


BERT = Family(
    layer="encoder.layer.{}.",
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    output="attention.output.dense",
    first_norm="attention.output.LayerNorm",
    wide="intermediate.dense",
    narrow="output.dense",
    second_norm="output.LayerNorm",
    segments=True,
)
ROBERTA = Family(**{**vars(BERT), "padded": True})
DISTILBERT = Family(
    layer="transformer.layer.{}.",
    query="attention.q_lin",
    key="attention.k_lin",
    value="attention.v_lin",
    output="attention.out_lin",
    first_norm="sa_layer_norm",
    wide="ffn.lin1",
    narrow="ffn.lin2",
    second_norm="output_layer_norm",
)
MPNET = Family(
    layer="encoder.layer.{}.",
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    output="attention.attn.o",
    first_norm="attention.LayerNorm",
    wide="intermediate.dense",
    narrow="output.dense",
    second_norm="output.LayerNorm",
    padded=True,
)
VIT = Family(
    layer="encoder.layer.{}.",
    query="attention.attention.query",
    key="attention.attention.key",
    value="attention.attention.value",
    output="attention.output.dense",
    first_norm="layernorm_before",
    wide="intermediate.dense",
    narrow="output.dense",
    second_norm="layernorm_after",
    before=True,
)
TEXT_FAMILIES: Mapping[str, Family] = {
    "bert": BERT,
    "roberta": ROBERTA,
    "xlm-roberta": ROBERTA,
    "distilbert": DISTILBERT,
    "mpnet": MPNET,
}
IMAGE_FAMILIES: Mapping[str, Family] = {"vit": VIT, "deit": VIT}


def choose_family(settings: Settings, families: Mapping[str, Family]) -> Family:
    """The architecture that a `config.json` names; raises WrongValue for one whose forward pass is not known here."""
    name = str(settings.keys.get("model_type"))
    if name not in families:
        raise WrongValue(
            f"the encoder is of model_type {name!r}, whose forward pass is not known here",
            where=f"{settings.path}, key model_type",
            todo=f"take one of {', '.join(families)}; or export it to {GRAPHS[0]} beside {CONFIG} "
            '(optimum-cli export onnx) and pip install "lifecycle[onnx]"',
        )
    return families[name]


@dataclass(frozen=True)
class Reader:
    """Reads the parts of an encoder from its tensors; each part raises CorruptFile where its tensors are not there."""

    tensors: Tensors
    prefix: str
    width: int
    epsilon: np.float32
    biased: bool  # whether query, key and value have a bias

    def take(self, name: str, *shape: int) -> Tensor:
        """The tensor of this name and shape."""
        return self.tensors.take(self.prefix + name, *shape)

    def read_linear(self, name: str, inputs: int, outputs: int, *, biased: bool = True) -> Linear:
        """A linear map; files hold its weight transposed."""
        weight = np.ascontiguousarray(self.take(f"{name}.weight", outputs, inputs).T)
        return Linear(weight, self.take(f"{name}.bias", outputs) if biased else np.zeros(outputs, dtype=np.float32))

    def read_norm(self, name: str) -> LayerNorm:
        """A layer norm."""
        return LayerNorm(self.take(f"{name}.weight", self.width), self.take(f"{name}.bias", self.width), self.epsilon)

    def read_layer(self, family: Family, number: int, inner: int) -> Layer:
        """A layer, with query, key and value as one map."""
        base, width = family.layer.format(number), self.width
        names = (family.query, family.key, family.value)
        parts = [self.read_linear(base + name, width, width, biased=self.biased) for name in names]
        joined = Linear(np.hstack([part.weight for part in parts]), np.concatenate([part.bias for part in parts]))
        return Layer(
            joined=joined,
            output=self.read_linear(base + family.output, width, width),
            first_norm=self.read_norm(base + family.first_norm),
            wide=self.read_linear(base + family.wide, width, inner),
            narrow=self.read_linear(base + family.narrow, inner, width),
            second_norm=self.read_norm(base + family.second_norm),
        )


def open_reader(tensors: Tensors, first: str, width: int, settings: Settings) -> Reader:
    """The reader of an encoder's tensors, whose names begin with what the `first` one's begins with."""
    epsilon = np.float32(settings.get_number("layer_norm_eps", 1e-12))
    biased = settings.keys.get("qkv_bias", True) is not False
    return Reader(tensors, tensors.find_prefix(first), width, epsilon, biased)


def read_stack(family: Family, settings: Settings, reader: Reader) -> Stack:
    """All layers; raises CorruptFile where tensors are missing, and WrongValue for an unknown activation."""
    name = str(settings.keys.get("hidden_act", settings.keys.get("activation", "gelu")))
    if name not in ACTIVATIONS:
        raise WrongValue(
            f"the activation {name!r} is not known", where=str(settings.path), todo=suggest_name(name, ACTIVATIONS)
        )
    heads = settings.get_count("num_attention_heads", "n_heads")
    if reader.width % heads:
        raise settings.make_error("num_attention_heads", heads, f"a divisor of the width, {reader.width}")
    inner = settings.get_count("intermediate_size", "hidden_dim")
    count = settings.get_count("num_hidden_layers", "n_layers")
    layers = tuple(reader.read_layer(family, number, inner) for number in range(count))
    return Stack(layers, heads, ACTIVATIONS[name], family.before)


@dataclass(frozen=True)
class TextTransformer:
    """Token ids to the last layer's state of each, tokens × width."""

    words: Tensor
    positions: Tensor  # of the first token and those after it
    norm: LayerNorm
    stack: Stack
    distances: Tensor | None  # MPNet's bias of attention by distance, a column per head

    @property
    def longest(self) -> int:
        """How many tokens a text may have."""
        return len(self.positions)

    def __call__(self, ids: Ids) -> Tensor:
        """The states of the tokens of one text."""
        states = self.norm(self.words[ids] + self.positions[: len(ids)])
        return self.stack(states, None if self.distances is None else compute_distance_bias(self.distances, len(ids)))


def compute_distance_bias(distances: Tensor, length: int, farthest: int = 128) -> Tensor:
    """MPNet's bias, heads × positions × positions, by T5's buckets of distance (Raffel et al. 2020, section 2.1).

    Half of the buckets are for later positions; in each half the first half has one distance each, and the others
    grow by a factor up to `farthest`, in float32 as in the library that trained it.
    """
    half = len(distances) // 2
    exact = half // 2
    distance = np.arange(length)[None, :] - np.arange(length)[:, None]
    far = np.maximum(np.abs(distance), 1).astype(np.float32)
    factor = np.log(far / np.float32(exact)) / np.float32(np.log(farthest / exact)) * np.float32(half - exact)
    grown = np.minimum(exact + factor.astype(np.int64), half - 1)
    buckets = np.where(np.abs(distance) < exact, np.abs(distance), grown) + half * (distance > 0)
    return np.ascontiguousarray(distances[buckets].transpose(2, 0, 1))


def read_text_transformer(files: EncoderFiles) -> TextTransformer:
    """The encoder of a folder; raises WrongValue for an architecture that is not known, and CorruptFile."""
    settings = files.read_settings(CONFIG)
    family = choose_family(settings, TEXT_FAMILIES)
    must_have_absolute_positions(settings)
    width, rows = settings.get_count("hidden_size", "dim"), settings.get_count("max_position_embeddings")
    reader = open_reader(files.read_tensors(), "embeddings.word_embeddings.weight", width, settings)
    words = reader.take("embeddings.word_embeddings.weight", settings.get_count("vocab_size"), width)
    positions = reader.take("embeddings.position_embeddings.weight", rows, width)
    positions = positions[settings.get_count("pad_token_id") + 1 :] if family.padded else positions
    if family.segments:
        segments = reader.take("embeddings.token_type_embeddings.weight", settings.get_count("type_vocab_size"), width)
        positions = positions + segments[0]
    stack = read_stack(family, settings, reader)
    distances = None
    if family is MPNET:
        buckets = settings.get_count("relative_attention_num_buckets")
        distances = reader.take("encoder.relative_attention_bias.weight", buckets, stack.heads)
    return TextTransformer(words, positions, reader.read_norm("embeddings.LayerNorm"), stack, distances)


def must_have_absolute_positions(settings: Settings) -> None:
    """Raise WrongValue for BERT's rare variants with relative positions."""
    kind = settings.keys.get("position_embedding_type", "absolute")
    if kind != "absolute":
        raise WrongValue(
            f"the encoder's positions are {kind!r}, and only absolute ones are known here",
            where=f"{settings.path}, key position_embedding_type",
            todo=f'export it to {GRAPHS[0]} beside {CONFIG} and pip install "lifecycle[onnx]"',
        )


@dataclass(frozen=True)
class ImageTransformer:
    """The pixels of an image, channels × height × width, to a vector: the last state of the class token."""

    patches: Linear
    patch: int
    shape: tuple[int, int, int]
    tokens: Tensor  # that of the class, and DeiT's of distillation
    positions: Tensor
    stack: Stack
    norm: LayerNorm

    def __call__(self, pixels: Tensor) -> Tensor:
        """The vector of one image; raises ValueError for pixels of another shape."""
        if pixels.shape != self.shape:
            raise ValueError(f"the encoder takes images of {self.shape}, not {pixels.shape}")
        states = np.vstack([self.tokens, self.patches(cut_patches(pixels, self.patch))]) + self.positions
        return np.asarray(self.norm(self.stack(states))[0])


def cut_patches(pixels: Tensor, patch: int) -> Tensor:
    """The squares of an image as rows, from the upper left: each its channels, one after the other, line by line."""
    channels, height, width = pixels.shape
    squares = pixels.reshape(channels, height // patch, patch, width // patch, patch)
    return np.ascontiguousarray(squares.transpose(1, 3, 0, 2, 4)).reshape(-1, channels * patch * patch)


def read_image_transformer(files: EncoderFiles) -> ImageTransformer:
    """The encoder of a folder; raises WrongValue for an architecture that is not known, and CorruptFile."""
    settings = files.read_settings(CONFIG)
    family = choose_family(settings, IMAGE_FAMILIES)
    width, patch, side = (settings.get_count(key) for key in ("hidden_size", "patch_size", "image_size"))
    channels = settings.get_count("num_channels") if "num_channels" in settings.keys else 3
    if side % patch:
        raise settings.make_error("image_size", side, f"a multiple of patch_size, {patch}")
    reader = open_reader(files.read_tensors(), "embeddings.cls_token", width, settings)
    names = ["cls_token", *(["distillation_token"] if settings.keys["model_type"] == "deit" else [])]
    tokens = np.vstack([reader.take(f"embeddings.{name}", 1, 1, width)[0] for name in names])
    projection = reader.take("embeddings.patch_embeddings.projection.weight", width, channels, patch, patch)
    count = (side // patch) ** 2 + len(tokens)
    return ImageTransformer(
        patches=Linear(
            np.ascontiguousarray(projection.reshape(width, -1).T),
            reader.take("embeddings.patch_embeddings.projection.bias", width),
        ),
        patch=patch,
        shape=(channels, side, side),
        tokens=tokens,
        positions=reader.take("embeddings.position_embeddings", 1, count, width)[0],
        stack=read_stack(family, settings, reader),
        norm=reader.read_norm("layernorm"),
    )
