"""POST /events: facts that became known, all of a request or none, durable before they are acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response

from lifecycle.errors import LifecycleError
from lifecycle.online.event_records import EventRejection, read_events
from lifecycle.online.event_store import Appended, EventStore
from lifecycle.online.event_tables import EventTable
from lifecycle.online.events import Event
from lifecycle.serving.bodies import BOM, check_content_type, hold_body, parse_body
from lifecycle.serving.middleware import write_log_line
from lifecycle.serving.rejections import RequestRejected
from lifecycle.serving.requests import MOST_LISTED
from lifecycle.serving.service import Service, render_json

ROUTE = "/events"
LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines")
SOON = {"Retry-After": "1"}
FindStore = Callable[[], EventStore | None]
FindTables = Callable[[], Mapping[str, EventTable]]


def add_events_route(app: FastAPI, service: Service, find_store: FindStore, find_tables: FindTables) -> None:
    """The route that takes one event, a list of them, or one on each line, into a store.

    `find_store` gives the store, and `find_tables` the raw tables whose rows may become known: those of the release in
    use, which may need none.
    """

    async def take(request: Request) -> Response:
        service.must_have_key(request)
        lines = is_lines(request.headers.get("content-type", ""))
        async with hold_body(request, service.intake) as body, service.intake.work(len(body)):
            service.limits.enter()
            try:
                records = parse_lines(body) if lines else parse_records(body)
                check_count(len(records), service.settings.max_rows)
                taken = await asyncio.to_thread(take_records, records, must_have_store(find_store), find_tables())
                count_events(service, taken)
                return render_json({"taken": taken.new, "repeated": taken.repeated, "refused": list(taken.refused)})
            finally:
                service.limits.leave()

    app.add_route(ROUTE, take, methods=["POST"])


def must_have_store(find_store: FindStore) -> EventStore:
    """The store; raises RequestRejected where no events are taken."""
    store = find_store()
    if store is None:
        raise RequestRejected(404, "events: none are taken here; conf/serve/ names no store, or the release needs none")
    return store


def is_lines(content_type: str) -> bool:
    """Whether a body has a JSON value on each line; raises RequestRejected for one that is no JSON in UTF-8."""
    kind, mark, parameters = content_type.partition(";")
    lines = kind.strip().lower() in LINES
    check_content_type(f"application/json{mark}{parameters}" if lines else content_type)
    return lines


def parse_records(body: bytes) -> list[Any]:
    """The records of a body that is an event or a list of them; raises RequestRejected for no JSON."""
    found = parse_body(body)
    return found if isinstance(found, list) else [found]


def check_count(count: int, most: int) -> None:
    """Raise RequestRejected for no events, or for more than the limit."""
    if not count:
        raise RequestRejected(422, "body: got no events, wanted 1 or more")
    if count > most:
        raise RequestRejected(413, f"body: got {count:,} events, wanted at most {most:,}")


def parse_lines(body: bytes) -> list[Any]:
    """The records of a body with one on each line; raises RequestRejected for a line that is no JSON."""
    numbered = enumerate(body.removeprefix(BOM).split(b"\n"), start=1)
    return [parse_line(number, line) for number, line in numbered if line.strip()]


def parse_line(number: int, line: bytes) -> Any:
    """The JSON value on a line; raises RequestRejected with its number."""
    try:
        return parse_body(line)
    except RequestRejected as why:
        raise RequestRejected(why.status, f"line {number}: {why.message.removeprefix('body: ')}") from why


def take_records(records: Sequence[Any], store: EventStore, tables: Mapping[str, EventTable]) -> Appended:
    """What became of the events of a request; raises RequestRejected, and stores nothing, where one is no event."""
    events, rejections = read_events(records, tables, time.time_ns() // 1000)
    if rejections:
        wrong = [describe_rejection(one) for one in rejections[:MOST_LISTED]]
        count = len({one.place for one in rejections})
        raise RequestRejected(422, f"{count} of {len(records)} events do not fit, so none was taken", wrong)
    return append_events(store, events)


def describe_rejection(one: EventRejection) -> dict[str, Any]:
    """A rejection as the response has it."""
    return {"event": one.place, "field": one.field, "got": one.got, "wanted": one.wanted}


def append_events(store: EventStore, events: Sequence[Event]) -> Appended:
    """What became of the events; raises RequestRejected, 503, where the store cannot keep them."""
    try:
        return store.append(events)
    except LifecycleError as cause:
        raise reject_store_error(cause, "events cannot be stored now, none is acknowledged") from cause


def reject_store_error(cause: LifecycleError, message: str) -> RequestRejected:
    """The rejection of a request for which the store is of no use now; the log gets the reason."""
    write_log_line({"level": "error", "events": cause.what, "where": cause.where, "next": cause.todo})
    return RequestRejected(503, f"{message}; the service's log has the reason", headers=SOON)


def count_events(service: Service, taken: Appended) -> None:
    """Count what became of events in the telemetry."""
    for outcome, count in (("taken", taken.new), ("repeated", taken.repeated), ("refused", len(taken.refused))):
        service.telemetry.events.labels(outcome).inc(count)
