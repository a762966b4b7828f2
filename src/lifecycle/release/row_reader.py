"""Rows as a caller has them, prepared or raw, read into the model's features.

A row is prepared if it has every feature that a prepared row must have, or a name that no raw row has. Any other is raw
where the release makes features itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from lifecycle.release.contract import Contract, LooseRows, Rejection, fold_name, name_fields, normalize_id
from lifecycle.release.raw_reader import RawReader
from lifecycle.release.rows_read import RowRead, RowsRead


@dataclass(frozen=True)
class RowReader:
    """The contract of prepared rows and, where the release makes features itself, the reader of raw ones."""

    contract: Contract
    raw: RawReader | None = None

    @property
    def of_text(self) -> RowReader:
        """The reader of a file whose cells are text: where the schema does not say how they are written, plainly."""
        return replace(self, contract=self.contract.of_text)

    @property
    def of_prepared(self) -> RowReader:
        """The reader to which every row is a prepared one."""
        return replace(self, raw=None)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of features, of the id and of raw columns: an object with none of them is no row."""
        raw = self.raw.raw.names if self.raw else []
        return frozenset([*self.contract.names, self.contract.id, *raw])

    @cached_property
    def only_prepared(self) -> frozenset[str]:
        """The features that are no names of raw rows."""
        return frozenset(self.contract.names) - (self.raw.raw.known if self.raw else frozenset())

    @cached_property
    def required(self) -> frozenset[str]:
        """The features that a prepared row must have."""
        return frozenset(self.contract.schema["required"])

    @cached_property
    def known(self) -> frozenset[str]:
        """Every name that a row may have."""
        return self.contract.known | (self.raw.raw.known if self.raw else frozenset())

    def find_raw(self, names: Collection[str]) -> RawReader | None:
        """The reader of raw rows, where a row of these names is one."""
        if self.raw is None:
            return None
        there = frozenset(names)
        there = there if there <= self.known else frozenset(map(fold_name, names))
        return None if self.required <= there or not self.only_prepared.isdisjoint(there) else self.raw

    def check_columns(self, names: Sequence[str]) -> list[Rejection]:
        """A rejection for each column that a table lacks or has too much."""
        raw = self.find_raw(names)
        return raw.raw.check_columns(names) if raw else self.contract.check_columns(names)

    def read_table(self, rows: pd.DataFrame) -> RowsRead:
        """The rows of a table that has the columns of a prepared or of a raw row."""
        if raw := self.find_raw(rows.columns):
            return raw.read_table(rows)
        checked, name = self.contract.check(rows), self.contract.id
        ids = rows[name].iloc[checked.places].reset_index(drop=True) if name in rows else None
        return RowsRead(checked.features.reset_index(drop=True), ids, checked.places, checked.rejected)

    def read_loosely(self, rows: pd.DataFrame) -> LooseRows:
        """All rows of a table as features, in which what does not fit is missing, and why, by field."""
        raw = self.find_raw(rows.columns)
        return raw.read_loosely(rows) if raw else self.contract.read_loosely(rows)

    def read_records(self, records: Sequence[Mapping[str, Any]]) -> Iterator[RowRead]:
        """Each row of objects, prepared or raw, with everything that does not fit."""
        named = [normalize_id(self.fold_names(record), self.contract.id) for record in records]
        raw = [place for place, record in enumerate(named) if self.find_raw(record)]
        if self.raw is None or not raw:
            return self._read_prepared(named)
        found = dict(zip(raw, self.raw.read_records([named[place] for place in raw]), strict=True))
        others = [place for place in range(len(named)) if place not in found]
        found |= zip(others, self._read_prepared([named[place] for place in others]), strict=True)
        return (found[place] for place in range(len(named)))

    def fold_names(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """A row with its names as raw tables have them."""
        return record if record.keys() <= self.known else dict(name_fields(record, self.known))

    def _read_prepared(self, records: Sequence[Mapping[str, Any]]) -> Iterator[RowRead]:
        """Each prepared row of objects."""
        for record, (values, rejections) in zip(records, self.contract.read_many(records), strict=True):
            yield RowRead(record, values, None, rejections)
