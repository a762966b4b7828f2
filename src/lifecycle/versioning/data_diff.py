"""What changed between two versions of a table: rows by id, columns, and how the values moved; both stream by.

Two hashes of 64 bits are kept per row, of its id and of its content, so that 10 million rows against 10 million
take a few hundred megabytes. Two different ids share a hash with a probability of about 1 in 100,000 there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lifecycle.errors import UnfitTable
from lifecycle.io.tables import check_parquet
from lifecycle.options import options
from lifecycle.statistics.binning import align_counts
from lifecycle.statistics.distances import measure_gap, population_stability_index, total_variation_distance
from lifecycle.statistics.hypothesis_tests import adjust_holm, chi_square_test, kolmogorov_smirnov_p_value
from lifecycle.versioning import sketches
from lifecycle.versioning.sketches import Hashes, Moments, Sample, Values

ROWS = 65_536  # rows in memory at once
PRIME = np.uint64(0x9E3779B97F4A7C15)
MISSING = np.uint64(0xD6E8FEB86659FD93)
Mask = npt.NDArray[np.bool_]


@options
class ColumnShift:
    """One column of both tables: its kind, the shares missing in each, and how its distribution shifted.

    `size` is the standardised mean difference of a `number` column, the total variation distance of a `values`
    column; `distance` the Kolmogorov-Smirnov distance; `stability` the population stability index; `p_value` the
    p-value after Holm's correction. Each is None where it does not apply or cannot be computed.
    """

    name: str
    kind: str
    missing: tuple[float, float]
    size: float | None = None
    distance: float | None = None
    stability: float | None = None
    p_value: float | None = None
    means: tuple[float, float] | None = None

    @property
    def moved(self) -> float:
        """The share of rows, 0 to 1, by which the distributions or the missing values differ at least."""
        of_values = self.distance if self.kind == "number" else self.size
        return max(of_values or 0.0, abs(self.missing[1] - self.missing[0]))


@options
class TableChanges:
    """Rows before, after, added, removed and changed, columns added, removed or retyped, and shifts by column.

    `compared` says which rows the shifts are of: the `added` ones against all before, the `removed` ones against
    those left, or `all` of both where the tables have the same ids.
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
    columns: list[ColumnShift]


@options
class BatchChanges:
    """The rows of raw batches by name that only one version has, and names that have other bytes; counts of both."""

    added: dict[str, int]
    removed: dict[str, int]
    changed: list[str]
    same: int
    rows_before: int
    rows_after: int

    @property
    def before(self) -> int:
        """How many batches there were."""
        return len(self.removed) + len(self.changed) + self.same

    @property
    def after(self) -> int:
        """How many batches there are."""
        return len(self.added) + len(self.changed) + self.same


@options
class PartOverlap:
    """Test rows of each version, and how many of them the other version's models may learn from.

    `test_opened` are test rows before that are train or valid after, `test_seen_before` test rows after that were
    train or valid before.
    """

    test_before: int
    test_after: int
    test_opened: int
    test_seen_before: int


@dataclass(frozen=True)
class Index:
    """The hashes of a table's ids in ascending order, and those of its rows in the same order."""

    ids: Hashes
    rows: Hashes


@dataclass
class Sketch:
    """A group of rows in little memory: for each column its missing values, and the moments or counts of the others."""

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


def compare_batches(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> BatchChanges:
    """What changed between two lists of batches, each with `batch`, `rows` and `sha256` as provenance.json has them."""
    one, other = ({str(entry["batch"]): entry for entry in side} for side in (before, after))
    shared = sorted(one.keys() & other.keys())
    changed = [name for name in shared if one[name]["sha256"] != other[name]["sha256"]]
    return BatchChanges(
        added={name: other[name]["rows"] for name in sorted(other.keys() - one.keys())},
        removed={name: one[name]["rows"] for name in sorted(one.keys() - other.keys())},
        changed=changed,
        same=len(shared) - len(changed),
        rows_before=sum(entry["rows"] for entry in one.values()),
        rows_after=sum(entry["rows"] for entry in other.values()),
    )


def compare_tables(before: Path, after: Path, key: str) -> TableChanges:
    """What changed from one table to the other.

    Memory grows by 16 bytes a row of either table, and not with the number of columns. Raises UnfitTable where one
    has no column `key`, CorruptFile where one cannot be read as Parquet.
    """
    with check_parquet(before), check_parquet(after):
        return _compare(before, after, key)


def _compare(before: Path, after: Path, key: str) -> TableChanges:
    one, other = (read_types(path, key) for path in (before, after))
    shared = [name for name in one if name in other and one[name] == other[name]]
    indices = [hash_rows(path, key, shared) for path in (before, after)]
    positions, common = match_ids(*indices)
    kept = int(common.sum())
    changed = int((indices[0].rows[positions[common]] != indices[1].rows[common]).sum())
    added, removed = len(common) - kept, len(indices[0].ids) - kept
    compared = "added" if added else "removed" if removed else "all"
    return TableChanges(
        before=len(indices[0].ids),
        after=len(indices[1].ids),
        added=added,
        removed=removed,
        changed=changed,
        new_columns=[name for name in other if name not in one],
        lost_columns=[name for name in one if name not in other],
        retyped={name: (one[name], other[name]) for name in one if name in other and one[name] != other[name]},
        compared=compared,
        columns=measure_shifts(before, after, key, shared, [entry.ids for entry in indices], compared),
    )


def list_columns(path: Path) -> list[str]:
    """The columns of a table; raises CorruptFile where it cannot be read as Parquet."""
    with check_parquet(path):
        return [str(name) for name in pq.read_schema(path).names]


def read_types(path: Path, key: str) -> dict[str, str]:
    """The columns of a table with their types; raises UnfitTable where `key` is not among them."""
    types = {entry.name: str(entry.type) for entry in pq.read_schema(path)}
    if key not in types:
        raise UnfitTable(
            f"column {key!r} is missing, which identifies rows",
            where=str(path),
            todo=f"compare versions whose tables have it; this one has {', '.join(types)}",
        )
    return types


def read_chunks(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a table in chunks of `ROWS`."""
    with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as file:
        yield from file.iter_batches(batch_size=ROWS, columns=columns)


def hash_rows(path: Path, key: str, columns: list[str]) -> Index:
    """The hashes of all rows, sorted by the ids'."""
    ids, rows = [], []
    for batch in read_chunks(path, list(dict.fromkeys([key, *columns]))):
        ids.append(hash_values(batch.column(key)))
        rows.append(combine_hashes(batch, columns))
    whole = np.concatenate(ids) if ids else np.empty(0, dtype=np.uint64)
    order = np.argsort(whole)
    return Index(whole[order], np.concatenate(rows)[order] if rows else whole)


def combine_hashes(batch: pa.RecordBatch, columns: list[str]) -> Hashes:
    """The hash of each row's values in these columns."""
    combined = np.zeros(batch.num_rows, dtype=np.uint64)
    for name in columns:
        combined = (combined ^ hash_values(batch.column(name))) * PRIME
        combined ^= combined >> np.uint64(29)
    return combined


def hash_values(values: pa.Array) -> Hashes:
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


def match_ids(before: Index, after: Index) -> tuple[npt.NDArray[np.int64], Mask]:
    """For each id after, its position before, and whether it was there."""
    if not len(before.ids):
        return np.zeros(len(after.ids), dtype=np.int64), np.zeros(len(after.ids), dtype=bool)
    positions = np.minimum(np.searchsorted(before.ids, after.ids), len(before.ids) - 1)
    return positions, before.ids[positions] == after.ids


def not_in(ids: Hashes, known: Hashes) -> Mask:
    """Which ids are not among the known, sorted ones."""
    if not len(known):
        return np.ones(len(ids), dtype=bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, ids), len(known) - 1)] != ids)


def measure_shifts(
    before: Path, after: Path, key: str, columns: list[str], ids: list[Hashes], compared: str
) -> list[ColumnShift]:
    """The shift of each column: the rows that only one table has against the other table, which shares none of them."""
    kinds = {entry.name: entry.type for entry in pq.read_schema(before)}
    comparable = [name for name in columns if name != key and not pa.types.is_temporal(kinds[name])]
    numbers = [name for name in comparable if is_numeric(kinds[name])]
    values = [name for name in comparable if name not in numbers]
    left = sketch_rows(before, key, numbers, values, ids[1] if compared == "removed" else None)
    right = sketch_rows(after, key, numbers, values, ids[0] if compared == "added" else None)
    shifts = [shift_of_numbers(name, position, left, right) for position, name in enumerate(numbers)]
    shifts += [shift_of_values(name, left, right) for name in values]
    return correct_p_values(shifts, tested=compared != "all")


def sketch_rows(path: Path, key: str, numbers: list[str], values: list[str], known: Hashes | None) -> Sketch:
    """The sketch of a table's rows, or of those whose id is not known."""
    sketch = Sketch(numbers, values)
    for batch in read_chunks(path, [key, *numbers, *values]):
        ids = hash_values(batch.column(key))
        chosen = np.ones(len(ids), dtype=bool) if known is None else not_in(ids, known)
        update_sketch(sketch, ids[chosen], batch.filter(pa.array(chosen)))
    return sketch


def update_sketch(sketch: Sketch, ids: Hashes, batch: pa.RecordBatch) -> None:
    """Add rows to the sketch."""
    if not len(ids):
        return
    sketch.rows += len(ids)
    floats = np.empty((len(ids), len(sketch.numbers)))
    for position, name in enumerate(sketch.numbers):
        floats[:, position] = batch.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
        there = floats[np.isfinite(floats[:, position]), position]
        sketch.moments[name].add(there)
        sketch.missing[name] = sketch.missing.get(name, 0) + int(np.isnan(floats[:, position]).sum())
    sketch.sample.add(ids, floats)
    for name in sketch.values:
        column = batch.column(name)
        sketch.missing[name] = sketch.missing.get(name, 0) + column.null_count
        seen = pc.value_counts(column.cast(pa.string()).drop_null())
        sketch.counts[name].add({one["values"]: one["counts"] for one in seen.to_pylist()})


def shift_of_numbers(name: str, position: int, left: Sketch, right: Sketch) -> ColumnShift:
    """The shift of a column of numbers, its p-value as the test gives it."""
    one, other = left.moments[name], right.moments[name]
    sides = [side.sample.rows[:, position] if side.rows else np.empty(0) for side in (left, right)]
    ordered = [np.sort(side[~np.isnan(side)]) for side in sides]
    distance = measure_gap(*ordered).kolmogorov_smirnov
    return ColumnShift(
        name=name,
        kind="number",
        missing=missing_shares(name, left, right),
        size=sketches.standardize_difference(one, other),
        distance=none_if_nan(distance),
        p_value=none_if_nan(kolmogorov_smirnov_p_value(distance, *ordered)),
        means=(one.mean, other.mean),
    )


def shift_of_values(name: str, left: Sketch, right: Sketch) -> ColumnShift:
    """The shift of a column of values, its p-value as the test gives it."""
    one, other = align_counts(*sketches.align_counts_of(left.counts[name], right.counts[name]))
    test = chi_square_test(one, other)
    return ColumnShift(
        name=name,
        kind="values",
        missing=missing_shares(name, left, right),
        size=none_if_nan(total_variation_distance(one, other)),
        stability=none_if_nan(float(population_stability_index(one, other))),
        p_value=test.p_value if test.degrees_of_freedom > 0 else None,
    )


def none_if_nan(value: float) -> float | None:
    """The value, or None in place of NaN."""
    return None if math.isnan(value) else value


def missing_shares(name: str, left: Sketch, right: Sketch) -> tuple[float, float]:
    """The share of missing values on both sides."""
    one, other = (side.missing.get(name, 0) / side.rows if side.rows else 0.0 for side in (left, right))
    return one, other


def correct_p_values(columns: list[ColumnShift], tested: bool) -> list[ColumnShift]:
    """The columns, most moved first, with p-values for as many tests; without any where the rows are the same."""
    raw = [column.p_value for column in columns if column.p_value is not None]
    p_values = iter(adjust_holm(raw))
    found = [
        replace(column, p_value=next(p_values) if tested else None) if column.p_value is not None else column
        for column in columns
    ]
    return sorted(found, key=lambda column: (-abs(column.size or 0.0), column.name))


def split_ids(table: Path, key: str, split: Path, split_key: str) -> tuple[Hashes, Hashes]:
    """The ids of the open rows, train and valid, and of all others, the test rows; hashed and sorted.

    `key` and `split_key` are the columns of ids; raises UnfitTable where a table has no such column.
    """
    every, opened = hash_ids(table, key), hash_ids(split, split_key)
    return opened, every[not_in(every, opened)]


def hash_ids(table: Path, column: str) -> Hashes:
    """The hashes of a column's values, sorted; raises UnfitTable where the table has no such column."""
    read_types(table, column)
    return np.sort(np.concatenate([hash_values(batch.column(column)) for batch in read_chunks(table, [column])]))


def count_overlap(before: tuple[Hashes, Hashes], after: tuple[Hashes, Hashes]) -> PartOverlap:
    """How many test rows of one version the other one's models may learn from, by the ids of `split_ids`."""
    return PartOverlap(
        test_before=len(before[1]),
        test_after=len(after[1]),
        test_opened=int((~not_in(before[1], after[0])).sum()),
        test_seen_before=int((~not_in(after[1], before[0])).sum()),
    )


def shift_cells(column: ColumnShift) -> tuple[str, str, str, str]:
    """A shift for a table for reading: the column's name, its size, its p-value, and the missing shares."""
    sizes = [
        ("d" if column.kind == "number" else "TV", column.size),
        ("KS", column.distance),
        ("PSI", column.stability),
    ]
    known = [f"{measure} {value:.3f}" for measure, value in sizes if value is not None]
    one, other = column.missing
    return column.name, ", ".join(known) or "-", format_p_value(column.p_value), f"{one:.1%} to {other:.1%}"


def format_p_value(p_value: float | None) -> str:
    """A p-value in four digits; a dash for none."""
    if p_value is None:
        return "-"
    return "<0.0001" if p_value < 1e-4 else f"{p_value:.4f}"
