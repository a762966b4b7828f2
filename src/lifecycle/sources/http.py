"""HTTP requests with retries and pauses; secrets are sent to the server of the address only."""

from __future__ import annotations

import queue
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import parse_qs, urljoin, urlsplit

from lifecycle.errors import SourceError
from lifecycle.io.budget import Pace, must_fit_bytes, start_pace
from lifecycle.sources.retry import TransientFailure, Wait, call_with_retries
from lifecycle.sources.secrets import PLACEHOLDER, fill_text, fill_url, hide_secrets, mask_secrets, scrub

if TYPE_CHECKING:
    from requests import Response, Session

AGENT = "lifecycle"
SECONDS = 30.0  # without a connection or without a byte
HOPS = 10  # redirects
PART = 65_536  # bytes of a body at once
AGAIN = (429, 500, 502, 503, 504)
UNAUTHORIZED = (401, 403)
NOTHING: Mapping[str, str] = {}
Result = TypeVar("Result")


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

    `headers` and `parameters` are sent with each; a parameter that the URL already has is not repeated.
    """

    session: Session
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
        if parse_origin(target) != parse_origin(self.start):
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
            response = call_in_time(lambda: self.followed(url, parameters), pace)
            link = response.links.get("next", {}).get("url")
            following = urljoin(response.url, link) if link else None
            with response:
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
        for _ in range(HOPS):
            own = self.headers if parse_origin(url) == parse_origin(self.start) else {}
            response = self.session.get(
                url,
                params=parameters,
                headers={"User-Agent": AGENT, **own},
                timeout=SECONDS,
                allow_redirects=False,
                stream=True,
            )
            target = urljoin(response.url, response.headers.get("Location", ""))
            if not response.is_redirect or urlsplit(target).scheme not in ("http", "https"):
                break
            response.close()
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
    """A session with the server of an address: placeholders are filled in, and errors show no secret."""
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
            session,
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


def call_in_time(work: Callable[[], Result], pace: Pace) -> Result:
    """What the work returns; raises TooLarge where that takes longer than the pace allows.

    A socket's own limit begins anew with every byte: a header that drips would never reach it.
    """
    done: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((True, work()))
        except BaseException as cause:
            done.put((False, cause))

    threading.Thread(target=run, daemon=True).start()
    while True:
        try:
            is_whole, found = done.get(timeout=1.0)
            break
        except queue.Empty:
            pace.must_be_in_time()
    if is_whole:
        return cast("Result", found)
    raise found


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
