"""MongoDB: the documents of a collection, flattened to rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lifecycle.errors import SourceError, WrongValue
from lifecycle.io.budget import TABLE, must_fit_bytes, must_fit_depth, read_budget, start_pace
from lifecycle.io.progress import track
from lifecycle.options import options
from lifecycle.sources.formats.entry import ReadContext, ReadResult
from lifecycle.sources.formats.json_records import NestedEntry, build_rows
from lifecycle.sources.formats.normalize import measure_depth, sort_rows, weigh_value
from lifecycle.sources.retry import TransientFailure, call_with_retries
from lifecycle.sources.secrets import fill_url, hide_secrets, mask_secrets, must_be_confirmed_for

if TYPE_CHECKING:
    from pymongo import MongoClient

MECHANISMS = re.compile(r"MONGODB-AWS|MONGODB-OIDC|GSSAPI", re.I)  # they show the server who this machine is
MILLISECONDS = 10_000  # without a server; six times as long without a byte
LARGEST = TABLE.most  # bytes of all documents, which state no size


@options
class MongoEntry(NestedEntry):
    """The collection `table` of the database that the address names, or what `query`, MongoDB's filter, finds in it."""

    table: str
    query: dict[str, Any] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        """The collection, and the filter where there is one."""
        return f"{self.table} {self.query}" if self.query else self.table


def read(entry: MongoEntry, context: ReadContext) -> ReadResult:
    """One row per document, sorted by all columns; ids are text and times ISO 8601 in UTC.

    Raises SourceError if the server does not respond or rejects the request, or if nothing is found.
    """
    must_be_filter(entry)
    must_be_confirmed_for(entry.path, MECHANISMS.findall(entry.path))
    with hide_secrets(entry.path) as values:
        documents = call_with_retries(lambda: fetch_documents(entry, values), context.wait)
        return ReadResult(sort_rows(build_rows(documents, entry, read_budget().allow(LARGEST))))


def must_be_filter(entry: MongoEntry) -> None:
    """Raise WrongValue for a filter that would run a program on the server."""
    for word in ("$where", "$function", "$accumulator"):
        if f'"{word}"' in json.dumps(entry.query):
            raise WrongValue(
                f"query has {word}, which runs a program",
                where=f"{mask_secrets(entry.path)}, key query",
                todo="write a filter of values, such as {year: {$gte: 2013}}",
            )


def fetch_documents(entry: MongoEntry, values: Mapping[str, str]) -> list[Any]:
    """The documents, from one attempt; raises TransientFailure if a retry may help."""
    try:
        from pymongo import MongoClient
        from pymongo.errors import AutoReconnect, PyMongoError, ServerSelectionTimeoutError
    except ImportError as cause:
        raise SourceError(
            "MongoDB is read by the package pymongo, which is not installed",
            where=mask_secrets(entry.path),
            todo="pip install lifecycle[mongo]",
        ) from cause
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(
            fill_url(entry.path, values),
            serverSelectionTimeoutMS=MILLISECONDS,
            connectTimeoutMS=MILLISECONDS,
            socketTimeoutMS=6 * MILLISECONDS,
            retryReads=False,
        )
        with (
            client,
            client.get_default_database()[entry.table].find(entry.query) as cursor,
            track(f"collect {mask_secrets(entry.path)}", cursor, "documents") as documents,
        ):
            return take_documents(documents, mask_secrets(entry.path))
    except ServerSelectionTimeoutError as cause:  # the driver has tried again all the while
        raise build_error(entry, cause) from cause
    except AutoReconnect as cause:
        raise TransientFailure(build_error(entry, cause)) from cause
    except (PyMongoError, ValueError) as cause:
        raise build_error(entry, cause) from cause


def take_documents(documents: Iterable[Any], where: str) -> list[Any]:
    """The documents in the types of JSON; raises TooLarge where they are too many, too large, too deep or too late."""
    pace, found, size = start_pace(where), [], 0
    for document in documents:
        must_fit_depth(measure_depth(document), where)
        found.append(convert_to_json_types(document))
        added = weigh_value(found[-1])
        size += added
        must_fit_bytes(size, LARGEST, where, is_all=False)
        pace.gave(added)
    return found


def build_error(entry: MongoEntry, cause: Exception) -> SourceError:
    """The error with the message of the server or its driver."""
    return SourceError(
        f"MongoDB reports: {' '.join(str(cause).split())[:200]}",
        where=f"{mask_secrets(entry.path)}, collection {entry.table}",
        todo="write path: mongodb://${MONGO_USER}:${MONGO_PASSWORD}@host/database, and check table: and query:",
    )


def convert_to_json_types(value: Any) -> Any:
    """A document in the types of JSON: MongoDB's own, such as ids and decimals, are text."""
    for kind, convert in CONVERTERS.items():
        if isinstance(value, kind):
            return convert(value)
    return str(value)


# A boolean is an integer in Python, so it comes first, and both come before MongoDB's own types.
CONVERTERS: Mapping[Any, Callable[[Any], Any]] = {
    dict: lambda value: {key: convert_to_json_types(inner) for key, inner in value.items()},
    list: lambda value: [convert_to_json_types(inner) for inner in value],
    bool: bool,
    int: int,
    datetime: lambda value: value.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    bytes: bytes.hex,
    (float, str, type(None)): lambda value: value,
}
