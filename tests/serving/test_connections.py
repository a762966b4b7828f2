"""Clients that hold connections, headers and bodies open, against a server on loopback: honest ones are answered."""

import contextlib
import json
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest
import uvicorn
from builders import releases

from lifecycle import config
from lifecycle.release.release import load_release
from lifecycle.serving import bodies
from lifecycle.serving.app import create_app
from lifecycle.serving.bodies import Intake
from lifecycle.serving.connections import PROTOCOL
from lifecycle.serving.rejections import RequestRejected
from lifecycle.serving.service import Service
from lifecycle.serving.settings import Config, Environment, Serve

TOP = Path(__file__).parents[2]
ROW = {"order": "o1", "size": 1.25, "hour": 7, "place": "b", "gift": True, "late_7D": None, "hollow": None}
HEAD = b"POST /predict HTTP/1.1\r\nHost: service\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
GET = b"GET /openapi.json HTTP/1.1\r\nHost: service\r\n\r\n"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


class Running:
    """A server in a thread, at a free port."""

    def __init__(self, service, opened):
        self.opened = opened
        self.server = uvicorn.Server(
            uvicorn.Config(create_app(service), port=0, http=PROTOCOL, ws="none", log_level="error", access_log=False)
        )
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        until = time.monotonic() + 30
        while not self.server.started:
            assert time.monotonic() < until
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self, data=b""):
        found = self.opened.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=10))
        found.sendall(data)
        return found

    def ask(self):
        return httpx.post(f"{self.url}/predict", json=ROW, timeout=10).status_code


@pytest.fixture
def serve(release, tmp_path, monkeypatch):
    monkeypatch.chdir(TOP)
    settings = vars(config.load(Config, ["serve=default"]).serve)
    monkeypatch.chdir(tmp_path)
    with contextlib.ExitStack() as running:

        def made(**changes):
            found = Running(Service(Serve(**(settings | changes)), Environment(), release, "HEAD"), running)
            running.callback(found.thread.join, 30)
            running.callback(setattr, found.server, "should_exit", True)
            return found

        yield made


def drip(connection, byte=b"x", every=0.05, most=10.0):
    """Send a byte again and again until the other side has closed; seconds that it took."""
    begun = time.monotonic()
    connection.settimeout(every)
    while time.monotonic() < begun + most:
        try:
            if not connection.recv(65536):
                return time.monotonic() - begun
        except TimeoutError:
            pass
        except OSError:
            return time.monotonic() - begun
        with contextlib.suppress(OSError):
            connection.sendall(byte)
    raise AssertionError(f"open after {most} seconds")


def test_bodies_that_are_held_back_keep_nobody_else_waiting(serve):
    server = serve(at_once=2)
    for _ in range(200):
        server.connect(HEAD + b"{")
    assert [server.ask() for _ in range(20)] == [200] * 20


def test_above_the_number_of_connections_the_one_that_has_waited_longest_is_closed(serve):
    server = serve(connections=20)
    held = [server.connect(HEAD + b"{") for _ in range(60)]
    assert [server.ask() for _ in range(5)] == [200] * 5
    assert len(server.server.server_state.connections) <= 20
    assert drip(held[0]) < 1
    held[-1].settimeout(0.2)
    with pytest.raises(TimeoutError):
        held[-1].recv(1)  # open: it came last


SLOW = b"GET /health HTTP/1.1\r\nHost: service\r\nX-Slow: "


@pytest.mark.parametrize(("begun", "byte"), [(b"", b""), (b"GE", b""), (SLOW, b"x")])
def test_a_header_that_does_not_end_is_not_waited_for(serve, begun, byte):
    server = serve(header_seconds=0.5)
    assert 0.3 < drip(server.connect(begun), byte) < 3


def test_a_second_header_that_does_not_end_is_not_waited_for_either(serve):
    server = serve(header_seconds=0.5)
    connection = server.connect(GET)
    assert connection.recv(12) == b"HTTP/1.1 200"
    connection.sendall(SLOW)
    assert 0.3 < drip(connection) < 3


def test_a_body_after_its_response_is_not_waited_for(serve):
    server = serve(header_seconds=0.5)
    connection = server.connect(HEAD.replace(b"application/json", b"text/csv"))
    assert connection.recv(12) == b"HTTP/1.1 415"
    assert 0.3 < drip(connection) < 3


def test_a_kept_connection_may_pause_for_longer_than_a_header_may_take(serve):
    server = serve(header_seconds=0.3)
    with httpx.Client() as client:
        assert client.post(f"{server.url}/predict", json=ROW).status_code == 200
        (before,) = server.server.server_state.connections
        time.sleep(0.6)
        assert client.post(f"{server.url}/predict", json=ROW).status_code == 200
        assert server.server.server_state.connections == {before}


def test_a_header_of_any_size_is_not_kept(serve):
    server = serve()
    connection = server.connect(b"GET /health HTTP/1.1\r\nHost: service\r\n")
    with contextlib.suppress(OSError):  # closed while it is sent
        for number in range(3000):
            connection.sendall(b"X-%d: %s\r\n" % (number, b"x" * 100))
    assert drip(connection) < 3
    assert server.ask() == 200


def test_a_large_body_may_go_on_after_it_was_rejected(serve):
    server = serve(max_bytes=1000)
    done = httpx.post(f"{server.url}/predict", content=b" " * 3_000_000, headers={"content-type": "application/json"})
    assert done.status_code == 413


def test_a_body_that_comes_too_slowly_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(bodies, "GRACE", 0.2)
    server = serve(least_bytes=1000.0)
    connection = server.connect(HEAD)
    begun = time.monotonic()
    connection.settimeout(0.02)
    answer = b""
    while not answer and time.monotonic() < begun + 10:
        with contextlib.suppress(TimeoutError):
            answer = connection.recv(65536)
        if not answer:
            connection.sendall(b" ")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()
    assert time.monotonic() - begun < 3
    steady = server.connect(HEAD)
    body = json.dumps(ROW).encode().ljust(1000)
    for place in range(0, 1000, 100):  # 2,000 bytes a second
        steady.sendall(body[place : place + 100])
        time.sleep(0.05)
    assert steady.recv(12) == b"HTTP/1.1 200"


def test_a_hundred_requests_may_wait_for_the_response_to_an_earlier_one(serve):
    connection = serve().connect(GET * 101)
    seen = bytearray()
    while seen.count(b"HTTP/1.1 200") < 101:
        part = connection.recv(65536)
        assert part
        seen += part


def test_more_requests_than_that_at_once_end_the_connection(serve):
    server = serve()
    connection, seen = server.connect(), bytearray()
    with contextlib.suppress(ConnectionError):
        connection.sendall(GET * 2000)
        while part := connection.recv(65536):
            seen += part
    assert seen.count(b"HTTP/1.1 200") < 2000
    assert server.ask() == 200


def test_a_client_that_does_not_read_is_not_written_to_for_ever(serve):
    server = serve(body_seconds=0.5)
    connection = server.connect()
    connection.settimeout(0.5)
    with contextlib.suppress(OSError):
        while True:
            connection.sendall(GET * 100)  # and reads none of the responses
    until = time.monotonic() + 10
    while server.server.server_state.connections:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert server.ask() == 200


def test_bodies_that_are_not_answered_are_limited_together():
    intake = Intake(most=10, seconds=30.0, least=1000.0, most_held=15)
    intake.take(b"x" * 10, 10)
    with pytest.raises(RequestRejected, match="busy: 10 bytes of other bodies are not answered") as caught:
        intake.take(b"x" * 6, 6)
    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
    intake.take(b"x" * 5, 5)
    assert intake.held == 15


def test_a_body_has_time_by_its_bytes_and_no_more_than_any():
    intake = Intake(most=10**6, seconds=30.0, least=1000.0, most_held=10**6)
    assert [intake.allow(size) for size in (0, 2000, 10**6)] == [5.0, 7.0, 30.0]
