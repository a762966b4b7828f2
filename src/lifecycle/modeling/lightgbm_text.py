"""The text of a LightGBM model, held against what LightGBM writes before LightGBM reads it.

LightGBM believes a text: a child, a feature, a size or a number of classes out of range lets it read beside its
arrays, and a circle of nodes never ends. Read from the text that LightGBM 4.7 writes (`version=v4`) and from its
src/io/tree.cpp and src/boosting/gbdt_model_text.cpp; trees with linear models in their leaves are rejected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lifecycle.arrays import Integers

HEADER = {
    *("version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective"),
    *("feature_names", "monotone_constraints", "feature_infos", "tree_sizes"),
}
# Lists of a tree by what they have one of: a split, or a leaf.
SPLITS = (
    *("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child"),
    *("internal_value", "internal_weight", "internal_count"),
)
LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
SINGLE = ("num_leaves", "num_cat", "is_linear", "shrinkage")
WHOLE = re.compile(r"-?\d{1,10}( -?\d{1,10})*")
NUMBER = r"-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)"
NUMBERS = re.compile(f"{NUMBER}(?: {NUMBER})*")
OBJECTIVE = re.compile(r"[a-z_0-9]+( [a-z_0-9]+(:[-+.0-9e]+)?)*")
# The largest list of trees, classes or features that a text may speak of.
LARGEST = 2**31 - 1
CATEGORICAL, KNOWN_BITS = 1, 0b1111


@dataclass(frozen=True)
class Header:
    """What the head of a text says of its trees."""

    features: int
    per_round: int
    sizes: Integers


def check_model_text(text: str) -> None:
    """Raise ValueError unless LightGBM can read the text and walk its trees within their bounds."""
    content = text.encode()
    if not text.startswith("tree\n") or "\r" in text or "\0" in text:
        raise ValueError("the text of a LightGBM model begins or ends lines unlike one")
    start = content.find(b"\n\nTree=0\n") + 2
    header = read_header(content[: max(start, 0)].decode())
    ends = start + np.cumsum(header.sizes)
    if not content[int(ends[-1]) :].startswith(b"end of trees\n"):
        raise ValueError("tree_sizes do not end where the trees of a LightGBM model do")
    for place, (end, size) in enumerate(zip(ends.tolist(), header.sizes.tolist(), strict=True)):
        check_tree(content[end - size : end].decode(), place, header.features)


def read_header(text: str) -> Header:
    """What the lines before the first tree say; raises ValueError where they do not fit together."""
    lines = text.split("\n")[1:-2] if text.endswith("\n\n") else []
    entries = read_entries([line for line in lines if line != "average_output"], HEADER)
    count, per_round = (read_whole(entries, name, 1)[0] for name in ("num_class", "num_tree_per_iteration"))
    features = read_whole(entries, "max_feature_idx", 1)[0] + 1
    sizes = read_whole(entries, "tree_sizes", None)
    must_be_in("tree_sizes", sizes, 1, LARGEST)
    for name in ("feature_names", "feature_infos"):
        if len(entries[name].split(" ")) != features:
            raise ValueError(f"{name} of a LightGBM model are not {features}")
    check_objective(entries.get("objective", ""), int(count), int(per_round))
    if per_round < 1 or len(sizes) % per_round:
        raise ValueError(f"a LightGBM model has {len(sizes)} trees, {per_round} in a round")
    return Header(int(features), int(per_round), sizes)


def check_objective(objective: str, classes: int, per_round: int) -> None:
    """Raise ValueError where an objective speaks of other classes than the head: it writes one score for each."""
    if objective and not OBJECTIVE.fullmatch(objective):
        raise ValueError(f"a LightGBM model has the objective {objective[:40]!r}")
    named = re.findall(r" num_class:(\S+)", objective)
    expected = named if objective.startswith("multiclass") else ["1", *named]
    if [str(classes)] != expected or per_round != classes:
        raise ValueError(f"a LightGBM model of {classes} classes has the objective {objective[:40]!r}")


def check_tree(text: str, place: int, features: int) -> None:
    """Raise ValueError unless a tree's lists have its size and stay within it."""
    if not text.startswith(f"Tree={place}\n") or not text.endswith("\n\n\n") or "\n\n" in text[:-3]:
        raise ValueError(f"tree {place} of a LightGBM model is not where tree_sizes say")
    names = {*SPLITS, *LEAVES, *SINGLE, "cat_boundaries", "cat_threshold"}
    entries = read_entries(text[:-3].split("\n")[1:], names)
    leaves, categorical = (int(read_whole(entries, name, 1)[0]) for name in ("num_leaves", "num_cat"))
    if leaves < 1 or not 0 <= categorical < leaves or entries.get("is_linear") != "0":
        raise ValueError(f"tree {place} of a LightGBM model has {leaves} leaves, or linear ones")
    must_have(entries, "leaf_value", leaves)
    if leaves > 1:
        for name, count in [(name, leaves - 1) for name in SPLITS] + [(name, leaves) for name in LEAVES]:
            must_have(entries, name, count)
        check_children(entries, leaves)
        must_be_in("split_feature", read_whole(entries, "split_feature", leaves - 1), 0, features - 1)
        check_categories(entries, leaves, categorical)


def check_children(entries: Mapping[str, str], leaves: int) -> None:
    """Raise ValueError unless every split but the first and every leaf has one parent, which comes before it."""
    sides = [read_whole(entries, name, leaves - 1) for name in ("left_child", "right_child")]
    children, parents = np.concatenate(sides), np.tile(np.arange(leaves - 1), 2)
    inner = children >= 0
    whole = np.array_equal(np.sort(children[inner]), np.arange(1, leaves - 1))
    if not whole or not np.array_equal(np.sort(~children[~inner]), np.arange(leaves)):
        raise ValueError("the children in a tree of a LightGBM model are not its splits and leaves")
    if (children[inner] <= parents[inner]).any():
        raise ValueError("a child in a tree of a LightGBM model comes before its parent")


def check_categories(entries: Mapping[str, str], leaves: int, count: int) -> None:
    """Raise ValueError unless each split by categories has its own list of them."""
    kinds = read_whole(entries, "decision_type", leaves - 1)
    must_be_in("decision_type", kinds, 0, KNOWN_BITS)
    split = (kinds & CATEGORICAL) > 0
    if not count and not split.any():
        return
    bounds = read_whole(entries, "cat_boundaries", count + 1)
    if bounds[0] != 0 or (np.diff(bounds) < 0).any():
        raise ValueError("cat_boundaries in a tree of a LightGBM model do not rise from 0")
    must_be_in("cat_threshold", read_whole(entries, "cat_threshold", int(bounds[-1])), 0, 2**32 - 1)
    places = np.array(entries["threshold"].split(" "))[split].astype(np.float64)
    if not (np.isin(places, np.arange(count))).all():
        raise ValueError("threshold in a tree of a LightGBM model names a list of categories that is not there")


def read_entries(lines: Sequence[str], known: set[str]) -> dict[str, str]:
    """Lines of `key=value`; raises ValueError for another line, an unknown key, and one that stands twice."""
    entries: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals or name not in known or name in entries:
            raise ValueError(f"a LightGBM model has the line {line[:40]!r}")
        entries[name] = value
    return entries


def read_whole(entries: Mapping[str, str], name: str, count: int | None) -> Integers:
    """A list of so many whole numbers, or of any number of them; raises ValueError where it is none."""
    text = entries.get(name, "")
    found = np.fromstring(text, dtype=np.int64, sep=" ") if WHOLE.fullmatch(text) else np.empty(0, dtype=np.int64)
    if len(found) != (count or len(found)) or not len(found):
        raise ValueError(f"{name} of a LightGBM model is {text[:40]!r}")
    return found


def must_have(entries: Mapping[str, str], name: str, count: int) -> None:
    """Raise ValueError unless a list has so many numbers, whole or not."""
    text = entries.get(name, "")
    if not NUMBERS.fullmatch(text) or text.count(" ") + 1 != count:
        raise ValueError(f"{name} in a tree of a LightGBM model has not {count} numbers")


def must_be_in(name: str, values: Integers, low: int, high: int) -> None:
    """Raise ValueError unless every number of a list is in its range."""
    if len(values) and not (low <= int(values.min()) and int(values.max()) <= high):
        raise ValueError(f"{name} of a LightGBM model is not within {low} and {high:,}")
