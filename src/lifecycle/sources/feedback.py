"""Another source together with the labels that came back: one more raw table, `feedback`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lifecycle import targets
from lifecycle.batches import Batch, Origin
from lifecycle.errors import CorruptFile, SourceError
from lifecycle.files.hashes import sha256
from lifecycle.files.tables import read_table
from lifecycle.options import Call

TABLE = "feedback"
WHERE = "conf/source/, key source"


def origin(*, source: dict[str, Any], batches: list[str], folder: str) -> Origin:
    """Where the rows come from: the other source's origin, and the answers of this service with their labels."""
    named = Call(target=f"{call(source).target.rpartition('.')[0]}.origin", arguments=call(source).arguments)
    inner = targets.call(named, WHERE)
    return Origin(
        source=f"{inner.source}; {TABLE}: labels of this service's answers, {len(batches)} deliveries",
        licence=inner.licence,
        publisher=inner.publisher,
    )


def read(*, source: dict[str, Any], batches: list[str], folder: str) -> Iterator[Batch]:
    """The batches of the other source, then one of table `feedback` for each delivery that `batches` lists.

    A delivery is `<folder>/<name>.parquet`, named by the first 12 hexadecimal digits of its SHA-256. Raises
    SourceError for one that is not there, CorruptFile for one that is not what its name says.
    """
    yield from targets.call(call(source), WHERE)
    for name in batches:
        path = Path(folder) / f"{name}.parquet"
        if not path.exists():
            raise SourceError(
                f"the delivery {name} is not in {folder}",
                where="conf/source/, key batches",
                todo=f"dvc checkout {path}.dvc",
            )
        if sha256(path)[:12] != name:
            raise CorruptFile(
                f"{path} is not the delivery that it was", where=str(path), todo=f"rm {path} && dvc checkout {path}.dvc"
            )
        yield Batch(table=TABLE, period=None, rows=read_table(path), mark=name)


def call(source: dict[str, Any]) -> Call:
    """The other source, as conf/source/ names it."""
    return Call(target=str(source.get("target", "")), arguments=dict(source.get("arguments", {})))
