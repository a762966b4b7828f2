"""`${…}` in configuration: it may name another key, and run nothing."""

import re
from collections.abc import Iterator
from typing import Any

OPENED = re.compile(r"(\\*)\$\{")  # an odd number of backslashes makes it plain text
KEY = re.compile(r"\$\{\s*[\w.\[\]-]+\s*\}")  # the name of a key, and nothing that could be a resolver's
LONGEST = 100  # characters of a text that a message shows


def find_resolver(text: str) -> str:
    """The first `${…}` of a text that is more than the name of a key, such as `${oc.env:HOME}`; empty without one."""
    for found in OPENED.finditer(text):
        start = found.end() - 2
        if len(found[1]) % 2 == 0 and not KEY.match(text, start):
            return " ".join(text[start : text.rfind("}") + 1 or None].split())[:LONGEST]
    return ""


def find_resolvers(values: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each text of a record that has a resolver: the keys that lead to it, and the resolver.

    A key itself is a name and never resolved, so it may be any text.
    """
    if isinstance(values, dict):
        for key, value in values.items():
            yield from find_resolvers(value, (*place, str(key)))
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from find_resolvers(value, (*place, str(number)))
    elif isinstance(values, str) and (resolver := find_resolver(values)):
        yield place, resolver
