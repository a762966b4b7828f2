"""Raw batches without erased rows, in the place of those that had them.

A kill at any place is made good by another run: the new files are written beside, then `data/provenance.json` names
them, then they take the place of the old ones. What still has such a row, listed or not, is written again.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from lifecycle import paths
from lifecycle.erasure.content import find_rows
from lifecycle.erasure.search import Search
from lifecycle.errors import MissingFile
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import column_names, read_metadata, read_table, write_table
from lifecycle.sources.batches import HASH, hash_rows
from lifecycle.sources.provenance import CollectedBatch, Provenance, read_collected, write_provenance
from lifecycle.versioning.erased_rows import Mask, keep_rows

SUFFIX = ".parquet"


@dataclass(frozen=True)
class BatchChange:
    """A raw batch of which rows go: its name, how many do, and how many it has."""

    name: str
    removed: int
    rows: int


@dataclass(frozen=True)
class NewBatch:
    """What takes a batch's place: the file written beside, and how `data/provenance.json` describes it."""

    before: str
    beside: Path
    name: str
    rows: int
    sha256: str


def find_batches(search: Search) -> list[BatchChange]:
    """The raw batches with rows that go; raises MissingFile where one that is listed is not here."""
    files = sorted(path for path in paths.RAW.rglob(f"*{SUFFIX}") if not path.name.startswith("."))
    names = [path.relative_to(paths.RAW).as_posix() for path in files]
    found = [change for change in (describe_change(name, search) for name in names) if change.removed]
    listed = read_collected().by_name
    check_here(sorted(listed.keys() - set(names)), interrupted=any(one.name not in listed for one in found))
    return found


def list_columns() -> set[str]:
    """The columns of all raw tables."""
    return {name for path in paths.RAW.rglob(f"*{SUFFIX}") for name in column_names(path)}


def describe_change(name: str, search: Search) -> BatchChange:
    """How many rows of a batch go."""
    rows = read_table(paths.RAW / name)
    return BatchChange(name, int(find_going(rows, search).sum()), len(rows))


def find_going(rows: pd.DataFrame, search: Search) -> Mask:
    """Which rows of a batch go."""
    return find_rows(rows, list(map(str, rows.columns)), search)


def check_here(missing: Sequence[str], *, interrupted: bool) -> None:
    """Raise MissingFile for listed batches that are not here, unless an interrupted run is about to write them."""
    if missing and not interrupted:
        raise MissingFile(
            f"{paths.RAW / missing[0]} is not here, so nothing tells whether it holds such rows",
            where=f"{paths.PROVENANCE}, {len(missing)} batches",
            todo=f"dvc checkout {paths.RAW}, or: dvc pull {paths.RAW}",
        )


def rewrite_batches(changes: Sequence[BatchChange], search: Search, labels: Mapping[str, str]) -> None:
    """Put batches without the rows in place of these; `labels` are new names of label files by their old ones."""
    made = {change.name: make_batch(change.name, search, labels) for change in changes}
    earlier = read_collected()
    listed = {one.batch: one for one in (describe_entry(one, made) for one in earlier.batches) if one}
    write_provenance(Provenance(batches=tuple(listed.values()), through=earlier.through))
    for name, new in made.items():
        place_batch(name, new, listed)


def place_batch(name: str, new: NewBatch | None, listed: Container[str]) -> None:
    """Put a new batch in place of the old one; what is listed under neither name goes."""
    if new is None or new.name != name:
        (paths.RAW / name).unlink()
    if new and new.name in listed:
        new.beside.replace(paths.RAW / new.name)
    elif new:
        new.beside.unlink()


def make_batch(name: str, search: Search, labels: Mapping[str, str]) -> NewBatch | None:
    """A batch without the rows that go, written beside; None where no row is left."""
    path = paths.RAW / name
    rows = read_table(path)
    kept = keep_rows(rows, find_going(rows, search))
    if kept.empty:
        return None
    new = path.with_stem(labels.get(path.stem) or rename_batch(path.stem, kept))
    beside = new.with_name(f".{new.name}")
    write_table(beside, kept, read_metadata(path))
    return NewBatch(name, beside, new.relative_to(paths.RAW).as_posix(), len(kept), hash_sha256(beside))


def rename_batch(mark: str, rows: pd.DataFrame) -> str:
    """The mark of a batch with other rows: their hash, where it was one before."""
    return hash_rows(rows) if HASH.fullmatch(mark) else mark


def describe_entry(one: CollectedBatch, made: Mapping[str, NewBatch | None]) -> CollectedBatch | None:
    """The entry of a batch as it is now; None where no row is left."""
    if one.batch not in made:
        return one
    new = made[one.batch]
    return replace(one, batch=new.name, rows=new.rows, sha256=new.sha256) if new else None
