"""All that happened, by month, and what of it was known when."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import targets
from lifecycle.data import cleaning
from lifecycle.data.cleaning import Clean, Tables
from lifecycle.data.dataset import Dataset, join_dataset
from lifecycle.data.features.build import Features
from lifecycle.data.features.build import build_features as features_of
from lifecycle.data.schema import Schema, conform_raw
from lifecycle.errors import WrongValue
from lifecycle.options import Call
from lifecycle.sources import batches

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """Rows in the order of time with their features, labels and context; `made` holds the features as they were made.

    `days` are the rows' local days as numpy dates; a label is known `delay` days after.
    """

    schema: Schema
    examples: Dataset
    made: pd.DataFrame
    days: npt.NDArray[np.datetime64]
    delay: int

    def of(self, month: pd.Period) -> Places:
        """The positions of a month's rows."""
        return np.flatnonzero(self.days.astype("datetime64[M]") == np.datetime64(str(month), "M"))

    def known(self, last: pd.Period, back: int = 0) -> Places:
        """The positions of the rows whose label is known at the end of a month, `back` days before it."""
        return np.flatnonzero(self.days <= end(last) - np.timedelta64(self.delay + back, "D"))


def end(month: pd.Period) -> np.datetime64:
    """A month's last day."""
    return np.datetime64(str(month.end_time.date()), "D")


def happened(
    source: Call, clean: Clean, features: Features, schema: Schema, last: pd.Period, share: float, delay: int
) -> World:
    """Everything through the month `last`: collected, cleaned and made features of as the stages do it.

    Features look back only, so what a row has is what it had then. Raises WrongValue where rows have no day
    or no label.
    """
    if schema.day is None or schema.target is None:
        raise WrongValue(
            "rows without a day or a label cannot be played again as they came",
            where="conf/schema/, key columns",
            todo="dvc exp run -S problem=flight_delay, and lifecycle replay there",
        )
    cleaned = cleaning.apply_rules(cleaning.conform_to_schema(unit(source, clean, schema, last), schema), schema, clean.no_label)
    made = features_of(cleaned.table, cleaned.rejected, features, schema, "conf/features/")
    rows = drawn(cleaned.table, schema, share)
    examples = join_dataset(made, rows, rows[[schema.id]], schema)
    kept = made.set_index(schema.id).loc[rows[schema.id]].reset_index(drop=True)
    days = pd.to_datetime(rows[schema.day]).to_numpy(dtype="datetime64[D]")
    return World(schema, examples, kept, days, delay)


def unit(source: Call, clean: Clean, schema: Schema, last: pd.Period) -> pd.DataFrame:
    """The table whose rows are the units, from the source's batches through a month."""
    wanted = batches.select_through(targets.call(source, "conf/source/"), last.end_time.date())
    raw: Tables = {}
    for name, types in schema.tables.items():
        parts = [batch.rows for batch in wanted if batch.table == name]
        raw[name] = pd.concat([conform_raw(part, types, name) for part in parts], ignore_index=True)
    return cleaning.run_steps(raw, clean, "conf/clean/")[clean.unit]


def drawn(rows: pd.DataFrame, schema: Schema, share: float) -> pd.DataFrame:
    """A share of the rows, chosen by their id, so that a row is in or out whatever else there is."""
    if share == 1:
        return rows
    limit = int(share * 2**32)
    places = [int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:4], "big") < limit for key in rows[schema.id]]
    return rows[np.array(places)].reset_index(drop=True)
