"""How a stage starts and ends: configuration in, errors in three lines, clock and memory into runs/."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import lifecycle
from lifecycle import config as configuration
from lifecycle.errors import LifecycleError, TooLarge, WrongValue
from lifecycle.io.atomic import write_text
from lifecycle.io.plain_text import escape_hidden, print_plainly
from lifecycle.paths import RUNS, SOURCE
from lifecycle.versioning.environment import find_engine_lock, read_pinned_engine

Config = TypeVar("Config")


def enter(name: str, declared: type[Config], run: Callable[[Config], str], arguments: Sequence[str]) -> int:
    """Run one stage and return its exit code: 0, 1 for a bug of ours, 2 for the user's, 3 for a gate.

    `--cfg` prints the composed configuration instead; every other argument is a Hydra override.
    """
    try:
        require_own_code()
        require_pinned_engine()
        if "--cfg" in arguments:
            asked = [argument for argument in arguments if argument != "--cfg"]
            print(escape_hidden(configuration.format_yaml(declared, asked)), end="")
            return 0
        settings = configuration.load(declared, arguments)
        started, clock = datetime.now(UTC), time.perf_counter()
        with print_plainly(sys.stdout):
            said = run(settings)
        measure(label(name, settings), started, time.perf_counter() - clock)
        print(escape_hidden(f"{name}: {said}"))
        return 0
    except LifecycleError as error:
        return failed(error)
    except MemoryError as cause:
        return failed(explain_memory(cause))


def explain_memory(cause: MemoryError) -> TooLarge:
    """The error for an input that the budget has room for and this machine has not."""
    error = TooLarge(
        f"there is not enough memory ({' '.join(str(cause).split())[:120] or 'none is left'})",
        where=f"this process, which had {peak_mebibytes():,} MiB at most",
        todo="take fewer rows or columns, or a machine with more memory; ulimit -v shows whether a limit is set",
    )
    error.__cause__ = cause
    return error


def require_own_code() -> None:
    """Raise WrongValue where this folder has the code of `lifecycle`, and other code than that is running.

    So it is in a Git worktree with the environment of another: what is written here would not be what stands here.
    """
    here, running = (SOURCE / lifecycle.__name__).resolve(), Path(lifecycle.__file__).resolve().parent
    if (here / "__init__.py").is_file() and here != running:
        raise WrongValue(
            f"the code that runs is that of {running}, not that of this folder, {here}",
            where=f"the environment {sys.prefix}, which has lifecycle from another folder",
            todo=f"make setup && . .venv/bin/activate, for an environment of its own; or export PYTHONPATH={SOURCE}",
        )


def require_pinned_engine() -> None:
    """Raise WrongValue where engine.lock pins another version of the engine than the one that is running."""
    pinned = read_pinned_engine()
    running = metadata.version(lifecycle.__name__) if pinned else ""
    if pinned != running:
        raise WrongValue(
            f"{find_engine_lock()} pins lifecycle {pinned}, and lifecycle {running} is running",
            where=f"the environment {sys.prefix}",
            todo="make setup && . .venv/bin/activate",
        )


def failed(error: LifecycleError) -> int:
    """Print the three lines of an error, and its cause's traceback where LIFECYCLE_DEBUG asks for it."""
    if os.environ.get("LIFECYCLE_DEBUG"):
        traceback.print_exception(error)
    print(escape_hidden(str(error)), file=sys.stderr)
    return error.exit_code


def label(name: str, settings: Any) -> str:
    """The stage's name in runs/: with the candidate's where the stage has one, and not every one."""
    option = getattr(getattr(settings, "model", None), "option", None)
    return f"{name}@{option}" if option else name


def measure(name: str, started: datetime, seconds: float) -> None:
    """Keep the time and the peak memory of a stage in runs/, which Git and DVC ignore."""
    record = {
        "stage": name,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "process_seconds": round(time.process_time(), 3),
        "peak_mebibytes": peak_mebibytes(),
    }
    write_text(RUNS / f"{name.replace('@', '-')}.json", json.dumps(record, indent=2))


def peak_mebibytes() -> int:
    """The most memory that this process has had; 0 where the system has no such count, as under Windows."""
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1024**2 if sys.platform == "darwin" else 1024))
