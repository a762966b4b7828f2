"""Groups of rows that belong together, by how alike the rows of one value are, compared with chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from lifecycle.arrays import Floats, Integers
from lifecycle.onboarding.infer.column_types import ColumnInference
from lifecycle.onboarding.infer.keys import is_key_like
from lifecycle.onboarding.infer.target import TargetInference
from lifecycle.onboarding.infer.within import Within, find_within
from lifecycle.onboarding.naming import is_called_id, is_called_number, names_entity
from lifecycle.reporting.text import list_names, shorten_text

LEAST, MOST = 13, 100.0  # different values, and rows of each at most, of a group
ROWS = 20_000  # rows that are looked at
OTHERS = 40  # other columns that are looked at
CLASSES = 50
SURE = 5.0  # standard errors beyond chance
# least likeness of the target, by what else speaks for a group, for one and for a question
ALIKE = {"entity": 0.2, "key": 0.4, "number": 0.8, "": 0.8}
LIKELY = {"entity": 0.05, "key": 0.2, "number": 0.5, "": 0.5}
FILLED = 0.8  # minimum share of rows with a value of a column that may hardly vary within a group


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

    `hint` is entity for a name such as patient, key for values such as P003, number for a name such as case_no, empty
    where none is so; `others` is the number of columns that might not vary.
    """

    name: str
    groups: int
    each: float
    hint: str
    target: Likeness | None
    within: Within
    others: int

    @property
    def is_group(self) -> bool:
        """Whether the rows of a value are so alike that they must stay in one part."""
        many = self.hint != "" and len(self.within.constant) >= max(2, self.others / 3)
        return self.is_alike(ALIKE) or (many and (self.hint == "entity" or self.describes_entity))

    @property
    def is_likely(self) -> bool:
        """Whether the rows of a value are alike enough to ask."""
        several = len(self.within.constant) > 1 and self.hint == "entity"
        return self.is_alike(LIKELY) or several or self.describes_entity

    @property
    def describes_entity(self) -> bool:
        """Whether two columns or more say, each for itself, what the rows of a value have in common."""
        if len(self.within.own) < 2:
            return False
        return self.within.measured or self.hint != "" or len(self.within.constant) >= self.others / 2

    def is_alike(self, least: Mapping[str, float]) -> bool:
        """Whether the target is as alike as that within a value, and not as well between neighbouring ones."""
        one = self.target
        return one is not None and one.within >= least[self.hint] and one.errors >= SURE and one.beside < one.within / 2

    def explain(self, target: str) -> str:
        """The figures in one sentence."""
        less = f"{shorten_text(target)} varies {self.target.within:.0%} less than by chance" if self.target else ""
        alike = [less] * self.is_alike(LIKELY)
        alike += [f"{list_names(self.within.constant, 3)} hardly vary"] if self.within.constant else []
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
        found,
        key=lambda one: (
            not one.is_group,
            not one.is_likely,
            one.hint != "entity",
            -(one.target or NONE).within,
            -one.groups,
        ),
    )


def list_others(inferred: Mapping[str, ColumnInference], target: TargetInference | None) -> list[ColumnInference]:
    """The first columns that vary and have few gaps, which may hardly vary within a group."""
    of_rows = (one for name, one in inferred.items() if not target or name != target.name)
    full = (one for one in of_rows if one.distinct > 1 and one.texts.counts.sum() >= FILLED * len(one.texts.places))
    return list(islice(full, OTHERS + 1))


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
    """What speaks for a group besides likeness: the name of an entity, values like keys, or the name of a number."""
    if names_entity(column.name) or is_called_id(column.name):
        return "entity"
    if column.is_text and is_key_like(column.texts.values):
        return "key"
    return "number" if is_called_number(column.name) else ""


def weigh(column: ColumnInference, columns: Sequence[ColumnInference], labels: Floats | None) -> GroupEvidence:
    """What speaks for one column being the group; `columns` are those that may hardly vary within."""
    codes = order_codes(column)
    rows = take_rows(codes, column.distinct)
    alike = compare(codes[rows], labels[rows]) if labels is not None else None
    hint = find_hint(column)
    others = [one for one in columns if one.name != column.name][:OTHERS]
    within = find_within(column, others, codes, rows)
    each = float(column.texts.counts.sum() / column.distinct)
    return GroupEvidence(column.name, column.distinct, each, hint, alike, within, len(others))


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
