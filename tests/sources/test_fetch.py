"""What stands behind an address: files, and what a server on this machine answers."""

import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.sources import http, secrets
from lifecycle.sources.fetch import read_contents

ANSWERS = {"/a.csv": (200, b"a,b\n1,2\n"), "/secret": (401, b"no"), "/gone": (404, b"no"), "/none": (200, b"")}
TARGETS = {"/moved": "/a.csv", "/away": "file:///etc/hostname", "/far": "ftp://localhost/a"}


class Server(BaseHTTPRequestHandler):
    """Answers from the table above; keeps what was asked."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization")))
        path = self.path.partition("?")[0]
        if path == "/slow":
            threading.Event().wait(0.5)
        status, body = (302, b"") if path in TARGETS else ANSWERS.get(path, (200, b"x"))
        self.send_response(status)
        if path in TARGETS:
            self.send_header("Location", TARGETS[path])
        self.send_header("Content-Length", str(len(body) + 5 * (path == "/short")))
        self.end_headers()
        with suppress(BrokenPipeError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server on this machine."""
    Server.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def rejected(asked: str) -> LifecycleError:
    """The error for an address."""
    with pytest.raises(LifecycleError) as caught:
        read_contents(asked, wait=lambda seconds: None)
    return caught.value


def test_a_page_a_file_and_a_file_url(server: str, tmp_path: Path) -> None:
    (tmp_path / "a b.csv").write_bytes(b"x")
    assert read_contents(f"{server}/a.csv") == b"a,b\n1,2\n"
    assert read_contents(f"{server}/moved") == b"a,b\n1,2\n"
    assert read_contents(str(tmp_path / "a b.csv")) == read_contents(f"file://{tmp_path}/a%20b.csv") == b"x"


@pytest.mark.parametrize(
    ("path", "what", "todo"),
    [
        ("/gone", "the server responds 404 Not Found", "correct the address, or ask its owner"),
        ("/secret", "the server responds 401 Unauthorized", "put the token into the address or a header as ${NAME}"),
        ("/none", "the file is empty", "choose a file with rows"),
        ("/short", "no complete response: IncompleteRead(1 bytes read, 5 more expected)", "open it in a browser"),
        ("/away", "the server responds 302 ", "correct the address"),
        ("/far", "the server responds 302 ", "correct the address"),
    ],
)
def test_other_answers(server: str, path: str, what: str, todo: str) -> None:
    error = rejected(server + path)
    assert error.what.startswith(what)
    assert error.where == server + path
    assert error.todo.startswith(todo)


def test_a_slow_server_times_out(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS", 0.05)
    assert rejected(f"{server}/slow").what == "no complete response: nothing was received for 0.05 seconds"


def test_no_server_at_all() -> None:
    assert rejected("http://127.0.0.1:1/a.csv").what == "no complete response: [Errno 111] Connection refused"


def test_a_token_comes_from_the_environment_and_is_not_shown(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter 2/3")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"TOKEN@{server}")
    assert read_contents(f"{server}/a.csv?token=${{TOKEN}}")
    assert Server.asked == [("/a.csv?token=hunter%202%2F3", None)]
    error = rejected(f"{server}/gone?token=${{TOKEN}}")
    assert "hunter" not in str(error)
    assert error.where == f"{server}/gone?token=${{TOKEN}}"


def test_a_password_goes_to_its_server_in_a_header(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "bob")
    monkeypatch.setenv("PASSWORD", "a@b:c")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"WHO@{server} PASSWORD@{server}")
    assert read_contents(server.replace("://", "://${WHO}:${PASSWORD}@") + "/a.csv")
    assert Server.asked == [("/a.csv", "Basic " + b64encode(b"bob:a@b:c").decode())]


@pytest.mark.parametrize(
    "asked", ["https://bob:hunter2@host/a.csv", "http://host/a.csv?api_key=hunter2", "http://host/a.csv?Token=hunter2"]
)
def test_a_secret_in_the_address_is_rejected_and_not_shown(asked: str) -> None:
    error = rejected(asked)
    assert error.what == "the address holds a password"
    assert "hunter2" not in str(error)


def test_what_may_be_shown_of_an_address() -> None:
    assert secrets.mask_secrets(r"postgresql://\${A}:\${B}@host/x") == "postgresql://${A}:${B}@host/x"
    assert secrets.mask_secrets("postgresql://bob:hunter2@host/x") == "postgresql://bob:***@host/x"
    assert secrets.mask_secrets("data/a:b@c.csv") == "data/a:b@c.csv"
