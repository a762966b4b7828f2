"""The engine `dask`: tasks on workers of Dask's scheduler, which is asked for nothing but to run functions.

A worker that is lost is replaced or goes without replacement; its tasks run again elsewhere. Data is kept by the
scheduler as the pickled bytes that a task unpacks, so that it outlives every worker, and goes to each worker once.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lifecycle.engine.fingerprint import Fingerprint, find_difference, take_fingerprint
from lifecycle.engine.settings import ADDRESS, Engine
from lifecycle.engine.tasks import Result, RunTasks, Task
from lifecycle.errors import ConfigError, LifecycleError, MissingFile, TooLarge, WrongValue
from lifecycle.io.processor import processors

LOOPBACK = ("127.0.0.1", "::1", "localhost")
# No row is written to a disk by a worker, and none waits for memory that nobody gives back.
SETTINGS = {
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.admin.large-graph-warning-threshold": "1TiB",
}


@dataclass(frozen=True)
class Found:
    """What a worker says of itself: its fingerprint, and how many tasks it runs at once."""

    fingerprint: Fingerprint
    at_once: int


@dataclass(frozen=True)
class Outcome:
    """The result of a task, or the four parts of an error of ours, which is raised where the result is asked for."""

    result: Any = None
    error: tuple[type[LifecycleError], str, str, str] | None = None


@dataclass
class Cluster:
    """A client of a scheduler; what all workers must be like, and the data that the scheduler keeps for them."""

    client: Any
    expected: Fingerprint
    where: str
    sent: dict[int, tuple[Any, Any]] = field(default_factory=dict)
    batches: int = 0

    def run_tasks(self, function: Callable[..., Result], tasks: Sequence[Task]) -> Generator[Result]:
        """The results in the order of the tasks, in whatever order they come; who stops early cancels the others."""
        self.send([task.data for task in tasks])
        self.batches += 1
        futures = [self.submit(function, task, number) for number, task in enumerate(tasks)]
        try:
            for future in futures:
                yield self.wait(future)
        finally:
            self.client.cancel(futures)

    def send(self, values: Sequence[Any]) -> None:
        """Hand each value to the scheduler once, and let go of those that the tasks before had and these have not."""
        known = self.sent
        self.sent = {id(one): known[id(one)] for one in values if id(one) in known}
        for one in values:
            if id(one) not in self.sent:
                packed = pickle.dumps(one, protocol=pickle.HIGHEST_PROTOCOL)
                key = f"data-{hashlib.sha256(packed).hexdigest()}"
                self.sent[id(one)] = one, self.client.submit(pickle.loads, packed, key=key)

    def submit(self, function: Callable[..., Any], task: Task, number: int) -> Any:
        """The future of a task, under a key that no other client has."""
        _, data = self.sent[id(task.data)]
        key = f"task-{self.client.id}-{self.batches}-{number:06}"
        return self.client.submit(run_one, self.expected, processors(), function, data, task.arguments, key=key)

    def wait(self, future: Any) -> Any:
        """The result of a task; raises its error, TooLarge where its workers died, WrongValue for another version."""
        from distributed import KilledWorker

        try:
            outcome = future.result()
        except KilledWorker as cause:
            raise explain_killed(str(cause.last_worker and cause.last_worker.address), self.where) from cause
        except ImportError:
            must_be_alike(self.client, self.expected, self.where)
            raise
        if outcome.error:
            kind, what, where, todo = outcome.error
            raise kind(what, where=where, todo=todo)
        return outcome.result


@contextmanager
def open_cluster(engine: Engine) -> Iterator[RunTasks]:
    """The engine, with workers of its own or those of a scheduler elsewhere.

    Raises ConfigError where Dask is not installed, and WrongValue for an address in the open, for one where no
    scheduler or worker answers, and for a worker with another version of the engine, of Python or of the environment.
    """
    where = f"conf/engine/{engine.option}.yaml"
    must_be_installed(where)
    must_be_private(engine, where)
    import dask

    with dask.config.set(SETTINGS), connect(engine, where) as client:
        expected = take_fingerprint()
        must_be_alike(client, expected, where)
        yield Cluster(client, expected, where).run_tasks


def must_be_installed(where: str) -> None:
    """Raise ConfigError where the package distributed is not installed."""
    try:
        import_module("distributed")
    except ImportError as cause:
        raise ConfigError(
            "this engine needs the package distributed, which is not installed",
            where=f"{where}, picked by engine: in params.yaml or LIFECYCLE_ENGINE",
            todo='pip install "lifecycle[dask]"; or engine: local, which gives the same bytes',
        ) from cause


def must_be_private(engine: Engine, where: str) -> None:
    """Raise WrongValue for an address elsewhere without TLS: who reaches a scheduler runs code on its workers."""
    address = engine.address
    if address is None or urlsplit(address).hostname in LOOPBACK:
        return
    if not address.startswith("tls://") or engine.tls is None:
        raise WrongValue(
            f"the scheduler at {address} is on another machine, and nothing encrypts the way there",
            where=f"{where}, key tls, and {ADDRESS} in the environment",
            todo=f"{ADDRESS}=tls://HOST:PORT, and tls: {{ca: FILE, certificate: FILE, key: FILE}}",
        )


@contextmanager
def connect(engine: Engine, where: str) -> Iterator[Any]:
    """A client with a worker at least: of the scheduler at the address, or else of one on loopback with its own."""
    from distributed import Client

    if engine.address is None:
        must_be_startable(engine, where)
        with start_own(engine) as own, Client(own) as client:
            yield client
        return
    security = read_security(engine, where)
    try:
        client = Client(engine.address, timeout=engine.wait_seconds, security=security)
    except (OSError, TimeoutError) as cause:
        raise explain_silence(f"no scheduler answers at {engine.address}", engine, where) from cause
    with client:
        try:
            client.wait_for_workers(1, timeout=engine.wait_seconds)
        except TimeoutError as cause:
            raise explain_silence(f"the scheduler at {engine.address} has no worker", engine, where) from cause
        yield client


def must_be_startable(engine: Engine, where: str) -> None:
    """Raise WrongValue for a number of workers below one, and for a memory that is no size."""
    from dask.utils import parse_bytes

    if engine.workers is not None and engine.workers < 1:
        raise WrongValue(
            f"workers is {engine.workers}", where=f"{where}, key workers", todo="workers: null, or 1 or more"
        )
    try:
        parse_bytes("1B" if engine.memory == "auto" else engine.memory)
    except ValueError as cause:
        raise WrongValue(
            f"memory is {engine.memory!r}, which is no size", where=f"{where}, key memory", todo="memory: auto, or 4GiB"
        ) from cause


def start_own(engine: Engine) -> Any:
    """A scheduler on loopback with processes of this machine as its workers, each of which runs one task at a time."""
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=engine.workers or processors(),
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=engine.memory,
        silence_logs=logging.ERROR,
    )


def read_security(engine: Engine, where: str) -> Any:
    """Dask's TLS with the files of the option; None without them. Raises MissingFile for one that is not there."""
    from distributed import Security

    tls = engine.tls
    if tls is None:
        return None
    for key, path in asdict(tls).items():
        if not Path(path).is_file():
            raise MissingFile(
                f"{path} is not there", where=f"{where}, key tls.{key}", todo=f"correct {key}: under tls:"
            )
    return Security(
        tls_ca_file=tls.ca, tls_client_cert=tls.certificate, tls_client_key=tls.key, require_encryption=True
    )


def explain_silence(what: str, engine: Engine, where: str) -> WrongValue:
    """The error for a scheduler, or a first worker, that is not there in time."""
    return WrongValue(
        f"{what} after {engine.wait_seconds} seconds",
        where=f"{where}, key wait_seconds, and {ADDRESS} in the environment",
        todo=f"python -m lifecycle.engine.worker {engine.address}, in this folder; or unset {ADDRESS}",
    )


def explain_killed(worker: str, where: str) -> TooLarge:
    """The error for a task whose workers all died."""
    return TooLarge(
        f"a task was given up: each worker that ran it was killed, the last one at {worker}",
        where=f"{where}, key memory, if it was for their memory",
        todo="memory: 8GiB, or fewer workers: with more each, or fewer values: in conf/search/",
    )


def must_be_alike(client: Any, expected: Fingerprint, where: str) -> None:
    """Raise WrongValue for the first worker that is not like this process, or has no such engine at all."""
    for address, found in sorted(client.run(describe_worker, on_error="return").items()):
        if not isinstance(found, Found):
            raise refuse(address, f"has no such lifecycle ({' '.join(str(found).split())[:120]})", where)
        must_be_like(expected, found, address, where)


def must_be_like(expected: Fingerprint, found: Found, address: str, where: str) -> None:
    """Raise WrongValue where a worker has another fingerprint, or runs several tasks at once."""
    if difference := find_difference(expected, found.fingerprint):
        name, here, there = difference
        raise refuse(address, f"has another version of {name}: {there or 'none'}, and here it is {here}", where)
    if found.at_once != 1:
        raise refuse(address, f"runs {found.at_once} tasks at once, where one at a time sets its own threads", where)


def refuse(address: str, what: str, where: str) -> WrongValue:
    """The error for a worker that is not used."""
    return WrongValue(
        f"the worker at {address} {what}: it is not used",
        where=f"the workers of the scheduler, {where}",
        todo="stop it; then in a folder with this commit and environment: python -m lifecycle.engine.worker ADDRESS",
    )


def describe_worker(dask_worker: Any) -> Found:
    """What a worker says of itself, in its own process; Dask hands itself over under this name."""
    return Found(_take_once(), dask_worker.state.nthreads)


@cache
def _take_once() -> Fingerprint:
    return take_fingerprint()


def run_one(
    expected: Fingerprint, threads: int, function: Callable[..., Any], data: Any, arguments: tuple[Any, ...]
) -> Outcome:
    """The outcome of a task on a worker that is like the process that asks, with as many threads as that one has.

    A worker may have come after the others were looked at, so each task looks for itself.
    """
    from distributed import get_worker

    worker = get_worker()
    try:
        must_be_like(expected, describe_worker(worker), worker.address, "conf/engine/")
        os.environ["OMP_NUM_THREADS"] = str(threads)
        return Outcome(function(data, *arguments))
    except LifecycleError as error:
        return Outcome(error=(type(error), error.what, error.where, error.todo))
