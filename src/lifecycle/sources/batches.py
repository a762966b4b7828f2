"""Immutable batches of raw rows: their origin, and which of them make up a data version."""

import hashlib
import re
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from lifecycle.errors import SourceError

HASH = re.compile(r"[0-9a-f]{12}")  # a mark that `hash_rows` made


@dataclass(frozen=True)
class Origin:
    """Where rows come from: the source with its version, its licence, who publishes it."""

    source: str
    licence: str
    publisher: str


@dataclass(frozen=True)
class Batch:
    """The rows of one table and month; a batch of a table without months has a mark instead of a period.

    A batch is never written twice under one name, so the mark of rows that may change at the source is
    `hash_rows`. `origin` is the batch's own, if it differs from the source's. `dated` is whether the
    version's last day limits the rows. `notes` say what was found while they were read.
    """

    table: str
    period: pd.Period | None
    rows: pd.DataFrame
    mark: str = "all"
    origin: Origin | None = None
    dated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`<table>/<month>.parquet`, or `<table>/<mark>.parquet`."""
        return f"{self.table}/{self.period or self.mark}.parquet"


StoredBatches = Callable[[str], list[Batch]]


def no_stored_batches(table: str) -> list[Batch]:
    """No stored batch, for any table."""
    return []


def hash_rows(rows: pd.DataFrame) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of the rows: names, types and values in their order."""
    types = ",".join(str(kind) for kind in rows.dtypes)
    text = rows.to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(f"{types}\n{text}".encode(errors="surrogatepass")).hexdigest()[:12]


def replace_rows(batch: Batch, rows: pd.DataFrame) -> Batch:
    """The batch with other rows; a mark that is a hash becomes that of the rows."""
    mark = hash_rows(rows) if HASH.fullmatch(batch.mark) else batch.mark
    return replace(batch, rows=rows, mark=mark)


def select_through(batches: Iterable[Batch], last: date) -> list[Batch]:
    """The batches of the data version that ends with the day `last`.

    Batches without a period belong to every version. Raises SourceError when `last` is before the first row,
    after the last one, or inside a month: a batch holds a whole month and is never changed afterwards.
    """
    available = list(batches)
    days = list_month_ends(available)
    if days and last not in days:
        place = bisect(days, last)
        near = map(str, [*days[:place][-1:], *days[place:][:1]])
        raise SourceError(
            f"no data version ends on {last}: {explain_no_version(last, list_months(available))}",
            where="params.yaml, key through",
            todo=f"set through: {' or '.join(near)}",
        )
    return [batch for batch in available if batch.period is None or batch.period.end_time.date() <= last]


def list_months(batches: Iterable[Batch]) -> list[pd.Period]:
    """The months of the batches that have one, in order."""
    return sorted(batch.period for batch in batches if batch.period is not None)


def list_month_ends(batches: Iterable[Batch]) -> list[date]:
    """The last days of those months."""
    return [month.end_time.date() for month in list_months(batches)]


def is_dated(batches: Iterable[Batch]) -> bool:
    """Whether the version's last day limits the rows."""
    return any(batch.period is not None or batch.dated for batch in batches)


def explain_no_version(last: date, months: list[pd.Period]) -> str:
    """Why no batch ends on that day."""
    first, end = months[0].start_time.date(), months[-1].end_time.date()
    if last < first:
        return f"the first row is of {first}"
    if last > end:
        return f"the last row is of {end}"
    return "batches are whole months"


def sort_batches(selected: Iterable[Batch], names: Iterable[str]) -> list[Batch]:
    """The batches, those of a table in the order of collection: months, then marks, the newest last.

    `collected` are the names of the earlier batches in their order.
    """
    batches = list(selected)
    tables = {name: place for place, name in reversed(list(enumerate(batch.table for batch in batches)))}
    earlier = {name: place for place, name in enumerate(names)}

    def place(batch: Batch) -> tuple[int, bool, int]:
        marked = batch.period is None
        return tables[batch.table], marked, earlier.get(batch.name, len(earlier)) if marked else 0

    return sorted(batches, key=place)


def keep_newest(parts: Sequence[pd.DataFrame], key: str) -> tuple[pd.DataFrame, int]:
    """The rows of a table's batches, for each id those of the newest batch, and the number of superseded rows.

    Rows of one batch with the same id are all kept: their order does not decide which of them is right.
    """
    rows = pd.concat(parts, ignore_index=True)
    number = pd.Series(np.repeat(np.arange(len(parts)), [len(part) for part in parts]))
    last = number.groupby(rows[key]).transform("max")
    mask = last.isna() | (number == last)
    return rows[mask].reset_index(drop=True), int((~mask).sum())


def group_by_table(names: Iterable[str]) -> Mapping[str, list[str]]:
    """The batch names of each table, in the order given."""
    tables: dict[str, list[str]] = {}
    for name in names:
        tables.setdefault(name.split("/")[0], []).append(name)
    return tables
