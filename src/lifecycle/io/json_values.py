"""JSON in which every key says one thing."""

from __future__ import annotations

import json
from typing import Any


class RepeatedKey(ValueError):
    """An object has a key twice, so that readers may differ on its value."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key[:80]!r} twice in one object")
        self.key = key


def parse_json(text: bytes) -> Any:
    """The value that UTF-8 JSON says.

    Raises ValueError for no JSON, NaN and infinity included, and RepeatedKey for an object that has a key twice,
    however it is spelled: "a" is "\\u0061".
    """
    from pydantic_core import from_json

    found = from_json(text, allow_inf_nan=False)
    if isinstance(found, dict | list):
        KEYS.decode(text.decode())
    return found


def must_be_unique(pairs: list[tuple[str, Any]]) -> None:
    """Raise RepeatedKey for two pairs of one key."""
    if len(dict(pairs)) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise RepeatedKey(name)
        seen.add(name)


# Looks at keys alone, in what is JSON: numbers stay text, and an object leaves nothing.
KEYS = json.JSONDecoder(object_pairs_hook=must_be_unique, parse_int=str, parse_float=str, strict=False)
