"""A second copy of the repository in a folder of its own, and DVC run there."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lifecycle.errors import FileError
from lifecycle.io.programs import read_output, run_logged
from lifecycle.paths import SOURCE

SOURCES = (
    ".dvc/config",
    ".dvcignore",
    "conf",
    "data/erased",
    "data/feedback",
    "dvc.lock",
    "dvc.yaml",
    "params.yaml",
    "pyproject.toml",
    "requirements.lock",
    "src",
)


def copy_sources(target: Path) -> None:
    """Copy what a rebuild needs and no output, into a new Git repository."""
    for name in SOURCES:
        source, copy = Path(name), target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, copy)
    read_output("git", "init", "--quiet", str(target))


def run(folder: Path, command: Sequence[str], more: Mapping[str, str], log: Path) -> int:
    """Run a command in the folder with this Python and the folder's own code first; its output goes to the log."""
    binaries = str(Path(sys.executable).parent)
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(folder.resolve() / SOURCE), "DVC_NO_ANALYTICS": "1"}
    return run_logged(command, folder, {**own, **more}, log)


def run_checked(folder: Path, command: Sequence[str], more: Mapping[str, str], log: Path) -> None:
    """As `run`; raises FileError with the last lines of the log when the command fails."""
    code = run(folder, command, more, log)
    if code:
        tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise FileError(
            f"{' '.join(command)} ended with exit code {code}: {' / '.join(tail)}",
            where=f"a copy of this repository; its log is {log}",
            todo=f"read {log}",
        )
