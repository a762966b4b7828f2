"""The bytes behind an address: a file or an http(s) URL; secrets come from the environment and are never shown."""

import os
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib import request
from urllib.error import HTTPError
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from lifecycle.errors import LifecycleError, SourceError, WrongValue, nearest

SECONDS = 30.0  # without an answer
PLACEHOLDER = re.compile(r"\\?\$\{(\w+)\}")  # Hydra needs the backslash, to leave the name to us
SECRET = re.compile(r"pass|pwd|secret|token|api_?key", re.IGNORECASE)
TURNED_DOWN = (401, 403)


def contents(address: str) -> bytes:
    """The bytes of a file, a file URL or an http(s) URL.

    Raises SourceError when they cannot be had or there are none, WrongValue for an address that no
    reader takes or that shows a password.
    """
    scheme = urlsplit(address).scheme if "://" in address else ""
    if scheme in ("http", "https"):
        data = fetched(address)
    elif scheme in ("", "file"):
        data = file_bytes(local(address))
    else:
        raise WrongValue(
            f"{scheme}:// is no file and no web page", where=shown(address), todo="use a path, or an http(s) URL"
        )
    if not data.strip():
        raise SourceError("the file is empty", where=shown(address), todo="choose a file with rows")
    return data


def local(address: str) -> Path:
    """The path that an address names: itself, or what follows `file://`."""
    return Path(unquote(urlsplit(address).path) if address.startswith("file://") else address)


def file_bytes(path: Path) -> bytes:
    """The bytes of a file that is there."""
    try:
        return path.read_bytes()
    except FileNotFoundError as cause:
        there = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
        todo = f"{nearest(path.name, there)} in {path.parent}" if there else f"correct the path: no {path.parent}"
        raise SourceError("there is no such file", where=str(path), todo=todo) from cause
    except IsADirectoryError as cause:
        there = sorted(entry.name for entry in path.iterdir() if entry.is_file())
        todo = f"name one of its files: {', '.join(there[:8])}" if there else "name a file"
        raise SourceError("this is a folder, not a file", where=str(path), todo=todo) from cause
    except OSError as cause:
        raise SourceError(
            f"the file cannot be read: {cause.strerror}", where=str(path), todo=f"ls -l {path}"
        ) from cause


def fetched(address: str) -> bytes:
    """What a web server answers; no other protocol is followed, wherever it points."""
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPRedirectHandler,
        request.HTTPErrorProcessor,
        request.HTTPDefaultErrorHandler,
        request.UnknownHandler,
    ):
        opener.add_handler(handler())
    with hidden(address) as values:
        try:
            with opener.open(asking(address, values), timeout=SECONDS) as answer:
                return bytes(answer.read())
        except HTTPError as cause:
            cause.close()  # it holds the connection
            raise refused(address, cause.code, str(cause.reason)) from cause
        except (OSError, HTTPException, ValueError) as cause:
            reason = getattr(cause, "reason", None) or cause
            raise SourceError(
                f"no answer: {reason}", where=shown(address), todo=f"open the address in a browser: {shown(address)}"
            ) from cause


def asking(address: str, values: Mapping[str, str]) -> request.Request:
    """What is sent to the server: a name and password go into a header that no other server gets."""
    parts = urlsplit(PLACEHOLDER.sub(r"${\1}", address))
    person, _, host = parts.netloc.rpartition("@")
    made = request.Request(filled(parts._replace(netloc=host).geturl(), values), headers={"User-Agent": "lifecycle"})  # noqa: S310
    if person:
        said = PLACEHOLDER.sub(lambda found: values[found[1]], person)
        made.add_unredirected_header("Authorization", f"Basic {b64encode(said.encode()).decode('ascii')}")
    return made


def refused(address: str, code: int, reason: str) -> SourceError:
    """The error for an answer that is no page."""
    todo = "correct the address, or ask its owner"
    if code in TURNED_DOWN:
        todo = "put the token into the address as ${NAME}, and its value into the environment variable NAME"
    return SourceError(f"the server answers {code} {reason}", where=shown(address), todo=todo)


def filled(address: str, values: Mapping[str, str]) -> str:
    """A URL with the values in place of `${NAME}`, quoted as a part of a URL."""
    return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), address)


def environment(address: str) -> dict[str, str]:
    """The environment's values for the placeholders of an address; raises WrongValue for one that is not set."""
    names = PLACEHOLDER.findall(address)
    unset = [name for name in names if not os.environ.get(name)]
    if unset:
        raise WrongValue(
            f"the environment variable {unset[0]} is not set",
            where=shown(address),
            todo=f"export {unset[0]}=…",
        )
    return {name: os.environ[name] for name in names}


def shown(address: str) -> str:
    """The address as it may be shown: with placeholders, and no password that someone wrote into it."""
    plain = PLACEHOLDER.sub(r"${\1}", address)
    masked = re.sub(r"(://[^/@]*?:)(?!\$\{)[^/]*@", r"\1***@", plain)
    return re.sub(rf"([?&][^=&]*(?:{SECRET.pattern})[^=&]*=)(?!\$\{{)[^&]*", r"\1***", masked, flags=re.IGNORECASE)


@contextmanager
def hidden(address: str) -> Iterator[dict[str, str]]:
    """The environment's values for the address, kept out of every error that is raised inside.

    The cause is cut off, since a driver's own message may hold what was filled in. Raises WrongValue when a
    password stands in the address itself.
    """
    must_hide_passwords(address)
    values = environment(address)
    try:
        yield values
    except LifecycleError as error:
        if not values:
            raise
        raise type(error)(
            scrubbed(error.what, values), where=scrubbed(error.where, values), todo=scrubbed(error.todo, values)
        ) from None


def scrubbed(text: str, values: Mapping[str, str]) -> str:
    """The text with each value replaced by its placeholder, the longest first."""
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        text = text.replace(value, f"${{{name}}}").replace(quote(value, safe=""), f"${{{name}}}")
    return text


def must_hide_passwords(address: str) -> None:
    """Raise WrongValue when a password or token stands in the address itself."""
    parts = urlsplit(PLACEHOLDER.sub(r"${\1}", address))
    _, _, password = parts.netloc.rpartition("@")[0].partition(":")
    secrets = [value for key, value in parse_qsl(parts.query) if SECRET.search(key)]
    if all(not secret or PLACEHOLDER.fullmatch(secret) for secret in (password, *secrets)):
        return
    host = parts.netloc.rpartition("@")[2]
    example = f"{parts.scheme}://${{DATABASE_USER}}:${{DATABASE_PASSWORD}}@{host}{parts.path}"
    if not password:
        example = f"{parts.scheme}://{host}{parts.path}?…=${{DATABASE_PASSWORD}}"
    raise WrongValue(
        "the address has a password in it",
        where=f"{parts.scheme}://{host}{parts.path}",
        todo=f"write {example} and set DATABASE_USER and DATABASE_PASSWORD in the environment",
    )
