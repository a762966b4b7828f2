"""Records of what was erased, in `data/erased/`: one file each, so that two branches that erase do not conflict.

A record names no person: of the values by which rows were chosen, and of the rows' ids, it has salted hashes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field, replace
from pathlib import Path

from lifecycle import paths
from lifecycle.errors import CorruptFile
from lifecycle.io.records import read_json, write_json
from lifecycle.options import options

DIGITS = 32  # hexadecimal digits of a hash


@options
class ErasedVersion:
    """What a version was good for: its tags, the metrics of its test, and which of its objects were erased."""

    tags: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    objects: tuple[str, ...] = ()


@options
class Erasure:
    """One erasure: the day, the reason, by which rows were chosen, and what went.

    `values` are salted hashes of the values of `column`, `ids` of the rows' ids where another column chose them;
    `id` names the column of the ids. `rows` is the number of raw rows that went, `objects` the file that each erased
    object was of, `versions` the affected ones by their commits. `unfinished` is what another run has to do.
    """

    date: str
    reason: str
    column: str
    salt: str
    values: tuple[str, ...]
    id: str
    ids: tuple[str, ...] = ()
    rows: int = 0
    objects: dict[str, str] = field(default_factory=dict)
    versions: dict[str, ErasedVersion] = field(default_factory=dict)
    unfinished: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where the record stands: named by its day and its values."""
        mark = hashlib.sha256("".join(self.values).encode()).hexdigest()[:8]
        return paths.ERASED / f"{self.date}-{mark}.json"


def hash_value(salt: str, value: str) -> str:
    """The salted hash of a value: the first digits of its HMAC-SHA256."""
    return hmac.new(salt.encode(), value.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()[:DIGITS]


def hash_values(salt: str, values: Iterable[str]) -> tuple[str, ...]:
    """The salted hashes of several values, sorted."""
    return tuple(sorted(hash_value(salt, value) for value in values))


def read_erasures(folder: Path = paths.ERASED) -> list[Erasure]:
    """The records of the workspace, the oldest first; raises CorruptFile for a file that is none."""
    return [parse_erasure(read_json(path), path) for path in sorted(folder.glob("*.json"))]


def parse_erasure(record: object, path: Path) -> Erasure:
    """A record from JSON: no unknown key, no converted type; raises CorruptFile otherwise."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Erasure).validate_json(json.dumps(record))
    except ValidationError as cause:
        first = cause.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise CorruptFile(
            f"{path} is no record of an erasure ({key}: {first['msg']})",
            where=str(path),
            todo=f"git checkout {path}",
        ) from cause


def write_erasure(erasure: Erasure) -> None:
    """Write a record under its name."""
    write_json(erasure.path, asdict(erasure))


def extend_erasure(
    before: Erasure, rows: int, objects: Mapping[str, str], versions: Mapping[str, ErasedVersion]
) -> Erasure:
    """The record with more objects and versions than it had: after an interrupted run, the next one finds less."""
    merged = {commit: join_versions(before.versions.get(commit), one) for commit, one in versions.items()}
    return replace(
        before,
        rows=max(before.rows, rows),
        objects={**before.objects, **objects},
        versions=before.versions | merged,
    )


def join_versions(before: ErasedVersion | None, after: ErasedVersion) -> ErasedVersion:
    """A version with the objects and tags of both."""
    if before is None:
        return after
    return ErasedVersion(
        tags=tuple(sorted({*before.tags, *after.tags})),
        metrics=before.metrics or after.metrics,
        objects=tuple(sorted({*before.objects, *after.objects})),
    )
