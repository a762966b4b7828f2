"""HTTP requests with retries and pauses; secrets are sent to the server of the address only.

A redirect is followed within the world, and from a server of this network to that server alone.
"""

from __future__ import annotations

import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

from lifecycle.errors import SourceError
from lifecycle.io.budget import Pace, must_fit_bytes, start_pace
from lifecycle.sources.retry import TransientFailure, Wait, call_with_retries
from lifecycle.sources.secrets import PLACEHOLDER, fill_text, fill_url, hide_secrets, mask_secrets, scrub
from lifecycle.sources.web_addresses import (
    build_redirect_error,
    mount_public,
    must_be_a_source,
    must_be_reachable_from,
    read_origin,
)

if TYPE_CHECKING:
    from requests import Response, Session

AGENT = "lifecycle"
SECONDS = 30.0  # without a connection or without a byte
HOPS = 10  # redirects
PART = 65_536  # bytes of a body at once
AGAIN = (429, 500, 502, 503, 504)
UNAUTHORIZED = (401, 403)
NOTHING: Mapping[str, str] = {}


class PageNotFound(SourceError):
    """The page does not exist or access is denied: a permanent status from 400 to 499."""


@dataclass(frozen=True)
class HttpResponse:
    """A response: its URL, that URL without secrets, its body, and the URL that its Link header calls next."""

    url: str
    where: str
    data: bytes
    following: str | None


@dataclass(repr=False)
class HttpSession:
    """Requests to one server, with a pause of `pause` seconds before every request but the first.

    `headers` and `parameters` are sent with each; a parameter that the URL already has is not repeated. Redirects to
    other servers are followed by the session `elsewhere`, which connects to public addresses alone.
    """

    session: Session
    elsewhere: Session
    start: str
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    pause: float
    wait: Wait
    values: Mapping[str, str]
    pace: Pace
    begun: bool = field(default=False)

    def get(self, url: str = "", parameters: Mapping[str, str] | None = None) -> HttpResponse:
        """The response to a URL of this server, the first by default; raises SourceError if there is none.

        Raises TooLarge for a response that is, or becomes, larger than the budget, and where responses take too long.
        """
        try:
            target = urljoin(self.start, url)
        except ValueError as cause:
            raise SourceError(
                f"the next page has no address: {cause}", where=self.shown(self.start), todo="ask the server's owner"
            ) from cause
        if not self.is_own(target):
            raise SourceError(
                f"the next page is on another server, {parse_origin(target)}",
                where=self.shown(self.start),
                todo="set path: to that server, if you trust it",
            )
        if self.begun and self.pause:
            self.pace.must_last(self.pause)
            self.wait(self.pause)
        self.begun = True
        present = parse_qs(urlsplit(target).query, keep_blank_values=True)
        more = {name: value for name, value in {**self.parameters, **(parameters or {})}.items() if name not in present}
        return call_with_retries(lambda: self.once(target, more), self.wait)

    def once(self, url: str, parameters: Mapping[str, str]) -> HttpResponse:
        """One attempt, following redirects; raises TransientFailure if a retry may help."""
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        pace = start_pace(self.shown(url))
        try:
            with call_in_time(lambda: self.followed(url, parameters), pace) as response:
                link = response.links.get("next", {}).get("url")
                following = urljoin(response.url, link) if link else None
                data = read_body(response, pace)
        except (RequestException, HTTPError, OSError, ValueError) as cause:  # the last one for a bad address
            error = build_connection_error(self.shown(url), cause)
            raise (error if isinstance(cause, ValueError) else TransientFailure(error)) from cause
        if response.status_code >= 300:
            error = build_status_error(self.shown(url), response.status_code, response.reason)
            if response.status_code in AGAIN:
                raise TransientFailure(error, parse_retry_after(response.headers.get("Retry-After")))
            raise error
        return HttpResponse(response.url, self.shown(response.url), data, following)

    def shown(self, url: str) -> str:
        """The URL with placeholders instead of secrets."""
        return mask_secrets(scrub(url, self.values))

    def followed(self, url: str, parameters: Mapping[str, str]) -> Response:
        """The first response that is no redirect; headers are sent to the server of the address only."""
        must_be_a_source(url, self.shown(url))
        for _ in range(HOPS):
            response = self.request(url, parameters)
            target = read_redirect(response)
            if not target:
                break
            response.close()
            self.must_follow(target)
            url, parameters = target, {}
        return response

    def request(self, url: str, parameters: Mapping[str, str]) -> Response:
        """The response to one request, with the headers where this is the server of the address."""
        here = read_origin(url)[1:] == read_origin(self.start)[1:]
        return (self.session if here else self.elsewhere).get(
            url,
            params=parameters,
            headers={"User-Agent": AGENT, **(self.headers if self.is_own(url) else {})},
            timeout=SECONDS,
            allow_redirects=False,
            stream=True,
        )

    def must_follow(self, target: str) -> None:
        """Raise SourceError for a redirect into this network or out of a server of it, or with a secret elsewhere."""
        must_be_reachable_from(self.start, target, self.shown(target))
        if not self.is_own(target) and scrub(target, self.values) != target:
            raise build_redirect_error("a redirect would hand a secret to another server", self.shown(target))

    def is_own(self, url: str) -> bool:
        """Whether a URL is on the server of the address."""
        return read_origin(url) == read_origin(self.start)


@contextmanager
def open_session(
    address: str,
    headers: Mapping[str, str] = NOTHING,
    parameters: Mapping[str, str] = NOTHING,
    *,
    pause: float = 0.0,
    wait: Wait = time.sleep,
) -> Iterator[HttpSession]:
    """A session with the server of an address: placeholders are filled in, and errors show no secret."""
    from requests import Session

    parts = urlsplit(PLACEHOLDER.sub(r"${\1}", address))
    person, _, host = parts.netloc.rpartition("@")
    with hide_secrets(address, {**headers, **parameters}) as values, Session() as session, Session() as elsewhere:
        session.auth = elsewhere.auth = lambda request: request  # nothing from ~/.netrc
        mount_public(elsewhere)
        sent = {name: fill_text(value, values) for name, value in headers.items()}
        query = {name: fill_text(value, values) for name, value in parameters.items()}
        if person:
            sent["Authorization"] = f"Basic {b64encode(fill_text(person, values).encode()).decode('ascii')}"
        yield HttpSession(
            session,
            elsewhere,
            fill_url(parts._replace(netloc=host).geturl(), values),
            sent,
            query,
            pause,
            wait,
            values,
            start_pace(mask_secrets(address)),
        )


def fetch_url(address: str, wait: Wait = time.sleep) -> bytes:
    """The body of the response of a web address."""
    with open_session(address, wait=wait) as session:
        return session.get().data


def read_body(response: Response, pace: Pace) -> bytes:
    """The body, decompressed; raises TooLarge for one that states, or becomes, more than the budget, or that drips."""
    stated = response.headers.get("Content-Length", "")
    if stated.isdecimal():
        must_fit_bytes(int(stated[:20]), int(stated[:20]), pace.where)
    body, received = bytearray(), 0
    while part := response.raw.read1(PART, decode_content=True):
        body += part
        before, received = received, response.raw.tell()
        must_fit_bytes(len(body), received, pace.where, is_all=False)
        pace.gave(received - before)
    return bytes(body)


def call_in_time(work: Callable[[], Response], pace: Pace) -> Response:
    """The response that the work returns; raises TooLarge where that takes longer than the pace allows.

    A socket's own limit begins anew with every byte: a header that drips would never reach it.
    """
    found: Future[Response] = Future()

    def run() -> None:
        try:
            found.set_result(work())
        except BaseException as cause:
            found.set_exception(cause)

    threading.Thread(target=run, daemon=True).start()
    try:
        while not wait_for([found], timeout=1.0).done:
            pace.must_be_in_time()
    except BaseException:
        found.add_done_callback(close_late_response)
        raise
    return found.result()


def close_late_response(found: Future[Response]) -> None:
    """Close what came after its time, which nobody reads."""
    if found.exception() is None:
        found.result().close()


def read_redirect(response: Response) -> str:
    """The web address that a response redirects to; empty where it does not; raises ValueError for one that is none."""
    try:
        target = urljoin(response.url, response.headers.get("Location", ""))
        return target if response.is_redirect and urlsplit(target).scheme in ("http", "https") else ""
    except ValueError:
        response.close()
        raise


def parse_origin(url: str) -> str:
    """The scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def build_connection_error(where: str, cause: BaseException) -> SourceError:
    """The error for a missing or incomplete response, with the message of the innermost cause."""
    from requests.exceptions import Timeout
    from urllib3.exceptions import TimeoutError as BodyTimeout

    inner = cause
    while inner.__context__ is not None:
        inner = inner.__context__
    message = " ".join(str(inner).split())[:200]
    reason = f"nothing was received for {SECONDS:g} seconds" if isinstance(cause, Timeout | BodyTimeout) else message
    return SourceError(f"no complete response: {reason}", where=where, todo=f"open it in a browser: {where}")


def build_status_error(where: str, code: int, reason: str) -> SourceError:
    """The error for a status that is no success."""
    todo = "correct the address, or ask its owner"
    if code in UNAUTHORIZED:
        todo = "put the token into the address or a header as ${NAME}, and its value into the environment variable NAME"
    kind = PageNotFound if 400 <= code < 500 and code not in AGAIN else SourceError
    return kind(f"the server responds {code} {reason}", where=where, todo=todo)


def parse_retry_after(header: str | None) -> float | None:
    """The seconds of a Retry-After header, in seconds or as a date (RFC 9110, 10.2.3); None without a valid one."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    try:
        return Retry(retry_after_max=sys.maxsize).parse_retry_after(header) if header else None
    except (InvalidHeader, ValueError, OverflowError):  # the latter two for a year that no calendar has
        return None
