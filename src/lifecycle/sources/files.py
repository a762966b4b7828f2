"""Files, web addresses and databases of any kind, each read exactly as its entry in conf/source/ says."""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import pandas as pd

from lifecycle.batches import Batch, Origin, content_mark
from lifecycle.errors import UnknownName, WrongValue, nearest
from lifecycle.sources import sql
from lifecycle.sources.address import contents, local, shown
from lifecycle.sources.formats import columns, databases, pages, records, separated, sheets
from lifecycle.sources.formats.columns import Columns
from lifecycle.sources.formats.databases import Database
from lifecycle.sources.formats.entry import Entry
from lifecycle.sources.formats.pages import PageTable
from lifecycle.sources.formats.plain import without
from lifecycle.sources.formats.records import Lines, Records
from lifecycle.sources.formats.separated import Separated
from lifecycle.sources.formats.sheets import Sheet

FILES: Mapping[str, tuple[type[Entry], Callable[[bytes, Any], pd.DataFrame]]] = {
    "csv": (Separated, separated.read),
    "excel": (Sheet, sheets.read),
    "html": (PageTable, pages.read),
    "json": (Records, records.read),
    "json_lines": (Lines, records.read_lines),
    "parquet": (Columns, columns.read),
}
DATABASES: Mapping[str, str] = {"sql": "", "sqlite": sql.SQLITE}


def origin(*, tables: dict[str, dict[str, Any]]) -> Origin:
    """Each table's address, with the SHA-256 of a local file; the licences and publishers that the entries state."""
    entries = {name: entry_of(name, given) for name, given in sorted(tables.items())}
    return Origin(
        source="; ".join(f"{name}: {told(entry.path)}" for name, entry in entries.items()),
        licence="; ".join(dict.fromkeys(entry.licence for entry in entries.values())),
        publisher="; ".join(dict.fromkeys(entry.publisher for entry in entries.values())),
    )


def told(address: str) -> str:
    """The address as it may be shown, with the hash of a local file."""
    remote = "://" in address and not address.startswith("file://")
    if remote or not local(address).is_file():
        return shown(address)
    return f"{address} (SHA-256 {sha256(local(address).read_bytes()).hexdigest()})"


def read(*, tables: dict[str, dict[str, Any]]) -> Iterator[Batch]:
    """One batch for each entry of `tables`, marked by its rows: a changed file or reading makes another batch.

    An entry has `path`, `format` and what that format's class in `sources/formats/` takes. Values of CSV and
    HTML are text. Raises UnknownName and WrongValue for an entry, SourceError for what it names.
    """
    for name, given in tables.items():
        rows = table(entry_of(name, given))
        yield Batch(table=name, period=None, rows=rows, mark=content_mark(rows))


def table(entry: Entry, data: bytes | None = None) -> pd.DataFrame:
    """The rows that an entry names, from the file's bytes where they are at hand."""
    if isinstance(entry, Database):
        found = sql.fetched(DATABASES[entry.format] + entry.path, **databases.asked(entry))
    else:
        found = FILES[entry.format][1](contents(entry.path) if data is None else data, entry)
    return without(found, entry.missing)


def entry_of(name: str, given: Mapping[str, Any], place: str = "conf/source/") -> Entry:
    """The entry as its format's class: no unknown key, no converted type; raises UnknownName or WrongValue."""
    from pydantic import TypeAdapter, ValidationError

    where = f"{place}, key tables.{name}"
    known = {**{key: kind for key, (kind, _) in FILES.items()}, **dict.fromkeys(DATABASES, Database)}
    kind = known.get(str(given.get("format")))
    if kind is None:
        raise UnknownName(
            f"format is {given.get('format')!r}",
            where=f"{where}.format",
            todo=nearest(str(given.get("format", "")), known),
        )
    try:
        return TypeAdapter(kind).validate_json(json.dumps(dict(given)))
    except ValidationError as cause:
        first = cause.errors()[0]
        raise unfit(kind, where, first["type"], ".".join(str(part) for part in first["loc"]), first["msg"]) from cause


def unfit(kind: type[Entry], where: str, problem: str, key: str, message: str) -> UnknownName | WrongValue:
    """What pydantic refused, said with the key and what would be right."""
    if problem == "unexpected_keyword_argument":
        fields = list(getattr(kind, "__dataclass_fields__", {}))
        return UnknownName(f"unknown key {key!r}", where=f"{where}.{key}", todo=nearest(key, fields))
    if problem in ("missing", "missing_argument"):
        return WrongValue(f"{key} is missing", where=where, todo=f"add the key {key}:")
    return WrongValue(f"{key}: {message}", where=f"{where}.{key}", todo=f"correct {key}:")
