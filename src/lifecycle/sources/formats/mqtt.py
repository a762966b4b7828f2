"""MQTT: the messages of a topic, up to a number or a time; malformed messages are kept with their reason."""

from __future__ import annotations

import queue
import time
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pandas as pd

from lifecycle.errors import SourceError, TooLarge, WrongValue
from lifecycle.io.budget import must_fit_bytes
from lifecycle.io.progress import Progress
from lifecycle.options import options
from lifecycle.sources.formats.entry import ReadContext, ReadResult
from lifecycle.sources.formats.json_records import NestedEntry, build_table, explode_list, flatten_record, parse_json
from lifecycle.sources.formats.normalize import sort_rows
from lifecycle.sources.message_buffer import Message, MessageBuffer
from lifecycle.sources.retry import TransientFailure, call_with_retries
from lifecycle.sources.secrets import fill_text, hide_secrets, mask_secrets

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

PORTS = {"mqtt": 1883, "mqtts": 8883}
BROKER_SECONDS = 10.0  # seconds for the broker to accept the connection and the subscription


@options
class MqttEntry(NestedEntry):
    """A topic, with the wildcards `+` and `#`, read until `messages` were received or `seconds` have passed.

    Each message is one JSON object. `client` identifies this reader to the broker, which then queues messages
    between two runs; without it only messages during the run are read.
    """

    topic: str
    messages: int = 1000
    seconds: float = 60.0
    client: str = ""

    @property
    def detail(self) -> str:
        """The topic."""
        return self.topic

    @property
    def streams(self) -> bool:
        """A message is delivered once."""
        return True


class Malformed(Exception):
    """The reason why a message is no row."""


def read(entry: MqttEntry, context: ReadContext) -> ReadResult:
    """The messages as rows with their `topic`, and the malformed ones with `topic`, `message` and `reason`.

    Messages that an earlier run left in the buffer are included and come first.

    A message is malformed if it is no JSON object, has none of the columns, or has a watermark that is missing,
    no time or after the last day of the data version. Raises SourceError if the broker cannot be read.
    """
    with hide_secrets(entry.path) as values:
        messages = receive_messages(entry, values, context)
    records: list[dict[str, Any]] = []
    rejected: list[dict[str, str]] = []
    for topic, payload in messages:
        try:
            records += [{"topic": topic, **record} for record in parse_message(payload, entry, context.through)]
        except Malformed as reason:
            rejected.append({"topic": topic, "message": payload.decode(errors="replace"), "reason": str(reason)})
    received, where = sum(len(payload) for _, payload in messages), mask_secrets(entry.path)
    rows = sort_rows(build_table(records, where, received)) if records else pd.DataFrame()
    return ReadResult(rows, pd.DataFrame(rejected, columns=["topic", "message", "reason"], dtype="str"))


def parse_message(payload: bytes, entry: MqttEntry, through: date | None) -> list[dict[str, Any]]:
    """The records in a message; raises Malformed if there is none."""
    try:
        content = parse_json(payload.decode(), "")
    except UnicodeDecodeError:
        raise Malformed("the message is not UTF-8") from None
    except SourceError:
        raise Malformed("the message is not JSON") from None
    except TooLarge as cause:
        raise Malformed(cause.what) from None
    if not isinstance(content, dict):
        raise Malformed("the message is not an object")
    flat = [dict(flatten_record(record)) for record in explode_list(content, entry.each)]
    records = [{name: one.get(path) for name, path in entry.columns.items()} if entry.columns else one for one in flat]
    for record in records:
        if all(value is None for value in record.values()):
            raise Malformed(f"the message has none of {', '.join(entry.columns.values())}" if record else "it is empty")
        if entry.watermark:
            must_be_in_time(record.get(entry.watermark), entry.watermark, through)
    return records


def must_be_in_time(value: Any, name: str, through: date | None) -> None:
    """Raise Malformed for a watermark that is missing, no ISO time, or after the last day (UTC)."""
    instant = pd.to_datetime(str(value), format="ISO8601", utc=True, errors="coerce")
    if pd.isna(instant) or not isinstance(value, str):
        raise Malformed(f"{name} is missing or no time")
    if through is not None and instant >= pd.Timestamp(through, tz="UTC") + pd.Timedelta(days=1):
        raise Malformed(f"{name} is after {through}")


def receive_messages(entry: MqttEntry, values: dict[str, str], context: ReadContext) -> list[Message]:
    """The messages in the order of arrival; raises SourceError if the broker cannot be read."""
    buffer = context.buffer
    earlier = buffer.messages() if buffer else []
    if len(earlier) >= entry.messages:
        return earlier
    inbox: queue.Queue[MQTTMessage] = queue.Queue()
    state: queue.Queue[str] = queue.Queue()
    client = build_client(entry, values, inbox, state)
    try:
        call_with_retries(lambda: connect(client, entry), context.wait)
        client.loop_start()
        problem = take_next(state, BROKER_SECONDS)
        if problem:
            raise build_error(entry, problem)
        if problem is None:
            raise build_error(entry, f"no response within {BROKER_SECONDS:g} seconds")
        return collect_messages(client, entry, inbox, earlier, buffer)
    finally:
        client.disconnect()
        client.loop_stop()


def collect_messages(
    client: Client,
    entry: MqttEntry,
    inbox: queue.Queue[MQTTMessage],
    earlier: list[Message],
    buffer: MessageBuffer | None,
) -> list[Message]:
    """The earlier messages and those received in time: each is in the buffer before it is acknowledged.

    The broker keeps unacknowledged messages of a named client and sends them again.
    """
    messages, size = list(earlier), 0
    end = time.monotonic() + entry.seconds
    with Progress(f"collect {mask_secrets(entry.path)}", entry.messages, "messages") as progress:
        while len(messages) < entry.messages and (received := take_waiting(inbox, end, entry.messages - len(messages))):
            new = [convert_message(one) for one in received if not (one.dup and convert_message(one) in messages)]
            if buffer:
                buffer.add(new)
            for one in received:
                client.ack(one.mid, one.qos)
            messages += new
            size += sum(len(payload) for _, payload in new)
            must_fit_bytes(size, size, mask_secrets(entry.path), is_all=False)
            progress.advance(len(new))
    return messages


def convert_message(message: MQTTMessage) -> Message:
    """Topic and payload."""
    return message.topic, bytes(message.payload)


def take_waiting(inbox: queue.Queue[MQTTMessage], end: float, most: int) -> list[MQTTMessage]:
    """The first message before the end, and those that are already queued; none if none arrives."""
    first = take_next(inbox, end - time.monotonic())
    waiting = min(inbox.qsize(), most - 1)
    return [] if first is None else [first, *(inbox.get() for _ in range(waiting))]


def build_client(
    entry: MqttEntry, values: dict[str, str], inbox: queue.Queue[MQTTMessage], state: queue.Queue[str]
) -> Client:
    """A client that subscribes once it is connected: `state` gets an empty text then, or the error."""
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError as cause:
        raise SourceError(
            "MQTT is read by the package paho-mqtt, which is not installed",
            where=mask_secrets(entry.path),
            todo="pip install lifecycle[mqtt]",
        ) from cause
    parts = urlsplit(entry.path)
    client = Client(CallbackAPIVersion.VERSION2, entry.client, clean_session=not entry.client, manual_ack=True)
    if parts.username:
        client.username_pw_set(
            fill_text(unquote(parts.username), values), fill_text(unquote(parts.password or ""), values)
        )
    if parts.scheme == "mqtts":
        client.tls_set()

    def let_in(one: Client, _: Any, __: Any, code: Any, ___: Any) -> None:
        if code.is_failure:
            state.put(str(code))
            return
        try:
            one.subscribe(entry.topic, qos=1)
        except ValueError as cause:
            state.put(str(cause))

    client.on_connect = let_in
    client.on_subscribe = lambda one, _, mid, codes, __: state.put(", ".join(str(c) for c in codes if c.is_failure))
    client.on_message = lambda one, _, message: inbox.put(message)
    return client


def connect(client: Client, entry: MqttEntry) -> None:
    """Open the connection; raises TransientFailure if a retry may help, WrongValue for an invalid address."""
    parts = urlsplit(entry.path)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/"):
        raise WrongValue(
            f"{mask_secrets(entry.path)} is no address of a broker",
            where="conf/source/, key path",
            todo="write mqtt://host:1883 or mqtts://host:8883, and the topic into topic:",
        )
    try:
        client.connect(parts.hostname, parts.port or PORTS[parts.scheme])
    except (OSError, ValueError) as cause:
        raise TransientFailure(build_error(entry, str(cause))) from cause


def take_next(waiting: queue.Queue[Any], seconds: float) -> Any:
    """The next item of a queue; None if there is none in time."""
    try:
        return waiting.get(timeout=max(0.0, seconds))
    except queue.Empty:
        return None


def build_error(entry: MqttEntry, problem: str) -> SourceError:
    """The error for a broker that cannot be read."""
    return SourceError(
        f"the broker cannot be read: {problem}",
        where=f"{mask_secrets(entry.path)}, topic {entry.topic}",
        todo="correct path: and topic:, or the rights of the user that ${NAME} in the address stands for",
    )
