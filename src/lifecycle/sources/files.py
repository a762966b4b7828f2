"""Files, web addresses, databases and streams, each read exactly as its entry in conf/source/ says."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pandas as pd

from lifecycle.errors import SourceError, UnknownName, WrongValue, nearest
from lifecycle.sources.batches import Batch, Held, Origin, content_mark, nothing_held
from lifecycle.sources.fetch import contents, local
from lifecycle.sources.formats import (
    csv_text,
    excel,
    html_selectors,
    html_table,
    json_records,
    mongodb,
    mqtt,
    openml,
    parquet,
    rest,
    sql,
)
from lifecycle.sources.formats.csv_text import Separated
from lifecycle.sources.formats.entry import Delivery, Entry, Visit
from lifecycle.sources.formats.excel import Sheet
from lifecycle.sources.formats.html_selectors import Selected
from lifecycle.sources.formats.html_table import PageTable
from lifecycle.sources.formats.json_records import Lines, Records
from lifecycle.sources.formats.mongodb import Collection
from lifecycle.sources.formats.mqtt import Topic
from lifecycle.sources.formats.normalize import without as without_codes
from lifecycle.sources.formats.openml import Published
from lifecycle.sources.formats.parquet import Columns
from lifecycle.sources.formats.rest import Api
from lifecycle.sources.formats.sql import Database
from lifecycle.sources.retry import Wait
from lifecycle.sources.robots import page
from lifecycle.sources.secrets import shown
from lifecycle.sources.spool import Spool, Spools
from lifecycle.sources.watermark import marks, newest, since, timed, within, without

# What one file holds, read from its bytes.
FILES: Mapping[str, tuple[type[Entry], Callable[[bytes, Any], pd.DataFrame]]] = {
    "csv": (Separated, csv_text.read),
    "excel": (Sheet, excel.read),
    "html": (PageTable, html_table.read),
    "json": (Records, json_records.read),
    "json_lines": (Lines, json_records.read_lines),
    "parquet": (Columns, parquet.read),
}
# What is asked for over a protocol of its own.
SERVERS: Mapping[str, tuple[type[Entry], Callable[[Any, Visit], Delivery]]] = {
    "mongodb": (Collection, mongodb.read),
    "mqtt": (Topic, mqtt.read),
    "openml": (Published, openml.read),
    "rest": (Api, rest.read),
    "selectors": (Selected, html_selectors.read),
    "sql": (Database, sql.read),
    "sqlite": (Database, sql.read),
}


def origin(*, tables: dict[str, dict[str, Any]]) -> Origin:
    """Each table's address, with the SHA-256 of a local file; the licences and publishers that the entries state."""
    found = {name: origin_of(entry_of(name, given)) for name, given in sorted(tables.items())}
    return Origin(
        source="; ".join(f"{name}: {one.source}" for name, one in found.items()),
        licence="; ".join(dict.fromkeys(one.licence for one in found.values())),
        publisher="; ".join(dict.fromkeys(one.publisher for one in found.values())),
    )


def origin_of(entry: Entry) -> Origin:
    """Where the rows of one entry come from; the same after each reading of a source that is added to."""
    asked = f" ({' '.join(entry.detail.split())})" if entry.detail else ""
    hashed = "" if grows(entry) else hash_of(entry.path)
    return Origin(f"{shown(entry.path)}{asked}{hashed}", entry.licence, entry.publisher)


def hash_of(address: str) -> str:
    """The hash of a local file, as the origin says it; empty for everything else."""
    remote = "://" in address and not address.startswith("file://")
    if remote or not local(address).is_file():
        return ""
    return f" (SHA-256 {sha256(local(address).read_bytes()).hexdigest()})"


def read(
    *,
    tables: dict[str, dict[str, Any]],
    through: date | None = None,
    held: Held = nothing_held,
    spools: Spools | None = None,
    wait: Wait = time.sleep,
) -> Iterator[Batch]:
    """One batch for each entry of `tables`, marked by its rows: a changed file or reading makes another batch.

    An entry with a watermark, and a stream, gives the batches of its table that are `held` already and belong
    to the version that ends with the day `through`, and one more where there are new rows. What a source
    delivered and could not be made a row stands in a table `<name>_rejected`. What a stream delivers stands in one
    of the `spools` before it is acknowledged, and is read from there until the caller clears them.

    An entry has `path`, `format` and what that format's class in `sources/formats/` takes. Values of CSV and
    HTML are text. Raises UnknownName and WrongValue for an entry, SourceError for what it names.
    """
    for name, given in tables.items():
        entry = entry_of(name, given)
        visit = Visit(wait=wait, through=through, spool=spool_of(name, entry, spools))
        yield from grown(name, entry, visit, held) if grows(entry) else whole(name, entry, visit)


def ends(
    *, tables: dict[str, dict[str, Any]], after: date, today: date, held: Held = nothing_held, wait: Wait = time.sleep
) -> list[date]:
    """The last day (UTC) before `today` with rows of an entry with a watermark, where it is after the day `after`.

    Of each table the rows from the newest one `held` on are read; streams, which give a row once, are not heard.
    """
    entries = {name: entry_of(name, given) for name, given in tables.items()}
    days = [day for name, entry in entries.items() for day in dated_days(name, entry, held, wait)]
    past = [day for day in days if after < day < today]
    return [max(past)] if past else []


def dated_days(name: str, entry: Entry, held: Held, wait: Wait) -> set[date]:
    """The days of an entry's newest rows; none where its marks are no times."""
    if not entry.watermark or entry.streams:
        return set()
    where = shown(entry.path)
    edge = newest([one.rows for one in of_entry(held(name), entry)], entry.watermark, where)
    rows = delivered(entry, Visit(wait=wait, since=edge)).rows
    found = marks(rows, entry.watermark, where) if len(rows) else pd.Series(dtype="float64")
    return {*found.dt.date} if timed(found) else set()


def grows(entry: Entry) -> bool:
    """Whether new rows are added to those that are held, instead of taking their place."""
    return entry.streams or bool(entry.watermark)


def spool_of(name: str, entry: Entry, spools: Spools | None) -> Spool | None:
    """Where the messages of a stream are kept; nowhere without spools, and for what can be read again."""
    return spools.of(name, origin_of(entry).source) if spools and entry.streams else None


def whole(name: str, entry: Entry, visit: Visit) -> Iterator[Batch]:
    """What the entry names, as it is now."""
    delivery = delivered(entry, visit)
    yield batch(name, delivery.rows, entry, delivery.licence)
    if delivery.rejected is not None and len(delivery.rejected):
        yield batch(f"{name}_rejected", delivery.rejected, entry)


def grown(name: str, entry: Entry, visit: Visit, held: Held) -> Iterator[Batch]:
    """The batches that are held, and one of the rows that are not; raises SourceError where there are none at all."""
    where = shown(entry.path)
    kept = [one for one in of_entry(held(name), entry) if is_within(one.rows, entry, visit, where)]
    there = [one.rows for one in kept]
    last = None if entry.streams else newest(there, entry.watermark, where)
    delivery = delivered(entry, replace(visit, since=last))
    rows = delivery.rows if entry.streams else of_version(delivery.rows, entry, last, visit, where)
    new = without(rows, there, entry.key if entry.streams else ())
    if new.empty and not kept:
        raise SourceError(
            f"there are no rows through {visit.through}",
            where=f"{where}, table {name}",
            todo="set a later through: in params.yaml, or wait for rows",
        )
    yield from (replace(one, dated=is_dated(one.rows, entry, where)) for one in with_new(kept, name, new, entry))
    yield from rejected(f"{name}_rejected", delivery, entry, held)


def is_dated(rows: pd.DataFrame, entry: Entry, where: str) -> bool:
    """Whether the rows wait for the version that they belong to: of a stream they come once, whatever the day."""
    return not entry.streams and timed(marks(rows, entry.watermark, where))


def is_within(rows: pd.DataFrame, entry: Entry, visit: Visit, where: str) -> bool:
    """Whether every row belongs to the data version."""
    return not entry.watermark or bool(within(rows, entry.watermark, visit.through, where).all())


def of_version(rows: pd.DataFrame, entry: Entry, last: Any, visit: Visit, where: str) -> pd.DataFrame:
    """The rows from the last mark held to the end of the data version."""
    if rows.empty:
        return rows
    late = since(rows, last, entry.watermark, where)
    return late[within(late, entry.watermark, visit.through, where).to_numpy()]


def rejected(name: str, delivery: Delivery, entry: Entry, held: Held) -> list[Batch]:
    """The batches of what could not be made rows: those held, and one of what is new."""
    kept = of_entry(held(name), entry)
    found = pd.DataFrame() if delivery.rejected is None else delivery.rejected
    return with_new(kept, name, without(found, [one.rows for one in kept]), entry)


def with_new(kept: list[Batch], name: str, new: pd.DataFrame, entry: Entry) -> list[Batch]:
    """The batches that are held, in the order in which they came, and one of the new rows where there are any."""
    return [*kept, batch(name, new, entry)] if len(new) else kept


def of_entry(held: list[Batch], entry: Entry) -> list[Batch]:
    """The batches that were read as the entry says: another address or query begins anew."""
    source = origin_of(entry).source
    return [one for one in held if one.origin is not None and one.origin.source == source]


def batch(name: str, rows: pd.DataFrame, entry: Entry, licence: str = "") -> Batch:
    """A batch marked by its rows; a licence that the source states holds where the entry states none."""
    origin = origin_of(entry)
    if licence and entry.licence == Entry.licence:
        origin = replace(origin, licence=licence)
    return Batch(table=name, period=None, rows=rows, mark=content_mark(rows), origin=origin)


def delivered(entry: Entry, visit: Visit) -> Delivery:
    """What the entry names, with its codes for missing left out, and rows that came twice only once."""
    if entry.format in SERVERS:
        found = SERVERS[entry.format][1](entry, visit)
    else:
        fetch = page if entry.format == "html" else contents
        found = Delivery(FILES[entry.format][1](fetch(entry.path, visit.wait), entry))
    return replace(found, rows=once(without_codes(found.rows, entry.missing), entry))


def once(rows: pd.DataFrame, entry: Entry) -> pd.DataFrame:
    """The rows, the last one of those alike in the key, or in all columns of a stream, which may deliver twice.

    Raises UnknownName for a column of the key that is not there.
    """
    for name in entry.key:
        if name not in rows.columns and len(rows):
            raise UnknownName(
                f"there is no column {name!r} to tell rows apart by",
                where=f"{shown(entry.path)}, key key",
                todo=nearest(name, map(str, rows.columns)),
            )
    if rows.empty or not (entry.key or entry.streams):
        return rows
    return rows.drop_duplicates(subset=list(entry.key) or None, keep="last", ignore_index=True)


def table(entry: Entry, data: bytes) -> pd.DataFrame:
    """The rows that an entry names, from the bytes of its file where they are at hand."""
    if entry.format in SERVERS:
        return delivered(entry, Visit(wait=time.sleep)).rows
    return once(without_codes(FILES[entry.format][1](data, entry), entry.missing), entry)


def entry_of(name: str, given: Mapping[str, Any], place: str = "conf/source/") -> Entry:
    """The entry as its format's class: no unknown key, no converted type; raises UnknownName or WrongValue."""
    from pydantic import TypeAdapter, ValidationError

    where = f"{place}, key tables.{name}"
    known = {name: kind for name, (kind, _) in {**FILES, **SERVERS}.items()}
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
    """What pydantic rejected, said with the key and what would be right."""
    if problem == "unexpected_keyword_argument":
        fields = list(getattr(kind, "__dataclass_fields__", {}))
        return UnknownName(f"unknown key {key!r}", where=f"{where}.{key}", todo=nearest(key, fields))
    if problem in ("missing", "missing_argument"):
        return WrongValue(f"{key} is missing", where=where, todo=f"add the key {key}:")
    return WrongValue(f"{key}: {message}", where=f"{where}.{key}", todo=f"correct {key}:")
