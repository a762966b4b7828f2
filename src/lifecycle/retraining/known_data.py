"""All rows by month, and which of their labels were known when."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import targets
from lifecycle.data import cleaning
from lifecycle.data.cleaning import Clean, Tables
from lifecycle.data.dataset import Dataset, join_dataset
from lifecycle.data.features.build import Features, build_features
from lifecycle.data.schema import Schema, conform_raw
from lifecycle.errors import WrongValue
from lifecycle.options import Call
from lifecycle.reporting.text import format_count
from lifecycle.retraining.raw_questions import RawQuestions, can_ask
from lifecycle.sources import batches
from lifecycle.sources.batches import Batch
from lifecycle.target_kinds import SOURCE

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class History:
    """Rows in the order of time with their features, labels and context; `features` has the features before encoding,
    `questions` the raw rows that can be asked about again.

    `days` are the rows' local days as numpy dates; a label is known `delay` days after its row.
    """

    schema: Schema
    dataset: Dataset
    features: pd.DataFrame
    days: npt.NDArray[np.datetime64]
    delay: int
    questions: RawQuestions | None = None

    def find_rows(self, month: pd.Period) -> Positions:
        """The positions of a month's rows."""
        return np.flatnonzero(self.days.astype("datetime64[M]") == np.datetime64(str(month), "M"))

    def find_known(self, last: pd.Period, back: int = 0) -> Positions:
        """The positions of the rows whose label is known at the end of a month, `back` days before it."""
        return np.flatnonzero(self.days <= get_last_day(last) - np.timedelta64(self.delay + back, "D"))


def read_batches(source: Call) -> list[Batch]:
    """All that a source has."""
    return list(targets.call(source, "conf/source/", kind=SOURCE))


def must_be_replayable(schema: Schema) -> None:
    """Raise WrongValue where rows have no day or no label."""
    if schema.day is None or schema.target is None:
        raise WrongValue(
            "rows without a day or a label cannot be replayed by month",
            where="conf/schema/, key columns",
            todo="a problem whose rows have a day and a label, with: dvc exp run -S problem=NAME",
        )


def find_first_month(available: Sequence[Batch], months: int) -> pd.Period:
    """The first of the last `months` months of batches, before which one at least stays to learn from.

    Raises WrongValue where there are fewer, or the batches belong to no month.
    """
    known = sorted(set(batches.list_months(available)))
    if len(known) <= months:
        raise WrongValue(
            f"the source has {format_count(len(known), 'month')}: none is left to learn from before the last {months}",
            where="conf/replay/, keys first and months",
            todo="lifecycle replay replay.months=N with fewer, or replay.first=2013-09 for rows in one batch",
        )
    return known[-months]


def get_last_day(month: pd.Period) -> np.datetime64:
    """A month's last day."""
    return np.datetime64(str(month.end_time.date()), "D")


def collect_history(
    available: Sequence[Batch],
    clean: Clean,
    declared: Features,
    schema: Schema,
    last: pd.Period,
    share: float,
    delay: int,
) -> History:
    """Every row through the month `last`: collected, cleaned and featurized as the stages do it.

    Features look back only, so a row's features are those that it had then. Raises WrongValue where rows have no
    day or no label.
    """
    must_be_replayable(schema)
    assert schema.day is not None  # noqa: S101 - rows without a day are not replayed
    raw = collect_raw_tables(available, clean, schema, last)
    units = cleaning.run_steps(raw, clean, "conf/clean/")[clean.unit]
    conformed = cleaning.conform_to_schema(units, schema)
    cleaned = cleaning.apply_rules(conformed, schema, clean.no_label, open_rows=clean.open)
    built = build_features(cleaned.table, cleaned.rejected, declared, schema, "conf/features/")
    rows = sample_rows(cleaned.table, schema, share)
    dataset = join_dataset(built, rows, rows[schema.id], schema)
    features = built.set_index(schema.id).loc[rows[schema.id]].reset_index(drop=True)
    days = pd.to_datetime(rows[schema.day]).to_numpy(dtype="datetime64[D]")
    questions = build_questions(raw, units, schema, clean, declared) if can_ask(schema, clean, declared) else None
    return History(schema, dataset, features, days, delay, questions)


def build_questions(raw: Tables, units: pd.DataFrame, schema: Schema, clean: Clean, declared: Features) -> RawQuestions:
    """The raw rows with their ids and days, as cleaning has made them of these tables."""
    assert schema.day is not None  # noqa: S101 - rows without a day are not replayed
    days = pd.to_datetime(units[schema.day], utc=True).dt.tz_localize(None).dt.normalize()
    rows = raw[clean.unit].index
    ids = units[schema.id].reindex(rows).astype("str")
    return RawQuestions(raw, schema, clean, declared, ids, days.reindex(rows))


def collect_raw_tables(available: Sequence[Batch], clean: Clean, schema: Schema, last: pd.Period) -> Tables:
    """The raw tables of a source's batches through a month, their cells read as the schema says."""
    selected = batches.select_through(available, last.end_time.date())
    raw: Tables = {}
    for name, types in schema.tables.items():
        parts = [batch.rows for batch in selected if batch.table == name]
        raw[name] = pd.concat([conform_raw(part, types, name) for part in parts], ignore_index=True)
    return cleaning.read_tables(raw, schema, clean.unit)


def sample_rows(rows: pd.DataFrame, schema: Schema, share: float) -> pd.DataFrame:
    """A share of the rows, drawn by the hash of their id, so that a row is drawn whatever other rows there are."""
    if share == 1:
        return rows
    limit = int(share * 2**32)
    drawn = [int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:4], "big") < limit for key in rows[schema.id]]
    return rows[np.array(drawn)].reset_index(drop=True)
