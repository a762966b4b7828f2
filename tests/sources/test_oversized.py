"""Servers that send too much, or too slowly, are left in time."""

import gzip
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from lifecycle.errors import LifecycleError, TooLarge
from lifecycle.sources.fetch import read_contents

BOMB = gzip.compress(b"a,b\n" * 2**19)


class Hostile(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        try:
            {"/drip": self.drip, "/header": self.drip_header, "/bomb": self.send_bomb, "/states": self.state}[
                self.path
            ]()
        except OSError:
            self.close_connection = True

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(300):
            self.wfile.write(b"a")
            time.sleep(0.1)

    def drip_header(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\nX-A: ")
        for _ in range(300):
            self.wfile.write(b"a")
            time.sleep(0.1)

    def send_bomb(self) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(BOMB)

    def state(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10**12))
        self.end_headers()


@pytest.fixture
def server() -> Iterator[str]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    found.daemon_threads = True
    Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()


@pytest.mark.parametrize("path", ["/drip", "/header"])
def test_what_drips_is_left_after_the_seconds_of_waiting(
    server: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIFECYCLE_WAIT_SECONDS", "1")
    begun = time.monotonic()
    with pytest.raises(TooLarge, match="seconds gave nothing, or too little, and 1 may pass"):
        read_contents(server + path)
    assert time.monotonic() - begun < 10


def test_what_is_decompressed_is_counted_as_it_grows(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_UNPACKED_MIB", "1")
    with pytest.raises(TooLarge, match="and may take 1,048,576"):
        read_contents(f"{server}/bomb")


def test_what_states_too_much_is_not_read(server: str) -> None:
    with pytest.raises(LifecycleError, match="it takes 1,000,000,000,000 bytes"):
        read_contents(f"{server}/states")
