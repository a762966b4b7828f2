"""Events in Redis: the same promises as of the file, against a real server."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from lifecycle.errors import StoreError, WrongValue
from lifecycle.online import redis_store
from lifecycle.online.event_store import Appended, EventFeed, SqliteStore
from lifecycle.online.events import Event
from lifecycle.online.redis_store import RedisStore, must_be_durable
from lifecycle.online.stores import open_store

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")
needs_server = pytest.mark.skipif(PROGRAM is None, reason="needs redis-server or valkey-server")
JUNE = 1_370_044_800_000_000  # the first of June 2013
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@contextmanager
def running(folder, port, *settings):
    folder.mkdir(exist_ok=True)
    command = [PROGRAM, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", *settings]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server(tmp_path):
    port = free_port()
    with running(tmp_path / "redis", port, *DURABLE):
        yield port


@pytest.fixture
def store(server):
    found = RedisStore(f"redis://127.0.0.1:{server}")
    yield found
    found.close()


def flight(number, delay=0.5, known_at=JUNE):
    return Event(f"f{number}", "flights", known_at, {"flight": number, "dep_delay": delay})


@needs_server
def test_an_empty_store_has_nothing(store):
    assert (store.last(), store.read_after(0)) == (0, [])


@needs_server
def test_events_come_back_as_they_were_in_the_order_of_arrival(store):
    row = {"a": 1.5, "b": 7, "c": True, "d": "é\ud800", "e": None, "f": 2**63 - 1, "g": 0.1 + 0.2}
    events = [flight(2), flight(1), Event("ß\nx", "weather", JUNE, row)]
    assert store.append(events) == Appended(3, 0, ())
    assert store.read_after(0) == list(enumerate(events, start=1))
    assert store.read_after(2) == [(3, events[2])]
    assert store.last() == 3
    assert [type(value) for value in store.read_after(2)[0][1].row.values()] == [
        float, int, bool, str, type(None), int, float
    ]  # fmt: skip


@needs_server
def test_a_repeated_event_is_stored_once_and_another_of_its_id_is_refused(store):
    store.append([flight(1)])
    assert store.append([flight(1), flight(2), flight(2), flight(1, delay=0.25), flight(3)]) == Appended(2, 2, ("f1",))
    assert store.read_after(0) == [(1, flight(1)), (2, flight(2)), (3, flight(3))]
    assert store.append([Event("f3", "flights", JUNE, {"flight": 3.0, "dep_delay": 0.5})]) == Appended(0, 0, ("f3",))


@needs_server
def test_the_number_of_a_removed_event_is_not_given_again(store):
    store.append([flight(1), flight(2), flight(3)])
    store.remove([1, 2, 3])
    assert (store.last(), store.read_after(0)) == (3, [])
    assert store.append([flight(3)]) == Appended(1, 0, ())
    assert store.read_after(0) == [(4, flight(3))]
    assert {key for key in store.client.scan_iter() if b"ids" in key} == {b"{lifecycle}:ids"}
    assert store.client.hlen("{lifecycle}:ids") == 1


@needs_server
def test_no_byte_of_a_removed_event_is_left_and_the_others_keep_their_numbers(store, tmp_path):
    gone = Event("customer-4711", "orders", JUNE, {"name": "Jane Example-Doe"})
    store.append([flight(1), gone, flight(2)])
    store.remove([2, 99])
    assert store.read_after(0) == [(1, flight(1)), (3, flight(2))]
    for _ in range(200):
        left = b"".join(path.read_bytes() for path in (tmp_path / "redis").rglob("*") if path.is_file())
        if b"Jane" not in left:
            break
        time.sleep(0.05)
    assert b"Jane" not in left
    assert b"4711" not in left
    assert b"flights" in left


@needs_server
def test_more_events_than_one_script_and_one_page_take(store):
    events = [flight(number) for number in range(12_000)]
    assert store.append(events) == Appended(12_000, 0, ())
    assert [event for _, event in store.read_after(0)] == events
    assert store.append(events[4990:5010]) == Appended(0, 20, ())
    store.remove(range(1, 12_001))
    assert (store.last(), store.read_after(0)) == (12_000, [])


@needs_server
def test_names_keep_stores_apart(server):
    one, other = (RedisStore(f"redis://127.0.0.1:{server}/0?name={name}") for name in ("one", "other"))
    one.append([flight(1)])
    assert (one.last(), other.last()) == (1, 0)
    assert other.append([flight(1, delay=0.25)]) == Appended(1, 0, ())
    one.close()
    other.close()


@needs_server
def test_two_services_share_a_store(store, server):
    beside = RedisStore(f"redis://127.0.0.1:{server}")
    feed = EventFeed(beside)
    store.append([flight(1)])
    assert feed.read_new() == [flight(1)]
    assert beside.append([flight(1), flight(2)]) == Appended(1, 1, ())
    assert [event for _, event in store.read_after(0)] == [flight(1), flight(2)]
    beside.close()


WRITER = """
import sys
from lifecycle.online.redis_store import RedisStore
from lifecycle.online.events import Event

store = RedisStore(sys.argv[1])
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    store.append([Event(f"e{number}", "flights", number, {"flight": number})])
    print(number, flush=True)
"""


@needs_server
def test_a_killed_server_has_all_that_it_acknowledged_and_the_client_finds_it_again(tmp_path):
    port = free_port()
    address = f"redis://127.0.0.1:{port}"
    with running(tmp_path / "redis", port, *DURABLE) as process:
        store = RedisStore(address)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, address, "0", "1000000"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)  # fmt: skip
        acknowledged = [int(writer.stdout.readline()) for _ in range(50)]
        process.kill()
        acknowledged += [int(line) for line in writer.stdout.read().splitlines()]
        writer.wait()
        writer.stdout.close()
        with pytest.raises(StoreError) as said:
            store.append([flight(1)])
        assert said.value.what == f"Redis reports: Error 111 connecting to 127.0.0.1:{port}. Connection refused."
    with running(tmp_path / "redis", port, *DURABLE):
        found = [event.row["flight"] for _, event in store.read_after(0)]
        assert found[: len(acknowledged)] == acknowledged == list(range(len(acknowledged)))
        assert len(found) - len(acknowledged) in (0, 1)
        assert store.append([flight(1)]) == Appended(1, 0, ())
    store.close()


@needs_server
def test_a_server_that_hangs_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(redis_store, "ANSWER_SECONDS", 0.2)
    port = free_port()
    with running(tmp_path / "redis", port, *DURABLE) as process:
        store = RedisStore(f"redis://127.0.0.1:{port}")
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(StoreError, match="Redis reports: Timeout"):
            store.last()
        process.send_signal(signal.SIGCONT)
        assert store.last() == 0
        store.close()


def test_a_server_that_is_not_there_is_said():
    port = free_port()
    with pytest.raises(StoreError) as said:
        RedisStore(f"redis://127.0.0.1:{port}")
    assert str(said.value).splitlines() == [
        f"error: Redis reports: Error 111 connecting to 127.0.0.1:{port}. Connection refused.",
        f"where: redis://127.0.0.1:{port}",
        "next:  start it, or name its address: events: redis://host:6379 in conf/serve/",
    ]


@needs_server
@pytest.mark.parametrize(
    ("settings", "what", "todo"),
    [
        (("--appendonly", "no"), "Redis keeps events in memory alone", "appendonly yes"),
        (
            (*DURABLE, "--maxmemory-policy", "allkeys-lru"),
            "Redis removes events when its memory is full",
            "maxmemory-policy noeviction",
        ),
    ],
)
def test_a_server_that_may_lose_events_is_refused(tmp_path, settings, what, todo):
    port = free_port()
    with running(tmp_path / "redis", port, *settings), pytest.raises(StoreError) as said:
        RedisStore(f"redis://127.0.0.1:{port}")
    assert (said.value.what, said.value.todo) == (what, f"redis-cli config set {todo}, and in redis.conf")


class Server:
    def __init__(self, version, flushes, policy="noeviction", file=1):
        self.found = {"redis_version": version, "aof_enabled": file, "maxmemory_policy": policy}
        self.flushes = flushes

    def info(self):
        return self.found

    def config_get(self, name):
        return {name: self.flushes}


@pytest.mark.parametrize(
    ("version", "flushes", "waits"),
    [("7.0.15", "always", False), ("6.2.1", "always", False), ("7.2.4", "everysec", True), ("8.0", "always", True)],
)
def test_a_server_says_when_its_file_is_flushed_or_always_flushes_it(version, flushes, waits):
    assert must_be_durable(Server(version, flushes), "redis://here") is waits


def test_an_old_server_that_flushes_once_a_second_is_refused():
    with pytest.raises(StoreError) as said:
        must_be_durable(Server("7.0.15", "everysec"), "redis://here")
    assert said.value.what == "Redis may lose the events of the last second"


@needs_server
@pytest.mark.parametrize(("flushed", "stored"), [([1, 0], True), ([0, 0], False)])
def test_a_server_that_says_so_is_waited_for(store, monkeypatch, flushed, stored):
    from redis.client import Pipeline

    sent = []
    plain = Pipeline.execute

    def execute(self):
        sent.append([entry[0][:4] for entry in self.command_stack if entry[0][0] == "WAITAOF"])
        self.command_stack = [entry for entry in self.command_stack if entry[0][0] != "WAITAOF"]
        return [*plain(self), flushed]

    monkeypatch.setattr(Pipeline, "execute", execute)
    store.waits = True
    if stored:
        assert store.append([flight(1)]) == Appended(1, 0, ())
    else:
        with pytest.raises(StoreError, match="has not flushed events to its disk within 3 seconds"):
            store.append([flight(1)])
    assert sent == [[("WAITAOF", 1, 0, 3000)]]


@needs_server
def test_a_password_comes_from_the_environment_and_is_never_shown(tmp_path, monkeypatch):
    port = free_port()
    address = f"redis://${{REDIS_USER}}:${{REDIS_PASSWORD}}@127.0.0.1:{port}"
    monkeypatch.setenv("REDIS_USER", "default")
    monkeypatch.setenv("REDIS_PASSWORD", "s3cret/@:word")
    server = f"redis://127.0.0.1:{port}"
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"REDIS_USER@{server} REDIS_PASSWORD@{server}")
    with running(tmp_path / "redis", port, *DURABLE, "--requirepass", "s3cret/@:word"):
        store = RedisStore(address)
        assert store.append([flight(1)]) == Appended(1, 0, ())
        store.close()
        monkeypatch.setenv("REDIS_PASSWORD", "wr0ng/word")
        with pytest.raises(StoreError) as said:
            RedisStore(address)
    assert said.value.where == address
    assert said.value.__cause__ is None
    assert "wr0ng" not in str(said.value)
    assert "invalid username-password pair" in said.value.what


def test_a_password_in_plain_text_is_refused():
    with pytest.raises(WrongValue, match="the address holds a password"):
        RedisStore("redis://default:hunter2@127.0.0.1:6379")


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    monkeypatch.delenv("REDIS_PASSWORD", raising=False)
    with pytest.raises(WrongValue, match="the environment variable REDIS_PASSWORD is not set"):
        RedisStore("redis://:${REDIS_PASSWORD}@127.0.0.1:6379")


def test_what_to_install_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(StoreError) as said:
        RedisStore("redis://127.0.0.1:6379")
    assert str(said.value).splitlines() == [
        "error: Redis is reached by the package redis, which is not installed",
        "where: redis://127.0.0.1:6379",
        "next:  pip install lifecycle[redis]",
    ]


def test_one_word_opens_a_store(tmp_path):
    store = open_store(str(tmp_path / "events"))
    assert isinstance(store, SqliteStore)
    assert (tmp_path / "events" / "events.sqlite").is_file()
    store.close()


@needs_server
def test_an_address_opens_a_store(server):
    store = open_store(f"redis://127.0.0.1:{server}")
    assert isinstance(store, RedisStore)
    store.close()


def test_another_address_is_no_store():
    with pytest.raises(WrongValue) as said:
        open_store("postgresql://me:secret@host/events")
    assert said.value.what == "postgresql://me:***@host/events is no store of events"
    assert said.value.todo == "events: data/events, a folder, or events: redis://host:6379"


def test_without_an_address_there_is_no_store():
    with pytest.raises(WrongValue, match="there is no store of events"):
        open_store(None)
