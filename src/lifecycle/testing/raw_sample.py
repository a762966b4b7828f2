"""Some of a project's raw rows, spread evenly over all of them, written where a copy of it looks for its raw data."""

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lifecycle import config, paths
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import read_table, write_table
from lifecycle.sources import batches, interface
from lifecycle.sources.batches import Batch
from lifecycle.sources.provenance import CollectedBatch, Provenance, read_collected, write_provenance
from lifecycle.stages import clean, collect

WHERE = "conf/source/"


def write_sample(copy: Path, rows: int) -> None:
    """Put at most so many rows of the units' table into a copy of this project, and the other tables whole.

    They are those in data/raw/, else what the source gives: nothing is written here. Where no raw table has the units,
    each table is cut. Raises SourceError where the source cannot be read.
    """
    whole = read_raw()
    cut = cut_batches(whole, rows, config.load(clean.Config).clean.unit)
    through = str(config.load(collect.Config).through) if batches.is_dated(whole) else None
    with contextlib.chdir(copy):
        write_provenance(Provenance(batches=tuple(write_batch(one) for one in cut), through=through))


def read_raw() -> list[Batch]:
    """The batches of this project's data version: those collected where all are here, else from the source."""
    earlier = read_collected()
    if earlier.batches and all((paths.RAW / one.batch).is_file() for one in earlier.batches):
        return [read_collected_batch(one, earlier.through is not None) for one in earlier.batches]
    settings = config.load(collect.Config)
    origin = interface.describe_origin(settings.source, WHERE)
    found = interface.read_batches(settings.source, WHERE, through=settings.through, stored=batches.no_stored_batches)
    return [replace(one, origin=one.origin or origin) for one in batches.select_through(found, settings.through)]


def read_collected_batch(one: CollectedBatch, dated: bool) -> Batch:
    """A batch in data/raw/, under the name that it has there."""
    path = paths.RAW / one.batch
    return Batch(one.table, None, read_table(path), path.stem, one.origin, dated=dated)


def cut_batches(whole: Sequence[Batch], rows: int, unit: str) -> list[Batch]:
    """The batches with every k-th row of the units' table, so that its rows are of all times; none is empty."""
    counts = Counter[str]()
    for one in whole:
        counts[one.table] += len(one.rows)
    cut, seen = list[Batch](), Counter[str]()
    for one in whole:
        kept = one.table == unit or unit not in counts
        chosen = take_evenly(one.rows, seen[one.table], counts[one.table], rows) if kept else one.rows
        seen[one.table] += len(one.rows)
        cut += [replace(one, rows=chosen)] if len(chosen) else []
    return cut


def take_evenly(table: pd.DataFrame, first: int, count: int, rows: int) -> pd.DataFrame:
    """At most `rows` of `count` rows in even steps; the table's are those from place `first` on."""
    place = np.arange(first, first + len(table))
    return table[(place + 1) * rows // count > place * rows // count] if count > rows else table


def write_batch(batch: Batch) -> CollectedBatch:
    """Write a batch with its origin into data/raw/ of this folder, and return its record."""
    if batch.origin is None:
        raise AssertionError("every batch was given an origin")
    origin = asdict(batch.origin)
    write_table(paths.RAW / batch.name, batch.rows, origin)
    sha256 = hash_sha256(paths.RAW / batch.name)
    return CollectedBatch(batch=batch.name, rows=len(batch.rows), sha256=sha256, **origin)
