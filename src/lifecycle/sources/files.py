"""Files, web addresses, databases and streams, each read by its entry in conf/source/."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

import pandas as pd

from lifecycle.errors import SourceError, UnknownName, WrongValue, suggest_name
from lifecycle.sources.batches import Batch, Origin, StoredBatches, hash_rows, no_stored_batches
from lifecycle.sources.fetch import read_contents, to_local_path
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
from lifecycle.sources.formats.csv_text import CsvEntry
from lifecycle.sources.formats.entry import Entry, ReadContext, ReadResult
from lifecycle.sources.formats.excel import ExcelEntry
from lifecycle.sources.formats.html_selectors import SelectorsEntry
from lifecycle.sources.formats.html_table import HtmlEntry
from lifecycle.sources.formats.json_records import JsonEntry, JsonLinesEntry
from lifecycle.sources.formats.mongodb import MongoEntry
from lifecycle.sources.formats.mqtt import MqttEntry
from lifecycle.sources.formats.normalize import count_infinite, mask_codes, mask_infinite
from lifecycle.sources.formats.openml import OpenmlEntry
from lifecycle.sources.formats.parquet import ParquetEntry
from lifecycle.sources.formats.rest import RestEntry
from lifecycle.sources.formats.sql import SqlEntry
from lifecycle.sources.message_buffer import MessageBuffer, MessageBuffers
from lifecycle.sources.reading_notes import describe_reading
from lifecycle.sources.retry import Wait
from lifecycle.sources.robots import fetch_page
from lifecycle.sources.secrets import mask_secrets
from lifecycle.sources.sql_engine import SQLITE
from lifecycle.sources.watermark import (
    drop_stored_rows,
    find_newest,
    is_time,
    mark_version_rows,
    parse_watermark,
    select_since,
)

# What one file holds, read from its bytes.
FILES: Mapping[str, tuple[type[Entry], Callable[[bytes, Any], ReadResult]]] = {
    "csv": (CsvEntry, csv_text.read),
    "excel": (ExcelEntry, excel.read),
    "html": (HtmlEntry, html_table.read),
    "json": (JsonEntry, json_records.read),
    "json_lines": (JsonLinesEntry, json_records.read_lines),
    "parquet": (ParquetEntry, parquet.read),
}
# Formats with a protocol of their own.
SERVERS: Mapping[str, tuple[type[Entry], Callable[[Any, ReadContext], ReadResult]]] = {
    "mongodb": (MongoEntry, mongodb.read),
    "mqtt": (MqttEntry, mqtt.read),
    "openml": (OpenmlEntry, openml.read),
    "rest": (RestEntry, rest.read),
    "selectors": (SelectorsEntry, html_selectors.read),
    "sql": (SqlEntry, sql.read),
    "sqlite": (SqlEntry, sql.read),
}
# The keys of an entry, by its format.
CLASSES: Mapping[str, type[Entry]] = {name: kind for name, (kind, _) in {**FILES, **SERVERS}.items()}


def describe_origin(*, tables: dict[str, dict[str, Any]]) -> Origin:
    """Each table's address, with the SHA-256 of a local file; the licences and publishers that the entries state."""
    origins = {name: describe_entry(parse_entry(name, keys)) for name, keys in sorted(tables.items())}
    return Origin(
        source="; ".join(f"{name}: {one.source}" for name, one in origins.items()),
        licence="; ".join(dict.fromkeys(one.licence for one in origins.values())),
        publisher="; ".join(dict.fromkeys(one.publisher for one in origins.values())),
    )


def describe_entry(entry: Entry) -> Origin:
    """The origin of one entry's rows; it does not change between runs of an incremental source."""
    detail = f" ({' '.join(entry.detail.split())})" if entry.detail else ""
    hashed = "" if is_incremental(entry) else describe_hash(entry.path)
    return Origin(f"{mask_secrets(entry.path)}{detail}{hashed}", entry.licence, entry.publisher)


def describe_hash(address: str) -> str:
    """The hash of a local file, as part of the origin; empty for everything else."""
    remote = "://" in address and not address.startswith("file://")
    if remote or not to_local_path(address).is_file():
        return ""
    return f" (SHA-256 {sha256(to_local_path(address).read_bytes()).hexdigest()})"


def read(
    *,
    tables: dict[str, dict[str, Any]],
    through: date | None = None,
    stored: StoredBatches = no_stored_batches,
    buffers: MessageBuffers | None = None,
    wait: Wait = time.sleep,
) -> Iterator[Batch]:
    """One batch for each entry of `tables`, marked by the hash of its rows: changed rows make another batch.

    An entry with a watermark, and a stream, yields the stored batches of its table that belong to the version
    that ends with the day `through`, and one more if there are new rows. Messages that are no rows go to a
    table `<name>_rejected`. Messages of a stream are written to one of the `buffers` before they are
    acknowledged, and are read from there until the caller clears it.

    An entry has `path`, `format` and the keys of that format's class in `sources/formats/`. Values of CSV and
    HTML are text. Raises UnknownName and WrongValue for an invalid entry, SourceError if it cannot be read.
    """
    for name, keys in tables.items():
        entry = parse_entry(name, keys)
        context = ReadContext(wait=wait, through=through, buffer=open_buffer(name, entry, buffers))
        yield from (
            read_incremental(name, entry, context, stored)
            if is_incremental(entry)
            else read_snapshot(name, entry, context)
        )


def list_version_ends(
    *,
    tables: dict[str, dict[str, Any]],
    after: date,
    today: date,
    stored: StoredBatches = no_stored_batches,
    wait: Wait = time.sleep,
) -> list[date]:
    """The last day (UTC) before `today` with rows of an entry with a watermark, if it is after the day `after`.

    Of each table the rows from the newest stored one on are read; streams, which deliver a row once, are not.
    """
    entries = {name: parse_entry(name, keys) for name, keys in tables.items()}
    days = [day for name, entry in entries.items() for day in list_new_days(name, entry, stored, wait)]
    past = [day for day in days if after < day < today]
    return [max(past)] if past else []


def list_new_days(name: str, entry: Entry, stored: StoredBatches, wait: Wait) -> set[date]:
    """The days of an entry's new rows; none if its watermark is no time."""
    if not entry.watermark or entry.streams:
        return set()
    where = mask_secrets(entry.path)
    edge = find_newest([one.rows for one in select_own_batches(stored(name), entry, wait)], entry.watermark, where)
    rows = read_entry(entry, ReadContext(wait=wait, since=edge)).rows
    values = parse_watermark(rows, entry.watermark, where) if len(rows) else pd.Series(dtype="float64")
    return {*values.dt.date} if is_time(values) else set()


def is_incremental(entry: Entry) -> bool:
    """Whether new rows are added to the stored ones instead of replacing them."""
    return entry.streams or bool(entry.watermark)


def open_buffer(name: str, entry: Entry, buffers: MessageBuffers | None) -> MessageBuffer | None:
    """The buffer of a stream; None without buffers, and for a source that can be read again."""
    return buffers.of(name, describe_entry(entry).source) if buffers and entry.streams else None


def read_snapshot(name: str, entry: Entry, context: ReadContext) -> Iterator[Batch]:
    """The current rows of the entry."""
    result = read_entry(entry, context)
    yield replace(build_batch(name, result.rows, entry, result.licence), notes=list_notes(name, result))
    if result.rejected is not None and len(result.rejected):
        yield build_batch(f"{name}_rejected", result.rejected, entry)


def read_incremental(name: str, entry: Entry, context: ReadContext, stored: StoredBatches) -> Iterator[Batch]:
    """The stored batches, and one of the new rows; raises SourceError if there are no rows at all."""
    where = mask_secrets(entry.path)
    batches = [
        one
        for one in select_own_batches(stored(name), entry, context.wait)
        if is_in_version(one.rows, entry, context, where)
    ]
    parts = [one.rows for one in batches]
    last = None if entry.streams else find_newest(parts, entry.watermark, where)
    result = read_entry(entry, replace(context, since=last))
    rows = result.rows if entry.streams else select_version_rows(result.rows, entry, last, context, where)
    new = drop_stored_rows(rows, parts, entry.key if entry.streams else ())
    if new.empty and not batches:
        raise SourceError(
            f"there are no rows through {context.through}",
            where=f"{where}, table {name}",
            todo="set a later through: in params.yaml, or wait for rows",
        )
    every = append_batch(batches, name, new, entry, list_notes(name, result))
    yield from (replace(one, dated=is_dated(one.rows, entry, where)) for one in every)
    yield from build_rejected_batches(f"{name}_rejected", result, entry, stored)


def is_dated(rows: pd.DataFrame, entry: Entry, where: str) -> bool:
    """Whether the last day limits the rows; the rows of a stream come once, whatever the day."""
    return not entry.streams and is_time(parse_watermark(rows, entry.watermark, where))


def is_in_version(rows: pd.DataFrame, entry: Entry, context: ReadContext, where: str) -> bool:
    """Whether every row belongs to the data version."""
    return not entry.watermark or bool(mark_version_rows(rows, entry.watermark, context.through, where).all())


def select_version_rows(rows: pd.DataFrame, entry: Entry, last: Any, context: ReadContext, where: str) -> pd.DataFrame:
    """The rows from the last stored watermark to the end of the data version."""
    if rows.empty:
        return rows
    newer = select_since(rows, last, entry.watermark, where)
    return newer[mark_version_rows(newer, entry.watermark, context.through, where).to_numpy()]


def build_rejected_batches(name: str, result: ReadResult, entry: Entry, stored: StoredBatches) -> list[Batch]:
    """The batches of rejected messages: the stored ones, and one of the new messages."""
    batches = select_batches_of_entry(stored(name), entry)
    rows = pd.DataFrame() if result.rejected is None else result.rejected
    return append_batch(batches, name, drop_stored_rows(rows, [one.rows for one in batches]), entry)


def append_batch(
    batches: list[Batch], name: str, new: pd.DataFrame, entry: Entry, notes: tuple[str, ...] = ()
) -> list[Batch]:
    """The stored batches in their order, and one of the new rows if there are any, with the notes on them."""
    return [*batches, replace(build_batch(name, new, entry), notes=notes)] if len(new) else batches


def select_batches_of_entry(stored: list[Batch], entry: Entry) -> list[Batch]:
    """The stored batches that were read by this entry; another address or query starts from the beginning."""
    source = describe_entry(entry).source
    return [one for one in stored if one.origin is not None and one.origin.source == source]


def select_own_batches(stored: list[Batch], entry: Entry, wait: Wait) -> list[Batch]:
    """The stored batches that were read by this entry, also before its file was moved.

    A local file of the same name in another folder is the same one while it has all of the stored rows.
    """
    own, moved = select_batches_of_entry(stored, entry), select_batches_of_file(stored, entry)
    return moved if len(moved) > len(own) and has_rows(entry, moved, wait) else own


def select_batches_of_file(stored: list[Batch], entry: Entry) -> list[Batch]:
    """The stored batches of a local file of this name, in whatever folder it was; none for any other address."""
    if not is_local(entry.path):
        return []
    name = describe_entry(entry).source.removeprefix(mask_secrets(entry.path[: entry.path.rfind("/") + 1]))
    return [
        one
        for one in stored
        if one.origin is not None and is_local(one.origin.source) and f"/{one.origin.source}".endswith(f"/{name}")
    ]


def is_local(address: str) -> bool:
    """Whether an address is a path on this machine."""
    return "://" not in address or address.startswith(("file://", SQLITE))


def has_rows(entry: Entry, stored: list[Batch], wait: Wait) -> bool:
    """Whether the source has all of the stored rows."""
    rows = read_entry(entry, ReadContext(wait=wait)).rows
    return drop_stored_rows(pd.concat([one.rows for one in stored], ignore_index=True), [rows]).empty


def list_notes(name: str, result: ReadResult) -> tuple[str, ...]:
    """What was found while the rows of a table were read."""
    return tuple(f"{name}: {what} ({why})" for what, why in describe_reading(result))


def build_batch(name: str, rows: pd.DataFrame, entry: Entry, licence: str = "") -> Batch:
    """A batch marked by the hash of its rows; the source's licence is used if the entry has none."""
    origin = describe_entry(entry)
    if licence and entry.licence == Entry.licence:
        origin = replace(origin, licence=licence)
    return Batch(table=name, period=None, rows=rows, mark=hash_rows(rows), origin=origin)


def read_entry(entry: Entry, context: ReadContext) -> ReadResult:
    """The rows of the entry as `tidy_rows` leaves them."""
    if entry.format in SERVERS:
        return tidy_rows(SERVERS[entry.format][1](entry, context), entry)
    fetch = fetch_page if entry.format == "html" else read_contents
    return parse_file(entry, fetch(entry.path, context.wait))


def parse_file(entry: Entry, data: bytes) -> ReadResult:
    """The rows of an entry, parsed from the bytes of its file, as `tidy_rows` leaves them."""
    return tidy_rows(FILES[entry.format][1](data, entry), entry)


def tidy_rows(result: ReadResult, entry: Entry) -> ReadResult:
    """The rows without the columns to drop, infinite values and codes masked, and repeated rows dropped."""
    rows = result.rows.drop(columns=[name for name in entry.drop if name in result.rows.columns])
    infinite = count_infinite(rows)
    rows = drop_repeated_rows(mask_codes(mask_infinite(rows), entry.missing), entry)
    unsaved = {name: cells for name, cells in result.unsaved.items() if name not in entry.drop}
    return replace(result, rows=rows, infinite=infinite, unsaved=unsaved)


def drop_repeated_rows(rows: pd.DataFrame, entry: Entry) -> pd.DataFrame:
    """The last of the rows with an equal key, or with equal columns of a stream, which may deliver twice.

    Raises UnknownName for a missing key column.
    """
    for name in entry.key:
        if name not in rows.columns and len(rows):
            raise UnknownName(
                f"there is no column {name!r} to identify rows",
                where=f"{mask_secrets(entry.path)}, key key",
                todo=suggest_name(name, map(str, rows.columns)),
            )
    if rows.empty or not (entry.key or entry.streams):
        return rows
    return rows.drop_duplicates(subset=list(entry.key) or None, keep="last", ignore_index=True)


def parse_table(entry: Entry, data: bytes) -> ReadResult:
    """The rows of an entry, parsed from the bytes of its file; other formats are read from their server."""
    return read_entry(entry, ReadContext(wait=time.sleep)) if entry.format in SERVERS else parse_file(entry, data)


def parse_entry(name: str, keys: Mapping[str, Any], place: str = "conf/source/") -> Entry:
    """The entry as its format's class, validated strictly; raises UnknownName or WrongValue."""
    from pydantic import TypeAdapter, ValidationError

    where = f"{place}, key tables.{name}"
    kind = CLASSES.get(str(keys.get("format")))
    if kind is None:
        raise UnknownName(
            f"format is {keys.get('format')!r}",
            where=f"{where}.format",
            todo=suggest_name(str(keys.get("format", "")), CLASSES),
        )
    try:
        return TypeAdapter(kind).validate_json(json.dumps(dict(keys)))
    except ValidationError as cause:
        first = cause.errors()[0]
        raise build_error(
            kind, where, first["type"], ".".join(str(part) for part in first["loc"]), first["msg"]
        ) from cause


def build_error(kind: type[Entry], where: str, problem: str, key: str, message: str) -> UnknownName | WrongValue:
    """The error for a validation failure, with the key and a suggestion."""
    if problem == "unexpected_keyword_argument":
        fields = list(getattr(kind, "__dataclass_fields__", {}))
        return UnknownName(f"unknown key {key!r}", where=f"{where}.{key}", todo=suggest_name(key, fields))
    if problem in ("missing", "missing_argument"):
        return WrongValue(f"{key} is missing", where=where, todo=f"add the key {key}:")
    return WrongValue(f"{key}: {message}", where=f"{where}.{key}", todo=f"correct {key}:")
