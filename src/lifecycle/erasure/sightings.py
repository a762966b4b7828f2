"""Where the values are at all, and the ids of their rows: other files name the rows by their ids alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle import paths
from lifecycle.erasure.content import PARQUET
from lifecycle.erasure.local_files import LOGS
from lifecycle.erasure.objects import Stores
from lifecycle.erasure.search import LOGGED, Search
from lifecycle.erasure.stored_events import list_stored_rows
from lifecycle.errors import LifecycleError
from lifecycle.versioning import remotes
from lifecycle.versioning.dvc_storage import FOLDER, Store
from lifecycle.versioning.erased_rows import ID, INPUT, LABELS, find_matching, render_value


@dataclass(frozen=True)
class Sightings:
    """The values that were seen, and the ids of the rows that have them."""

    values: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def add(self, values: Iterable[object], ids: Iterable[object]) -> None:
        """Note such values, and the ids of their rows."""
        self.values.update(map(render_value, values))
        self.ids.update(map(render_value, ids))


def find_sightings(search: Search, opened: Stores) -> Sightings:
    """What is seen in the workspace's tables, logs of predictions and events, and in the tables of the stores."""
    seen = Sightings()
    for path in sorted(paths.RAW.parent.rglob("*.parquet")):
        with path.open("rb") as stream:
            see_table(stream, search, seen)
    for path in sorted(path for folder in LOGS for path in folder.glob("*.jsonl")):
        see_log(path.read_bytes().splitlines(), search, seen)
    for row in list_stored_rows():
        see_row(row, search, seen)
    for store in opened.stores:
        see_store(store, search, seen)
    return seen


def see_store(store: Store, search: Search, seen: Sightings) -> None:
    """Look through the tables of a store; one that cannot be used is left, which the search then says."""
    try:
        with remotes.translate_errors(store.name):
            for name in store.objects.list_names():
                if not name.endswith(FOLDER):
                    with store.objects.open(name) as stream:
                        see_table(stream, search, seen)
    except LifecycleError:
        return


def see_table(stream: BinaryIO, search: Search, seen: Sightings) -> None:
    """Look through a file, if it is a table with a column of the values."""
    if stream.read(len(PARQUET)) != PARQUET:
        return
    stream.seek(0)
    try:
        file = pq.ParquetFile(stream)
        names = file.schema_arrow.names
        values, ids = list_value_columns(names, search), list_id_columns(names, search)
        rows = file.read(sorted({*values, *ids})).to_pandas() if values else pd.DataFrame()
    except (pa.ArrowException, OSError, ValueError):
        return  # the search takes a broken file for bytes
    for value in values:
        going = rows[find_matching(rows[value], search.is_value)]
        seen.add(going[value].unique(), (one for id in ids for one in going[id].dropna().unique()))


def list_value_columns(names: list[str], search: Search) -> list[str]:
    """The columns in which a table may have the values."""
    labels = [ID] if search.column == search.id and set(names) >= LABELS else []
    return [name for name in dict.fromkeys([search.column, INPUT + search.column, *labels]) if name in names]


def list_id_columns(names: list[str], search: Search) -> list[str]:
    """The columns in which a table has the ids."""
    return [name for name in (search.id, ID) if name in names and (name == search.id or set(names) >= LABELS)]


def see_log(lines: Iterable[bytes], search: Search, seen: Sightings) -> None:
    """Look through logged predictions."""
    for record in map(parse_line, lines):
        if not record.keys() >= LOGGED:
            continue
        raw, inputs = (
            part if isinstance(part, dict) else {} for part in (record.get("question"), record.get("inputs"))
        )
        fields = {**raw, **inputs, search.id: record[ID]}
        value = fields.get(search.column)
        if value is not None and search.is_value(render_value(value)):
            seen.add([value], [record[ID]])


def see_row(row: Mapping[str, Any], search: Search, seen: Sightings) -> None:
    """Look at the row of an event."""
    value = row.get(search.column)
    if value is not None and search.is_value(render_value(value)):
        seen.add([value], [row[search.id]] if row.get(search.id) is not None else [])


def parse_line(line: bytes) -> Mapping[str, Any]:
    """The record on a line; an empty one for a line that is none, such as a torn one."""
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
