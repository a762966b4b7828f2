"""Columns that later rows of a table have or lack, and which of the new ones is likely an old one renamed."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

import pandas as pd

ENOUGH = 20_000  # rows whose values are compared
FEW = 3  # distinct values that say nothing: every flag has two
ALIKE = 0.6  # of names or values, from which on two columns are likely one
WORDS = re.compile(r"[^\W_]+")
PLACE = 0.4  # what the same place in the table counts beside names and values


@dataclass(frozen=True)
class Renamed:
    """A column's name before, its likely name now, and why."""

    before: str
    after: str
    why: str


def guess_renames(before: pd.DataFrame, after: pd.DataFrame) -> list[Renamed]:
    """For each column that only `before` has, the likeliest of those that only `after` has, each of these once."""
    lost = [name for name in before.columns if name not in after.columns]
    new = [name for name in after.columns if name not in before.columns]
    pairs = [(measure_likeness(before, one, after, other), one, other) for one in lost for other in new]
    found: dict[str, Renamed] = {}
    for likeness, one, other in sorted(pairs, key=lambda pair: -pair[0].total):
        if likeness.total >= ALIKE and one not in found and other not in {known.after for known in found.values()}:
            found[one] = Renamed(one, other, likeness.reason)
    return [found[name] for name in lost if name in found]


@dataclass(frozen=True)
class Likeness:
    """How alike the names and values of two columns are, from 0 to 1; whether place and kind of values are equal."""

    names: float
    values: float
    place: bool
    kind: bool

    @property
    def total(self) -> float:
        """One number to rank by; of values of another kind the names alone count."""
        return self.names + self.values + PLACE * self.place if self.kind else self.names

    @property
    def reason(self) -> str:
        """What is alike, in words."""
        reasons = [
            "the names are alike" if self.names >= ALIKE else "",
            f"{self.values:.0%} of the values are the same" if self.values >= 0.1 else "",
            "it has the same place" if self.place else "",
        ]
        return ", ".join(reason for reason in reasons if reason) or "the names have something in common"


def measure_likeness(before: pd.DataFrame, one: str, after: pd.DataFrame, other: str) -> Likeness:
    """How alike a column of either table is."""
    first, second = (read_values(table[name].head(ENOUGH)) for table, name in ((before, one), (after, other)))
    return Likeness(
        names=compare_names(one, other),
        values=compare_values(first, second),
        place=list(before.columns).index(one) == list(after.columns).index(other),
        kind=first.dtype == second.dtype,
    )


def compare_names(one: str, other: str) -> float:
    """How alike two names are, whatever their case, signs and order of words; one within another is."""
    first, second = (WORDS.findall(name.casefold()) for name in (one, other))
    texts = "".join(first), "".join(second)
    within = min(map(len, texts)) > 2 and (texts[0] in texts[1] or texts[1] in texts[0])
    ratios = [match(*texts), match("".join(sorted(first)), "".join(sorted(second))), 0.8 * within]
    return max(ratios)


def match(one: str, other: str) -> float:
    """The share of the signs of both texts that are in both, in the same order."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def compare_values(one: pd.Series, other: pd.Series) -> float:
    """The share of the distinct values of both columns that are in both; 0 where either has few."""
    first, second = ({*column} for column in (one, other))
    return len(first & second) / len(first | second) if min(len(first), len(second)) > FEW else 0.0


def read_values(values: pd.Series) -> pd.Series:
    """The values that are there: booleans, floats where all are numbers, in whatever type, or else text."""
    filled = values.dropna()
    if filled.dtype == "boolean":
        return filled.astype("bool")
    numbers = pd.to_numeric(filled, errors="coerce").astype("float64")
    return numbers if numbers.notna().all() else filled.astype("str")
