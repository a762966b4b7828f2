"""The files of a pre-trained encoder in a local folder: each read once, hashed, and parsed without running anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from lifecycle.errors import CorruptFile, LifecycleError, MissingFile, WrongValue
from lifecycle.modeling.optional_packages import import_package

Tensor = npt.NDArray[np.float32]
Stamp = tuple[tuple[str, int, int], ...]
Parsed = TypeVar("Parsed")
CONFIG, TOKENIZER, WEIGHTS = "config.json", "tokenizer.json", "model.safetensors"
MODULES, MOST_TOKENS, PROMPTS = "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"
IMAGES = "preprocessor_config.json"
GRAPHS = ("model.onnx", "onnx/model.onnx")
POOLING = "[0-9]_Pooling/config.json"
# Weights in forms that are not read here: pickles, which run code when loaded, and files in several pieces.
UNREAD = ("pytorch_model.bin", "model.safetensors.index.json", "tf_model.h5", "flax_model.msgpack")
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


@dataclass
class EncoderFiles:
    """The files of an encoder's folder; `sha256` has the hash of each one that was read, by its name in the folder.

    `where` is the key of the configuration that names the folder, for error messages.
    """

    folder: Path
    where: str = "conf/inputs/, key folder of the embeddings"
    sha256: dict[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the folder holds a file of this name."""
        return (self.folder / name).is_file()

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises MissingFile when there is none."""
        if not self.has(name):
            raise MissingFile(
                f"there is no {self.folder / name}",
                where=self.where,
                todo=f"put the files of a pre-trained encoder into {self.folder}; dvc add {self.folder}",
            )
        content = (self.folder / name).read_bytes()
        self.sha256[name] = sha256(content).hexdigest()
        return content

    def parse(self, name: str, parse: Callable[[bytes], Parsed]) -> Parsed:
        """The parsed content of a file; raises MissingFile, and CorruptFile when it cannot be parsed."""
        content, path = self.read(name), self.folder / name
        try:
            return parse(content)
        except LifecycleError:
            raise
        except Exception as cause:  # what the parsers raise is a bare Exception or their own
            raise CorruptFile(
                f"{path.name} cannot be read ({' '.join(str(cause).split())[:120]})",
                where=f"{path}, {len(content):,} bytes",
                todo=f"rm {path} && dvc checkout {path.parent}",
            ) from cause

    def read_settings(self, name: str, *, required: bool = True) -> Settings:
        """The object of a JSON file; an empty one where the file may be missing and is."""
        if not required and not self.has(name):
            return Settings({}, self.folder / name)
        return Settings(self.parse(name, parse_object), self.folder / name)

    def read_tensors(self) -> Tensors:
        """The weights of `model.safetensors`; raises MissingFile, CorruptFile, and WrongValue for other forms."""
        found = [name for name in UNREAD if self.has(name)]
        if found and not self.has(WEIGHTS):
            raise WrongValue(
                f"the weights are in {found[0]}, which is not read",
                where=f"{self.folder}, {self.where}",
                todo=f"save them as one file {WEIGHTS}: model.save_pretrained(FOLDER, max_shard_size='100GB')",
            )
        return Tensors(self.parse(WEIGHTS, parse_tensors), self.folder / WEIGHTS)


@dataclass(frozen=True)
class Settings:
    """The keys of a JSON file of an encoder; the getters raise CorruptFile for a missing key or another type."""

    keys: Mapping[str, Any]
    path: Path

    def get_count(self, *names: str) -> int:
        """The whole number of 1 or more under the first of the keys that is there."""
        value = next((self.keys[name] for name in names if name in self.keys), None)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.make_error(names[0], value, "a whole number of 1 or more")
        return value

    def get_number(self, name: str, default: float) -> float:
        """The number under a key, or the default."""
        value = self.keys.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.make_error(name, value, "a number")
        return float(value)

    def get_numbers(self, name: str, count: int, default: tuple[float, ...]) -> Tensor:
        """That many numbers under a key, or the default."""
        value = self.keys.get(name, default)
        try:
            found = np.array(value, dtype=np.float32)
        except (TypeError, ValueError) as cause:
            raise self.make_error(name, value, f"{count} numbers") from cause
        if found.shape != (count,):
            raise self.make_error(name, value, f"{count} numbers")
        return found

    def make_error(self, name: str, value: object, wanted: str) -> CorruptFile:
        """The error for a key that does not hold what is wanted."""
        return CorruptFile(
            f"{name} is {str(value)[:60]}, wanted {wanted}",
            where=f"{self.path}, key {name}",
            todo=f"take {self.path.name} as the encoder's publisher has it; dvc checkout {self.path.parent}",
        )


@dataclass(frozen=True)
class Tensors:
    """The weights of a file by name."""

    arrays: Mapping[str, Tensor]
    path: Path

    def take(self, name: str, *shape: int) -> Tensor:
        """The tensor of a name and a shape; raises CorruptFile where there is no such one."""
        found = self.arrays.get(name)
        if found is None or found.shape != shape:
            has = "no tensor" if found is None else f"shape {found.shape} in"
            raise CorruptFile(
                f"{self.path.name} has {has} {name}, wanted shape {shape}",
                where=str(self.path),
                todo=f"take {CONFIG} and {self.path.name} of the same encoder; dvc checkout {self.path.parent}",
            )
        return found

    def find_prefix(self, name: str) -> str:
        """What stands before a tensor's name in the file, such as `bert.`; empty where nothing does."""
        return next((key.removesuffix(name) for key in sorted(self.arrays) if key.endswith("." + name)), "")


def parse_object(content: bytes) -> dict[str, Any]:
    """The object of a JSON text; raises ValueError for anything else."""
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError(f"it holds {type(found).__name__}, not an object")
    return found


def parse_tensors(content: bytes) -> dict[str, Tensor]:
    """The tensors of floating-point numbers in the bytes of a safetensors file, as float32; others are left out."""
    deserialize = import_encoder_package("safetensors", "text").deserialize
    found, read = {}, cast("Callable[[bytes], list[tuple[str, dict[str, Any]]]]", deserialize)
    for name, entry in read(content):
        if entry["dtype"] in ("BF16", *DTYPES):
            found[renew_name(name)] = decode_tensor(entry["data"], entry["dtype"]).reshape(entry["shape"])
    return found


def decode_tensor(data: bytes, dtype: str) -> Tensor:
    """The numbers of a tensor; bfloat16 has the upper half of the bits of a float32."""
    if dtype == "BF16":
        return (np.frombuffer(data, dtype="<u2").astype(np.uint32) << np.uint32(16)).view(np.float32)
    return np.frombuffer(data, dtype=DTYPES[dtype]).astype(np.float32)


def renew_name(name: str) -> str:
    """The name of a tensor as it is written today: early files call a layer norm's weight gamma and its bias beta."""
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def import_encoder_package(name: str, extra: str) -> Any:
    """The module of an optional package; raises ConfigError where it is not installed."""
    return import_package(name, extra=extra, user="this encoder", where="conf/inputs/, key folder of the embeddings")


def stamp_folder(folder: Path) -> Stamp:
    """Name, time of change and size of every file that an encoder may be read from: another stamp, another reading."""
    fixed = (CONFIG, TOKENIZER, WEIGHTS, MODULES, MOST_TOKENS, PROMPTS, IMAGES, *GRAPHS, *UNREAD)
    paths = [*(folder / name for name in fixed), *sorted(folder.glob(POOLING))]
    stats = [(path, path.stat()) for path in paths if path.is_file()]
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def must_be_same(found: Mapping[str, str], expected: Mapping[str, str], folder: str) -> None:
    """Raise CorruptFile unless the encoder's files are those of fitting."""
    for name in sorted({*found, *expected}):
        if found.get(name) != expected.get(name):
            now, then = (
                f"SHA-256 {files[name][:12]}…" if name in files else "no part in it" for files in (found, expected)
            )
            raise CorruptFile(
                f"{name} has {now}, and the model was fitted with {then}",
                where=str(Path(folder) / name),
                todo=f"dvc checkout {folder}, or train again with this encoder",
            )
