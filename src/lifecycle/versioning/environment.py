"""Where the lock of the environment stands: in the project's folder or, for several projects, in one above it."""

import os
from pathlib import Path

from lifecycle import paths


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


def list_folders_above(folder: Path) -> list[Path]:
    """A folder and those above it up to the top of its Git repository; itself alone where it is in none."""
    above = [folder, *folder.parents]
    tops = [place for place, one in enumerate(above) if (one / ".git").exists()]
    return above[: tops[0] + 1] if tops else [folder]
