"""Runs a program to its end: `python _measured.py FILE PROGRAM ARGUMENT…` writes what it cost into the file.

In a small process of its own, since the peak of a program counts the memory of the process that starts it.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Write seconds, seconds of CPU time and the MiB of the largest process; the exit code is the program's."""
    file, *command = arguments
    started = time.perf_counter()
    code = subprocess.run(command, check=False).returncode
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = used.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    record = {"seconds": seconds, "processor": used.ru_utime + used.ru_stime, "mebibytes": peak}
    Path(file).write_text(json.dumps(record), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
