"""The rows of the report, the groups that they are in, and the plots made of them."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema, Type
from lifecycle.eda import profile

TEXTS = 6


@dataclass(frozen=True)
class View:
    """The rows of the train part, without the columns that no model may see, and the name of each row.

    The target of the schema, where there is one, is the problem's.
    """

    table: pd.DataFrame
    names: pd.Series
    problem: Problem
    schema: Schema

    def kind(self, name: str) -> Type:
        """The type of a column."""
        return self.schema.columns[name].type

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column."""
        return {name: column.unit for name, column in self.schema.columns.items()}

    @cached_property
    def features(self) -> dict[str, Type]:
        """The features that are numbers, categories or booleans, with their types, in the schema's order."""
        return {
            name: self.kind(name)
            for name in self.schema.columns_with_role("feature")
            if self.kind(name) in (*profile.NUMERIC, *profile.NAMED)
        }

    @property
    def texts(self) -> list[str]:
        """The features that hold free text, at most six."""
        return self.schema.free_texts[:TEXTS]

    @cached_property
    def periods(self) -> tuple[pd.Series, str] | None:
        """The period of each row, and what a period is; None where rows have no time."""
        time = self.schema.time
        times = profile.parse_times(self.table[time], self.kind(time)) if time else None
        return None if times is None or times.isna().all() else profile.assign_periods(times)

    def sample(self, rows: pd.Series, count: int) -> pd.DataFrame:
        """At most `count` of the rows that are marked, in a fixed random order."""
        return profile.sample_rows(self.table[rows], self.names[rows], count)


@dataclass(frozen=True)
class Groups:
    """Which group each row is in, by its place in `names`, NaN for none; and what each group is called."""

    codes: pd.Series
    names: tuple[str, ...]

    def take_largest(self, most: int) -> "Groups":
        """The `most` groups with most rows, in the same order; rows of the others are in none."""
        return self.select(self.order_by_size()[:most])

    def merge_smallest(self, most: int) -> "Groups":
        """The `most` groups with most rows, in the same order, and one more for the rows of all others."""
        largest = self.take_largest(most)
        if len(largest.names) == len(self.names):
            return largest
        others = largest.codes.isna() & self.codes.notna()
        return Groups(largest.codes.mask(others, len(largest.names)), (*largest.names, profile.OTHERS))

    def order_by_size(self) -> list[int]:
        """The groups' places, the one with most rows first, equal ones in their order."""
        rows = [int((self.codes == place).sum()) for place in range(len(self.names))]
        return sorted(range(len(rows)), key=lambda place: -rows[place])

    def select(self, places: Sequence[int]) -> "Groups":
        """The groups at some places, in their order; rows of the others are in none."""
        order = sorted(places)
        codes = self.codes.map({place: float(new) for new, place in enumerate(order)}).astype("float64")
        return Groups(codes, tuple(self.names[place] for place in order))


def group_all_rows(rows: pd.DataFrame) -> Groups:
    """All rows as one group."""
    return Groups(pd.Series(np.zeros(len(rows)), index=rows.index), ("all rows",))


@dataclass(frozen=True)
class Plot:
    """A figure, the name of its file, its title and its caption."""

    file: str
    title: str
    caption: str
    figure: Figure


def slugify(name: str, most: int = 60) -> str:
    """A column's name as part of a file's: itself where it is simple, else made unique by a checksum.

    Simple names are short and without capitals, as some file systems ignore case.
    """
    simple = re.sub(r"[^a-z0-9_-]+", "_", name.lower())[:most]
    return name if simple == name else f"{simple}_{zlib.crc32(name.encode()):08x}"
