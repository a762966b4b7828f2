"""Where redirects lead: within the world, or to the server of this network that a person named."""

import json
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from lifecycle.errors import SourceError
from lifecycle.sources import files, web_addresses
from lifecycle.sources.http import fetch_url, open_session
from lifecycle.sources.robots import fetch_page
from lifecycle.sources.web_addresses import is_public, read_origin, resolve_addresses, unwrap_address

ROWS = json.dumps([{"id": 1}]).encode()


def rejected(address: str) -> SourceError:
    """The error for an address, of three lines."""
    with pytest.raises(SourceError) as caught:
        fetch_url(address, wait=lambda seconds: None)
    assert len(str(caught.value).splitlines()) == 3
    return caught.value


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("127.8.9.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_of_the_world(text: str, public: bool) -> None:
    assert is_public(unwrap_address(ip_address(text))) is public


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://HOST/a", "http://host:80/b", True),
        ("https://host./a", "https://host:443", True),
        ("http://bob@host/a", "http://host", True),
        ("http://host", "https://host", False),
        ("http://host", "http://host:8000", False),
        ("http://host@evil", "http://host", False),
    ],
)
def test_one_server_in_several_spellings(one: str, other: str, same: bool) -> None:
    assert (read_origin(one) == read_origin(other)) is same


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1", "localhost", "[::ffff:7f00:1]"])
def test_every_spelling_of_this_machine_is_found(host: str) -> None:
    assert [one for one in resolve_addresses(f"http://{host}:80/") if is_public(one)] == []
    assert resolve_addresses(f"http://{host}:80/")


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "2852039166", "0xa9.254.169.254", "0.0.0.0", "[::]", "[fe80::1]", "[fd00:ec2::254]"]
)
def test_where_no_source_is_nothing_is_asked(host: str) -> None:
    error = rejected(f"http://{host}/latest/meta-data/")
    assert "where machines keep what is theirs and no source is" in error.what
    assert error.where == f"http://{host}/latest/meta-data/"


@pytest.fixture
def other() -> Iterator[socket.socket]:
    """A second server on this machine, which no redirect may reach."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def received(listener: socket.socket) -> bytes:
    """What a server was sent; nothing too where a connection was closed at once."""
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return b""
    with connection:
        connection.settimeout(5)
        return connection.recv(1000)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0177.0.0.1", "0.0.0.0", "bob@127.0.0.1"]
)
@pytest.mark.parametrize("fetch", ["file", "robots", "rest"])
def test_a_server_of_this_machine_redirects_to_itself_alone(
    web: Any, reply: Any, other: socket.socket, host: str, fetch: str
) -> None:
    target = f"http://{host}:{other.getsockname()[1]}/inner"
    web.answer = lambda asked: reply(status=302, headers={"Location": target})
    table = {"path": f"{web.address}/a", "format": "rest"}
    asked = {
        "file": lambda: fetch_url(f"{web.address}/a"),
        "robots": lambda: fetch_page(f"{web.address}/a"),
        "rest": lambda: list(files.read(tables={"t": table})),
    }
    with pytest.raises(SourceError) as caught:
        asked[fetch]()
    assert caught.value.what.startswith("a redirect leads away from 127.0.0.1:")
    assert (caught.value.where, caught.value.todo) == (
        target.replace("bob@", "***@"),
        "set path: to the address that has the rows, if you trust it",
    )
    assert received(other) == b""
    assert len(web.asked) == 1


def test_a_redirect_on_the_same_server_is_followed(web: Any, reply: Any) -> None:
    port = web.address.rpartition(":")[2]
    web.one_by_one(
        reply(status=302, headers={"Location": "/b"}),
        reply(status=302, headers={"Location": f"http://bob@127.0.0.1:{port}/c"}),
        reply(ROWS),
    )
    assert fetch_url(f"{web.address}/a") == ROWS
    assert [asked.path for asked in web.asked] == ["/a", "/b", "/c"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names of the world, whose servers are on this machine, and what a first look says of them."""
    looked_up = {"shop.example": "93.184.215.14", "turns.example": "93.184.215.14", "inner.example": "10.0.0.7"}
    resolve, connect = web_addresses.resolve_addresses, socket.getaddrinfo

    def look_up(url: str) -> Any:
        host = read_origin(url)[1]
        return [ip_address(looked_up[host])] if host in looked_up else resolve(url)

    def get_address(host: Any, *given: Any, **more: Any) -> Any:
        return connect("127.0.0.1" if host in looked_up else host, *given, **more)

    monkeypatch.setattr(web_addresses, "resolve_addresses", look_up)
    monkeypatch.setattr(socket, "getaddrinfo", get_address)
    return looked_up


@pytest.mark.parametrize(
    ("host", "what"),
    [
        ("127.0.0.1", "a redirect leads to 127.0.0.1:{port}, which is 127.0.0.1 in this network"),
        ("0x7f000001", "a redirect leads to 0x7f000001:{port}, which is 127.0.0.1 in this network"),
        ("inner.example", "a redirect leads to inner.example:{port}, which is 10.0.0.7 in this network"),
        ("169.254.169.254", "a redirect leads to 169.254.169.254:{port}, which is 169.254.169.254 in this network"),
        # Its name had a public address when it was looked at, and has another one now.
        ("turns.example", "a redirect leads to turns.example:{port}, which is 127.0.0.1 in this network"),
    ],
)
def test_the_world_does_not_redirect_into_this_network(
    web: Any, reply: Any, other: socket.socket, world: dict[str, str], host: str, what: str
) -> None:
    port = other.getsockname()[1]
    web.answer = lambda asked: reply(status=302, headers={"Location": f"http://{host}:{port}/inner"})
    error = rejected(web.address.replace("127.0.0.1", "shop.example") + "/a")
    assert error.what == what.format(port=port)
    assert received(other) == b""


def test_a_redirect_after_a_retry_is_looked_at_as_well(
    web: Any, reply: Any, other: socket.socket, world: dict[str, str]
) -> None:
    web.one_by_one(
        reply(status=503), reply(status=302, headers={"Location": f"http://127.0.0.1:{other.getsockname()[1]}/"})
    )
    assert rejected(web.address.replace("127.0.0.1", "shop.example")).what.startswith("a redirect leads to 127.0.0.1:")
    assert received(other) == b""


def test_a_redirect_does_not_hand_a_secret_on(
    web: Any, reply: Any, world: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_addresses, "is_public", lambda address: True)
    monkeypatch.setenv("TOKEN", "hunter 2/3")
    address = web.address.replace("127.0.0.1", "shop.example")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"TOKEN@{address}")
    target = web.address.replace("127.0.0.1", "turns.example")
    web.answer = lambda asked: reply(status=302, headers={"Location": f"{target}/?t=hunter%202%2f3"})
    with pytest.raises(SourceError) as caught, open_session(f"{address}/a?t=${{TOKEN}}") as session:
        session.get()
    assert caught.value.what == "a redirect would hand a secret to another server"
    assert "hunter" not in str(caught.value)
    assert len(web.asked) == 1
