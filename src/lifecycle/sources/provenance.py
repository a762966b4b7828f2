"""What was collected: the batches in `data/raw/` with their origin, recorded in `data/provenance.json`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.options import options
from lifecycle.sources.batches import Batch, Origin


@options
class CollectedBatch:
    """A file in `data/raw/`: its name `batch`, its number of rows, its hash, and the origin of the rows.

    `merged` are the batches of two versions that a merge put together in it.
    """

    batch: str
    rows: int
    sha256: str
    source: str
    licence: str
    publisher: str
    merged: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The raw table that the batch belongs to."""
        return self.batch.split("/")[0]

    @property
    def origin(self) -> Origin:
        """Where the rows come from."""
        return Origin(source=self.source, licence=self.licence, publisher=self.publisher)


@options
class Provenance:
    """The batches of a data version in their order; `through` is its last day where a day decides its rows."""

    batches: tuple[CollectedBatch, ...] = ()
    through: str | None = None

    @property
    def by_name(self) -> dict[str, CollectedBatch]:
        """The batches by name."""
        return {one.batch: one for one in self.batches}

    def batches_of(self, table: str) -> list[CollectedBatch]:
        """The batches of a raw table."""
        return [one for one in self.batches if one.table == table]


def describe_batch(batch: Batch, origin: Origin) -> CollectedBatch:
    """The record of a batch that was written; a batch without an origin of its own has the source's."""
    sha256 = hash_sha256(paths.RAW / batch.name)
    return CollectedBatch(batch=batch.name, rows=len(batch.rows), sha256=sha256, **asdict(batch.origin or origin))


def write_batch(batch: Batch, origin: Origin, earlier: Provenance) -> CollectedBatch:
    """Write a batch with its origin in its file, and return its record.

    Rows that were collected before keep their bytes and their record, wherever their source stands now. Batches that
    were written before the origin was part of the file stay as they were.
    """
    path, known = paths.RAW / batch.name, earlier.by_name.get(batch.name)
    for metadata in (asdict(known.origin), {}) if known else ():
        write_table(path, batch.rows, metadata)
        if known and hash_sha256(path) == known.sha256:
            return known
    write_table(path, batch.rows, asdict(batch.origin or origin))
    return describe_batch(batch, origin)


def write_provenance(provenance: Provenance) -> None:
    """Write the record; without a last day the key `through` is left out, and without merged batches `merged`."""
    write_json(paths.PROVENANCE, as_record(provenance))


def as_record(provenance: Provenance) -> dict[str, Any]:
    """The record as JSON holds it."""
    batches = [
        {name: value for name, value in asdict(one).items() if name != "merged" or value} for one in provenance.batches
    ]
    return {"batches": batches, **({"through": provenance.through} if provenance.through is not None else {})}


def read_provenance() -> Provenance:
    """The record of the workspace; raises MissingFile without one, CorruptFile for anything else than a record."""
    return parse_provenance(read_json(paths.PROVENANCE))


def read_collected() -> Provenance:
    """The record of what was collected before, empty before the first run; raises CorruptFile as reading does."""
    return read_provenance() if paths.PROVENANCE.exists() else Provenance()


def parse_provenance(record: Any) -> Provenance:
    """The record from JSON: no unknown key, no converted type; raises CorruptFile otherwise."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Provenance).validate_json(json.dumps(record))
    except ValidationError as cause:
        first = cause.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise CorruptFile(
            f"{paths.PROVENANCE} is not a list of batches with their hashes ({key}: {first['msg']})",
            where=str(paths.PROVENANCE),
            todo=f"git checkout {paths.PROVENANCE}, or rm -r {paths.RAW} {paths.PROVENANCE} && dvc repro collect",
        ) from cause


def read_stored_batches(table: str, earlier: Provenance) -> list[Batch]:
    """The batches of a table that are there, in the order in which they came; raises CorruptFile for a changed one."""
    return [
        Batch(table, None, read_table(paths.RAW / one.batch), Path(one.batch).stem, one.origin)
        for one in earlier.batches_of(table)
        if is_stored(one.batch, earlier)
    ]


def is_stored(name: str, earlier: Provenance) -> bool:
    """Whether a batch was collected before; raises CorruptFile when its file has changed since."""
    path, known = paths.RAW / name, earlier.by_name.get(name)
    if known is None or not path.exists():
        return False
    if hash_sha256(path) != known.sha256:
        raise CorruptFile(
            f"{path} has changed since it was collected",
            where=f"{path}, {path.stat().st_size:,} bytes; {paths.PROVENANCE} has another hash",
            todo=f"rm {path} && dvc repro collect",
        )
    return True


def replace_merged(batches: Iterable[Batch], earlier: Provenance) -> list[Batch]:
    """The batches, with that which a merge made of them and others in place of those that it was made of.

    The source gives what one side had; the rows of the other side are in the merged batch alone. Raises MissingFile
    where that is not here.
    """
    merged = {name: one for one in earlier.batches for name in one.merged}
    found = {}
    for batch in batches:
        one = merged.get(batch.name)
        found[one.batch if one else batch.name] = read_merged(one, earlier) if one else batch
    return list(found.values())


def read_merged(one: CollectedBatch, earlier: Provenance) -> Batch:
    """A batch that a merge made; raises MissingFile where it is not here, CorruptFile where it has changed."""
    path = paths.RAW / one.batch
    if not is_stored(one.batch, earlier):
        raise MissingFile(
            f"{path} is not here, in which a merge put together {' and '.join(one.merged)}",
            where=str(paths.PROVENANCE),
            todo=f"dvc pull {paths.RAW}, then: dvc repro collect",
        )
    return Batch(one.table, None, read_table(path), Path(one.batch).stem, one.origin)
