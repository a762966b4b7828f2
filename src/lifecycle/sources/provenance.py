"""What was collected: the batches in `data/raw/` with their origin, recorded in `data/provenance.json`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.errors import CorruptFile
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import read_table
from lifecycle.options import options
from lifecycle.sources.batches import Batch, Origin


@options
class CollectedBatch:
    """A file in `data/raw/`: its name `batch`, its number of rows, its hash, and the origin of the rows."""

    batch: str
    rows: int
    sha256: str
    source: str
    licence: str
    publisher: str

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


def write_provenance(provenance: Provenance) -> None:
    """Write the record; without a last day the key `through` is left out."""
    record = asdict(provenance)
    write_json(paths.PROVENANCE, {name: value for name, value in record.items() if value is not None})


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
