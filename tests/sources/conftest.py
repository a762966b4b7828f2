"""A web server on this machine that answers as a test says, and keeps what it was asked."""

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
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

        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

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


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """The address of a broker of our own that lets in bob alone."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or shutil.which("mosquitto_passwd") is None:
        pytest.skip("no mosquitto here, so no password was tried; install mosquitto")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    people = tmp_path / "people"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(people), "bob", "hunter2"], check=True, capture_output=True)
    people.chmod(0o644)
    tmp_path.chmod(0o755)
    said = f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {people}\nuser root\n"
    (tmp_path / "broker.conf").write_text(said)
    server = subprocess.Popen([program, "-c", str(tmp_path / "broker.conf")], stderr=subprocess.DEVNULL)
    wait_for(port)
    yield f"mqtt://bob:${{MQTT_PASSWORD}}@127.0.0.1:{port}"
    server.terminate()
    server.wait()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An SSH server on this machine that lets in who holds the key in the home folder of the test."""
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no sshd here, so ssh:// was not read; install openssh-server")
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for key in (home / ".ssh" / "id_ed25519", tmp_path / "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": tmp_path / "host_key",
        "AuthorizedKeysFile": home / ".ssh" / "id_ed25519.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "Subsystem": "sftp internal-sftp",
    }
    (tmp_path / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in said.items()))
    public = (tmp_path / "host_key.pub").read_text().split(" ", 2)
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {public[0]} {public[1]}\n")
    monkeypatch.setenv("HOME", str(home))
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([program, "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=subprocess.DEVNULL)
    wait_for(port)
    yield f"ssh://{getpass.getuser()}@127.0.0.1:{port}"
    server.terminate()
    server.wait()


def wait_for(port: int) -> None:
    """Return once something listens at the port."""
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")
