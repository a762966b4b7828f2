"""How far a reading has come: a bar on a terminal, and nothing where a log is written."""

import sys
from collections.abc import Iterable
from typing import Any


def bar(place: str, unit: str, items: Iterable[Any] | None = None, total: int | None = None) -> Any:
    """A bar that counts the items while they go by, or what it is told; it is gone once its block ends."""
    from tqdm import tqdm

    return tqdm(
        items, desc=f"collect {place}", unit=f" {unit}", total=total, disable=None, leave=False, file=sys.stderr
    )
