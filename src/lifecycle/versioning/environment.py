"""The lock of the environment and the engine that it pins: in the project's folder or, for several, in one above it."""

import os
import re
from pathlib import Path

from lifecycle import paths

# The engine's entry in engine.lock, which has none where the engine stands beside the project.
PIN = re.compile(r"^lifecycle==(?P<version>[^\s;\\]+)", re.MULTILINE)


def find_environment() -> Path:
    """The nearest `requirements.lock` from here up to the top of the Git repository, as a path from here.

    The one of this folder where there is none, so that whoever reads it says that it is missing.
    """
    for folder in list_folders_above(Path.cwd()):
        if (folder / paths.ENVIRONMENT).is_file():
            return Path(os.path.relpath(folder / paths.ENVIRONMENT))
    return paths.ENVIRONMENT


def find_engine_lock() -> Path:
    """The file beside that lock which pins the engine, there or not."""
    return find_environment().with_name(paths.ENGINE.name)


def read_pinned_engine() -> str:
    """The version of the engine that engine.lock pins here; empty where none is pinned."""
    lock = find_engine_lock()
    return parse_pinned_engine(lock.read_text(encoding="utf-8")) if lock.is_file() else ""


def parse_pinned_engine(lock: str) -> str:
    """The version of the engine in the text of an engine.lock; empty where the engine stands beside the project."""
    found = PIN.search(lock)
    return found["version"] if found else ""


def list_folders_above(folder: Path) -> list[Path]:
    """A folder and those above it up to the top of its Git repository; itself alone where it is in none."""
    above = [folder, *folder.parents]
    tops = [place for place, one in enumerate(above) if (one / ".git").exists()]
    return above[: tops[0] + 1] if tops else [folder]
