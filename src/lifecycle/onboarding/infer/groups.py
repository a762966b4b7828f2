"""Groups of rows that belong together, by how alike the rows of one value are, compared with chance."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from lifecycle.arrays import Floats, Integers
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.keys import is_key_like
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.reporting.text import list_names, shorten_text

ENTITIES = frozenset([
    "patient", "customer", "client", "user", "member", "subject", "person", "people", "student", "pupil", "employee",
    "worker", "account", "household", "family", "site", "clinic", "hospital", "school", "store", "shop", "device",
    "machine", "sensor", "vehicle", "station", "session", "participant", "driver", "player", "donor", "animal", "plot",
    "visitor", "owner", "author", "speaker", "writer", "respondent", "borrower", "merchant", "seller", "buyer",
    "operator", "physician", "doctor", "unit", "asset", "engine", "batch", "lot", "specimen", "sample", "tenant",
])  # fmt: skip
CALLED_ID = re.compile(r"(?i:(^|[_\s.\-])(id|uuid|guid)$)|[a-z](ID|Id)$")
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
LEAST, MOST = 13, 100.0  # different values, and rows of each at most, of a group
ROWS = 20_000  # rows that are looked at
OTHERS = 40  # other columns that are looked at
CLASSES = 50
SURE = 5.0  # standard errors beyond chance
ALIKE = {"entity": 0.2, "key": 0.4, "": 0.8}  # least likeness of the target for a group, by what speaks for one
LIKELY = {"entity": 0.05, "key": 0.2, "": 0.5}  # the same for a question
CONSTANT = 0.9  # likeness from which on a column hardly varies


@dataclass(frozen=True)
class Likeness:
    """How alike pairs of rows are: 0 as by chance, 1 equal; in `within` of one value, in `beside` of neighbouring ones.

    `errors` is the number of standard errors of `within` from chance.
    """

    within: float
    beside: float
    errors: float


@dataclass(frozen=True)
class GroupEvidence:
    """What speaks for a column being the group: how many values of how many rows, and what hardly varies in one.

    `hint` is entity for a name such as patient, key for values such as P003, empty where neither is so.
    """

    name: str
    groups: int
    each: float
    hint: str
    target: Likeness | None
    constant: tuple[str, ...]
    others: int

    @property
    def is_group(self) -> bool:
        """Whether the rows of a value are so alike that they must stay in one part."""
        return self.is_alike(ALIKE) or (self.hint != "" and len(self.constant) >= max(2, self.others / 3))

    @property
    def is_likely(self) -> bool:
        """Whether the rows of a value are alike enough to ask."""
        return self.is_alike(LIKELY) or len(self.constant) >= max(2, self.others / (3 if self.hint else 2))

    def is_alike(self, least: Mapping[str, float]) -> bool:
        """Whether the target is as alike as that within a value, and not as well between neighbouring ones."""
        one = self.target
        return one is not None and one.within >= least[self.hint] and one.errors >= SURE and one.beside < one.within / 2

    def explain(self, target: str) -> str:
        """The figures in one sentence."""
        less = f"{shorten_text(target)} varies {self.target.within:.0%} less than by chance" if self.target else ""
        alike = [less] * self.is_alike(LIKELY)
        alike += [f"{list_names(self.constant, 3)} hardly vary"] if self.constant else []
        return f"{self.groups:,} values, {self.each:.0f} rows of each" + (
            f"; within one, {' and '.join(alike)}" if alike else ""
        )


def find_groups(
    inferred: Mapping[str, ColumnInference], candidates: Mapping[str, ColumnInference], target: TargetInference | None
) -> list[GroupEvidence]:
    """The candidates whose rows are alike or that are called like an entity, the strongest evidence first."""
    labels = encode_target(target) if target else None
    others = list_others(inferred, target)
    every = (weigh(one, others, labels) for one in candidates.values() if may_be_group(one))
    found = [evidence for evidence in every if evidence.is_likely or evidence.hint == "entity"]
    return sorted(
        found, key=lambda one: (not one.is_group, not one.is_likely, one.hint != "entity", -(one.target or NONE).within)
    )


def list_others(inferred: Mapping[str, ColumnInference], target: TargetInference | None) -> list[ColumnInference]:
    """The first columns that vary and have no gap, which may hardly vary within a group."""
    of_rows = (one for name, one in inferred.items() if not target or name != target.name)
    whole = (one for one in of_rows if one.distinct > 1 and one.texts.counts.sum() == len(one.texts.places))
    return list(islice(whole, OTHERS + 1))


NONE = Likeness(0.0, 0.0, 0.0)


def may_be_group(column: ColumnInference) -> bool:
    """Whether values are many and repeat a few times each: neither a category of few values nor an id of rows."""
    if column.type not in ("category", "text", "integer") or column.distinct < LEAST:
        return False
    counts = column.texts.counts
    filled = int(counts.sum())
    repeated = counts[counts > 1].sum() >= 0.7 * filled
    return bool(repeated and 1.8 <= filled / column.distinct <= MOST and filled >= 0.95 * len(column.values))


def find_hint(column: ColumnInference) -> str:
    """What speaks for a group besides likeness: the name of an entity, or values like keys."""
    words = {word.lower() for word in WORD.findall(column.name)}
    if {word.removesuffix("s") for word in words} & ENTITIES or CALLED_ID.search(column.name.strip()):
        return "entity"
    return "key" if column.is_text and is_key_like(column.texts.values) else ""


def weigh(column: ColumnInference, columns: Sequence[ColumnInference], labels: Floats | None) -> GroupEvidence:
    """What speaks for one column being the group; `columns` are those that may hardly vary within."""
    codes = order_codes(column)
    rows = take_rows(codes, column.distinct)
    alike = compare(codes[rows], labels[rows]) if labels is not None else None
    hint = find_hint(column)
    others = [one for one in columns if one.name != column.name][:OTHERS]
    likely = hint or (alike is not None and alike.within >= LIKELY[""])
    constant = [one.name for one in others if hardly_varies(codes[rows], one, rows)] if likely else []
    each = float(column.texts.counts.sum() / column.distinct)
    return GroupEvidence(column.name, column.distinct, each, hint, alike, tuple(constant), len(others))


def order_codes(column: ColumnInference) -> Integers:
    """The group of each row, numbers in their order; -1 where it is missing."""
    if column.is_text:
        return column.texts.places
    values = column.values.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = np.searchsorted(np.unique(values[~np.isnan(values)]), values)
    return np.where(np.isnan(values), -1, codes).astype(np.int64)


def take_rows(codes: Integers, distinct: int) -> Integers:
    """All rows of so many groups that there are at most some `ROWS` of them."""
    kept = codes < max(50, int(distinct * ROWS / max(len(codes), 1)))
    return np.flatnonzero((codes >= 0) & kept)


def encode_target(target: TargetInference) -> Floats:
    """The labels, one row each: a column for each class, or the rank in units of its deviation; NaN where missing."""
    there = target.there
    coded = target.coded()
    if target.task == "regression":
        ranks = np.argsort(np.argsort(coded, kind="stable"), kind="stable").astype(np.float64)
        columns = ((ranks - ranks.mean()) / max(ranks.std(), 1e-9))[:, None]
    else:
        columns = (coded.astype(np.int64)[:, None] == np.unique(coded.astype(np.int64))[None, :CLASSES]).astype(float)
    encoded = np.full((len(there), columns.shape[1]), np.nan)
    encoded[there] = columns
    return encoded


def compare(codes: Integers, labels: Floats) -> Likeness:
    """How alike the labels are within the groups and in neighbouring ones, compared with any two rows.

    The mean product of the labels of two rows is the probability that their classes agree, or the correlation of
    their ranks.
    """
    there = ~np.isnan(labels[:, 0])
    _, groups = np.unique(codes[there], return_inverse=True)
    known = labels[there]
    if len(known) < 2:
        return NONE
    sizes = np.bincount(groups).astype(float)
    sums = np.column_stack([np.bincount(groups, weights=column) for column in known.T])
    own = float((known**2).sum())
    pairs = float((sizes * (sizes - 1)).sum())
    by_chance = (float((known.sum(axis=0) ** 2).sum()) - own) / (len(known) * (len(known) - 1))
    room = own / len(known) - by_chance
    if not pairs or room < 1e-9:
        return NONE
    within = (float((sums**2).sum()) - own) / pairs
    neighbours = float((sizes[1:] * sizes[:-1]).sum())
    beside = float((sums[1:] * sums[:-1]).sum()) / neighbours if neighbours else by_chance
    deviation = np.sqrt(max(by_chance * (1 - by_chance), 0.0)) if known.shape[1] > 1 else own / len(known)
    errors = (within - by_chance) / max(deviation / np.sqrt(pairs / 2), 1e-9)
    return Likeness((within - by_chance) / room, (beside - by_chance) / room, float(errors))


def hardly_varies(codes: Integers, other: ColumnInference, rows: Integers) -> bool:
    """Whether a column has nearly one value in each group, and different ones between groups."""
    values = other.texts.places[rows]
    top = np.bincount(values[values >= 0]).max(initial=0) / max(len(values), 1)
    if top > CONSTANT or other.distinct > 0.9 * len(other.values):
        return False
    return measure_agreement(codes, values) >= CONSTANT


def measure_agreement(codes: Integers, values: Integers) -> float:
    """How much oftener two rows of a group have equal values than two rows at all, as a share of what is possible."""
    _, sizes = np.unique(codes, return_counts=True)
    _, same = np.unique(codes * (int(values.max(initial=0)) + 1) + values, return_counts=True)
    _, all_same = np.unique(values, return_counts=True)
    pairs = float((sizes * (sizes - 1)).sum())
    by_chance = float((all_same * (all_same - 1)).sum()) / max(len(values) * (len(values) - 1), 1)
    within = float((same * (same - 1)).sum()) / pairs if pairs else 0.0
    return (within - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0
