"""What two processes must have in common so that a task gives the same bytes in both."""

import hashlib
import os
import platform
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from lifecycle import paths
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.processor import INSTRUCTIONS, ONE_THREAD
from lifecycle.targets import list_project_packages
from lifecycle.versioning.code_files import INSTALLED
from lifecycle.versioning.code_graph import list_modules
from lifecycle.versioning.environment import find_environment


@dataclass(frozen=True)
class Fingerprint:
    """The versions of the engine, of its code, of Python and of the environment's lock, and the processor's variables.

    `code` is that of the engine and the project, `processor` what numpy and OpenBLAS are set to before they
    load (`lifecycle.io.processor`).
    """

    version: str
    python: str
    lock: str
    code: str
    processor: str


def take_fingerprint() -> Fingerprint:
    """The fingerprint of this process, in its working folder."""
    return Fingerprint(
        version=metadata.version(INSTALLED.name),
        python=".".join(platform.python_version_tuple()[:2]),
        lock=hash_lock(find_environment()),
        code=hash_code(),
        processor=" ".join(f"{name}={os.environ.get(name, '')}" for name in (*INSTRUCTIONS, *ONE_THREAD)),
    )


def hash_lock(path: Path) -> str:
    """The start of the SHA-256 of the environment's lock; `none` without one."""
    return hash_sha256(path)[:12] if path.is_file() else "none"


def hash_code() -> str:
    """The start of a SHA-256 of the names and bytes of the engine's modules, as they run here, and the project's."""
    modules = list_modules(INSTALLED.parent, (INSTALLED.name,)) | list_modules(paths.SOURCE, list_project_packages())
    lines = "".join(f"{name} {hash_sha256(path)}\n" for name, path in sorted(modules.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


NAMES = {
    "version": "lifecycle",
    "python": "Python",
    "lock": "requirements.lock",
    "code": "the code in src/",
    "processor": "the processor's variables",
}


def find_difference(here: Fingerprint, there: Fingerprint) -> tuple[str, str, str] | None:
    """What differs first, in words, with its value here and there; None where nothing does."""
    own, other = asdict(here), asdict(there)
    return next(((NAMES[name], own[name], other[name]) for name in NAMES if own[name] != other[name]), None)
