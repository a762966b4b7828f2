"""Columns that hardly vary within the rows of one value, and which of them speak for an entity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lifecycle.arrays import Booleans, Floats, Integers
from lifecycle.onboarding.infer.column_types import ColumnInference

CONSTANT = 0.9  # likeness from which on a column hardly varies
ROUGHLY = 0.7  # share of neighbouring rows of a value that are equal, without which a column is not looked at closer
NAMES = 0.8  # different values for each group from which on a text is another name of the group
BY_CHANCE = 0.01  # probability of equal values by chance from which on they are no sign that one follows
DERIVED = 0.95  # correlation of ranks from which on numbers follow from those of the group


@dataclass(frozen=True)
class Within:
    """The columns that hardly vary within one value, and those among them that say something of their `own`.

    These are neither other names of the group, nor follow from its number or from another of them, as the country does
    from the region. `measured` says whether one of them is a number or a time.
    """

    constant: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    measured: bool = False


def find_within(column: ColumnInference, others: Sequence[ColumnInference], codes: Integers, rows: Integers) -> Within:
    """What hardly varies within one value of a column; `codes` are its values in the table, `rows` those to look at."""
    order = rows[np.argsort(codes[rows], kind="stable")]
    same = np.diff(codes[order]) == 0
    close = [one for one in others if is_roughly_constant(one.texts.places[order], same)]
    constant = [one for one in close if hardly_varies(codes[rows], one, rows)]
    _, first = np.unique(codes[rows], return_index=True)
    own = list_own(column, constant, rows[first]) if len(constant) > 1 else []
    names = tuple(one.name for one in constant)
    return Within(names, tuple(one.name for one in own), any(is_measured(one) for one in own))


def is_roughly_constant(values: Integers, same: Booleans) -> bool:
    """Whether most neighbouring rows that are of the same group, and have values, have equal ones."""
    there = values >= 0
    equal = (values[1:] == values[:-1])[same & there[1:] & there[:-1]]
    return bool(len(equal)) and float(equal.mean()) >= ROUGHLY


def hardly_varies(codes: Integers, other: ColumnInference, rows: Integers) -> bool:
    """Whether a column has nearly one value in each group, and different ones between groups."""
    there = other.texts.places[rows] >= 0
    codes, values = codes[there], other.texts.places[rows][there]
    top = np.bincount(values).max(initial=0) / max(len(values), 1)
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


def list_own(column: ColumnInference, constant: Sequence[ColumnInference], first: Integers) -> list[ColumnInference]:
    """The columns that say something of their own; `first` is a row of each group, in the order of the groups."""
    places = {one.name: one.texts.places[first] + 1 for one in constant}
    telling = [one for one in constant if not is_other_name(one, places[one.name])]
    if not column.is_text:
        telling = [one for one in telling if not is_derived(one, first)]
    own: list[ColumnInference] = []
    for one in sorted(telling, key=lambda one: -one.distinct):
        if not any(determines(places[other.name], places[one.name]) for other in own):
            own.append(one)
    return own


def is_measured(column: ColumnInference) -> bool:
    """Whether a column holds numbers or times."""
    return column.type in ("integer", "number", "time")


def is_other_name(column: ColumnInference, places: Integers) -> bool:
    """Whether nearly each group has a text of its own."""
    return not is_measured(column) and len(np.unique(places)) > NAMES * len(places)


def is_derived(column: ColumnInference, first: Integers) -> bool:
    """Whether values rise or fall with the number of the group, or change as seldom as bands of it do."""
    if not is_measured(column):
        places = column.texts.places[first]
        return int((np.diff(places) != 0).sum()) <= 2 * (len(np.unique(places)) - 1)
    ranks = column.values.iloc[first].reset_index(drop=True).rank().dropna()
    return abs(correlate(np.asarray(ranks.index, dtype=np.float64), np.asarray(ranks, dtype=np.float64))) >= DERIVED


def correlate(left: Floats, right: Floats) -> float:
    """The correlation; 0 where one does not vary."""
    if not left.std() or not right.std():
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])


def determines(one: Integers, other: Integers) -> bool:
    """Whether groups that are equal in one column, and enough are, are so in the other."""
    _, sizes = np.unique(one, return_counts=True)
    _, others = np.unique(other, return_counts=True)
    equal = float((others * (others - 1)).sum()) / max(len(other) * (len(other) - 1), 1)
    enough = equal ** (float((sizes * (sizes - 1)).sum()) / 2) < BY_CHANCE
    return enough and measure_agreement(one, other) >= CONSTANT
