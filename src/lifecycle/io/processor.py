"""The processor: the instructions and the waiting that libraries are told before they load, and the number of threads.

Libraries read these variables once, when they are loaded, so `set_environment` runs when `lifecycle.stages` is
imported, before any stage or command imports numpy. It is the one thing that importing a module of this package does.
"""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

# One set of instructions on all x86-64 processors, and sums on one thread: others round in another order.
INSTRUCTIONS = {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}
NAMED_SINCE = (2, 4)  # numpy has its features under these names
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
# How often GNU's OpenMP looks before it sleeps. Its own 300,000 keep a processor busy for milliseconds at each of
# thousands of barriers while the thread that is waited for has none; 1,000 are as fast alone.
WAITING = ("GOMP_SPINCOUNT", "1000")
# With fewer rows a thread waits longer for the others than it works. Fitting waits at each split, predicting once.
ROWS_TO_FIT, ROWS_TO_PREDICT = 25_000, 1_000


def set_environment() -> None:
    """Set the variables that give the same digits everywhere, and bound the waiting; before numpy is imported.

    Those of the digits replace what the user has set, since the bytes of a commit must not depend on it. How long
    threads wait changes no digit: there the user's own GOMP_SPINCOUNT or OMP_WAIT_POLICY stays.
    """
    os.environ.update(ONE_THREAD)
    if has_same_instructions():
        os.environ.update(INSTRUCTIONS)
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault(*WAITING)


def has_same_instructions() -> bool:
    """Whether this is an x86-64 processor, and numpy knows the features by the names that are set."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return tuple(int(part) for part in version("numpy").split(".")[:2]) >= NAMED_SINCE
    except (PackageNotFoundError, ValueError):
        return False


def describe_other_digits() -> str | None:
    """A line on why last digits may differ from dvc.lock's; None on Linux on x86-64, where the lock was made."""
    if platform.system() == "Linux" and has_same_instructions():
        return None
    made = f"x86-64 under Linux with numpy {'.'.join(map(str, NAMED_SINCE))} or later"
    here = f"{platform.machine()} under {platform.system()}"
    return f"note: last digits may differ from those of dvc.lock, which was made on {made}; this is {here}"


def processors() -> int:
    """How many threads may run at once: OMP_NUM_THREADS where it is set, else the processors that this process has.

    Those are what its affinity and the quota of its container (cgroup) leave, at most LOKY_MAX_CPU_COUNT.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdecimal() and int(asked):
        return int(asked)
    import joblib

    return int(joblib.cpu_count())


def threads_to_fit(rows: int) -> int:
    """How many threads to fit an estimator on so many rows with: one, until there are rows enough for more."""
    return max(1, min(processors(), rows // ROWS_TO_FIT))


def threads_to_predict(rows: int) -> int:
    """How many threads to answer so many rows with: one, until there are rows enough for more."""
    return max(1, min(processors(), rows // ROWS_TO_PREDICT))
