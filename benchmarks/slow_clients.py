"""Honest clients beside slow and idle ones: their 99th percentile with and without these, and who is refused."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.serve import answers, format_request, start_server, together
from lifecycle.cli.parser import Parser

SLOW, IDLE, HONEST = 200, 200, 50
PER_SECOND = 2.0  # requests of one honest client
RAMP = 8.0  # seconds within which the slow and idle clients come, one after the other
DRIP = 0.5  # seconds from one byte of a slow client to its next
WAIT = 10.0  # seconds after which an honest client gives up


@dataclass
class Answers:
    """Seconds from when each request was due to its response, and the requests that had none, by the reason."""

    seconds: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def at(self, share: float) -> float:
        """Milliseconds at a quantile."""
        return float(1e3 * np.quantile(self.seconds, share))

    def describe(self) -> str:
        """Both as a line."""
        refused = ", ".join(f"{count} {why}" for why, count in sorted(self.refused.items())) or "none"
        times = f"p50 {self.at(0.5):7.2f} ms  p99 {self.at(0.99):7.2f} ms"
        return f"{times}  {len(self.seconds):6,} answered  refused: {refused}"


def main(arguments: list[str]) -> int:
    """Measure alone, with the others, and alone again, and print the ratio; 1 where anyone was refused."""
    parser = Parser(
        prog="python -m benchmarks slow_clients",
        usage="python -m benchmarks slow_clients [--seconds SECONDS]",
        description="Measure honest clients beside slow and idle ones.",
    )
    parser.add_argument("--seconds", type=float, default=120.0, help="how long the others are there")
    seconds = parser.parse_args(arguments).seconds
    with serve_release() as (port, body):
        before = ask_for(port, body, seconds / 2)
        with hold_connections(port, len(body)):
            beside = ask_for(port, body, seconds)
        after = ask_for(port, body, seconds / 2)
    alone = Answers(before.seconds + after.seconds, before.refused + after.refused)
    print(f"{HONEST} honest clients, {HONEST * PER_SECOND:.0f} requests a second, alone   {alone.describe()}")
    print(f"beside {SLOW} slow and {IDLE} idle ones for {seconds:.0f} s          {beside.describe()}")
    print(f"p99 beside them / alone: {beside.at(0.99) / alone.at(0.99):.2f}")
    return 1 if alone.refused or beside.refused else 0


@contextlib.contextmanager
def serve_release() -> Iterator[tuple[int, bytes]]:
    """The release of this folder, served as it comes: the port, and the body of a request."""
    from lifecycle.release.release import load_release

    body = json.dumps(load_release().example["request"]).encode()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        process, port = start_server("-m", "lifecycle", "serve", f"serve.events={folder}/events", word="serve.port={}")
        try:
            asyncio.run(answers(port, body))
            ask_for(port, body, 2.0)
            yield port, body
        finally:
            process.terminate()
            process.wait(60)


@contextlib.contextmanager
def hold_connections(port: int, length: int) -> Iterator[None]:
    """While this lasts, a process of its own has slow and idle connections open, each anew once it is closed."""
    holder = multiprocessing.get_context("spawn").Process(target=hold, args=(port, length))
    holder.start()
    time.sleep(RAMP + WAIT)  # all are there, and the first of them come again
    try:
        yield
    finally:
        holder.kill()
        holder.join()


def hold(port: int, length: int) -> None:
    """The slow and the idle clients, until the process is ended."""
    body = b"x" * 10 * length
    slow = [drip(port, format_request(body)) for _ in range(SLOW)]
    idle = [wait(port, place % 2 * b"POST /predict HTTP/1.1\r\nHost: be") for place in range(IDLE)]
    asyncio.run(
        together(
            [begin(place * RAMP / len(slow), one) for place, one in enumerate(slow)]
            + [begin(place * RAMP / len(idle), one) for place, one in enumerate(idle)]
        )
    )


async def begin(seconds: float, work: Awaitable[None]) -> None:
    """Some work, after some seconds."""
    await asyncio.sleep(seconds)
    await work


async def drip(port: int, asked: bytes) -> None:
    """Send a request byte by byte, again and again."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = asked.index(b"\r\n\r\n") + 4
            writer.write(asked[:head])
            for place in range(head, len(asked)):
                await asyncio.sleep(DRIP)
                if reader.at_eof():
                    break
                writer.write(asked[place : place + 1])
                await writer.drain()
            writer.close()


async def wait(port: int, begun: bytes) -> None:
    """Open a connection, send the beginning of a header or nothing, and wait until it is closed, again and again."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun)
            await reader.read()
            writer.close()


def ask_for(port: int, body: bytes, seconds: float) -> Answers:
    """What the honest clients get in so many seconds."""
    found = Answers()
    clients = [ask_again(port, format_request(body), place / HONEST, seconds, found) for place in range(HONEST)]
    asyncio.run(together(clients))
    return found


async def ask_again(port: int, asked: bytes, offset: float, seconds: float, found: Answers) -> None:
    """One honest client: requests at set times over one connection, which is opened again where it was closed."""
    begun, number = time.perf_counter() + offset / PER_SECOND, 0
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    while (due := begun + number / PER_SECOND) < begun + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        number += 1
        try:
            connection = connection or await asyncio.open_connection("127.0.0.1", port)
            status = await asyncio.wait_for(read_status(*connection, asked), WAIT)
        except (OSError, EOFError, TimeoutError) as cause:
            status, connection = type(cause).__name__, None
        if status == "200":
            found.seconds.append(time.perf_counter() - due)
        else:
            found.refused[status] += 1
    if connection:
        connection[1].close()


async def read_status(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> str:
    """Send a request, read its response to the end, and return its status."""
    writer.write(asked)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    return head.split(b" ", 2)[1].decode()
