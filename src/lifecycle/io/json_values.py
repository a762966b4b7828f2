"""JSON in which every key says one thing."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from itertools import accumulate
from typing import Any

from lifecycle.io.budget import must_fit_depth, read_budget

# A string, from quote to quote: brackets in it open nothing.
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
NO_BRACKET = re.compile(r"[^\[\]{}]++")
STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


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

    if b"{" in text:
        must_have_unique_keys(text)
    return from_json(text, allow_inf_nan=False)


def must_have_unique_keys(text: bytes) -> None:
    """Raise RepeatedKey where an object of the text has a key twice; text that is no JSON is left to its parser.

    Before the values are made, since what is looked at here is as large as they are.
    """
    with suppress(json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        KEYS.decode(text.decode())


def must_be_unique(pairs: list[tuple[str, Any]]) -> None:
    """Raise RepeatedKey for two pairs of one key."""
    if len(dict(pairs)) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise RepeatedKey(name)
        seen.add(name)


# Looks at keys alone: numbers stay text, and an object leaves nothing.
KEYS = json.JSONDecoder(object_pairs_hook=must_be_unique, parse_int=str, parse_float=str, strict=False)


def must_be_shallow(text: str, where: str) -> None:
    """Raise TooLarge for a JSON text whose lists and objects are deeper in one another than the budget has."""
    if text.count("[") + text.count("{") > read_budget().nesting:
        must_fit_depth(measure_depth(text), where)


def measure_depth(text: str) -> int:
    """How deep the lists and objects of a JSON text are in one another; brackets within strings do not count."""
    brackets = NO_BRACKET.sub("", STRING.sub("", text))
    return max(accumulate(map(STEPS.__getitem__, brackets)), default=0)
