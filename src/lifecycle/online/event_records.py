"""Events as clients send them: JSON objects, read cell by cell, and each fault with what was wanted instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from lifecycle.data.cells.plain import quote_value
from lifecycle.data.cells.reading import Unread
from lifecycle.errors import suggest_name
from lifecycle.online.event_tables import EventTable, read_column
from lifecycle.online.events import Event, hash_content

START, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
KEYS = ("id", "table", "known_at", "row")
AHEAD = 300_000_000  # microseconds that a client's clock may be ahead
LONGEST_ID = 200
OF_KEY = ", by which the row is identified"
INSTANT = "a time with its offset, such as 2024-05-31T14:30:00Z"


@dataclass(frozen=True)
class EventRejection:
    """What is wrong with the record at a place."""

    place: int
    field: str
    got: str
    wanted: str


@dataclass(frozen=True)
class Draft:
    """A record whose form is right: its cells are not read yet. Without an id it gets that of its content."""

    place: int
    id: str
    table: str
    known_at: int
    cells: Mapping[str, Any]


class Unfit(ValueError):
    """A record that is no event: the rejections that say why."""

    def __init__(self, rejections: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self.rejections = rejections


def read_events(
    records: Sequence[Any], tables: Mapping[str, EventTable], now: int
) -> tuple[list[Event], list[EventRejection]]:
    """The events of records `{"id", "table", "known_at", "row"}` in their order, and all that is wrong with the others.

    Without `known_at` an event is known since `now`, in microseconds since 1970; without `id` it has the hash of its
    content.
    """
    drafts, rejections = open_records(records, tables, now)
    rows, unread = read_rows(drafts, tables)
    lacking = [one for draft in drafts for one in list_missing_keys(draft, rows[draft.place], tables[draft.table])]
    wrong = sorted([*rejections, *unread, *lacking], key=lambda one: one.place)
    faulty = {one.place for one in wrong}
    return [build_event(draft, rows[draft.place]) for draft in drafts if draft.place not in faulty], wrong


def build_event(draft: Draft, row: Mapping[str, Any]) -> Event:
    """The event of a draft and its typed row."""
    own = draft.id or hash_content(draft.table, draft.known_at, row)
    return Event(own, draft.table, draft.known_at, row)


def open_records(
    records: Sequence[Any], tables: Mapping[str, EventTable], now: int
) -> tuple[list[Draft], list[EventRejection]]:
    """The records whose form is right, and what is wrong with the form of the others."""
    drafts, rejections = [], []
    for place, record in enumerate(records):
        try:
            drafts.append(open_record(place, record, tables, now))
        except Unfit as why:
            rejections += [EventRejection(place, *rejection) for rejection in why.rejections]
    return drafts, rejections


def open_record(place: int, record: Any, tables: Mapping[str, EventTable], now: int) -> Draft:
    """A record as a draft; raises Unfit."""
    if not isinstance(record, dict):
        raise Unfit([("event", quote_value(record), "an object with table and row")])
    strange = [(str(name), "a value", f"no such key; {suggest_name(str(name), KEYS)}") for name in record
               if name not in KEYS]  # fmt: skip
    if strange:
        raise Unfit(strange)
    table = record.get("table")
    if not isinstance(table, str) or table not in tables:
        raise Unfit([("table", quote_value(table), f"a raw table; {suggest_name(str(table), tables)}")])
    cells = check_row(record.get("row"), tables[table])
    return Draft(place, read_id(record), table, read_known_at(record.get("known_at"), now), cells)


def check_row(row: Any, table: EventTable) -> Mapping[str, Any]:
    """The row itself; raises Unfit where it is none, or has a column that its table has not."""
    if not isinstance(row, dict) or not row:
        raise Unfit([("row", quote_value(row), f"an object with some of {', '.join(table.types)}"[:200])])
    strange = [name for name in row if name not in table.types]
    if strange:
        raise Unfit([(str(name), "a value", f"no such column; {suggest_name(str(name), table.types)}"[:200])
                     for name in strange])  # fmt: skip
    return row


def read_id(record: Mapping[str, Any]) -> str:
    """The id that a record states, empty without one; raises Unfit for what is none."""
    value = record.get("id")
    if value is None:
        return ""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not 0 < len(text) <= LONGEST_ID or not text.isprintable():
        raise Unfit([("id", quote_value(value), f"a text of 1 to {LONGEST_ID} printable characters")])
    return text


def read_known_at(value: Any, now: int) -> int:
    """The moment since which a record is known, or `now`; raises Unfit for what is no moment, or in the future."""
    if value is None:
        return now
    moment = parse_instant(value)
    if moment is None:
        raise Unfit([("known_at", quote_value(value), INSTANT)])
    if moment > now + AHEAD:
        raise Unfit([("known_at", quote_value(value), "a time that is not in the future")])
    return moment


def parse_instant(value: Any) -> int | None:
    """The microseconds since 1970 of a time with an offset; None for anything else."""
    try:
        found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
    except ValueError:
        return None
    if not isinstance(found, datetime) or pd.isna(found) or found.tzinfo is None:
        return None
    return int((found - START) // MICROSECOND)


def read_rows(
    drafts: Sequence[Draft], tables: Mapping[str, EventTable]
) -> tuple[dict[int, dict[str, Any]], list[EventRejection]]:
    """The typed rows by their place, and each cell that was not understood."""
    rows: dict[int, dict[str, Any]] = {draft.place: {} for draft in drafts}
    rejections = []
    for (name, column), cells in group_cells(drafts).items():
        table = tables[name]
        for (place, cell), value in zip(cells, read_column(table, column, [cell for _, cell in cells]), strict=True):
            if isinstance(value, Unread):
                rejections.append(
                    EventRejection(place, column, quote_value(cell), f"{table.describe_cell(column)}, or null")
                )
            rows[place][column] = value
    return rows, rejections


def group_cells(drafts: Sequence[Draft]) -> dict[tuple[str, str], list[tuple[int, Any]]]:
    """The cells of each column, with the places of their records."""
    columns: dict[tuple[str, str], list[tuple[int, Any]]] = {}
    for draft in drafts:
        for column, cell in draft.cells.items():
            columns.setdefault((draft.table, column), []).append((draft.place, cell))
    return columns


def list_missing_keys(draft: Draft, row: Mapping[str, Any], table: EventTable) -> list[EventRejection]:
    """A rejection for each column that identifies a row and is missing in this one."""
    return [
        EventRejection(draft.place, name, "null" if name in row else "nothing", f"{table.describe_cell(name)}{OF_KEY}")
        for name in table.key
        if row.get(name) is None
    ]
