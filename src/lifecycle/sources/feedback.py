"""Another source with feedback labels in one more raw table, `feedback`."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from lifecycle.errors import CorruptFile, SourceError
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import read_table
from lifecycle.options import Call
from lifecycle.sources import interface as sources
from lifecycle.sources.batches import Batch, Origin, StoredBatches, no_stored_batches
from lifecycle.sources.message_buffer import MessageBuffers

TABLE = "feedback"
TARGET = "_target_"
WHERE = "conf/source/, key source"


def describe_origin(*, source: dict[str, Any], batches: list[str], folder: str) -> Origin:
    """The origin of the other source, and of the labels of this service's predictions."""
    inner = sources.describe_origin(build_call(source), WHERE)
    return Origin(
        source=f"{inner.source}; {TABLE}: labels of this service's predictions, {len(batches)} files",
        licence=inner.licence,
        publisher=inner.publisher,
    )


def is_bundled(*, source: dict[str, Any], batches: list[str], folder: str) -> bool:
    """Whether the other source is; the label files lie beside the code."""
    return sources.is_bundled(build_call(source), WHERE)


def list_version_ends(
    *,
    source: dict[str, Any],
    batches: list[str],
    folder: str,
    after: date,
    today: date,
    stored: StoredBatches = no_stored_batches,
) -> list[date]:
    """The last days of the versions that the other source has after a day."""
    return sources.list_version_ends(build_call(source), WHERE, after, today=today, stored=stored)


def read(
    *,
    source: dict[str, Any],
    batches: list[str],
    folder: str,
    through: date | None = None,
    stored: StoredBatches = no_stored_batches,
    buffers: MessageBuffers | None = None,
) -> Iterator[Batch]:
    """The batches of the other source, then one of table `feedback` for each label file in `batches`.

    The other source gets the same arguments: the version's last day, the stored batches, and the buffers. A
    label file is `<folder>/<name>.parquet`, named by the first 12 hexadecimal digits of its SHA-256. Raises
    SourceError for a missing file, CorruptFile for one that does not match its name.
    """
    yield from sources.read_batches(build_call(source), WHERE, through=through, stored=stored, buffers=buffers)
    for name in batches:
        path = Path(folder) / f"{name}.parquet"
        if not path.exists():
            raise SourceError(
                f"the label file {name} is not in {folder}",
                where="conf/source/, key batches",
                todo=f"dvc checkout {path}.dvc",
            )
        if hash_sha256(path)[:12] != name:
            raise CorruptFile(
                f"{path} has changed since it was written",
                where=str(path),
                todo=f"rm {path} && dvc checkout {path}.dvc",
            )
        yield Batch(table=TABLE, period=None, rows=read_table(path), mark=name)


def build_call(source: dict[str, Any]) -> Call:
    """The other source, as conf/source/ names it."""
    return Call(
        target=str(source.get(TARGET, "")), arguments={key: value for key, value in source.items() if key != TARGET}
    )
