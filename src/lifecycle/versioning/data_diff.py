"""What changed between two versions of a table: rows by id, columns, and how the values moved; both stream by.

Of each row two hashes of 64 bits are kept, of its id and of its content, so that 10 million rows against 10 million
take a few hundred megabytes. That two different ids share a hash has a chance of about 1 in 100,000 there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lifecycle.errors import UnfitTable
from lifecycle.versioning import sketches
from lifecycle.versioning.sketches import Hashes, Moments, Sample, Values

ROWS = 65_536  # rows in memory at once
PRIME = np.uint64(0x9E3779B97F4A7C15)
MISSING = np.uint64(0xD6E8FEB86659FD93)
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """One column of both tables: its kind, the shares missing in each, and how the rows compared moved.

    `size` is the standardised mean difference of numbers and the total variation of values; `distance` that of
    Kolmogorov and Smirnov; `stability` the population stability index; `p_value` the p-value after Holm.
    """

    name: str
    kind: str
    missing: tuple[float, float]
    size: float | None = None
    distance: float | None = None
    stability: float | None = None
    p_value: float | None = None
    means: tuple[float, float] | None = None


@dataclass(frozen=True)
class Changes:
    """Rows before, after, added, removed and changed, columns that came, went or have another type, and the shifts.

    `compared` says which rows the shifts are of: `added` against those before, `removed` against those left, or
    `all` where the tables have the same ids.
    """

    before: int
    after: int
    added: int
    removed: int
    changed: int
    new_columns: list[str]
    lost_columns: list[str]
    retyped: dict[str, tuple[str, str]]
    compared: str
    columns: list[Column]

    def record(self) -> dict[str, Any]:
        """All of it as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Index:
    """The hashes of a table's ids, sorted, and of its rows in the same order."""

    ids: Hashes
    rows: Hashes


@dataclass
class Sketch:
    """What is kept of a group of rows: for each column how many values are missing, and its numbers or values."""

    numbers: list[str]
    values: list[str]
    rows: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    moments: dict[str, Moments] = field(default_factory=dict)
    counts: dict[str, Values] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.moments = {name: Moments() for name in self.numbers}
        self.counts = {name: Values() for name in self.values}
        self.sample = Sample(len(self.numbers))


def compare(before: Path, after: Path, key: str) -> Changes:
    """What changed from one table to the other; raises UnfitTable where one has no column `key`.

    Memory grows by 16 bytes a row of either table, and not with the number of columns.
    """
    one, other = (schema(path, key) for path in (before, after))
    shared = [name for name in one if name in other and one[name] == other[name]]
    indices = [index(path, key, shared) for path in (before, after)]
    places, common = matched(*indices)
    kept = int(common.sum())
    changed = int((indices[0].rows[places[common]] != indices[1].rows[common]).sum())
    added, removed = len(common) - kept, len(indices[0].ids) - kept
    compared = "added" if added else "removed" if removed else "all"
    columns = shifts(before, after, key, shared, [entry.ids for entry in indices], compared)
    return Changes(
        before=len(indices[0].ids),
        after=len(indices[1].ids),
        added=added,
        removed=removed,
        changed=changed,
        new_columns=[name for name in other if name not in one],
        lost_columns=[name for name in one if name not in other],
        retyped={name: (one[name], other[name]) for name in one if name in other and one[name] != other[name]},
        compared=compared,
        columns=columns,
    )


def schema(path: Path, key: str) -> dict[str, str]:
    """The columns of a table with their types; raises UnfitTable where `key` is not among them."""
    found = {entry.name: str(entry.type) for entry in pq.read_schema(path)}
    if key not in found:
        raise UnfitTable(
            f"column {key!r} is missing, by which rows are told apart",
            where=str(path),
            todo=f"compare versions whose tables have it; this one has {', '.join(found)}",
        )
    return found


def batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a table, some at a time."""
    with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
        yield from file.iter_batches(batch_size=ROWS, columns=columns)


def index(path: Path, key: str, columns: list[str]) -> Index:
    """The hashes of all rows, sorted by the ids'."""
    ids, rows = [], []
    for batch in batches(path, list(dict.fromkeys([key, *columns]))):
        ids.append(hashed(batch.column(key)))
        rows.append(together(batch, columns))
    whole = np.concatenate(ids) if ids else np.empty(0, dtype=np.uint64)
    order = np.argsort(whole)
    return Index(whole[order], np.concatenate(rows)[order] if rows else whole)


def together(batch: pa.RecordBatch, columns: list[str]) -> Hashes:
    """The hash of each row's values in these columns."""
    found = np.zeros(batch.num_rows, dtype=np.uint64)
    for name in columns:
        found = (found ^ hashed(batch.column(name))) * PRIME
        found ^= found >> np.uint64(29)
    return found


def hashed(values: pa.Array) -> Hashes:
    """The hash of each value; all missing ones have the same."""
    from pandas.util import hash_array

    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if is_numeric(values.type) or pa.types.is_temporal(values.type) or pa.types.is_boolean(values.type):
        there = pc.is_valid(values).to_numpy(zero_copy_only=False)
        return np.where(there, hash_array(as_numbers(values)), MISSING)
    encoded = values.cast(pa.string()).dictionary_encode()
    words = hash_array(
        np.append(encoded.dictionary.to_numpy(zero_copy_only=False), "").astype(object), categorize=False
    )
    words[-1] = MISSING
    return np.asarray(words[encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)])


def as_numbers(values: pa.Array) -> npt.NDArray[Any]:
    """The values as numbers, missing ones as 0."""
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    elif pa.types.is_temporal(values.type):
        values = values.cast(pa.int32() if values.type.bit_width == 32 else pa.int64())
    return np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False))


def is_numeric(kind: pa.DataType) -> bool:
    """Whether a type is one of numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def matched(before: Index, after: Index) -> tuple[npt.NDArray[np.int64], Mask]:
    """For each id after, where it would stand before, and whether it does."""
    if not len(before.ids):
        return np.zeros(len(after.ids), dtype=np.int64), np.zeros(len(after.ids), dtype=bool)
    places = np.minimum(np.searchsorted(before.ids, after.ids), len(before.ids) - 1)
    return places, before.ids[places] == after.ids


def absent(ids: Hashes, known: Hashes) -> Mask:
    """Which ids are not among the known, sorted ones."""
    if not len(known):
        return np.ones(len(ids), dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, ids), len(known) - 1)] != ids)


def shifts(before: Path, after: Path, key: str, columns: list[str], ids: list[Hashes], compared: str) -> list[Column]:
    """How each column moved: the rows that only one table has against the other table, which shares none of them."""
    kinds = {entry.name: entry.type for entry in pq.read_schema(before)}
    told = [name for name in columns if name != key and not pa.types.is_temporal(kinds[name])]
    numbers = [name for name in told if is_numeric(kinds[name])]
    values = [name for name in told if name not in numbers]
    left = sketch(before, key, numbers, values, ids[1] if compared == "removed" else None)
    right = sketch(after, key, numbers, values, ids[0] if compared == "added" else None)
    found = [number(name, place, left, right) for place, name in enumerate(numbers)]
    found += [value(name, left, right) for name in values]
    return corrected(found, tested=compared != "all")


def sketch(path: Path, key: str, numbers: list[str], values: list[str], known: Hashes | None) -> Sketch:
    """What is kept of a table's rows, or of those whose id is not known."""
    made = Sketch(numbers, values)
    for batch in batches(path, [key, *numbers, *values]):
        ids = hashed(batch.column(key))
        chosen = np.ones(len(ids), dtype=bool) if known is None else absent(ids, known)
        add(made, ids[chosen], batch.filter(pa.array(chosen)))
    return made


def add(made: Sketch, ids: Hashes, batch: pa.RecordBatch) -> None:
    """Keep of the rows what the sketch keeps."""
    if not len(ids):
        return
    made.rows += len(ids)
    floats = np.empty((len(ids), len(made.numbers)))
    for place, name in enumerate(made.numbers):
        floats[:, place] = batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        there = floats[np.isfinite(floats[:, place]), place]
        made.moments[name].add(there)
        made.missing[name] = made.missing.get(name, 0) + int(np.isnan(floats[:, place]).sum())
    made.sample.add(ids, floats)
    for name in made.values:
        column = batch.column(name)
        made.missing[name] = made.missing.get(name, 0) + column.null_count
        seen = pc.value_counts(column.cast(pa.string()).drop_null())
        made.counts[name].add({one["values"]: one["counts"] for one in seen.to_pylist()})


def number(name: str, place: int, left: Sketch, right: Sketch) -> Column:
    """The shift of a column of numbers, its p-value as the test gives it."""
    one, other = left.moments[name], right.moments[name]
    sides = [made.sample.rows[:, place] if made.rows else np.empty(0) for made in (left, right)]
    distance = sketches.kolmogorov_smirnov(*sides)
    return Column(
        name=name,
        kind="number",
        missing=missing(name, left, right),
        size=sketches.standardised(one, other),
        distance=distance and distance[0],
        p_value=distance and distance[1],
        means=(one.mean, other.mean),
    )


def value(name: str, left: Sketch, right: Sketch) -> Column:
    """The shift of a column of values, its p-value as the test gives it."""
    one, other = sketches.alike(left.counts[name], right.counts[name])
    return Column(
        name=name,
        kind="values",
        missing=missing(name, left, right),
        size=sketches.total_variation(one, other),
        stability=sketches.stability(one, other),
        p_value=sketches.chi_square(one, other),
    )


def missing(name: str, left: Sketch, right: Sketch) -> tuple[float, float]:
    """The share of missing values on both sides."""
    one, other = (made.missing.get(name, 0) / made.rows if made.rows else 0.0 for made in (left, right))
    return one, other


def corrected(columns: list[Column], tested: bool) -> list[Column]:
    """The columns, most moved first, with p-values for as many tests; without any where the rows are the same."""
    from dataclasses import replace

    raw = [column.p_value for column in columns if column.p_value is not None]
    p_values = iter(sketches.adjusted(raw))
    found = [
        replace(column, p_value=next(p_values) if tested else None) if column.p_value is not None else column
        for column in columns
    ]
    return sorted(found, key=lambda column: (-abs(column.size or 0.0), column.name))


def parts(table: Path, split: Path, key: str) -> tuple[Hashes, Hashes]:
    """The ids of the open rows, train and valid, and of all others, the test rows; hashed and sorted."""
    every = np.sort(np.concatenate([hashed(batch.column(key)) for batch in batches(table, [key])]))
    opened = np.sort(np.concatenate([hashed(batch.column(key)) for batch in batches(split, [key])]))
    return opened, every[absent(every, opened)]


def overlap(before: tuple[Hashes, Hashes], after: tuple[Hashes, Hashes]) -> dict[str, int]:
    """Test rows of one version that the other one's models may learn from, and of how many test rows each."""
    return {
        "test_before": len(before[1]),
        "test_after": len(after[1]),
        "test_opened": int((~absent(before[1], after[0])).sum()),
        "test_seen_before": int((~absent(after[1], before[0])).sum()),
    }
