"""A second copy of the repository in a folder of its own, and DVC run there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lifecycle.errors import FileError

SOURCES = (
    ".dvc/config",
    ".dvcignore",
    "conf",
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
    subprocess.run(["git", "init", "--quiet", str(target)], check=True)


def run(folder: Path, command: Sequence[str], more: Mapping[str, str], log: Path) -> int:
    """Run a command in the folder with this Python first on the path; its output goes to the log."""
    binaries = str(Path(sys.executable).parent)
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1", **more}
    with log.open("ab") as stream:
        done = subprocess.run(command, check=False, cwd=folder, env=environment, stdout=stream, stderr=stream)
    return done.returncode


def must_run(folder: Path, command: Sequence[str], more: Mapping[str, str], log: Path) -> None:
    """As `run`; raises FileError with the last lines of the log when the command fails."""
    code = run(folder, command, more, log)
    if code:
        tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise FileError(
            f"{' '.join(command)} ended with exit code {code}: {' / '.join(tail)}",
            where=f"a copy of this repository; its log is {log}",
            todo=f"read {log}",
        )
