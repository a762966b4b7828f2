"""A web server on this machine that answers as a test says, and keeps what it was asked."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@dataclass
class Asked:
    """One request: the path, the parameters and the headers."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class Reply:
    """One answer; `missing` bytes are promised and never come, and it comes after `seconds`."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    seconds: float = 0.0


@dataclass
class Web:
    """The server: `answer` is what a test lets it say, `asked` what it was asked."""

    address: str
    answer: Callable[[Asked], Reply] = lambda asked: Reply(status=404)
    asked: list[Asked] = field(default_factory=list)

    def one_by_one(self, *replies: Reply) -> None:
        """Give these answers in turn, the last for ever."""
        left = list(replies)
        self.answer = lambda asked: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def reply() -> type[Reply]:
    """What an answer is made of."""
    return Reply


@pytest.fixture
def web() -> Iterator[Web]:
    """A server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            made.asked.append(Asked(parts.path, dict(parse_qsl(parts.query)), dict(self.headers)))
            said = made.answer(made.asked[-1])
            threading.Event().wait(said.seconds)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body) + said.missing))
            self.end_headers()
            self.wfile.write(said.body)
            self.close_connection = said.missing > 0

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Web(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def waited() -> list[float]:
    """The seconds that were waited, in turn; nobody waits."""
    return []


SERVERS = {
    "POSTGRESQL_ADDRESS": ("postgresql://postgres@127.0.0.1:5432/test", "service postgresql start"),
    "MARIADB_ADDRESS": ("mysql://root@127.0.0.1:3306/test", "service mariadb start"),
    "MQTT_ADDRESS": ("mqtt://127.0.0.1:1883", "mosquitto -p 1883"),
}


def reachable(name: str) -> str:
    """The address of a server that runs already; the test is skipped where nothing listens."""
    default, start = SERVERS[name]
    address = os.environ.get(name, default)
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2).close()
    except OSError as cause:
        pytest.skip(f"nothing listens at {address} ({cause}); start it: {start}, or set {name}")
    return address


@pytest.fixture(params=["POSTGRESQL_ADDRESS", "MARIADB_ADDRESS"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a database server, from the environment or on this machine."""
    return reachable(request.param)


@pytest.fixture
def broker() -> str:
    """The address of an MQTT broker, from the environment or on this machine."""
    return reachable("MQTT_ADDRESS")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket with one table, on an S3 server of this machine."""
    import boto3
    from moto.server import ThreadedMotoServer

    for name, value in (
        ("ACCESS_KEY_ID", "hunter2"),
        ("SECRET_ACCESS_KEY", "swordfish"),
        ("DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    client = boto3.client("s3")
    client.create_bucket(Bucket="shop")
    client.put_object(Bucket="shop", Key="orders/2013.csv", Body=b"id,price\n1,2.50\n")
    client.close()
    yield "s3://shop"
    server.stop()
