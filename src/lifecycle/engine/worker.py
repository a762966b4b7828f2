"""`python -m lifecycle.engine.worker ADDRESS`: a worker that computes as stages do, for the engine `dask`.

It is Dask's own worker, with its options, in a process that has the processor's variables before numpy loads.
"""

import os
import sys

from lifecycle.io.processor import set_environment


def main(arguments: list[str]) -> None:
    """Become a worker of the scheduler at the address, which runs one task at a time."""
    set_environment()
    own = ["--nthreads", "1", "--no-dashboard"]
    os.execv(sys.executable, [sys.executable, "-m", "distributed.cli.dask_worker", *own, *arguments])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
