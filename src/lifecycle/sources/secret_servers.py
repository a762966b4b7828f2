"""Which secret may go to which server: confirmed once by a person, outside of what a pull request can change."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote_plus

from lifecycle.errors import WrongValue

VARIABLE = "LIFECYCLE_SECRETS_FOR"
FILE = Path("~/.config/lifecycle/secrets")
# The port of each protocol, by which `host` and `host:port` are the same server.
PORTS: Mapping[str, int] = {
    "https": 443,
    "mariadb": 3306,
    "mongodb": 27017,
    "mqtts": 8883,
    "mysql": 3306,
    "postgresql": 5432,
    "rediss": 6379,
    "sftp": 22,
    "ssh": 22,
}
PLAIN = ("http", "mqtt", "redis", "smtp")  # never encrypted, so the scheme is a part of what is confirmed
LOCAL = ("", "file", "sqlite")  # schemes of which nothing leaves this machine
# One user at most, then names and numbers alone: no sign that two parsers could read differently.
ADDRESS = re.compile(
    r"[a-z][\w+.-]*://(?:[^@/?#\\\s]*@)?(?P<servers>[\w.,:\[\]-]+)(?:[/?#][^@\\\s]*)?", re.IGNORECASE | re.ASCII
)
SERVER = re.compile(
    r"(?P<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9.])?|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?", re.IGNORECASE | re.ASCII
)
# Parameters by which a driver goes to another server than the address names, or reads other files for it.
DETOURS = re.compile(
    r"host|hostaddr|server|addr|.*address|port|service|servicefile|passfile|dsn|odbc_connect|.*socket|read_default_.*"
    r"|.*infile|.*proxy.*|.*endpoint.*|(.*_)?ur[il]|failover.*",
    re.I,
)
WEB = ("http", "https")  # where parameters are the server's


def must_be_confirmed(
    address: str, names: Iterable[str], shown: str, environment: Mapping[str, str] = os.environ
) -> None:
    """Raise WrongValue unless a person has confirmed each variable for each server of the address.

    `address` has placeholders, in whatever form, in place of values; `shown` is what an error may show of it. Raises
    WrongValue too for an address that two programs could read differently.
    """
    sent = list(dict.fromkeys(names))
    confirmed = read_confirmed(environment) if sent else set()
    servers = list_servers(address, shown) if sent else []
    missing = [(name, one) for one in servers for name in sent if not confirmed & spell_alike(name, one, address)]
    if missing:
        lines = " ".join(f"'{name}@{server}'" for name, server in missing)
        raise WrongValue(
            f"{list_distinct(name for name, _ in missing)} would be sent to"
            f" {list_distinct(server for _, server in missing)}, which nobody has confirmed",
            where=shown,
            todo=f"mkdir -p {FILE.parent} && printf '%s\\n' {lines} >> {FILE}",
        )


def list_distinct(words: Iterable[str]) -> str:
    """Words in a row, each once."""
    return ", ".join(dict.fromkeys(words))


def list_servers(address: str, shown: str) -> list[str]:
    """The servers of an address as `host` or `host:port`, with the scheme where it never encrypts; none for a file.

    Raises WrongValue for an address that two programs could read differently, or that names its server by a variable.
    """
    scheme = read_scheme(address)
    if scheme in LOCAL:
        return []
    found = ADDRESS.fullmatch(address)
    servers = [SERVER.fullmatch(one) for one in found["servers"].split(",")] if found else [None]
    if any(one is None for one in servers):
        raise WrongValue(
            "the address with a secret does not name its server plainly",
            where=shown,
            todo="write scheme://USER:PASSWORD@host:port/…, the host without a variable, and %40 for an @ elsewhere",
        )
    if scheme not in WEB:
        must_name_one_way(address, shown)
    before = f"{scheme}://" if scheme in PLAIN else ""
    return [f"{before}{spell_server(scheme, one)}" for one in servers if one]


def read_scheme(address: str) -> str:
    """The scheme without the name of a driver; empty for a path."""
    return re.split(r"[:+]", address, maxsplit=1)[0].lower() if ":" in address else ""


def must_name_one_way(address: str, shown: str) -> None:
    """Raise WrongValue for a parameter of the address by which a driver goes elsewhere."""
    for part in re.split("[&;]", address.partition("?")[2]):
        key = unquote_plus(part.partition("=")[0])
        if DETOURS.fullmatch(key.strip()):
            raise WrongValue(
                f"the address with a secret has the parameter {key}, which may name another server or a file",
                where=shown,
                todo=f"take {key}= out, and name the server before the path",
            )


def spell_server(scheme: str, found: re.Match[str]) -> str:
    """`host`, or `host:port` where that is not the protocol's own."""
    port = int(found["port"] or 0) or None
    return found["host"].lower() + ("" if port in (None, PORTS.get(scheme)) else f":{port}")


def spell_alike(name: str, server: str, address: str) -> set[str]:
    """A confirmation, and the same one with the protocol's own port written out."""
    own = PORTS.get(read_scheme(address))
    same = {server} if own is None or re.search(r":\d+$", server) else {server, f"{server}:{own}"}
    return {f"{name}@{one}" for one in same}


def read_confirmed(environment: Mapping[str, str] = os.environ) -> set[str]:
    """What a person has confirmed, as `NAME@host` or `NAME@host:port`: in the environment and in a file of the home."""
    path = FILE.expanduser()
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    written = " ".join([*(line.partition("#")[0] for line in lines), environment.get(VARIABLE, "")])
    pairs = [one.partition("@") for one in re.split(r"[\s,]+", written)]
    return {f"{name}@{server.lower()}" for name, _, server in pairs if server}
