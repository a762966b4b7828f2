"""skops' private parts: the one module that names or reads them.

Read from skops 0.16.0. What stands in its archives, `schema.json` with `__id__`, `file`, `is_json` and `content`, is
documented nowhere. skops makes nodes of the schema first and objects of the nodes later; between the two the nodes
are held against our own lists here, since skops trusts some 300 types of its own, which no argument switches off.
tests/contracts/test_private_parts.py holds every name that is used here against the installed version.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# What loads the parts of a file, and the types that it may make; None for those of the list of a model's types.
LOADERS: dict[str, tuple[str, ...] | None] = {
    "BytesNode": ("builtins.bytes",),
    "DTypeNode": ("numpy.dtype",),
    "DefaultDictNode": ("collections.defaultdict",),
    "DictNode": ("builtins.dict", "collections.OrderedDict"),
    "JsonNode": ("builtins.str",),
    "ListNode": ("builtins.list",),
    "LossNode": None,
    "NdArrayNode": (
        "numpy.ndarray",
        *(f"numpy.{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
        *("numpy.float32", "numpy.float64", "numpy.bool", "numpy.str_"),
    ),
    "ObjectNode": None,
    "RandomGeneratorNode": ("numpy.random._generator.Generator",),
    "RandomStateNode": ("numpy.random.mtrand.RandomState",),
    "SliceNode": ("builtins.slice",),
    "TreeNode": ("sklearn.tree._tree.Tree",),
    "TupleNode": ("builtins.tuple",),
    "TypeNode": (
        *("builtins.bool", "builtins.float", "builtins.int", "builtins.str", "collections.OrderedDict"),
        *("numpy.bool", "numpy.float32", "numpy.float64", "numpy.int32", "numpy.int64", "numpy.str_"),
    ),
}
BIT_GENERATORS = ("MT19937", "PCG64")
# A seed sequence as NumPy makes it; a larger pool takes minutes to fill.
POOL, MOST_SPAWNED = 4, 16


class Untrusted(ValueError):
    """The names of types that are on no list, as the message."""


@dataclass(frozen=True)
class Members:
    """The files of an archive, to be read as skops reads a zip archive."""

    files: Mapping[str, bytes]

    def read(self, name: str) -> bytes:
        """The bytes of a file; raises KeyError where there is none."""
        return self.files[name]


def pack_objects(objects: Any) -> bytes:
    """An archive of objects as skops writes it, with the addresses and the time of this run."""
    import skops.io

    return bytes(skops.io.dumps(objects))


def parse_nodes(files: Mapping[str, bytes]) -> Any:
    """The nodes of an archive's files, of which nothing is made yet; raises whatever skops does."""
    from skops.io._audit import get_tree
    from skops.io._utils import LoadContext

    schema = json.loads(files["schema.json"])
    context = LoadContext(src=Members(files), protocol=int(schema["protocol"]))
    return get_tree(schema, context, trusted=[])


def name_type(node: Any) -> str:
    """The type that a node makes, by its module."""
    return f"{node.module_name}.{node.class_name}"


def list_children(node: Any) -> Iterator[Any]:
    """The nodes that a node is made of; the constructor of a loss or a tree is its own type."""
    from skops.io._audit import Node

    for name, child in node.children.items():
        inner = child.values() if isinstance(child, dict) else child if isinstance(child, list) else [child]
        yield from (one for one in inner if isinstance(one, Node) and name != "constructor")


@dataclass
class Walk:
    """Nodes in the order in which they can be made: what a node is made of comes before it."""

    done: list[Any] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)

    def visit(self, node: Any) -> None:
        """Go through a node; raises ValueError for one that is a part of itself."""
        if id(node) in self.open:
            raise ValueError(f"a {name_type(node)} is a part of itself")
        if id(node) in self.seen:
            return
        self.seen.add(id(node))
        self.open.add(id(node))
        for child in list_children(node):
            self.visit(child)
        self.open.remove(id(node))
        self.done.append(node)


def order_nodes(root: Any) -> list[Any]:
    """Every node once, what it is made of before it; raises ValueError for a circle."""
    walk = Walk()
    walk.visit(root)
    return walk.done


def must_be_trusted(nodes: Collection[Any], trusted: Collection[str]) -> None:
    """Raise Untrusted for types that are on no list or have a loader that we never use."""
    wrong = {label for node in nodes if (label := find_untrusted(node, trusted))}
    if wrong:
        raise Untrusted(", ".join(sorted(wrong)))


def find_untrusted(node: Any, trusted: Collection[str]) -> str | None:
    """The name of a node's type, with its loader where that is none of ours; None for one that is trusted."""
    from skops.io._audit import NODE_TYPE_MAPPING
    from skops.io._protocol import PROTOCOL

    loader = type(node).__name__
    if loader not in LOADERS or NODE_TYPE_MAPPING.get((loader, PROTOCOL)) is not type(node):
        return f"{name_type(node)} ({loader})"
    listed = LOADERS[loader]
    return None if name_type(node) in (trusted if listed is None else listed) else name_type(node)


def check_node(node: Any) -> None:
    """Raise ValueError for a node that does not hold what skops writes there, before anything is made of it."""
    check = CHECKS.get(type(node).__name__)
    if check is not None:
        check(node)


def check_scalar(node: Any) -> None:
    """JSON is written for texts, numbers, booleans and null alone."""
    if isinstance(json.loads(node.content), list | dict):
        raise ValueError("a plain value is a list or an object")


def check_array(node: Any) -> None:
    """An array's header tells the bytes that follow it; objects stand in one row."""
    if node.type == "json":
        if len(node.shape.construct()) != 1:
            raise ValueError("an array of objects has more than one dimension")
        return
    content = node.buffer.getvalue()
    shape, kind, start = read_array_header(content)
    count = int(np.prod(np.array(shape, dtype=object))) if shape else 1
    if kind.hasobject or min(shape, default=0) < 0 or count * kind.itemsize != len(content) - start:
        raise ValueError(f"an array of shape {shape} and {kind} has {len(content) - start:,} bytes")
    if max(shape, default=0) > len(content):
        raise ValueError(f"an array of shape {shape} has no size")


def read_array_header(content: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """The shape, the type and the start of the values of an .npy file; raises ValueError where it is none."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"an array of format {version}")
    shape, _, kind = readers[version](file)
    return shape, kind, file.tell()


def check_generator(node: Any) -> None:
    """A generator is one of those that estimators draw from, and its seeds are few."""
    sequence = node.seed_seq_state.construct()
    if node.bit_generator_name not in BIT_GENERATORS:
        raise ValueError(f"a generator {node.bit_generator_name} is none of {', '.join(BIT_GENERATORS)}")
    if sequence.get("pool_size", POOL) != POOL or len(sequence.get("spawn_key", ())) > MOST_SPAWNED:
        raise ValueError("a sequence of seeds is larger than NumPy makes it")


def check_slice(node: Any) -> None:
    """The ends of a slice are whole numbers, names of columns or nothing."""
    if not all(isinstance(end, int | str | None) for end in (node.start, node.stop, node.step)):
        raise ValueError("a slice has an end that is neither a whole number nor a name")


def check_attributes(node: Any) -> None:
    """An object's attributes are no methods of its class: one of these would take the method's place."""
    from skops.io._utils import gettype

    attributes = node.attrs.construct() if node.attrs is not None else None
    if attributes is None or isinstance(attributes, tuple):
        return
    kind = gettype(node.module_name, node.class_name)
    taken = [name for name in attributes if str(name).startswith("__") or callable(getattr(kind, str(name), None))]
    if not isinstance(attributes, dict) or taken:
        raise ValueError(f"a {name_type(node)} has the attributes {', '.join(map(str, taken[:5])) or 'of no object'}")


CHECKS = {
    "JsonNode": check_scalar,
    "NdArrayNode": check_array,
    "ObjectNode": check_attributes,
    "RandomGeneratorNode": check_generator,
    "SliceNode": check_slice,
}
