"""`lifecycle` and its stages as processes of their own, forked from one that has imported what they import.

What a command costs a test is then its work, not three seconds of imports. The code is this checkout's, not that of
the folder: a test of other code, of signals or of limits starts a process with `Repository.run`.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from lifecycle.stages import runner

IMPORTED = (
    "lifecycle.__main__",
    "lifecycle.stages.evaluate",
    "lifecycle.stages.explore",
    "lifecycle.stages.monitor",
    "lifecycle.stages.package",
    "lifecycle.stages.scope",
    "lifecycle.stages.split",
    "lifecycle.stages.train",
    "hydra",
    "lightgbm",
    "pandera.pandas",
    "pyarrow.parquet",
)
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(list(IMPORTED))


def run(
    module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """What `python -m module arguments` does in the folder; `module` has a `main` that returns the exit code."""
    with tempfile.TemporaryDirectory() as place:
        out, error = Path(place, "out"), Path(place, "error")
        process = CONTEXT.Process(
            target=_child, args=(module, list(arguments), str(folder), dict(environment), str(out), str(error))
        )
        process.start()
        process.join()
        code = process.exitcode
        process.close()
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.CompletedProcess(command, code, *(one.read_text(encoding="utf-8") for one in (out, error)))


def _child(module: str, arguments: list[str], folder: str, environment: dict[str, str], out: str, error: str) -> None:
    for number, path in ((1, out), (2, error)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [module, *arguments]
    runner.require_own_code = lambda: None
    code = 1
    try:
        code = import_module(module).main(arguments)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    sys.exit(code)
