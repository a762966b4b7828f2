"""Metrics from a real server on this machine and from a file."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lifecycle.errors import MissingFile, SourceError
from lifecycle.monitoring.scrape import read_metrics


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == "Bearer secret"
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"up 1.0\n")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/metrics?token=hidden"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_shown_the_key(address: str) -> None:
    assert read_metrics(address, "secret") == "up 1.0\n"


@pytest.mark.parametrize("key", ["", "wrong"])
def test_an_address_that_rejects_is_told_by_its_host_alone(address: str, key: str) -> None:
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 gives no metrics \(status 401\)") as caught:
        read_metrics(address, key)
    assert "hidden" not in str(caught.value)


def test_an_address_that_does_not_answer_is_told() -> None:
    with pytest.raises(SourceError, match=r"gives no metrics \(ConnectionError\)"):
        read_metrics("http://127.0.0.1:9/metrics", "")


def test_a_file_is_read_and_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "metrics.txt"
    path.write_text("up 1.0\n", encoding="utf-8")
    assert read_metrics(str(path), "secret") == "up 1.0\n"
    with pytest.raises(MissingFile):
        read_metrics(str(tmp_path / "none.txt"), "")
