"""The code that stages run: the engine's, beside the project or installed, and the project's below src/.

A file is named by its path in the repository. A file of an installed engine is named by its place in the package,
`lifecycle/stages/train.py`, wherever that is installed.
"""

from pathlib import Path

from lifecycle import paths
from lifecycle.io.hashes import hash_sha256
from lifecycle.targets import list_project_packages
from lifecycle.versioning.code_graph import list_modules

INSTALLED = Path(__file__).resolve().parents[1]


def find_engine() -> Path:
    """The folder of the engine's package: src/lifecycle where that is here, else where it is installed."""
    beside = paths.SOURCE / INSTALLED.name
    return beside if beside.is_dir() else INSTALLED


def list_code() -> dict[str, Path]:
    """The modules of the engine and of the project's packages by dotted name."""
    engine = find_engine()
    return list_modules(engine.parent, (engine.name,)) | list_modules(paths.SOURCE, list_project_packages())


def name_file(path: Path) -> str:
    """The name of a file of code in reports/code/."""
    return path.relative_to(INSTALLED.parent).as_posix() if path.is_absolute() else path.as_posix()


def find_file(name: str) -> Path:
    """The file that such a name stands for, here or not."""
    return INSTALLED.parent / name if name.startswith(f"{INSTALLED.name}/") else Path(name)


def hash_file(name: str) -> str:
    """The SHA-256 of a file of code or of the environment's lock; empty where it is not here."""
    path = find_file(name)
    return hash_sha256(path) if path.is_file() else ""
