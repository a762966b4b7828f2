"""Secrets of a source: environment variables, named `${NAME}` in YAML, and masked in all output."""

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, urlsplit

from lifecycle.errors import LifecycleError, WrongValue
from lifecycle.sources.secret_servers import must_be_confirmed

PLACEHOLDER = re.compile(r"\\?\$\{(\w+)\}")  # the backslash keeps Hydra from resolving the name
SECRET = re.compile(
    r"pass(?:w|phrase|code|_|\b)|pwd|secret|token|api[_-]?key|authorization|cookie|credential"
    r"|\b(?:sig|signature|key|auth)\b",
    re.IGNORECASE,
)
FILLED = "~"  # in place of a value where only the form of an address counts: no part of a server's name
WEB = ("http", "https")  # where a user without a password is a token

# Environment variables that the clients of storages read themselves.
STORED = re.compile(r"(?:AWS|AZURE|GOOGLE|OSS)_\w*(?:KEY|SECRET|TOKEN|PASSWORD|CONNECTION_STRING|CREDENTIAL)\w*")
NOTHING: Mapping[str, str] = {}


def fill_url(address: str, values: Mapping[str, str]) -> str:
    """A URL with the values in place of `${NAME}`, quoted as a part of a URL."""
    return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), address)


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """A text with the values in place of `${NAME}`, as they are."""
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def read_environment(address: str, *sent: str) -> dict[str, str]:
    """The environment's values for the placeholders of an address and of what is sent with its requests.

    Raises WrongValue for a variable that is not set, and for one that nobody has confirmed for the address's server.
    """
    names = {name: text for text in (address, *sent) for name in PLACEHOLDER.findall(text)}
    unset = [name for name in names if not os.environ.get(name)]
    if unset:
        raise WrongValue(
            f"the environment variable {unset[0]} is not set",
            where=mask_secrets(names[unset[0]]),
            todo=f"export {unset[0]}=…",
        )
    must_be_confirmed_for(address, names)
    return {name: os.environ[name] for name in names}


def must_be_confirmed_for(address: str, names: Iterable[str]) -> None:
    """Raise WrongValue unless a person has confirmed the variables for the address's server.

    An address that is one variable as a whole names its server itself.
    """
    if not (whole := PLACEHOLDER.fullmatch(address)) or {*names} != {whole[1]}:
        must_be_confirmed(PLACEHOLDER.sub(FILLED, address), names, mask_secrets(address))


def read_storage_credentials() -> dict[str, str]:
    """The environment variables with credentials that the clients of storages read themselves."""
    return {name: value for name, value in sorted(os.environ.items()) if value and STORED.fullmatch(name)}


def mask_secrets(address: str) -> str:
    """The address without secrets: with placeholders, and with plain-text passwords masked."""
    text = PLACEHOLDER.sub(r"${\1}", address)
    without_tokens = re.sub(r"^(https?://)(?!\$\{\w+\}:?@)[^/@:?#]+:?@", r"\1***@", text, flags=re.IGNORECASE)
    masked = re.sub(r"(://[^/@]*?:)(?!\$\{)[^/]*@", r"\1***@", without_tokens)
    return re.sub(rf"([?&][^=&]*(?:{SECRET.pattern})[^=&]*=)(?!\$\{{)[^&]*", r"\1***", masked, flags=re.IGNORECASE)


@contextmanager
def hide_secrets(
    address: str, sent: Mapping[str, str] = NOTHING, known: Mapping[str, str] = NOTHING
) -> Iterator[dict[str, str]]:
    """The environment's values for an address and its headers and parameters, masked in all errors and logs inside.

    The values `known` by name, which are sent besides, are masked too. The cause of an error is suppressed, since
    a driver's message may hold a value. Raises WrongValue for a plain-text secret in the address, a header or a
    parameter.
    """
    must_hide_passwords(address)
    must_hide_values(sent, address)
    values = {**known, **read_environment(address, *sent.values())}
    try:
        with scrub_logs(values):
            yield values
    except LifecycleError as error:
        if not values:
            raise
        raise type(error)(
            scrub(error.what, values), where=scrub(error.where, values), todo=scrub(error.todo, values)
        ) from None


@contextmanager
def scrub_logs(values: Mapping[str, str]) -> Iterator[None]:
    """Mask the values in the log records of all libraries."""
    before = logging.getLogRecordFactory()

    def clean(*given: Any, **more: Any) -> logging.LogRecord:
        record = before(*given, **more)
        record.msg, record.args = scrub(record.getMessage(), values), ()
        return record

    logging.setLogRecordFactory(clean if values else before)
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)


def scrub(text: str, values: Mapping[str, str]) -> str:
    """The text with each value, in any spelling, replaced by its placeholder, the longest first.

    A truncated text may end with the beginning of a value: that is replaced too.
    """
    for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
        for spelled in list_spellings(value):
            text = text.replace(spelled, f"${{{name}}}")
            end = next((size for size in range(len(spelled) - 1, 3, -1) if text.endswith(spelled[:size])), 0)
            text = f"{text[:-end]}${{{name}}}" if end else text
    return text


def list_spellings(value: str) -> list[str]:
    """The value as it is spelled in URLs, reprs, JSON and one-line messages."""
    url = (quote(value, safe=""), quote(value), quote_plus(value))
    lower = [re.sub("%..", lambda found: found[0].lower(), one) for one in url]
    shown_by_programs = (repr(value)[1:-1], ascii(value)[1:-1], json.dumps(value)[1:-1])
    candidates = (value, *url, *lower, *shown_by_programs, " ".join(value.split()), value.strip())
    return [spelled for spelled in dict.fromkeys(candidates) if spelled]


def must_hide_values(sent: Mapping[str, str], address: str) -> None:
    """Raise WrongValue if a header or a parameter holds a plain-text secret."""
    for name, value in sent.items():
        if SECRET.search(name) and not PLACEHOLDER.search(value):
            raise WrongValue(
                f"{name} holds a secret in plain text",
                where=f"{mask_secrets(address)}, key {name}",
                todo=f"write {name}: '\\${{SHOP_TOKEN}}' and export SHOP_TOKEN=…",
            )


def must_hide_passwords(address: str) -> None:
    """Raise WrongValue if the address holds a plain-text password or token."""
    parts = urlsplit(PLACEHOLDER.sub(r"${\1}", address))
    if all(PLACEHOLDER.fullmatch(one) for one in find_credentials(parts)):
        return
    example, names = suggest_placeholders(parts)
    raise WrongValue(
        "the address holds a password",
        where=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}",
        todo=f"write {example} and set {names} in the environment",
    )


def find_credentials(parts: SplitResult) -> list[str]:
    """The secrets in an address: a password, a token as the user, values of the query."""
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    token = user if parts.scheme in WEB and not password else ""
    values = (value for key, value in parse_qsl(parts.query) if SECRET.search(key))
    return [one for one in (password, token, *values) if one]


def suggest_placeholders(parts: SplitResult) -> tuple[str, str]:
    """The address with placeholders instead of its secrets, and the names of the variables."""
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    before, after = f"{parts.scheme}://", f"{parts.netloc.rpartition('@')[2]}{parts.path}"
    both = "DATABASE_USER and DATABASE_PASSWORD"
    if password:
        return f"{before}${{DATABASE_USER}}:${{DATABASE_PASSWORD}}@{after}", both
    if user and parts.scheme in WEB and not PLACEHOLDER.fullmatch(user):
        return f"{before}${{SHOP_TOKEN}}@{after}", "SHOP_TOKEN"
    if parts.scheme in WEB:
        return f"{before}{after}?…=${{SHOP_TOKEN}}", "SHOP_TOKEN"
    return f"{before}{after}?…=${{DATABASE_PASSWORD}}", both
