"""YAML that is as large as it looks: what its aliases and interpolations repeat, and how deep it is, within limits.

libyaml's reader goes as deep as the text does and ends the process there, and a few lines of aliases stand for more
values than any memory has. So the events are looked at first, which takes neither depth nor memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from lifecycle.errors import TooLarge
from lifecycle.io.budget import MODEL, advise, must_fit_depth, read_budget

Reader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where libyaml is there
LEAD = re.compile(r"^[ \t\-?:]+", re.MULTILINE)  # what opens blocks at the beginning of a line
REFERENCE = re.compile(r"\$\{([^${}:]*)\}")
# Characters that the interpolations of all files may make.
MOST_TEXT = MODEL.small


def must_be_plain(text: str, where: str) -> None:
    """Raise TooLarge for YAML that is deeper than the budget has, or whose aliases repeat more; what is none passes."""
    most = read_budget().nesting
    if ("*" not in text or "&" not in text) and bound_depth(text) <= most:
        return
    sizes = Sizes(where)
    try:
        for event in yaml.parse(text, Loader=Reader):
            sizes.add(event)
    except yaml.YAMLError:
        return  # the reader says where it is none


def bound_depth(text: str) -> int:
    """How deep the text is at most: what opens blocks on one line, and every bracket."""
    lead = max(map(len, LEAD.findall(text)), default=0)
    return 1 + lead + text.count("[") + text.count("{")


class Sizes:
    """How many values the nodes that are open have by now, and those that have an anchor."""

    def __init__(self, where: str) -> None:
        self.where, self.most = where, read_budget().yaml_nodes
        self.open: list[tuple[str | None, int]] = []
        self.anchored: dict[str, int] = {}
        self.repeated = 0

    def add(self, event: Any) -> None:
        """Count an event; raises TooLarge above a limit."""
        if isinstance(event, yaml.CollectionStartEvent):
            self.open.append((event.anchor, 0))
            must_fit_depth(len(self.open), self.where)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = self.open.pop()
            self.count(anchor, size + 1)
        elif isinstance(event, yaml.ScalarEvent):
            self.count(event.anchor, 1)
        elif isinstance(event, yaml.AliasEvent):
            self.repeat(self.anchored.get(str(event.anchor), 1))

    def repeat(self, size: int) -> None:
        """Count the values that an alias repeats; raises TooLarge for too many."""
        self.repeated += size
        if self.repeated > self.most:
            raise TooLarge(
                f"its aliases repeat {self.repeated:,} values and more, and may repeat {self.most:,}",
                where=self.where,
                todo=f"write the values out; {advise('yaml_nodes', 10 * self.repeated)}",
            )
        self.count(None, size)

    def count(self, anchor: str | None, size: int) -> None:
        """Add the values of a node to those of the node around it."""
        if anchor is not None:
            self.anchored[anchor] = size
        if self.open:
            around, sum_of = self.open[-1]
            self.open[-1] = around, sum_of + size


def must_resolve_small(tree: Mapping[str, Any], where: str) -> None:
    """Raise TooLarge where the interpolations `${a.b}` of a tree make more text, or values, than is sensible.

    A relative one counts as the first value of its name, one within another as both.
    """
    Lengths(tree, where).measure(tree)


class Lengths:
    """The characters of each value once its interpolations are resolved; a value counts as one at least."""

    def __init__(self, tree: Mapping[str, Any], where: str) -> None:
        self.tree, self.where = tree, where
        self.known: dict[str, int] = {}

    def measure(self, value: Any) -> int:
        """The length of a value with all in it; raises TooLarge above the limit."""
        if isinstance(value, Mapping):
            return self.check(1 + sum(map(self.measure, value.values())))
        if isinstance(value, list):
            return self.check(1 + sum(map(self.measure, value)))
        text = str(value)
        return self.check(1 + len(text) + sum(map(self.follow, REFERENCE.findall(text))))

    def follow(self, path: str) -> int:
        """The length of what an interpolation names; 0 for what is not there, or names itself, which is said later."""
        if path not in self.known:
            self.known[path] = 0
            self.known[path] = self.measure(find_value(self.tree, path.strip().lstrip(".")))
        return self.known[path]

    def check(self, length: int) -> int:
        """The length itself; raises TooLarge above the limit."""
        if length > MOST_TEXT:
            raise TooLarge(
                f"its interpolations make {length:,} characters and more, and may make {MOST_TEXT:,}",
                where=self.where,
                todo="write the values out in place of ${…}",
            )
        return length


def find_value(tree: Any, path: str) -> Any:
    """The value at a dotted path, or that of the first key of its last name; empty where there is none."""
    value = tree
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if value is not None:
        return value
    return next(walk(tree, lambda key: key == path.rpartition(".")[2]), "")


def walk(tree: Any, is_wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """The values of the keys that are wanted, from the outside in."""
    for key, value in tree.items() if isinstance(tree, Mapping) else ():
        if is_wanted(key):
            yield value
        yield from walk(value, is_wanted)
