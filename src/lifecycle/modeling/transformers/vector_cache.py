"""Vectors that an encoder has computed in this process: folds and shuffled columns do not compute them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from lifecycle.io.processor import processors
from lifecycle.modeling.transformers.encoder_files import Tensor

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

MOST_BYTES = 256 * 2**20
# Fewer inputs are encoded on the thread that asks.
FEW = 8
Input = TypeVar("Input")


class VectorCache:
    """Vectors by the text or the hash of the image that they are of; once it is full, no more are kept."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self.vectors: dict[str, Tensor] = {}
        self.lock = Lock()

    def get(self, key: str, compute: Callable[[], Tensor]) -> Tensor:
        """The vector of a key: as it is known, or computed and kept while there is room."""
        known = self.vectors.get(key)
        if known is not None:
            return known
        vector = compute()
        size = vector.nbytes + len(key)
        with self.lock:
            if key not in self.vectors and self.bytes + size <= self.most_bytes:
                self.vectors[key], self.bytes = vector, self.bytes + size
        return vector


def encode_each(inputs: Sequence[Input], encode: Callable[[Input], Tensor]) -> list[Tensor]:
    """The vector of each input: side by side where there are many, and with one thread each, so that no sum differs."""
    with get_thread_control().limit(limits=1, user_api="blas"):
        if len(inputs) < FEW:
            return [encode(one) for one in inputs]
        with ThreadPoolExecutor(processors()) as pool:
            return list(pool.map(encode, inputs))


@lru_cache(maxsize=1)
def get_thread_control() -> ThreadpoolController:
    """The control of BLAS's threads; finding its libraries takes longer than encoding a text."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
