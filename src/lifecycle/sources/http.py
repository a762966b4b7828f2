"""What a web server answers: asked again where that may help, never in haste, and no other server gets a secret."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

from lifecycle.errors import SourceError
from lifecycle.sources.retry import Passing, Wait, patiently
from lifecycle.sources.secrets import PLACEHOLDER, fill_text, fill_url, hide_secrets, mask_secrets, scrub

if TYPE_CHECKING:
    from requests import Response, Session

AGENT = "lifecycle"
SECONDS = 30.0  # without a connection or without a byte
HOPS = 10  # redirects
AGAIN = (429, 500, 502, 503, 504)
UNAUTHORIZED = (401, 403)
NOTHING: Mapping[str, str] = {}


class PageNotFound(SourceError):
    """The server answers that there is no such page, or none for us: a status from 400 to 499 that stays."""


@dataclass(frozen=True)
class HttpResponse:
    """What a server sent, the URL it came from, that URL as it may be shown, and the one its Link header calls next."""

    url: str
    where: str
    data: bytes
    following: str | None


@dataclass(repr=False)
class HttpSession:
    """Asks one server, with a pause of `pause` seconds before every request but the first.

    `headers` and `parameters` are sent with each; a parameter that the URL has itself is not sent again.
    """

    session: Session
    start: str
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    pause: float
    wait: Wait
    values: Mapping[str, str]
    begun: bool = field(default=False)

    def get(self, url: str = "", parameters: Mapping[str, str] | None = None) -> HttpResponse:
        """The answer to a URL of this server, the first by default; raises SourceError where there is none."""
        try:
            target = urljoin(self.start, url)
        except ValueError as cause:
            raise SourceError(
                f"the next page has no address: {cause}", where=self.shown(self.start), todo="ask the server's owner"
            ) from cause
        if parse_origin(target) != parse_origin(self.start):
            raise SourceError(
                f"the next page is on another server, {parse_origin(target)}",
                where=self.shown(self.start),
                todo="set path: to that server, if it is to be trusted",
            )
        if self.begun and self.pause:
            self.wait(self.pause)
        self.begun = True
        present = parse_qs(urlsplit(target).query, keep_blank_values=True)
        more = {name: value for name, value in {**self.parameters, **(parameters or {})}.items() if name not in present}
        return patiently(lambda: self.once(target, more), self.wait)

    def once(self, url: str, parameters: Mapping[str, str]) -> HttpResponse:
        """One try, over redirects; raises Passing where another may help."""
        from requests import RequestException

        try:
            response = self.followed(url, parameters)
            link = response.links.get("next", {}).get("url")
            following = urljoin(response.url, link) if link else None
        except (RequestException, ValueError) as cause:  # requests and urllib both raise for a bad address
            error = build_connection_error(self.shown(url), cause)
            raise (error if isinstance(cause, ValueError) else Passing(error)) from cause
        if response.status_code >= 300:
            error = build_status_error(self.shown(url), response.status_code, response.reason)
            if response.status_code in AGAIN:
                raise Passing(error, asked_to_wait(response.headers.get("Retry-After"), datetime.now(UTC)))
            raise error
        return HttpResponse(response.url, self.shown(response.url), response.content, following)

    def shown(self, url: str) -> str:
        """The URL with placeholders for what was filled in."""
        return mask_secrets(scrub(url, self.values))

    def followed(self, url: str, parameters: Mapping[str, str]) -> Response:
        """The first answer that is no redirect to the web; headers go to the server they are meant for alone."""
        for _ in range(HOPS):
            own = self.headers if parse_origin(url) == parse_origin(self.start) else {}
            response = self.session.get(
                url, params=parameters, headers={"User-Agent": AGENT, **own}, timeout=SECONDS, allow_redirects=False
            )
            target = urljoin(response.url, response.headers.get("Location", ""))
            if not response.is_redirect or urlsplit(target).scheme not in ("http", "https"):
                break
            url, parameters = target, {}
        return response


@contextmanager
def open_session(
    address: str,
    headers: Mapping[str, str] = NOTHING,
    parameters: Mapping[str, str] = NOTHING,
    *,
    pause: float = 0.0,
    wait: Wait = time.sleep,
) -> Iterator[HttpSession]:
    """A visitor of the server of an address, whose placeholders are filled and whose secrets no error shows."""
    from requests import Session

    parts = urlsplit(PLACEHOLDER.sub(r"${\1}", address))
    person, _, host = parts.netloc.rpartition("@")
    with hide_secrets(address, {**headers, **parameters}) as values, Session() as session:
        session.auth = lambda request: request  # nothing from ~/.netrc
        sent = {name: fill_text(value, values) for name, value in headers.items()}
        query = {name: fill_text(value, values) for name, value in parameters.items()}
        if person:
            sent["Authorization"] = f"Basic {b64encode(fill_text(person, values).encode()).decode('ascii')}"
        yield HttpSession(
            session, fill_url(parts._replace(netloc=host).geturl(), values), sent, query, pause, wait, values
        )


def fetch_url(address: str, wait: Wait = time.sleep) -> bytes:
    """The bytes that a web address answers with."""
    with open_session(address, wait=wait) as visitor:
        return visitor.get().data


def parse_origin(url: str) -> str:
    """The scheme, host and port: what makes one server."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def build_connection_error(where: str, cause: BaseException) -> SourceError:
    """The error for no answer, or half of one: what the innermost cause says."""
    from requests.exceptions import Timeout

    inner = cause
    while inner.__context__ is not None:
        inner = inner.__context__
    reason = (
        f"nothing came for {SECONDS:g} seconds" if isinstance(cause, Timeout) else " ".join(str(inner).split())[:200]
    )
    return SourceError(f"no whole answer: {reason}", where=where, todo=f"open it in a browser: {where}")


def build_status_error(where: str, code: int, reason: str) -> SourceError:
    """The error for an answer that is no page."""
    todo = "correct the address, or ask its owner"
    if code in UNAUTHORIZED:
        todo = "put the token into the address or a header as ${NAME}, and its value into the environment variable NAME"
    kind = PageNotFound if 400 <= code < 500 and code not in AGAIN else SourceError
    return kind(f"the server answers {code} {reason}", where=where, todo=todo)


def asked_to_wait(said: str | None, now: datetime) -> float | None:
    """The seconds of a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3); None without one."""
    if not said:
        return None
    if said.strip().isdecimal():
        return float(said)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
