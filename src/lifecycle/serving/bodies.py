"""A request's body: received, decompressed and parsed, each within the limit on its size."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

from starlette.requests import Request

from lifecycle.io.json_values import RepeatedKey, parse_json
from lifecycle.serving.rejections import RequestRejected

CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
GZIP = ("gzip", "x-gzip")
BOM = b"\xef\xbb\xbf"
# Compressed bytes that are handed to zlib at once.
CHUNK = 16_384
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


async def read_body(request: Request, most: int, seconds: float) -> bytes:
    """The request's body, decompressed.

    Raises RequestRejected for one that is larger than `most` bytes, as sent or decompressed, as soon as that is
    known, for one that is not complete after `seconds`, and for one that is not compressed as its headers say.
    """
    compressed = is_gzip(request.headers.get("content-encoding", ""))
    body = await receive_body(request, most, seconds)
    return await asyncio.to_thread(decompress_gzip, body, most) if compressed else body


async def receive_body(request: Request, most: int, seconds: float) -> bytes:
    """The body as sent."""
    parts, size = [], 0
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > most:
        raise RequestRejected(413, f"body: got {length[:20]} bytes, wanted at most {most:,}")
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise RequestRejected(413, f"body: got more than {most:,} bytes")
                parts.append(part)
    except TimeoutError as cause:
        raise RequestRejected(408, f"body: not complete after {seconds:g} seconds") from cause
    return b"".join(parts)


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
