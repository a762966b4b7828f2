"""bench_serve: one row beside a route that says a constant, rows a second beside the bare model, memory by rows."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
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


def main(arguments: list[str]) -> int:
    """Measure all in one run and print ratios; `--rows` are the sizes of the files that memory is measured at."""
    parser = Parser(
        prog="lifecycle bench_serve",
        usage="lifecycle bench_serve [--rows ROWS]",
        description="Measure the service and batch prediction.",
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], metavar="ROWS")
    given = parser.parse_args(arguments)
    measure_requests()
    measure_batches(given.rows)
    return 0


def measure_requests() -> None:
    """Single rows: as fast as they are answered, and at one load that both can bear."""
    from lifecycle.release.release import load_release

    body = json.dumps(load_release().example["request"]).encode()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        (Path(folder) / "constant.py").write_text(CONSTANT, encoding="utf-8")
        asks = ("-m", "uvicorn", "constant:app", "--app-dir", folder, "--no-access-log", "--log-level", "warning")
        ours, theirs = (
            start_server("-m", "lifecycle", "serve", word="serve.port={}"),
            start_server(*asks, word="--port={}"),
        )
        try:
            for port in (ours[1], theirs[1]):
                asyncio.run(answers(port, body))
                measure_latencies(port, body, None, 2.0)
            free = {
                name: measure_latencies(port, body, None)
                for name, port in (("constant", theirs[1]), ("predict", ours[1]))
            }
            pace = 0.4 * free["predict"][2]
            paced = {
                name: measure_latencies(port, body, pace)
                for name, port in (("constant", theirs[1]), ("predict", ours[1]))
            }
        finally:
            for process, _ in (ours, theirs):
                process.terminate()
                process.wait(60)
    print_latencies("one row, as many requests as are answered", free)
    print_latencies(f"one row, {pace:.0f} requests a second", paced)


def print_latencies(what: str, found: dict[str, tuple[float, float, float]]) -> None:
    """Median, 99th percentile and rate of both, and their ratios."""
    for name, (middle, high, rate) in found.items():
        print(f"{what:46} {name:9} p50 {middle:7.2f} ms  p99 {high:7.2f} ms  {rate:7.0f} requests/s", flush=True)
    ours, theirs = found["predict"], found["constant"]
    ratios = [ours[place] / theirs[place] for place in range(3)]
    print(f"{what:46} ratio     p50 {ratios[0]:7.2f}     p99 {ratios[1]:7.2f}     {ratios[2]:7.2f}", flush=True)


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


def format_request(body: bytes) -> bytes:
    """A request as it goes over the wire."""
    head = ("POST /predict HTTP/1.1", "Host: bench", "Content-Type: application/json", f"Content-Length: {len(body)}")
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
        "import resource, sys, time; from pathlib import Path; from lifecycle import batch; "
        "from lifecycle.release.release import load_release; release = load_release(); start = time.perf_counter(); "
        "source = Path(sys.argv[1]); batch.run(batch.Batch(release, source, source.with_suffix('.out.parquet'))); "
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
