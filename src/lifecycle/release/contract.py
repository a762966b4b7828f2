"""The contract of a row: rows read and checked by it, one at a time or as a table.

A cell is read as the column's entry in the schema says. A value outside its range is rejected, blanked or clipped as
in the table that the model learned from. Columns of the table that the model does not use are left aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.cells.plain import PLAIN, quote_value
from lifecycle.data.cells.reading import ReadCells
from lifecycle.errors import CorruptFile, WrongValue, suggest_name
from lifecycle.release.fields import Field, Unfit, Value, list_values, parse_field
from lifecycle.sources.formats.json_records import flatten_record

# The longest id that goes through.
LONGEST_ID = 200
# Unknown fields of one row that are reported at most: each is compared with every name.
MOST_STRANGERS = 20


@dataclass(frozen=True)
class Rejection:
    """A field that does not fit, what it got and what it wants."""

    field: str
    got: str
    wanted: str


@dataclass(frozen=True)
class Checked:
    """The rows that fit, as features in the model's order, with their places; and why the others do not.

    `rejected` has one row per rejected row: `row`, its place, `field`, `got`, `wanted` of its first field that
    does not fit.
    """

    features: pd.DataFrame
    places: npt.NDArray[np.int64]
    rejected: pd.DataFrame


@dataclass(frozen=True)
class Contract:
    """A JSON Schema of one row and what it says, ready to hold rows against."""

    schema: Mapping[str, Any]
    fields: tuple[Field, ...]
    id: str
    unused: Mapping[str, str] = field(default_factory=dict)

    @property
    def task(self) -> str:
        """The task of the model."""
        return str(self.schema["x-task"])

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names in the order of their codes."""
        return tuple(self.schema["x-classes"])

    @property
    def names(self) -> list[str]:
        """The features in the model's order."""
        return [one.name for one in self.fields]

    @property
    def of_text(self) -> Contract:
        """The contract for a file whose cells are text: where the schema does not say how they are written, plainly."""
        return replace(self, fields=tuple(replace(one, reading=one.reading or PLAIN) for one in self.fields))

    def read(self, record: Mapping[str, Any]) -> tuple[list[Value], list[Rejection]]:
        """The values of a row in the model's order, and every field that does not fit."""
        return next(self.read_many([record]))

    def read_many(self, records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[list[Value], list[Rejection]]]:
        """The same of each row."""
        for record in records:
            is_named = record.keys() <= self.known
            yield self._read_fields(record if is_named else dict(name_fields(record, self.known)))

    @cached_property
    def known(self) -> frozenset[str]:
        """Every name that a row may have."""
        return frozenset([*self.names, self.id, *self.unused])

    def _read_fields(self, record: Mapping[str, Any]) -> tuple[list[Value], list[Rejection]]:
        values: list[Value] = []
        rejections: list[Rejection] = []
        known = 0
        for one in self.fields:
            if one.name not in record:
                rejections.append(Rejection(one.name, "nothing", one.wanted))
                continue
            known += 1
            try:
                values.append(one.read(record[one.name]))
            except Unfit:
                rejections.append(Rejection(one.name, quote_value(record[one.name]), one.wanted))
        if self.id in record:
            known += 1
            rejections += check_id(self.id, record[self.id])
        return values, rejections if known == len(record) else rejections + self.strangers(record)

    def strangers(self, names: Sequence[str] | Mapping[str, Any]) -> list[Rejection]:
        """A rejection for each name that the contract does not know."""
        unknown = islice((name for name in names if name not in self.known), MOST_STRANGERS)
        return [Rejection(str(name), "a value", self.why_not(str(name))) for name in unknown]

    def why_not(self, name: str) -> str:
        """What is wrong with a name that is not in the contract."""
        return f"no such field; {suggest_name(name, self.names)}"[:200]

    def check_columns(self, columns: Sequence[str]) -> list[Rejection]:
        """A rejection for each column that a table lacks or has too much."""
        if twice := find_repeated_names(columns):
            return twice
        there = set(columns)
        lacking = [Rejection(one.name, "nothing", one.wanted) for one in self.fields if one.name not in there]
        return lacking + self.strangers(columns)

    def check(self, table: pd.DataFrame) -> Checked:
        """The rows of a table that has the contract's columns, those that fit apart from those that do not."""
        columns, faults = {}, []
        for one in self.fields:
            columns[one.name], unfit = one.read_column(table[one.name])
            faults.append(Fault(one.name, one.wanted, unfit))
        if self.id in table:
            unfit = np.array([bool(check_id(self.id, value)) for value in list_values(table[self.id])], dtype=bool)
            faults.append(Fault(self.id, ID_WANTED, unfit))
        first = find_first_faults(faults, len(table))
        fit = first < 0
        features = pd.DataFrame(columns, index=table.index)
        places = np.flatnonzero(fit)
        return Checked(features if fit.all() else features.iloc[places], places, list_rejections(table, faults, first))

    def read_loosely(self, table: pd.DataFrame) -> LooseRows:
        """All rows of a table as features, in which what does not fit is missing, and why, by field."""
        columns: dict[str, pd.Series] = {}
        reasons: dict[str, str] = {}
        for one in self.fields:
            cells = table.get(one.name)
            if cells is None:
                cells = pd.Series(index=table.index, dtype="object")
                reasons[one.name] = "is missing"
            found = one.read_cells(cells)
            columns[one.name] = found.values
            reasons.setdefault(one.name, describe_cells(cells, found))
        broken = {name: why for name, why in reasons.items() if why}
        return LooseRows(pd.DataFrame(columns, index=table.index), broken)


@dataclass(frozen=True)
class LooseRows:
    """Rows as features, and what is wrong in them, in words, by field."""

    features: pd.DataFrame
    broken: dict[str, str]


def describe_cells(cells: pd.Series, found: ReadCells) -> str:
    """How many cells of a field are not understood or infinite; empty where all are read."""
    first = f", such as {quote_value(cells[found.unread].iloc[0])}" if found.unread.any() else ""
    reasons = [
        count_faults(found.unread, "not understood") + first,
        count_faults(found.infinite, "infinite"),
    ]
    return "; ".join(reason for reason in reasons if reason)


def count_faults(rows: npt.NDArray[np.bool_], what: str) -> str:
    """How many of the values are so; empty for none."""
    return f"{int(rows.sum()):,} of {len(rows):,} values are {what}" if rows.any() else ""


@dataclass(frozen=True)
class Fault:
    """A field, what it takes, and the rows in which it does not fit."""

    field: str
    wanted: str
    rows: npt.NDArray[np.bool_]


def find_first_faults(faults: Sequence[Fault], rows: int) -> npt.NDArray[np.int64]:
    """The place of the first fault of each row; -1 for a row without one."""
    first = np.full(rows, -1)
    for place, fault in enumerate(faults):
        first[fault.rows & (first < 0)] = place
    return first


def list_rejections(table: pd.DataFrame, faults: Sequence[Fault], first: npt.NDArray[np.int64]) -> pd.DataFrame:
    """One row for each rejected row: its place, and the field, what it got and what it wants."""
    rows = []
    for place in np.flatnonzero(first >= 0):
        fault = faults[first[place]]
        cells = table.get(fault.field, pd.Series(index=table.index, dtype="object"))
        got = quote_value(list_values(cells.iloc[int(place) : int(place) + 1])[0])
        rows.append({"row": int(place), "field": fault.field, "got": got, "wanted": fault.wanted})
    return pd.DataFrame(rows, columns=["row", "field", "got", "wanted"])


ID_WANTED = f"a text of at most {LONGEST_ID} characters, or a whole number"


def fold_name(name: object) -> str:
    """A column's name as raw tables have it: without blanks around it, and one between words."""
    return " ".join(str(name).split())


def name_fields(record: Mapping[str, Any], known: Container[str]) -> Iterator[tuple[str, Any]]:
    """The fields of a row as raw tables have them: one blank between words, keys of inner objects behind dots."""
    for key, value in record.items():
        name = fold_name(key)
        if name in known or not isinstance(value, dict | list):
            yield name, value
        elif isinstance(value, dict):
            yield from ((fold_name(path), inner) for path, inner in flatten_record(value, f"{key}."))
        else:
            yield from ((f"{name}.{place}", inner) for place, inner in enumerate(value))


def find_repeated_names(columns: Sequence[str]) -> list[Rejection]:
    """A rejection for each name that more than one column has."""
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    return [Rejection(name, "more than one column of that name", "one") for name in twice]


def normalize_id(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The row itself; an id such as 7.0 as 7, since both are the same whole number to JSON Schema."""
    value = record.get(name)
    return {**record, name: int(value)} if type(value) is float and value.is_integer() else record


def check_id(name: str, value: Any) -> list[Rejection]:
    """A rejection where the id is none that can go through."""
    if (type(value) is str and len(value) <= LONGEST_ID) or (type(value) is int and abs(value) < 2**63):
        return []
    return [Rejection(name, quote_value(value), ID_WANTED)]


def parse_contract(schema: Mapping[str, Any], where: str) -> Contract:
    """The contract that a JSON Schema of ours states; raises CorruptFile where it is none."""
    try:
        fields = tuple(parse_field(name, entry) for name, entry in schema["properties"].items())
        found = Contract(schema, fields, str(schema["x-id"]), dict(schema.get("x-unused", {})))
        if schema["required"] != found.names or not found.task:
            raise ValueError("required and properties differ")
    except (KeyError, TypeError, ValueError, AttributeError, WrongValue) as cause:
        raise CorruptFile(
            f"{where} is no contract of a release ({type(cause).__name__}: {cause})",
            where=where,
            todo="dvc checkout models/release",
        ) from cause
    return found
