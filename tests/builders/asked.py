"""Flights of September as they are asked about: questions, the events that become known, and the features expected."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pandas as pd

from lifecycle import config
from lifecycle.data.cleaning import Clean, Tables, apply_rules, conform_to_schema, read_tables, run_steps
from lifecycle.data.features.build import Features, compute_features, join_history
from lifecycle.data.schema import Schema, conform_raw
from lifecycle.online.known_rows import list_plain_rows
from lifecycle.options import options

TOP = Path(__file__).resolve().parents[2]
SIX = ("carrier", "flight", "tailnum", "origin", "dest", "scheduled_departure")
# Events of one request at most, as conf/serve/ has it.
MOST = 5000
START = datetime(1970, 1, 1, tzinfo=UTC)
Json = dict[str, Any]


@options
class Flights:
    """How flights are cleaned, and their features made."""

    schema: Schema
    clean: Clean
    features: Features


@dataclass(frozen=True)
class Version:
    """The raw tables through a day, the flights among them after cleaning, and the features of all that were due."""

    definitions: Flights
    raw: Tables
    flights: pd.DataFrame
    features: pd.DataFrame


@dataclass(frozen=True)
class Question:
    """A flight, the moment at which it is asked about in microseconds since 1970, and the six columns."""

    id: str
    moment: int
    row: Json


@dataclass(frozen=True)
class Fact:
    """An event as it is sent, and when it becomes known in microseconds since 1970."""

    known_at: int
    record: Json


def read_definitions() -> Flights:
    """What conf/ says of the flights; the working folder is a repository."""
    return config.load(Flights, [f"{group}=flight_delay" for group in ("schema", "clean", "features")])


def build_version(definitions: Flights, through: date) -> Version:
    """The version of the data through a day, as the stages clean and featurize make it; cancelled flights too."""
    schema, clean, features = definitions.schema, definitions.clean, definitions.features
    raw = read_raw(schema, clean.unit, through)
    flights = run_steps(raw, clean, "conf/clean/")[clean.unit]
    cleaned = apply_rules(conform_to_schema(flights, schema), schema, clean.no_label, clean.rejected, clean.open)
    past = join_history(cleaned.table, cleaned.rejected, features, schema)
    cancelled = cleaned.rejected[cleaned.rejected[cleaned.reason] == clean.no_label]
    made = [compute_features(rows, past, features, schema, "conf/features/") for rows in (cleaned.table, cancelled)]
    return Version(definitions, raw, flights, pd.concat(made).set_index(schema.id))


def read_raw(schema: Schema, unit: str, through: date) -> Tables:
    """The raw tables of the batches that end by a day."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in schema.tables}
    for batch in import_module("flights.source").read():  # only where the flights are
        if batch.table in parts and (batch.period is None or batch.period.end_time.date() <= through):
            parts[batch.table].append(conform_raw(batch.rows, schema.tables[batch.table], batch.name))
    return read_tables({name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}, schema, unit)


def list_questions(version: Version, first: pd.Timestamp) -> list[Question]:
    """The flights that depart from a moment on and have features, in the order in which they are asked about."""
    flights = version.flights
    asked = flights[(flights["scheduled_departure"] >= first) & flights["flight_id"].isin(version.features.index)]
    rows = list_plain_rows(asked, {name: version.definitions.schema.tables["flights"][name] for name in SIX})
    moments = count_microseconds(asked["prediction_time"])
    found = [
        Question(str(one), moment, write_times(row))
        for one, moment, row in zip(asked["flight_id"], moments, rows, strict=True)
        if moment is not None
    ]
    return sorted(found, key=lambda question: (question.moment, question.id))


def list_facts(version: Version, first: pd.Timestamp) -> list[Fact]:
    """What becomes known of the flights from a moment on and of the weather, in the order in which it does.

    A flight of the timetable is known when it is asked about. A cancelled one never departs, a diverted one does not
    arrive.
    """
    schema, flights, weather = version.definitions.schema, version.flights, version.raw["weather"]
    later = flights[flights["scheduled_departure"] >= first]
    rows = list_plain_rows(later, schema.tables["flights"])
    facts = [
        *describe_flights(
            "timetable", rows, count_microseconds(later["prediction_time"]), ("sched_arr_time", "distance")
        ),
        *describe_flights("departure", rows, count_microseconds(later["departed_at"]), ("dep_delay",)),
        *describe_flights("arrival", rows, count_microseconds(later["arrived_at"]), ("arr_delay", "air_time")),
        *describe_weather(list_plain_rows(weather[weather["time_hour"] >= first], schema.tables["weather"])),
    ]
    return sorted(facts, key=lambda fact: (fact.known_at, str(fact.record["id"])))


def describe_flights(
    kind: str, rows: Sequence[Json], moments: Sequence[int | None], columns: Sequence[str]
) -> Iterator[Fact]:
    """Some columns of each flight, at its moment; of a flight without one nothing becomes known."""
    for place, (row, moment) in enumerate(zip(rows, moments, strict=True)):
        if moment is not None:
            yield build_fact(f"{kind}-{place}", "flights", moment, {name: row[name] for name in (*SIX, *columns)})


def describe_weather(rows: Sequence[Json]) -> Iterator[Fact]:
    """The readings, at their hour."""
    for place, row in enumerate(rows):
        yield build_fact(f"weather-{place}", "weather", row["time_hour"], row)


def build_fact(id: str, table: str, moment: int, row: Json) -> Fact:
    """An event as it is sent."""
    return Fact(moment, {"id": id, "table": table, "known_at": format_instant(moment), "row": write_times(row)})


def write_times(row: Json) -> Json:
    """A row as JSON has it: times by ISO 8601, nothing as null."""
    times = {name: format_instant(row[name]) for name in ("scheduled_departure", "time_hour") if name in row}
    return {name: None if value != value else value for name, value in row.items()} | times


def format_instant(moment: int) -> str:
    """Microseconds since 1970 by ISO 8601."""
    return (START + timedelta(microseconds=moment)).isoformat()


def count_microseconds(times: pd.Series) -> list[int | None]:
    """Times in microseconds since 1970, None where they are missing."""
    return [None if pd.isna(one) else int(one.as_unit("us")._value) for one in times]


def count_now() -> int:
    """Now, in microseconds since 1970."""
    return time.time_ns() // 1000


def list_bits(row: Mapping[str, Any]) -> dict[str, str]:
    """The values of a row with every bit of a number; a missing one is empty."""
    return {name: show_bits(value) for name, value in row.items()}


def show_bits(value: Any) -> str:
    """A value as text: a number with every bit."""
    if value is None or value is pd.NA or value != value:
        return ""
    return value if isinstance(value, str) else float(value).hex()


class Service:
    """`lifecycle serve` as a process, in a folder with a release; killed and started again at will."""

    def __init__(self, folder: Path, *overrides: str) -> None:
        self.folder, self.overrides = folder, overrides
        self.port = find_free_port()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=120)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "lifecycle", "serve", f"serve.port={self.port}", *self.overrides]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(TOP / "src")},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self, seconds: float = 180) -> None:
        """Wait until it is ready; raises AssertionError with its log where it is not."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if self.client.get("/ready").status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError((self.folder / "server.log").read_text(encoding="utf-8"))

    def kill(self) -> None:
        """End it and its workers by signal 9, as if the machine had lost its power."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, question: Question) -> Json:
        """The answer to a question."""
        return dict(self.client.post("/predict", json=question.row).raise_for_status().json())

    def post(self, facts: Sequence[Fact]) -> dict[str, int]:
        """What became of events, in requests of as many as it takes."""
        counts = {"taken": 0, "repeated": 0}
        for start in range(0, len(facts), MOST):
            records = [fact.record for fact in facts[start : start + MOST]]
            found = self.client.post("/events", json=records).raise_for_status().json()
            assert found["refused"] == []
            counts = {name: count + found[name] for name, count in counts.items()}
        return counts


def find_free_port() -> int:
    """A port of this machine that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.contextmanager
def serve(release: Path, folder: Path, *overrides: str) -> Iterator[Service]:
    """The service of a release, whose events and log lie in the folder."""
    (folder / "models").mkdir(parents=True)
    (folder / "models/release").symlink_to(release)
    for name in ("conf", "params.yaml", "pyproject.toml", "src"):
        (folder / name).symlink_to(TOP / name)
    service = Service(folder, *overrides)
    try:
        service.start()
        yield service
    finally:
        service.kill()
        service.client.close()


@contextlib.contextmanager
def run_redis(program: str, folder: Path) -> Iterator[str]:
    """The address of a durable Redis of its own."""
    port = find_free_port()
    where = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    process = subprocess.Popen(
        [program, *where, "--appendonly", "yes", "--appendfsync", "always"], stdout=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
