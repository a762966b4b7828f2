"""A request's body: received, decompressed and parsed, each within the limit on its size."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from lifecycle.io.json_values import RepeatedKey, parse_json
from lifecycle.serving.rate_limit import SOON
from lifecycle.serving.rejections import RequestRejected

CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
GZIP = ("gzip", "x-gzip")
BOM = b"\xef\xbb\xbf"
# Compressed bytes that are handed to zlib at once.
CHUNK = 16_384
# Seconds of a body before its rate counts.
GRACE = 5.0
# zlib's word for the gzip format with the largest window.
GZIP_FORMAT = 16 + zlib.MAX_WBITS


def check_content_type(content_type: str) -> None:
    """Raise RequestRejected unless the body says that it is JSON in UTF-8."""
    kind, *parameters = [part.strip().lower() for part in content_type.split(";")]
    charsets = [value.strip(" \"'") for name, _, value in (part.partition("=") for part in parameters)
                if name.strip() == "charset"]  # fmt: skip
    if kind != "application/json" or any(charset.replace("_", "-") not in CHARSETS for charset in charsets):
        raise RequestRejected(415, f"content type: got {content_type[:80] or 'none'}, wanted application/json in UTF-8")


def is_gzip(content_encoding: str) -> bool:
    """Whether the body is compressed; raises RequestRejected for an encoding that is not decoded here."""
    encodings = [one.strip().lower() for one in content_encoding.split(",")]
    found = [one for one in encodings if one not in ("", "identity")]
    if not found:
        return False
    if len(found) > 1 or found[0] not in GZIP:
        raise RequestRejected(
            415,
            f"content encoding: got {content_encoding[:80]}, wanted gzip or identity",
            headers={"Accept-Encoding": "gzip, identity"},
        )
    return True


@dataclass
class Intake:
    """The limits on bodies: bytes and seconds of one, the bytes a second that it must bring, and bytes of all at once.

    `held` are the bytes of all bodies from their first part to their response. Parsed, a body is many times as large:
    those in work, `in_work` bytes, are together at most twice as large as one may be, and others wait.
    """

    most: int
    seconds: float
    least: float
    most_held: int
    held: int = 0
    in_work: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def take(self, part: bytes, size: int) -> None:
        """Count a part of a body that has `size` bytes by now; raises RequestRejected above a limit."""
        if size > self.most:
            raise RequestRejected(413, f"body: got more than {self.most:,} bytes")
        if self.held + len(part) > self.most_held:
            raise RequestRejected(503, f"busy: {self.held:,} bytes of other bodies are not answered", headers=SOON)
        self.held += len(part)

    def allow(self, size: int) -> float:
        """After how many seconds a body of which `size` bytes are there is given up."""
        return min(self.seconds, GRACE + size / self.least)

    @asynccontextmanager
    async def work(self, size: int) -> AsyncIterator[None]:
        """Wait until there is room to parse and answer a body of so many bytes, and take it meanwhile."""
        async with self.changed:
            await self.changed.wait_for(lambda: not self.in_work or self.in_work + size <= 2 * self.most)
            self.in_work += size
        try:
            yield
        finally:
            async with self.changed:
                self.in_work -= size
                self.changed.notify_all()


@dataclass
class Lease:
    """What one body counts of the bytes that all bodies may have."""

    intake: Intake
    size: int = 0

    def take(self, part: bytes) -> None:
        """Count a part; raises RequestRejected above a limit."""
        self.intake.take(part, self.size + len(part))
        self.size += len(part)

    def end(self) -> None:
        """Count the body no more."""
        self.intake.held -= self.size


@asynccontextmanager
async def hold_body(request: Request, intake: Intake) -> AsyncIterator[bytes]:
    """The request's body, decompressed, which counts until the block ends.

    Raises RequestRejected for one that is larger than the limit, as sent or decompressed, as soon as that is known, for
    one that is not complete in time or comes too slowly, and for one that is not compressed as its headers say.
    """
    compressed = is_gzip(request.headers.get("content-encoding", ""))
    lease = Lease(intake)
    try:
        body = await receive_body(request, intake, lease)
        if not compressed:
            yield body
            return
        async with intake.work(intake.most):
            whole = await asyncio.to_thread(decompress_gzip, body, intake.most)
        intake.take(whole, len(whole))
        lease.size += len(whole)
        yield whole
    finally:
        lease.end()


async def receive_body(request: Request, intake: Intake, lease: Lease) -> bytes:
    """The body as sent."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > intake.most:
        raise RequestRejected(413, f"body: got {length[:20]} bytes, wanted at most {intake.most:,}")
    body, begun = bytearray(), asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(begun + intake.allow(0)) as limit:
            async for part in request.stream():
                lease.take(part)
                body += part
                limit.reschedule(begun + intake.allow(len(body)))
    except TimeoutError as cause:
        message = f"body: not complete after {intake.allow(len(body)):.3g} seconds, {len(body):,} bytes are there"
        raise RequestRejected(408, message, headers={"Connection": "close"}) from cause
    return bytes(body)


def decompress_gzip(body: bytes, most: int) -> bytes:
    """The content of a body in the gzip format, of which at most one byte above the limit is ever made."""
    found, place = bytearray(), 0
    while place < len(body) or not place:
        place = decompress_member(body, place, found, most)
    return bytes(found)


def decompress_member(body: bytes, place: int, found: bytearray, most: int) -> int:
    """Append the content of the member that begins at `place`, and return the place of its end."""
    member = zlib.decompressobj(GZIP_FORMAT)
    while not member.eof:
        piece = body[place : place + CHUNK]
        if not piece:
            raise RequestRejected(400, f"body: got {len(body):,} bytes of gzip that end too early")
        try:
            found += member.decompress(piece, most + 1 - len(found))
        except zlib.error as cause:
            raise RequestRejected(400, f"body: got no valid gzip ({cause})"[:160]) from cause
        if len(found) > most:
            raise RequestRejected(413, f"body: got more than {most:,} bytes once decompressed")
        place += len(piece) - len(member.unused_data)
    return place


def parse_body(body: bytes) -> Any:
    """The JSON in a body, after a byte order mark.

    Raises RequestRejected for none, NaN and infinity included, and for an object that has a key twice: which of the two
    values is meant, nobody knows.
    """
    try:
        return parse_json(body.removeprefix(BOM))
    except RepeatedKey as cause:
        raise RequestRejected(400, f"body: got {cause}, wanted it once") from cause
    except ValueError as cause:
        raise RequestRejected(400, f"body: got no valid JSON ({' '.join(str(cause).split())[:120]})") from cause
