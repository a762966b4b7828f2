"""Where events are kept by Redis or Valkey, for services on several machines."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from lifecycle.errors import StoreError
from lifecycle.online.event_store import Appended
from lifecycle.online.events import Event, hash_content
from lifecycle.sources.secrets import fill_url, mask_secrets, must_hide_passwords, read_environment, scrub

SCHEMES = ("redis", "rediss")
NAME = "lifecycle"  # of the keys, where the address has no ?name=
CONNECT_SECONDS, ANSWER_SECONDS, FLUSH_SECONDS = 2.0, 5.0, 3.0
MOST = 5000  # events of one script, which nothing else on the server interrupts
WAITS = (7, 2)  # the first version that says when its file is flushed
# Keys: content by id, events by number, the greatest number, a mark. Arguments: id, content and event of each. The mark
# is written in any case: what waits for it waits for all before it.
APPEND = """
local outcomes = {}
for place = 1, #ARGV, 3 do
  local stored = redis.call('HGET', KEYS[1], ARGV[place])
  if not stored then
    local number = redis.call('INCR', KEYS[3])
    redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1])
    redis.call('HSET', KEYS[2], number, ARGV[place + 2])
    outcomes[#outcomes + 1] = 1
  else
    outcomes[#outcomes + 1] = stored == ARGV[place + 1] and 0 or -1
  end
end
redis.call('SET', KEYS[4], #ARGV)
return outcomes
"""
REMOVE = """
for _, number in ipairs(ARGV) do
  local event = redis.call('HGET', KEYS[2], number)
  if event then
    redis.call('HDEL', KEYS[1], cjson.decode(event)[1])
    redis.call('HDEL', KEYS[2], number)
  end
end
"""
Result = TypeVar("Result")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Address:
    """An address of Redis without and with the values of its placeholders, and the name of the keys there."""

    shown: str
    url: str
    name: str
    values: dict[str, str]


class RedisStore:
    """Events in a server of Redis or Valkey, under keys of a name."""

    def __init__(self, address: str) -> None:
        self.address = parse_address(address)
        self.client = connect(self.address)
        # In braces: a cluster keeps the keys on one server.
        self.keys = [f"{{{self.address.name}}}:{part}" for part in ("ids", "events", "last", "mark")]
        self.waits = self._run(lambda: must_be_durable(self.client, self.address.shown))

    def append(self, events: Sequence[Event]) -> Appended:
        """Store the events whose id was not seen, in one step of the server for every 5,000."""
        outcomes = [outcome for some in batched(events) for outcome in self._append(some)]
        refused = tuple(event.id for event, outcome in zip(events, outcomes, strict=True) if outcome < 0)
        return Appended(outcomes.count(1), outcomes.count(0), refused)

    def read_after(self, sequence: int) -> list[tuple[int, Event]]:
        """The events with a greater number, in order, each with its number."""
        last = self.last()
        pages = (range(start, min(start + MOST, last + 1)) for start in range(sequence + 1, last + 1, MOST))
        return [found for page in pages for found in self._read_page(page)]

    def last(self) -> int:
        """The greatest number that was given."""
        return int(self._run(lambda: self.client.get(self.keys[2])) or 0)

    def remove(self, numbers: Collection[int]) -> None:
        """Remove the events of these numbers, and let the server write its file again without them."""
        for some in batched([*numbers]):
            self._run(partial(self.client.eval, REMOVE, len(self.keys), *self.keys, *some))
        self._run(self.client.bgrewriteaof)

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def _append(self, events: Sequence[Event]) -> list[int]:
        arguments = [argument for event in events for argument in encode(event)]
        pipeline = self.client.pipeline(transaction=False)
        pipeline.eval(APPEND, len(self.keys), *self.keys, *arguments)
        if self.waits:
            pipeline.execute_command("WAITAOF", 1, 0, int(FLUSH_SECONDS * 1000))
        outcomes, *flushed = self._run(pipeline.execute)
        if flushed and flushed[0][0] < 1:
            raise StoreError(
                f"Redis has not flushed events to its disk within {FLUSH_SECONDS:g} seconds",
                where=self.address.shown,
                todo="send the events again: those that are there are not taken twice",
            )
        return list(outcomes)

    def _read_page(self, numbers: range) -> list[tuple[int, Event]]:
        found = self._run(lambda: self.client.hmget(self.keys[1], numbers))
        return [(number, Event(*json.loads(text))) for number, text in zip(numbers, found, strict=True) if text]

    def _run(self, work: Callable[[], Result]) -> Result:
        with explained(self.address):
            return work()


def batched(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """As many items as one script takes, until there are no more."""
    return (items[start : start + MOST] for start in range(0, len(items), MOST))


def encode(event: Event) -> tuple[str, str, str]:
    """What the script takes of an event: its id, the hash of its content, and itself."""
    text = json.dumps([event.id, event.table, event.known_at, dict(event.row)], allow_nan=False)
    return event.id, hash_content(event.table, event.known_at, event.row), text


def parse_address(address: str) -> Address:
    """The address taken apart; raises WrongValue for a password in plain text and for a variable that is not set."""
    must_hide_passwords(address)
    values = read_environment(address)
    parts = urlsplit(fill_url(address, values))
    query = dict(parse_qsl(parts.query))
    name = query.pop("name", NAME)
    return Address(mask_secrets(address), parts._replace(query=urlencode(query)).geturl(), name, values)


def connect(address: Address) -> Any:
    """A client, which connects with its first command; raises StoreError where the package is not installed."""
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as cause:
        raise StoreError(
            "Redis is reached by the package redis, which is not installed",
            where=address.shown,
            todo="pip install lifecycle[redis]",
        ) from cause
    with explained(address):
        return Redis.from_url(
            address.url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that a restart has cut
        )


def must_be_durable(client: Any, where: str) -> bool:
    """Whether the server says when its file is flushed; raises StoreError for one that may lose what it has taken."""
    info = client.info()
    if str(info.get("maxmemory_policy", "")).startswith("allkeys"):
        raise build_error("removes events when its memory is full", where, "maxmemory-policy noeviction")
    if not info.get("aof_enabled"):
        raise build_error("keeps events in memory alone", where, "appendonly yes")
    version = tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
    if version >= WAITS:
        return True
    if client.config_get("appendfsync")["appendfsync"] != "always":
        raise build_error("may lose the events of the last second", where, "appendfsync always")
    return False


def build_error(problem: str, where: str, setting: str) -> StoreError:
    """The error for a server whose settings lose events."""
    return StoreError(f"Redis {problem}", where=where, todo=f"redis-cli config set {setting}, and in redis.conf")


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Raise StoreError, without the values of placeholders, for what the server or the client reports."""
    from redis.exceptions import RedisError

    try:
        yield
    except (RedisError, OSError, ValueError) as cause:
        raise StoreError(
            f"Redis reports: {scrub(' '.join(str(cause).split())[:200], address.values)}",
            where=address.shown,
            todo="start it, or name its address: events: redis://host:6379 in conf/serve/",
        ) from (None if address.values else cause)
