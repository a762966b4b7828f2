"""How a stage starts and ends: configuration in, errors in three lines, clock and memory into runs/."""

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from lifecycle import config as configuration
from lifecycle.errors import LifecycleError
from lifecycle.io.atomic import write_text
from lifecycle.paths import RUNS

Config = TypeVar("Config")


def enter(name: str, declared: type[Config], run: Callable[[Config], str], arguments: Sequence[str]) -> int:
    """Run one stage and return its exit code: 0, 1 for a bug of ours, 2 for the user's, 3 for a gate.

    `--cfg` prints the composed configuration instead; every other argument is a Hydra override.
    """
    try:
        if "--cfg" in arguments:
            asked = [argument for argument in arguments if argument != "--cfg"]
            print(configuration.as_yaml(declared, asked), end="")
            return 0
        settings = configuration.load(declared, arguments)
        started, clock = datetime.now(UTC), time.perf_counter()
        said = run(settings)
        measure(label(name, settings), started, time.perf_counter() - clock)
        print(f"{name}: {said}")
        return 0
    except LifecycleError as error:
        return failed(error)


def failed(error: LifecycleError) -> int:
    """Print the three lines of an error, and its cause's traceback where LIFECYCLE_DEBUG asks for it."""
    if os.environ.get("LIFECYCLE_DEBUG"):
        traceback.print_exception(error)
    print(error, file=sys.stderr)
    return error.exit_code


def label(name: str, settings: Any) -> str:
    """The stage's name in runs/: with the candidate's where the stage has one."""
    model = getattr(settings, "model", None)
    return f"{name}@{model.option}" if model else name


def measure(name: str, started: datetime, seconds: float) -> None:
    """Keep the time and the peak memory of a stage in runs/, which Git and DVC ignore."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    record = {
        "stage": name,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "process_seconds": round(time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID), 3),
        "peak_mebibytes": round(usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)),
    }
    write_text(RUNS / f"{name.replace('@', '-')}.json", json.dumps(record, indent=2))
