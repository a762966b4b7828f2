"""Raw rows read into the model's features, which the release makes of them by what is known by now."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lifecycle.arrays import Integers
from lifecycle.release.contract import Contract, LooseRows, Rejection, find_first_faults, list_rejections
from lifecycle.release.fields import Field, Kind, Value
from lifecycle.release.raw_contract import RawContract, RawRow
from lifecycle.release.rows_read import REJECTED, RowRead, RowsRead, describe_row, tabulate_values

if TYPE_CHECKING:
    from lifecycle.online.features import OnlineFeatures

# Up to so many rows are quicker one by one than as a table.
FEW = 8


@dataclass(frozen=True)
class RawReader:
    """The contract of raw rows, what makes their features, and the contract of the features."""

    raw: RawContract
    online: OnlineFeatures
    agreed: Contract

    def read_table(self, rows: pd.DataFrame) -> RowsRead:
        """The rows of a table that has the raw columns."""
        typed, faults = self.raw.read_table(rows)
        first = find_first_faults(faults, len(rows))
        fit = np.flatnonzero(first < 0)
        unread = list_rejections(rows, faults, first)
        if not len(fit):
            none = self._choose_ids(rows, fit, pd.Series(dtype="str"))
            return RowsRead(tabulate_values([], self.agreed.fields), none, fit, unread)
        made = self.online.compute(typed.iloc[fit].reset_index(drop=True))
        places = fit[made.places]
        unfit = made.rejected.assign(row=fit[made.rejected["row"].to_numpy(dtype=np.int64)])[[*REJECTED]]
        return RowsRead(
            features=order_features(made.features, self.agreed.fields),
            ids=self._choose_ids(rows, places, made.ids),
            places=places,
            rejected=pd.concat([unread, unfit]).sort_values("row", kind="stable", ignore_index=True),
        )

    def read_loosely(self, rows: pd.DataFrame) -> LooseRows:
        """All rows of a table as features; what is not understood is missing, and so are all of a rejected row."""
        typed, broken = self.raw.read_loosely(rows)
        made = self.online.compute(typed.reset_index(drop=True))
        features = order_features(made.features, self.agreed.fields).set_axis(made.places).reindex(range(len(rows)))
        for name, some in made.rejected.groupby("field", sort=False):
            first = some.iloc[0]
            why = f"{len(some):,} of {len(rows):,} rows are rejected, such as {first['got']}, wanted {first['wanted']}"
            broken.setdefault(str(name), why)
        return LooseRows(features.set_axis(rows.index), broken)

    @property
    def makes_id(self) -> bool:
        """Whether a row's id is made of its columns."""
        return self.online.definitions.makes_id

    def _choose_ids(self, rows: pd.DataFrame, places: Integers, computed: pd.Series) -> pd.Series | None:
        """The ids that the rows bring for their answers, else those that are made of them, if they are."""
        if self.raw.id in rows:
            return rows[self.raw.id].iloc[places].reset_index(drop=True)
        return computed.reset_index(drop=True) if self.makes_id else None

    def read_records(self, records: Sequence[Mapping[str, Any]]) -> list[RowRead]:
        """Each row of objects, with everything that does not fit."""
        read = [self.raw.read(record) for record in records]
        fit = [place for place, (_, rejections) in enumerate(read) if not rejections]
        compute = self._compute_one_by_one if len(fit) <= FEW else self._compute_as_table
        made = dict(zip(fit, compute([read[place][0] for place in fit]), strict=True))
        return [
            self._complete(made[place], record)
            if place in made
            else RowRead(question=record, rejections=read[place][1])
            for place, record in enumerate(records)
        ]

    def _complete(self, one: RowRead, record: Mapping[str, Any]) -> RowRead:
        """The row with the raw one as it was sent, and with the id that it brings, if it does."""
        if self.raw.id not in record:
            return replace(one, question=record)
        id = record[self.raw.id]
        own = str(id) if self.online.definitions.identity == (self.raw.id,) else one.own_id
        return replace(one, record={**one.record, self.raw.id: id}, question=record, own_id=own)

    def _compute_one_by_one(self, rows: Sequence[RawRow]) -> Iterator[RowRead]:
        """Each row's features, made without a table."""
        for row in rows:
            made = self.online.compute_one(row)
            if made.rejections:
                yield RowRead(rejections=[Rejection(*why) for why in made.rejections])
            else:
                yield self._describe([made.features[name] for name in self.kinds], made.id, made.moment)

    def _compute_as_table(self, rows: Sequence[RawRow]) -> Iterator[RowRead]:
        """The same of many rows at once."""
        made = self.online.compute(self.raw.tabulate(rows))
        wrong = {
            int(row): Rejection(*map(str, why)) for row, *why in made.rejected[[*REJECTED]].itertuples(index=False)
        }
        table = order_features(made.features, self.agreed.fields)
        values = zip(*(table[name].tolist() for name in table), strict=True)
        fitting = dict(
            zip(made.places.tolist(), zip(values, made.ids.tolist(), made.moments.tolist(), strict=True), strict=True)
        )
        for place in range(len(rows)):
            yield RowRead(rejections=[wrong[place]]) if place in wrong else self._describe(*fitting[place])

    def _describe(self, features: Sequence[Any], identity: Any, moment: int) -> RowRead:
        """A row of features in the model's order."""
        values = [
            value if type(value) is float and kind == "number" else convert_value(value, kind)
            for value, kind in zip(features, self.kinds.values(), strict=True)
        ]
        record = describe_row(values, self.kinds)
        if not self.makes_id:
            return RowRead(record, values, moment=moment)
        return RowRead({self.agreed.id: identity} | record, values, own_id=str(identity), moment=moment)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """The kind of each feature, in the model's order."""
        return {one.name: one.kind for one in self.agreed.fields}


def order_features(features: pd.DataFrame, fields: Sequence[Field]) -> pd.DataFrame:
    """The model's features of a prepared table, in its order and types."""
    return pd.DataFrame({one.name: convert_column(features[one.name], one) for one in fields})


def convert_column(values: pd.Series, one: Field) -> pd.Series:
    """A prepared column as the model takes it."""
    if one.kind == "text":
        return values.astype("str")
    return pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan), index=values.index)


def convert_value(value: Any, kind: Kind) -> Value:
    """A plain value as the model takes it: a float, NaN where a number is missing, a text or None."""
    if kind == "text":
        return value if isinstance(value, str) else None
    return math.nan if value is None else float(value)
