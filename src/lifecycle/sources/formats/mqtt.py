"""MQTT: the messages of a topic, as many as asked for or as come in time; what is malformed is kept with its reason."""

from __future__ import annotations

import queue
import time
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pandas as pd

from lifecycle.errors import SourceError, WrongValue
from lifecycle.io.progress import bar
from lifecycle.options import options
from lifecycle.sources.formats.entry import Delivery, Visit
from lifecycle.sources.formats.json_records import Nested, flattened, parsed, parted, table
from lifecycle.sources.formats.normalize import ordered
from lifecycle.sources.retry import Passing, patiently
from lifecycle.sources.secrets import hidden, put, shown
from lifecycle.sources.spool import Message, Spool

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

PORTS = {"mqtt": 1883, "mqtts": 8883}
ANSWER = 10.0  # seconds for the broker to let in and to subscribe


@options
class Topic(Nested):
    """A topic, with `+` and `#` where the broker takes them, until `messages` came or `seconds` went by.

    Each message is one JSON object. `client` names this reader to the broker, which then keeps what comes
    between two readings; without it only what comes meanwhile is read.
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
        """A message comes once."""
        return True


class Malformed(Exception):
    """Why a message is no row."""


def read(entry: Topic, visit: Visit) -> Delivery:
    """The messages as rows with their `topic`, and the malformed ones with `topic`, `message` and `reason`.

    Those that an earlier reading left in the spool count among them, and come first.

    Malformed is what is no JSON object, has none of the wanted columns, or a watermark that is missing, no time
    or after the last day of the data version. Raises SourceError when the broker cannot be heard.
    """
    with hidden(entry.path) as values:
        messages = heard(entry, values, visit)
    records: list[dict[str, Any]] = []
    rejected: list[dict[str, str]] = []
    for topic, payload in messages:
        try:
            records += [{"topic": topic, **record} for record in recorded(payload, entry, visit.through)]
        except Malformed as reason:
            rejected.append({"topic": topic, "message": payload.decode(errors="replace"), "reason": str(reason)})
    rows = ordered(table(records, shown(entry.path))) if records else pd.DataFrame()
    return Delivery(rows, pd.DataFrame(rejected, columns=["topic", "message", "reason"], dtype="str"))


def recorded(payload: bytes, entry: Topic, through: date | None) -> list[dict[str, Any]]:
    """The records in a message; raises Malformed where there is none."""
    try:
        found = parsed(payload.decode(), "")
    except UnicodeDecodeError:
        raise Malformed("the message is not UTF-8") from None
    except SourceError:
        raise Malformed("the message is not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("the message is not an object")
    flat = [dict(flattened(record)) for record in parted(found, entry.each)]
    records = [{name: one.get(path) for name, path in entry.columns.items()} if entry.columns else one for one in flat]
    for record in records:
        if all(value is None for value in record.values()):
            raise Malformed(f"the message has none of {', '.join(entry.columns.values())}" if record else "it is empty")
        if entry.watermark:
            must_be_in_time(record.get(entry.watermark), entry.watermark, through)
    return records


def must_be_in_time(value: Any, name: str, through: date | None) -> None:
    """Raise Malformed for a mark that is missing, no ISO time, or after the last day (UTC)."""
    moment = pd.to_datetime(str(value), format="ISO8601", utc=True, errors="coerce")
    if pd.isna(moment) or not isinstance(value, str):
        raise Malformed(f"{name} is missing or no time")
    if through is not None and moment >= pd.Timestamp(through, tz="UTC") + pd.Timedelta(days=1):
        raise Malformed(f"{name} is after {through}")


def heard(entry: Topic, values: dict[str, str], visit: Visit) -> list[Message]:
    """The messages in the order in which they came; raises SourceError where none can come."""
    spool = visit.spool
    earlier = spool.messages() if spool else []
    if len(earlier) >= entry.messages:
        return earlier
    inbox: queue.Queue[MQTTMessage] = queue.Queue()
    state: queue.Queue[str] = queue.Queue()
    client = listener(entry, values, inbox, state)
    try:
        patiently(lambda: connected(client, entry, values), visit.wait)
        client.loop_start()
        said = taken(state, ANSWER)
        if said:
            raise unheard(entry, said)
        if said is None:
            raise unheard(entry, f"no answer within {ANSWER:g} seconds")
        return collected(client, entry, inbox, earlier, spool)
    finally:
        client.disconnect()
        client.loop_stop()


def collected(
    client: Client, entry: Topic, inbox: queue.Queue[MQTTMessage], earlier: list[Message], spool: Spool | None
) -> list[Message]:
    """The earlier messages and those that come in time: each is in the spool before it is acknowledged.

    The broker keeps what is not acknowledged for a name, and sends it again.
    """
    found = list(earlier)
    end = time.monotonic() + entry.seconds
    with bar(shown(entry.path), "messages", total=entry.messages) as progress:
        while len(found) < entry.messages and (come := several(inbox, end, entry.messages - len(found))):
            new = [message_of(one) for one in come if not (one.dup and message_of(one) in found)]
            if spool:
                spool.add(new)
            for one in come:
                client.ack(one.mid, one.qos)
            found += new
            progress.update(len(new))
    return found


def message_of(come: MQTTMessage) -> Message:
    """Topic and payload."""
    return come.topic, bytes(come.payload)


def several(inbox: queue.Queue[MQTTMessage], end: float, most: int) -> list[MQTTMessage]:
    """The first message that comes before the end, and those that wait beside it; none where none comes."""
    first = taken(inbox, end - time.monotonic())
    waiting = min(inbox.qsize(), most - 1)
    return [] if first is None else [first, *(inbox.get() for _ in range(waiting))]


def listener(entry: Topic, values: dict[str, str], inbox: queue.Queue[MQTTMessage], state: queue.Queue[str]) -> Client:
    """A client that subscribes once it is let in: `state` gets an empty text then, or why it was not."""
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError as cause:
        raise SourceError(
            "MQTT is read by the package paho-mqtt, which is not installed",
            where=shown(entry.path),
            todo="pip install lifecycle[mqtt]",
        ) from cause
    parts = urlsplit(entry.path)
    client = Client(CallbackAPIVersion.VERSION2, entry.client, clean_session=not entry.client, manual_ack=True)
    if parts.username:
        client.username_pw_set(put(unquote(parts.username), values), put(unquote(parts.password or ""), values))
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


def connected(client: Client, entry: Topic, values: dict[str, str]) -> None:
    """Open the connection; raises Passing where another try may help, WrongValue for another kind of address."""
    parts = urlsplit(entry.path)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/"):
        raise WrongValue(
            f"{shown(entry.path)} is no address of a broker",
            where="conf/source/, key path",
            todo="write mqtt://host:1883 or mqtts://host:8883, and the topic into topic:",
        )
    host = put(parts.netloc.rpartition("@")[2].partition(":")[0], values)
    try:
        client.connect(host, parts.port or PORTS[parts.scheme])
    except (OSError, ValueError) as cause:
        raise Passing(unheard(entry, str(cause))) from cause


def taken(waiting: queue.Queue[Any], seconds: float) -> Any:
    """The next of a queue; None where there is none in time."""
    try:
        return waiting.get(timeout=max(0.0, seconds))
    except queue.Empty:
        return None


def unheard(entry: Topic, said: str) -> SourceError:
    """The error for a broker that does not deliver."""
    return SourceError(
        f"the broker cannot be heard: {said}",
        where=f"{shown(entry.path)}, topic {entry.topic}",
        todo="correct path: and topic:, or the rights of the user that ${NAME} in the address stands for",
    )
