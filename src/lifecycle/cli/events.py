"""events: rows of raw tables become facts that the service knows."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lifecycle import config, paths
from lifecycle.cli.parser import Parser
from lifecycle.cli.read_options import HELP, parse_read_options
from lifecycle.errors import MissingFile, UnknownName, WrongValue, suggest_name
from lifecycle.io.records import read_json
from lifecycle.online.definitions import FEATURES, FeatureDefinitions, parse_definitions
from lifecycle.online.event_records import EventRejection, read_events
from lifecycle.online.event_store import Appended
from lifecycle.online.event_tables import EventTable, list_event_tables
from lifecycle.online.events import Event
from lifecycle.online.raw_batches import Records, list_left_out, list_records
from lifecycle.online.stores import open_store
from lifecycle.options import Call, options
from lifecycle.reporting.text import format_count, list_names
from lifecycle.serving import settings
from lifecycle.serving.events_client import send_events
from lifecycle.sources import files, interface
from lifecycle.sources.batches import Batch
from lifecycle.sources.message_buffer import MessageBuffers

USAGE = "lifecycle events FILE [--table TABLE] [--known-at COLUMN] [--url URL], or: lifecycle events --source NAME"
ARRIVED = Path("data/arrived/events")  # messages that come only once, until they are stored
SIZE = 1000  # events at once
SHOWN = 5  # rejections
Take = Callable[[Sequence[Event], Records], Appended]


@options
class SourceConfig:
    """The source whose rows become events."""

    source: Call


@dataclass
class Counts:
    """What became of rows: how many were taken, and were there before; refused ids, rejections, and notes."""

    taken: int = 0
    repeated: int = 0
    rejected: int = 0
    refused: list[str] = field(default_factory=list)
    rejections: list[EventRejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, found: Appended, wrong: Sequence[EventRejection]) -> None:
        """Count what became of some rows."""
        self.taken, self.repeated = self.taken + found.new, self.repeated + found.repeated
        self.refused += found.refused
        self.rejected += len({one.place for one in wrong})
        self.rejections += wrong[: SHOWN - len(self.rejections)] if len(self.rejections) < SHOWN else []

    def describe(self) -> list[str]:
        """The counts in words, the first rejections and the notes."""
        known = f"{self.repeated:,} known before, {self.rejected:,} rejected"
        clash = [f"refused, since another event has the id: {list_names(self.refused)}"] if self.refused else []
        first = [f"row {one.place}: {one.field}: got {one.got}, wanted {one.wanted}" for one in self.rejections]
        return [f"{format_count(self.taken, 'event')} taken, {known}", *clash, *first, *dict.fromkeys(self.notes)]


def main(arguments: list[str]) -> int:
    """Store or send the rows as events, and print what became of them; 2 where all were rejected."""
    given = create_parser().parse_args(arguments)
    if bool(given.file) == bool(given.source):
        raise WrongValue("there is no file and no source, or both", where="command line", todo=USAGE)
    definitions, buffers = read_definitions(), MessageBuffers(ARRIVED)
    tables, counts = list_event_tables(definitions), Counts()
    table = given.table or ("" if given.source else definitions.unit)
    must_be_table(table, tables)
    batches = read_source(given.source, buffers) if given.source else read_file(given.file, table, given.read)
    with ExitStack() as stack:
        take = open_target(given.url, stack)
        for batch in batches:
            if table in ("", batch.table):
                take_batch(batch, tables, given.known_at, take, counts)
    buffers.clear()
    print("\n".join(counts.describe()))
    return 2 if counts.rejected and not counts.taken + counts.repeated else 0


def create_parser() -> Parser:
    """The command line."""
    made = Parser(
        prog="lifecycle events", usage=USAGE, description="Rows of raw tables become facts that the service knows."
    )
    made.add_argument("file", nargs="?", metavar="FILE", help="rows of one raw table: CSV, Parquet, JSON lines, …")
    made.add_argument("--source", metavar="NAME", default="", help="a source of conf/source/ in place of a file")
    made.add_argument("--table", metavar="TABLE", default="", help="the raw table; of a file, by default the units'")
    made.add_argument(
        "--known-at",
        metavar="COLUMN",
        default="",
        help="the column that says since when a row is known; now without it",
    )
    made.add_argument("--url", metavar="URL", default="", help="a service; by default the store of conf/serve/")
    made.add_argument("--read", action="append", default=[], metavar="KEY=VALUE", help=HELP)
    return made


def read_definitions() -> FeatureDefinitions:
    """How the release makes features; raises MissingFile where it takes rows of features alone."""
    path = paths.RELEASE / FEATURES
    if not path.is_file():
        raise MissingFile(
            "the release makes no features of raw rows, so it has no use for events",
            where=str(path),
            todo="dvc repro package",
        )
    return parse_definitions(read_json(path), str(path))


def must_be_table(name: str, tables: Mapping[str, EventTable]) -> None:
    """Raise UnknownName for the name of a raw table whose rows cannot become known."""
    if name and name not in tables:
        raise UnknownName(
            f"{name!r} is no raw table whose rows may become known",
            where="command line, --table",
            todo=suggest_name(name, tables),
        )


def read_source(name: str, buffers: MessageBuffers) -> Iterable[Batch]:
    """The batches that a source has by now."""
    where, today = f"conf/source/{name}.yaml", datetime.now(UTC).date()
    source = config.load(SourceConfig, [f"source={name}"]).source
    return interface.read_batches(source, where, through=today, buffers=buffers)


def read_file(address: str, table: str, hints: Sequence[str]) -> Iterable[Batch]:
    """The rows of a file as a batch of one raw table, in the format that is detected."""
    from lifecycle.onboarding.detect import detect_format

    return files.read(tables={table: detect_format(address, **parse_read_options(hints)).reading})


def open_target(url: str, stack: ExitStack) -> Take:
    """What takes events: the service of a URL, or the store of conf/serve/."""
    if url:
        key = os.environ.get(settings.API_KEY, "")
        return lambda events, records: send_events(
            url, [name_record(*one) for one in zip(events, records, strict=True)], key
        )
    store = open_store(config.load(settings.Config, ["serve=default"]).serve.events)
    stack.callback(store.close)
    return lambda events, _: store.append(events)


def name_record(event: Event, record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with the id of its event."""
    return {"id": event.id, **record}


def take_batch(batch: Batch, tables: Mapping[str, EventTable], known_at: str, take: Take, counts: Counts) -> None:
    """Store or send the rows of a batch, and count what became of them."""
    table = tables.get(batch.table)
    if table is None:
        counts.notes.append(f"{batch.table} left out: its rows cannot become known (tables: in conf/clean/)")
        return
    left = list_left_out(batch.rows, table, known_at)
    counts.notes += [f"{batch.table}: {list_names(left)} left out: no columns of it in conf/schema/"] if left else []
    now, place = time.time_ns() // 1000, 0
    for records in list_records(batch.rows, batch.table, table, known_at, now, SIZE):
        events, wrong = read_events(records, tables, now)
        faulty = {one.place for one in wrong}
        good = [record for number, record in enumerate(records) if number not in faulty]
        counts.add(take(events, good), [renumber(one, place) for one in wrong])
        place += len(records)


def renumber(one: EventRejection, before: int) -> EventRejection:
    """The rejection with the number of its row in the whole table, from 1."""
    return EventRejection(one.place + before + 1, one.field, one.got, one.wanted)
