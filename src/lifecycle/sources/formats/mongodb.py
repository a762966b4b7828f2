"""MongoDB: the documents of a collection, flattened to rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lifecycle.errors import SourceError, WrongValue
from lifecycle.io.progress import bar
from lifecycle.options import options
from lifecycle.sources.formats.entry import Delivery, Visit
from lifecycle.sources.formats.json_records import Nested, rows_of
from lifecycle.sources.formats.normalize import ordered
from lifecycle.sources.retry import Passing, patiently
from lifecycle.sources.secrets import filled, hidden, shown

if TYPE_CHECKING:
    from pymongo import MongoClient

MILLISECONDS = 10_000  # without a server; six times as long without a byte


@options
class Collection(Nested):
    """The collection `table` of the database that the address names, or what `query`, MongoDB's filter, finds in it."""

    table: str
    query: dict[str, Any] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """The collection, and the filter where there is one."""
        return f"{self.table} {self.query}" if self.query else self.table


def read(entry: Collection, visit: Visit) -> Delivery:
    """One row per document, sorted by all columns; ids are text and times ISO 8601 in UTC.

    Raises SourceError when the server cannot be had or rejects, or when nothing is found.
    """
    must_find(entry)
    with hidden(entry.path) as values:
        return Delivery(ordered(rows_of(patiently(lambda: found(entry, values), visit.wait), entry)))


def must_find(entry: Collection) -> None:
    """Raise WrongValue for a filter that would run a program on the server."""
    for word in ("$where", "$function", "$accumulator"):
        if f'"{word}"' in json.dumps(entry.query):
            raise WrongValue(
                f"query has {word}, which runs a program",
                where=f"{shown(entry.path)}, key query",
                todo="write a filter of values, such as {year: {$gte: 2013}}",
            )


def found(entry: Collection, values: Mapping[str, str]) -> list[Any]:
    """The documents, from one try; raises Passing where another may help."""
    try:
        from pymongo import MongoClient
        from pymongo.errors import AutoReconnect, PyMongoError, ServerSelectionTimeoutError
    except ImportError as cause:
        raise SourceError(
            "MongoDB is read by the package pymongo, which is not installed",
            where=shown(entry.path),
            todo="pip install lifecycle[mongo]",
        ) from cause
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(
            filled(entry.path, values),
            serverSelectionTimeoutMS=MILLISECONDS,
            connectTimeoutMS=MILLISECONDS,
            socketTimeoutMS=6 * MILLISECONDS,
            retryReads=False,
        )
        with (
            client,
            client.get_default_database()[entry.table].find(entry.query) as cursor,
            bar(shown(entry.path), "documents", cursor) as documents,
        ):
            return [unpacked(document) for document in documents]
    except ServerSelectionTimeoutError as cause:  # the driver has tried again all the while
        raise rejected(entry, cause) from cause
    except AutoReconnect as cause:
        raise Passing(rejected(entry, cause)) from cause
    except (PyMongoError, ValueError) as cause:
        raise rejected(entry, cause) from cause


def rejected(entry: Collection, cause: Exception) -> SourceError:
    """The error for what the server or its driver says."""
    return SourceError(
        f"MongoDB says: {' '.join(str(cause).split())[:200]}",
        where=f"{shown(entry.path)}, collection {entry.table}",
        todo="write path: mongodb://${MONGO_USER}:${MONGO_PASSWORD}@host/database, and check table: and query:",
    )


def unpacked(value: Any) -> Any:
    """A document in the types of JSON: MongoDB's own, such as ids and decimals, are text."""
    for kind, plain in PLAIN.items():
        if isinstance(value, kind):
            return plain(value)
    return str(value)


# A truth value is a whole number to Python, so it goes before them, and both before their likes of MongoDB's own.
PLAIN: Mapping[Any, Callable[[Any], Any]] = {
    dict: lambda value: {key: unpacked(inner) for key, inner in value.items()},
    list: lambda value: [unpacked(inner) for inner in value],
    bool: bool,
    int: int,
    datetime: lambda value: value.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    bytes: bytes.hex,
    (float, str, type(None)): lambda value: value,
}
