"""POST /events: taken whole or rejected whole, with the reasons, and never acknowledged before it is stored."""

import gzip
import json
import os
import shutil
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import releases
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lifecycle import config
from lifecycle.errors import WrongValue
from lifecycle.online.event_store import SqliteStore
from lifecycle.online.event_tables import EventTable
from lifecycle.online.events import Event
from lifecycle.online.redis_store import RedisStore
from lifecycle.release.release import load_release
from lifecycle.serving.app import create_app
from lifecycle.serving.events_route import ROUTE, add_events_route
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment, Serve, check_settings

TOP = Path(__file__).parents[2]
TABLES = {"planes": EventTable({"tailnum": "text", "seats": "integer", "bought": "time"}, ("tailnum",))}
RECORD = {"id": "p1", "table": "planes", "known_at": "2013-06-01T12:00:00Z", "row": {"tailnum": "N1", "seats": 180}}
EVENT = Event("p1", "planes", 1_370_088_000_000_000, {"tailnum": "N1", "seats": 180})
LINES = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}


def asked(**changes):
    before = Path.cwd()
    os.chdir(TOP)
    try:
        found = config.load(Config, ["serve=default"]).serve
    finally:
        os.chdir(before)
    return Serve(**(vars(found) | changes))


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture
def store(tmp_path):
    found = SqliteStore(tmp_path / "events")
    yield found
    found.close()


@pytest.fixture
def app_of(release, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def made(store, around=None, **changes):
        service = Service(asked(**changes), around or Environment(), release, "HEAD")
        app = create_app(service)
        app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") != ROUTE]
        add_events_route(app, service, lambda: store, lambda: TABLES)
        return app

    return made


@pytest.fixture
def client(app_of, store):
    with TestClient(app_of(store)) as found:
        yield found


def answer(taken=0, repeated=0, refused=()):
    return {"taken": taken, "repeated": repeated, "refused": list(refused)}


def test_an_event_is_stored_before_it_is_acknowledged(client, store):
    done = client.post("/events", json=RECORD)
    assert (done.status_code, done.json()) == (200, answer(taken=1))
    assert store.read_after(0) == [(1, EVENT)]


def test_a_repeated_event_is_taken_once_and_another_of_its_id_is_refused(client, store):
    other = RECORD | {"row": {"tailnum": "N1", "seats": 4}}
    new = RECORD | {"id": "p2"}
    assert client.post("/events", json=[RECORD, RECORD]).json() == answer(taken=1, repeated=1)
    done = client.post("/events", json=[RECORD, other, new])
    assert (done.status_code, done.json()) == (200, answer(taken=1, repeated=1, refused=["p1"]))
    assert [event.id for _, event in store.read_after(0)] == ["p1", "p2"]


def test_events_come_one_on_each_line_too(client, store):
    body = "\ufeff" + json.dumps(RECORD) + "\r\n\n" + json.dumps(RECORD | {"id": "p2"}) + "\n"
    assert client.post("/events", content=body.encode(), headers=LINES).json() == answer(taken=2)
    zipped = gzip.compress(json.dumps(RECORD).encode())
    done = client.post("/events", content=zipped, headers=LINES | {"content-encoding": "gzip"})
    assert done.json() == answer(repeated=1)


@pytest.mark.parametrize(
    ("content_type", "lines", "place"),
    [("application/json", b"", "body: "), ("application/x-ndjson", b"{}\n", "line 2: ")],
)
def test_an_event_with_a_key_twice_is_rejected_and_none_is_stored(client, store, content_type, lines, place):
    body = lines + json.dumps(RECORD).encode()[:-1] + b', "table": "other"}'
    done = client.post("/events", content=body, headers={"content-type": content_type})
    assert (done.status_code, done.json()["error"]) == (
        400,
        f"{place}got the key 'table' twice in one object, wanted it once",
    )
    assert store.read_after(0) == []


def test_without_known_at_an_event_is_known_since_the_request(client, store):
    before = datetime.now(UTC)
    client.post("/events", json={"table": "planes", "row": {"tailnum": "N1"}})
    known = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=store.read_after(0)[0][1].known_at)
    assert before - timedelta(seconds=1) <= known <= datetime.now(UTC) + timedelta(seconds=1)


def test_a_list_with_a_fault_is_rejected_whole_with_every_fault(client, store):
    faulty = [
        RECORD,
        RECORD | {"table": "plane"},
        RECORD | {"row": {"seats": "many", "colour": 1}},
        RECORD | {"row": {"seats": "x"}},
    ]
    done = client.post("/events", json=faulty)
    assert done.status_code == 422
    assert done.json()["error"] == "3 of 4 events do not fit, so none was taken"
    assert done.json()["detail"] == [
        {"event": 1, "field": "table", "got": "'plane'", "wanted": "a raw table; use 'planes'"},
        {
            "event": 2,
            "field": "colour",
            "got": "a value",
            "wanted": "no such column; use one of bought, seats, tailnum",
        },
        {"event": 3, "field": "seats", "got": "'x'", "wanted": "a whole number, or null"},
        {"event": 3, "field": "tailnum", "got": "nothing", "wanted": "a text, by which the row is identified"},
    ]
    assert store.last() == 0


def test_what_is_known_in_the_future_is_rejected(client, store):
    ahead = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    done = client.post("/events", json=RECORD | {"known_at": ahead})
    assert (done.status_code, done.json()["detail"][0]["field"]) == (422, "known_at")
    assert store.last() == 0


@pytest.mark.parametrize(
    ("body", "headers", "status", "error"),
    [
        (b"{", JSON, 400, "body: got no valid JSON (EOF while parsing an object at line 1 column 1)"),
        (b"{}\n{\n", LINES, 400, "line 2: got no valid JSON (EOF while parsing an object at line 1 column 1)"),
        (b"[]", JSON, 422, "body: got no events, wanted 1 or more"),
        (b"\n \n", LINES, 422, "body: got no events, wanted 1 or more"),
        (b"[1, 2, 3]", JSON, 413, "body: got 3 events, wanted at most 2"),
        (b"{}", {"content-type": "text/csv"}, 415, "content type: got text/csv, wanted application/json in UTF-8"),
        (b"NaN", JSON, 400, "body: got no valid JSON (expected value at line 1 column 1)"),
        (b"{}" * 600, JSON, 413, "body: got 1200 bytes, wanted at most 1,000"),
    ],
)  # fmt: skip
def test_a_body_that_holds_no_events_is_rejected(app_of, store, body, headers, status, error):
    with TestClient(app_of(store, max_rows=2, max_bytes=1000)) as client:
        done = client.post("/events", content=body, headers=headers)
    assert (done.status_code, done.json()["error"]) == (status, error)
    assert store.last() == 0


def test_the_key_is_needed(app_of, store):
    with TestClient(app_of(store, Environment(key="k" * 20))) as client:
        assert client.post("/events", json=RECORD).status_code == 401
        assert client.post("/events", json=RECORD, headers={"x-api-key": "k" * 20}).json() == answer(taken=1)


def test_events_count_for_the_rate_limit(app_of, store):
    with TestClient(app_of(store, per_second=1.0)) as client:
        assert client.post("/events", json=RECORD).status_code == 200
        done = client.post("/events", json=RECORD)
    assert (done.status_code, done.headers["retry-after"]) == (503, "1")


def test_events_are_counted(client):
    client.post("/events", json=[RECORD, RECORD, RECORD | {"known_at": None}])
    said = client.get("/metrics").text
    assert [f'lifecycle_events_total{{outcome="{name}"}} 1.0' in said for name in ("taken", "repeated", "refused")] == [
        True
    ] * 3
    assert 'lifecycle_requests_total{route="/events",status="200"} 1.0' in said


def test_a_store_that_takes_no_more_is_said_and_nothing_is_acknowledged(client, store, capsys):
    store.writer.execute("PRAGMA query_only = ON")
    done = client.post("/events", json=RECORD)
    assert (done.status_code, done.headers["retry-after"]) == (503, "1")
    assert done.json()["error"] == (
        "events cannot be stored now, none is acknowledged; the service's log has the reason"
    )
    line = next(
        json.loads(text) for text in capsys.readouterr().err.splitlines() if "query" in text or "readonly" in text
    )
    assert line["events"] == "events cannot be stored or read (attempt to write a readonly database)"
    store.writer.execute("PRAGMA query_only = OFF")
    assert client.post("/events", json=RECORD).json() == answer(taken=1)


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server")
def test_a_server_out_of_reach_is_503_and_taken_up_again(app_of, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "",
               "--appendonly", "yes", "--appendfsync", "always"]  # fmt: skip

    def start():
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        return process

    server = start()
    store = RedisStore(f"redis://127.0.0.1:{port}")
    with TestClient(app_of(store)) as client:
        assert client.post("/events", json=RECORD).json() == answer(taken=1)
        server.kill()
        server.wait()
        assert client.post("/events", json=RECORD | {"id": "p2"}).status_code == 503
        server = start()
        assert client.post("/events", json=[RECORD, RECORD | {"id": "p2"}]).json() == answer(taken=1, repeated=1)
    store.close()
    server.kill()
    server.wait()


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
)
CELLS = VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(st.text(max_size=3), VALUES, max_size=2)
RECORDS = st.fixed_dictionaries(
    {}, optional={"id": CELLS, "table": st.just("planes") | CELLS, "known_at": CELLS,
                  "row": st.dictionaries(st.sampled_from(["tailnum", "seats", "bought", "x"]), CELLS) | CELLS}
)  # fmt: skip


@given(st.lists(RECORDS | CELLS, max_size=3) | CELLS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
def test_whatever_is_sent_is_taken_or_rejected_with_words(client, body):
    done = client.post("/events", content=json.dumps(body).encode(), headers=JSON)
    assert done.status_code in (200, 422, 400)
    assert done.status_code == 200 or done.json()["error"]


@pytest.mark.parametrize(
    ("key", "value"), [("stale_after", "soon"), ("stale_after", "0h"), ("stale_after", "-2h"), ("stale_after", "")]
)
def test_a_setting_that_is_no_duration_is_rejected(key, value):
    with pytest.raises(WrongValue, match=f"{key} is {value}"):
        check_settings(asked(**{key: value}))


def test_a_service_that_is_never_stale_cannot_wait_for_it():
    with pytest.raises(WrongValue, match="stale_after is None, not a duration such as 6h"):
        check_settings(asked(not_ready_when_stale=True))


def test_staleness_is_in_microseconds():
    assert asked().stale_microseconds is None
    assert check_settings(asked(stale_after="6h", not_ready_when_stale=True)).stale_microseconds == 21_600_000_000
