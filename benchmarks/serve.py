"""A raw row, a prepared one and a constant; events; rows a second beside the bare model, memory."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lifecycle.cli.parser import Parser
from lifecycle.cli.serve import THREADS

if TYPE_CHECKING:
    from lifecycle.release.release import Release

CONSTANT = """
from fastapi import FastAPI, Request, Response
app = FastAPI(docs_url=None, openapi_url=None)
@app.post("/predict")
async def predict(request: Request):
    await request.body()
    return Response(b'{"chance":0.25,"flag":false}', media_type="application/json")
"""
CONNECTIONS = 8
SECONDS = 8.0
POSTS, POSTED = 20, 500  # requests to /events, and events in each


def main(arguments: list[str]) -> int:
    """Measure all in one run and print ratios; `--rows` are the sizes of the files that memory is measured at."""
    parser = Parser(
        prog="python -m benchmarks serve",
        usage="python -m benchmarks serve [--rows ROWS]",
        description="Measure the service and batch prediction.",
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], metavar="ROWS")
    given = parser.parse_args(arguments)
    measure_requests()
    measure_events()
    measure_batches(given.rows)
    return 0


def measure_requests() -> None:
    """Single rows, prepared and raw: as fast as they are answered, and at one load that all can bear."""
    from lifecycle.release.release import load_release

    example = load_release().example
    bodies = {"prepared": json.dumps(example["request"]).encode()}
    if "question" in example:
        bodies["raw"] = json.dumps(example["question"]).encode()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        (Path(folder) / "constant.py").write_text(CONSTANT, encoding="utf-8")
        asks = ("-m", "uvicorn", "constant:app", "--app-dir", folder, "--no-access-log", "--log-level", "warning")
        ours, theirs = (
            start_server("-m", "lifecycle", "serve", f"serve.events={folder}/events", word="serve.port={}"),
            start_server(*asks, word="--port={}"),
        )
        asked = {"constant": (theirs[1], bodies["prepared"])} | {name: (ours[1], body) for name, body in bodies.items()}
        try:
            for port, body in asked.values():
                asyncio.run(answers(port, body))
                measure_latencies(port, body, None, 2.0)
            free = {name: measure_latencies(*one, None) for name, one in asked.items()}
            pace = 0.4 * min(rate for _, _, rate in free.values())
            paced = {name: measure_latencies(*one, pace) for name, one in asked.items()}
        finally:
            for process, _ in (ours, theirs):
                process.terminate()
                process.wait(60)
    print_latencies("one row, as many requests as are answered", free)
    print_latencies(f"one row, {pace:.0f} requests a second", paced)


def print_latencies(what: str, found: dict[str, tuple[float, float, float]]) -> None:
    """Median, 99th percentile and rate of each, and the ratios of one to the one before it."""
    for name, (middle, high, rate) in found.items():
        print(f"{what:46} {name:9} p50 {middle:7.2f} ms  p99 {high:7.2f} ms  {rate:7.0f} requests/s", flush=True)
    for one, other in pairwise(found):
        ratios = [found[other][place] / found[one][place] for place in range(3)]
        name = f"{other} / {one}"
        print(f"{what:46} {name:20} p50 {ratios[0]:6.2f}  p99 {ratios[1]:6.2f}  rate {ratios[2]:5.2f}", flush=True)


def measure_events() -> None:
    """Seconds until a service with its state answers, its memory, and events a second, stored and taken in."""
    from lifecycle.release.release import load_release

    release = load_release()
    if release.online is None:
        print("the release takes prepared rows only, so it takes no events")
        return
    question, posts = json.dumps(release.example["question"]).encode(), list(build_posts(release))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        begun = time.perf_counter()
        process, port = start_server("-m", "lifecycle", "serve", f"serve.events={folder}", word="serve.port={}")
        try:
            asyncio.run(answers(port, question))
            ready, before = time.perf_counter() - begun, read_memory(process.pid)
            stored = measure_work(lambda: asyncio.run(post_all(port, posts)))
            taken_in = measure_work(lambda: asyncio.run(answers(port, question)))
            after = read_memory(process.pid)
        finally:
            process.terminate()
            process.wait(60)
    count = len(posts) * POSTED
    print(f"a service with its state answers after {ready:.1f} s, {before:,.0f} MiB", flush=True)
    print(
        f"{count:,} events: {count / stored:,.0f} stored a second, {count / taken_in:,.0f} taken in, {after:,.0f} MiB"
    )


def build_posts(release: Release) -> Iterator[bytes]:
    """Bodies of events: the newest raw rows that the release has, known again and again."""
    from lifecycle.io.tables import decode_table
    from lifecycle.online.packing import ASKED
    from lifecycle.paths import RELEASE
    from lifecycle.release.build import format_raw_value

    assert release.online is not None  # noqa: S101 - the caller has looked
    definitions = release.online.definitions
    types = definitions.list_types(definitions.unit)
    table = decode_table((RELEASE / ASKED).read_bytes(), ASKED, "dvc repro package")
    rows = [{name: format_raw_value(row[name], types[name]) for name in types} for row in table.to_dict("records")]
    start = pd.Timestamp(definitions.horizon, unit="us", tz="UTC")
    for place in range(POSTS):
        known = (start + pd.Timedelta(seconds=place)).isoformat()
        events = [
            {"id": f"{place}-{number}", "table": definitions.unit, "known_at": known, "row": rows[number % len(rows)]}
            for number in range(POSTED)
        ]
        yield json.dumps(events).encode()


async def post_all(port: int, bodies: Sequence[bytes]) -> None:
    """Post each body to /events, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body in bodies:
        await ask(reader, writer, format_request(body, "/events"))
    writer.close()


def measure_work(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_memory(process: int) -> float:
    """The memory of a process in MiB; NaN where the system has no such file."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), float("nan"))


def start_server(*command: str, word: str) -> tuple[subprocess.Popen[bytes], int]:
    """A server on a free port, in a process of its own that says nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = os.environ | dict.fromkeys(THREADS, "1")
    asked, silent = [sys.executable, *command, word.format(port)], subprocess.DEVNULL
    return subprocess.Popen(asked, env=environment, stdout=silent, stderr=silent), port


async def answers(port: int, body: bytes, seconds: float = 120.0) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + seconds
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await ask(reader, writer, format_request(body))
            writer.close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.2)


def format_request(body: bytes, route: str = "/predict") -> bytes:
    """A request as it goes over the wire."""
    head = (f"POST {route} HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> None:
    """Send a request and read its answer to the end; raises OSError for any status but 200."""
    writer.write(asked)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head[:15]:
        raise OSError(head[:60].decode())
    await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))


def measure_latencies(
    port: int, body: bytes, pace: float | None, seconds: float = SECONDS
) -> tuple[float, float, float]:
    """Milliseconds at the median and the 99th percentile, and requests a second over some connections.

    With a pace requests are due at set times, and one that had to wait for its turn counts its waiting too.
    """
    taken: list[float] = []

    async def client(place: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        begun, number, asked = time.perf_counter(), 0, format_request(body)
        while (
            due := begun + send_request(place, number, pace)
        ) < begun + seconds and time.perf_counter() < begun + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            start = due if pace else time.perf_counter()
            await ask(reader, writer, asked)
            taken.append(time.perf_counter() - start)
            number += 1
        writer.close()

    started_at = time.perf_counter()
    asyncio.run(together([client(place) for place in range(CONNECTIONS)]))
    rate = len(taken) / (time.perf_counter() - started_at)
    return float(1e3 * np.quantile(taken, 0.5)), float(1e3 * np.quantile(taken, 0.99)), rate


def send_request(place: int, number: int, pace: float | None) -> float:
    """When a client's next request is due, in seconds from the start; at once without a pace."""
    return (number * CONNECTIONS + place) / pace if pace else 0.0


async def together(work: list[Awaitable[None]]) -> None:
    """All of the work at once."""
    await asyncio.gather(*work)


def measure_batches(sizes: list[int]) -> None:
    """Rows a second of a file beside the bare model's on an array, and the peak of memory by the number of rows."""
    from lifecycle import paths
    from lifecycle.release.release import load_release

    features = pd.read_parquet(paths.FEATURES)
    bare = min(sizes) / measure_seconds(load_release(), features.head(min(sizes)))
    print(f"{min(sizes):>10,} rows, bare model {bare:9,.0f} rows/s", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for rows in sizes:
            source = Path(folder) / f"{rows}.parquet"
            write_rows(features, rows, source)
            seconds, mebibytes = run_in_process(source)
            rate = rows / seconds
            said = f"{rate:9,.0f} rows/s  ratio {rate / bare:5.2f}  peak {mebibytes:6,.0f} MiB"
            print(f"{rows:>10,} rows of a file   {said}", flush=True)
            source.unlink()


def write_rows(features: pd.DataFrame, rows: int, path: Path) -> None:
    """A file with so many rows, those of the features again and again."""
    from lifecycle.release.batch_files import ParquetWriter

    into = ParquetWriter(path)
    for start in range(0, rows, len(features)):
        into.write(features.head(rows - start))
    into.close()


def run_in_process(source: Path) -> tuple[float, float]:
    """The seconds that answering a file takes and the peak of memory, in a process of its own."""
    code = (
        "import resource, sys, time; from pathlib import Path; from lifecycle.release import batch_predict as batch; "
        "from lifecycle.release.release import load_release; release = load_release(); start = time.perf_counter(); "
        "source = Path(sys.argv[1]); target = source.with_suffix('.out.parquet'); "
        "batch.predict_file(batch.PredictionJob(release, source, target)); "
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(source)], check=True, capture_output=True, text=True)
    seconds, mebibytes = map(float, done.stdout.split()[-2:])
    return seconds, mebibytes


def measure_seconds(release: Release, rows: pd.DataFrame) -> float:
    """Seconds of the bare estimator's own prediction of prepared rows."""
    prepared = release.pipeline["inputs"].transform(release.contract.check(rows).features)
    estimator = release.pipeline["estimator"]
    predict: Callable[[pd.DataFrame], object] = getattr(estimator, "predict_proba", estimator.predict)
    start = time.perf_counter()
    predict(prepared)
    return time.perf_counter() - start
