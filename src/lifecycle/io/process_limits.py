"""Limits that a process sets for itself, for all that it does from then on."""

import contextlib
import math
import resource
import time
from pathlib import Path

from lifecycle.io.budget import MIB

FIRST = "1000"  # the highest rank among those that the kernel ends for their memory
WRITTEN = MIB  # bytes of a file that it may write: shared memory of libraries, and no data


def limit_process(seconds: float, mebibytes: int) -> None:
    """Allow this process so many more seconds of a core and so much more memory, files of 1 MiB and no core dump.

    What is beyond ends in MemoryError, OSError or a signal. Where the memory of the machine, or of its container, is
    taken up before, the kernel ends this process first.
    """
    with contextlib.suppress(OSError):  # another system has no such file
        Path("/proc/self/oom_score_adj").write_text(FIRST, encoding="ascii")
    processor = math.ceil(time.process_time() + seconds) + 1
    lower_limit(resource.RLIMIT_CPU, processor)
    lower_limit(resource.RLIMIT_FSIZE, WRITTEN)
    lower_limit(resource.RLIMIT_CORE, 0)
    if taken := read_address_space():
        lower_limit(resource.RLIMIT_AS, taken + mebibytes * MIB)


def lower_limit(kind: int, value: int) -> None:
    """Set a limit, unless a lower one is set."""
    now = resource.getrlimit(kind)[1]
    lowest = value if now == resource.RLIM_INFINITY else min(value, now)
    resource.setrlimit(kind, (lowest, lowest))


def read_address_space() -> int:
    """The bytes of address space that this process takes; 0 where the system has no such file."""
    sizes = Path("/proc/self/statm")
    return int(sizes.read_text(encoding="ascii").split()[0]) * resource.getpagesize() if sizes.exists() else 0
