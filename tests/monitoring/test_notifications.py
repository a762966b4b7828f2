"""Notifications reach real servers on this machine, once; an error holds no secret, and the alert is sent again."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest

from lifecycle.errors import NotificationFailed, WrongValue
from lifecycle.monitoring.alerts import Alert
from lifecycle.monitoring.notifications import Channels, Mail, send_notifications
from lifecycle.reporting.references import BREAK

DRIFT = Alert("drift", "drift", "price", "2013-09", "2013-09", "price: jensen-shannon 0.4")
FLOOR = Alert("quality", "floor", "roc_auc", "2013-10", "2013-10", "roc_auc: 0.6, floor 0.7")


class Web(ThreadingHTTPServer):
    status = 201

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any], str | None]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Web

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posted.append((self.path, content, self.headers.get("Authorization")))
        answer = b'{"number": 7}'
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


class Post(ThreadingTCPServer):
    """The few words of SMTP that it takes to receive a letter."""

    allow_reuse_address = True

    def __init__(self) -> None:
        self.letters: list[str] = []
        super().__init__(("127.0.0.1", 0), Clerk)


class Clerk(StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        self.say(220)
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper()
            if word == b"DATA":
                self.say(354)
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.letters.append(text.decode())
            self.say(221 if word == b"QUIT" else 250)
            if word == b"QUIT":
                return

    def say(self, code: int) -> None:
        self.wfile.write(f"{code} well\r\n".encode())


def serving(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web() -> Iterator[Web]:
    yield from serving(Web())


@pytest.fixture
def post() -> Iterator[Post]:
    yield from serving(Post())


def test_a_file_gets_each_alert_once(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    channels = Channels(file=str(path))
    assert send_notifications([DRIFT], channels, {})[0] == "1 new alerts"
    assert send_notifications([DRIFT, FLOOR], channels, {})[0] == "1 new alerts"
    assert send_notifications([DRIFT, FLOOR], channels, {}) == ["no new alert"]
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["key"] for line in lines] == [DRIFT.key, FLOOR.key]
    assert lines[1]["message"] == "roc_auc: 0.6, floor 0.7"


def test_a_webhook_gets_words_and_records(web: Web) -> None:
    send_notifications([DRIFT, FLOOR], Channels(webhook=True), {"LIFECYCLE_WEBHOOK": f"{web.address}/hook"})
    [(path, content, _)] = web.posted
    assert path == "/hook"
    assert content["text"].splitlines() == [
        "2 new alerts in 2013-10: drift, quality",
        "- drift, since 2013-09: price: jensen-shannon 0.4",
        "- quality, since 2013-10: roc_auc: 0.6, floor 0.7",
    ]
    assert [one["subject"] for one in content["alerts"]] == ["price", "roc_auc"]


def test_an_issue_is_opened_with_the_token_of_the_environment(web: Web) -> None:
    environment = {"GITHUB_TOKEN": "hidden", "LIFECYCLE_SECRETS_FOR": f"GITHUB_TOKEN@{web.address}"}
    said = send_notifications([FLOOR], Channels(issue="owner/name", api=web.address), environment)
    assert "issue 7 of owner/name" in said
    [(path, content, token)] = web.posted
    assert (path, token) == ("/repos/owner/name/issues", "Bearer hidden")
    assert content["title"] == "1 new alerts in 2013-10: quality"


def test_a_letter_says_what_was_seen(post: Post) -> None:
    mail = Mail(host="127.0.0.1", port=post.server_address[1], sender="a@b.c", to=("d@e.f",), encrypted=False)
    send_notifications([DRIFT], Channels(mail=mail), {})
    [letter] = post.letters
    assert "Subject: 1 new alerts in 2013-09: drift" in letter
    assert "To: d@e.f" in letter
    assert "- drift, since 2013-09: price: jensen-shannon 0.4" in letter


@pytest.mark.parametrize(
    ("channels", "name"),
    [(Channels(webhook=True), "LIFECYCLE_WEBHOOK"), (Channels(issue="owner/name"), "GITHUB_TOKEN")],
)
def test_a_secret_that_is_not_there_is_asked_for(channels: Channels, name: str) -> None:
    with pytest.raises(WrongValue, match=f"{name} is not set"):
        send_notifications([DRIFT], channels, {})


def test_a_rejected_alert_is_sent_again_and_no_secret_is_said(web: Web, tmp_path: Path) -> None:
    web.status = 500
    channels = Channels(file=str(tmp_path / "alerts.jsonl"), webhook=True)
    environment = {"LIFECYCLE_WEBHOOK": f"{web.address}/secret-part"}
    with pytest.raises(NotificationFailed, match="status 500") as caught:
        send_notifications([DRIFT], channels, environment)
    assert "secret-part" not in str(caught.value)
    web.status = 200
    assert send_notifications([DRIFT], channels, environment)[0] == "1 new alerts"


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    mail = Mail(host="127.0.0.1", port=1, sender="a@b.c", to=("d@e.f",), encrypted=True)
    with pytest.raises(NotificationFailed, match=r"127\.0\.0\.1:1 did not accept"):
        send_notifications([DRIFT], Channels(mail=mail), {})


def test_a_name_in_an_alert_neither_links_nor_mentions(web: Web, post: Post) -> None:
    odd = Alert(
        "drift", "drift", "x", "2013-09", "2013-09", "<img src=x>\n- @all [a](https://b.example) #8: red\x1b[31m"
    )
    mail = Mail(host="127.0.0.1", port=post.server_address[1], sender="a@b.c", to=("d@e.f",), encrypted=False)
    channels = Channels(webhook=True, mail=mail, issue="owner/name", api=web.address)
    token = {"GITHUB_TOKEN": "hidden", "LIFECYCLE_SECRETS_FOR": f"GITHUB_TOKEN@{web.address}"}
    send_notifications([odd], channels, {"LIFECYCLE_WEBHOOK": f"{web.address}/hook"} | token)
    words = f"&lt;img src=x\\> - @{BREAK}all \\[a\\](https{BREAK}://b.example) #{BREAK}8: red \\[31m"
    line = f"- drift, since 2013-09: {words}"
    assert [content.get("text", content.get("body")).splitlines()[-1] for _, content, _ in web.posted] == [line, line]
    [letter] = post.letters
    assert "\x1b" not in letter
