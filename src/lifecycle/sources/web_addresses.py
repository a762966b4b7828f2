"""Where a web address leads: into the world, into this network, or to where no source is."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lifecycle.errors import SourceError

if TYPE_CHECKING:
    from requests import Session

Address = IPv4Address | IPv6Address

PORTS = {"http": 80, "https": 443}
# What clouds tell their machines, beside the link-local address that most of them use.
MACHINE_DATA = {ip_address(one) for one in ("168.63.129.16", "100.100.100.200", "fd00:ec2::254")}
TRANSLATED = IPv6Network("64:ff9b::/96")  # an IPv4 address in the last 32 bits: RFC 6052


def read_origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL, whatever user stands before; raises ValueError for a port that is none."""
    parts = urlsplit(url)
    return parts.scheme.lower(), (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme.lower())


def must_be_a_source(url: str, shown: str) -> None:
    """Raise SourceError for a link-local, unspecified or multicast address, and for that of a cloud's machine data."""
    for found in resolve_addresses(url):
        if found.is_link_local or found.is_unspecified or found.is_multicast or found in MACHINE_DATA:
            raise SourceError(
                f"{urlsplit(url).hostname} is {found}, where machines keep what is theirs and no source is",
                where=shown,
                todo="set path: to the server that has the rows",
            )


def must_be_reachable_from(start: str, url: str, shown: str) -> None:
    """Raise SourceError where a redirect leaves a server of this network, or leads from the world into it."""
    if read_origin(start)[1:] == read_origin(url)[1:]:
        return
    for one, what in ((start, "leads away from"), (url, "leads to")):
        if inner := [found for found in resolve_addresses(one) if not is_public(found)]:
            host, port = read_origin(one)[1:]
            raise build_redirect_error(f"a redirect {what} {host}:{port}, which is {inner[0]} in this network", shown)


def build_redirect_error(what: str, shown: str) -> SourceError:
    """The error for a redirect that is not followed."""
    return SourceError(what, where=shown, todo="set path: to the address that has the rows, if you trust it")


def resolve_addresses(url: str) -> list[Address]:
    """The addresses of a URL's host, however its number is spelled; none for a name that only a proxy may know."""
    _, host, port = read_origin(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [unwrap_address(ip_address(str(entry[4][0]).partition("%")[0])) for entry in found]


def unwrap_address(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for; itself where it stands for none."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
    if address in TRANSLATED:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def is_public(address: Address) -> bool:
    """Whether an address is one of the world, and not of a machine or a network of its own."""
    return address.is_global and not address.is_multicast


def mount_public(session: Session) -> None:
    """Let a session connect to public addresses alone, by whatever name; through a proxy, that one decides.

    A name may have another address at the moment of the connection than it had before.
    """
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class PublicConnection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            must_be_public_peer(self)

    class PublicHTTPSConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            must_be_public_peer(self)

    class PublicPool(HTTPConnectionPool):
        ConnectionCls = PublicConnection

    class PublicHTTPSPool(HTTPSConnectionPool):
        ConnectionCls = PublicHTTPSConnection

    class PublicAdapter(HTTPAdapter):
        def init_poolmanager(self, *given: Any, **more: Any) -> None:
            super().init_poolmanager(*given, **more)
            self.poolmanager.pool_classes_by_scheme = {"http": PublicPool, "https": PublicHTTPSPool}

    for scheme in PORTS:
        session.mount(f"{scheme}://", PublicAdapter())


def must_be_public_peer(connection: Any) -> None:
    """Close a connection to a private address and raise SourceError."""
    peer = unwrap_address(ip_address(connection.sock.getpeername()[0].partition("%")[0]))
    if not is_public(peer):
        connection.close()
        where = f"{connection.host}:{connection.port}"
        raise build_redirect_error(f"a redirect leads to {where}, which is {peer} in this network", where)
