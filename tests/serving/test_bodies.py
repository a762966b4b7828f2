"""Bodies: compressed or not, with a byte order mark or without, never larger than the limit in memory."""

import asyncio
import gzip
import itertools
import tracemalloc
import zlib

import pytest
from starlette.requests import Request

from lifecycle.serving.bodies import Intake, check_content_type, decompress_gzip, hold_body, is_gzip, parse_body
from lifecycle.serving.rejections import RequestRejected


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=UTF-8",
        "application/json; charset=utf8",
        "application/json; charset=UTF_8",
        'application/json; charset="utf-8"',
        "application/json ; Charset = 'UTF-8'",
        "application/json; charset=us-ascii",
        "application/json; format=pandas-split; charset=utf-8;",
    ],
)
def test_json_in_utf_8_is_taken_however_it_is_spelled(content_type):
    check_content_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/csv", "application/jsonlines", "application/json; charset=utf-16", "application/json; charset=latin-1"],
)
def test_other_content_types_are_rejected(content_type):
    with pytest.raises(RequestRejected, match=f"got {content_type or 'none'}, wanted application/json") as caught:
        check_content_type(content_type)
    assert caught.value.status == 415


@pytest.mark.parametrize(
    ("encoding", "compressed"),
    [("", False), ("identity", False), ("gzip", True), ("GZIP", True), ("x-gzip", True), ("identity, gzip", True)],
)
def test_known_encodings(encoding, compressed):
    assert is_gzip(encoding) is compressed


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br"])
def test_other_encodings_are_rejected_with_those_that_are_taken(encoding):
    with pytest.raises(RequestRejected, match=f"content encoding: got {encoding}, wanted gzip or identity") as caught:
        is_gzip(encoding)
    assert (caught.value.status, caught.value.headers) == (415, {"Accept-Encoding": "gzip, identity"})


def test_gzip_is_decompressed_up_to_the_limit_and_not_beyond():
    content = bytes(range(256)) * 400
    assert decompress_gzip(gzip.compress(content), len(content)) == content
    with pytest.raises(RequestRejected, match="body: got more than 102,399 bytes once decompressed") as caught:
        decompress_gzip(gzip.compress(content), len(content) - 1)
    assert caught.value.status == 413


def test_members_one_after_another_are_one_body():
    assert decompress_gzip(gzip.compress(b"[1,") + gzip.compress(b"") + gzip.compress(b"2]"), 5) == b"[1,2]"


def test_a_bomb_takes_no_more_memory_than_the_limit():
    bomb, most = gzip.compress(b" " * 300_000_000), 1_000_000
    assert len(bomb) < most
    tracemalloc.start()
    try:
        with pytest.raises(RequestRejected, match="more than 1,000,000 bytes once decompressed"):
            decompress_gzip(bomb, most)
        assert tracemalloc.get_traced_memory()[1] < 3 * most
    finally:
        tracemalloc.stop()


WHOLE = gzip.compress(b'{"size": 1}', mtime=0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "got 0 bytes of gzip that end too early"),
        (WHOLE[:5], "got 5 bytes of gzip that end too early"),
        (WHOLE[:-1], f"got {len(WHOLE) - 1} bytes of gzip that end too early"),
        (WHOLE + WHOLE[:4], f"got {len(WHOLE) + 4} bytes of gzip that end too early"),
        (b'{"size": 1}', "got no valid gzip"),
        (zlib.compress(b"{}"), "got no valid gzip"),
        (WHOLE[:-8] + b"\0" * 8, "got no valid gzip"),
        (WHOLE + b"more", "got no valid gzip"),
    ],
)
def test_what_is_no_whole_gzip_is_rejected(body, message):
    with pytest.raises(RequestRejected, match=message) as caught:
        decompress_gzip(body, 1000)
    assert caught.value.status == 400


def test_a_byte_order_mark_is_left_out():
    assert parse_body(b'\xef\xbb\xbf{"size": 1}') == {"size": 1}


@pytest.mark.parametrize("body", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf1", b"NaN", b'"\\ud800"', b'{"a": 1'])
def test_what_is_no_json_is_rejected(body):
    with pytest.raises(RequestRejected, match="body: got no valid JSON") as caught:
        parse_body(body)
    assert caught.value.status == 400


MOST = 10_000_000


def post(parts):
    """A request of a body that comes in parts; another request goes on after each."""

    async def receive():
        await asyncio.sleep(0)
        part = next(parts, b"")
        return {"type": "http.request", "body": part, "more_body": bool(part)}

    return Request({"type": "http", "method": "POST", "path": "/predict", "headers": []}, receive)


def test_of_twenty_bodies_those_that_fit_are_held_and_two_at_a_time_are_in_work():
    intake = Intake(most=MOST, seconds=30.0, least=1000.0, most_held=128 * 2**20)
    part, held, in_work = bytes(1_000_000), [], []

    async def send():
        try:
            async with hold_body(post(itertools.repeat(part, 10)), intake) as body, intake.work(len(body)):
                held.append(intake.held)
                in_work.append(intake.in_work)
                await asyncio.sleep(0.01)
                return len(body)
        except RequestRejected as rejection:
            return rejection.status

    async def send_all():
        return await asyncio.gather(*(send() for _ in range(20)))

    tracemalloc.start()
    try:
        found = asyncio.run(send_all())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sorted(found) == [503] * 7 + [MOST] * 13
    assert max(held) <= 128 * 2**20
    assert max(in_work) == 2 * MOST
    assert (intake.held, intake.in_work) == (0, 0)
    assert peak < 1.5 * 128 * 2**20
