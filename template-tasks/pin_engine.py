"""Put the engine's wheel into wheels/ of a project and its version and hash into engine.lock.

Run by copier in the project's folder, with the engine's source and where its wheel comes from: a folder or a page that
has it, `index` for pip's index, or nothing to build it from the source. Needs nothing but Python.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

WHEELS, LOCK = Path("wheels"), Path("engine.lock")
PYTHON = Path(".venv/bin/python")
PIP = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check"]


def main(source: str, origin: str) -> int:
    """Pin the engine and say what is pinned."""
    if not PYTHON.exists():
        subprocess.run([os.environ.get("PYTHON", "python3"), "-m", "venv", ".venv"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(write_command(Path(source), origin, folder), check=True)
        (wheel,) = Path(folder).glob("lifecycle-*.whl")
        replace_wheel(wheel)
    print(f"engine: {LOCK} pins {wheel.name}")
    return 0


def write_command(source: Path, origin: str, folder: str) -> list[str]:
    """How pip gets the wheel of the source's version into the folder."""
    if not origin:
        isolation = ["--no-build-isolation"] if has_hatchling() else []
        return [*PIP, "wheel", "--no-deps", *isolation, "--wheel-dir", folder, str(source)]
    version = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    links = [] if origin == "index" else ["--find-links", origin]
    return [*PIP, "download", "--no-deps", "--only-binary", ":all:", *links, "--dest", folder, f"lifecycle=={version}"]


def has_hatchling() -> bool:
    """Whether the project's environment can build a wheel by itself."""
    return subprocess.run([str(PYTHON), "-c", "import hatchling"], capture_output=True, check=False).returncode == 0


def replace_wheel(wheel: Path) -> None:
    """Put the wheel in the place of earlier ones, and write engine.lock."""
    WHEELS.mkdir(exist_ok=True)
    for earlier in WHEELS.glob("lifecycle-*.whl"):
        earlier.unlink()
    kept = WHEELS / wheel.name
    shutil.copyfile(wheel, kept)
    sha = hashlib.sha256(kept.read_bytes()).hexdigest()
    lines = [
        "# The engine of this project; make upgrade takes over a later one.",
        "--no-index",
        f"--find-links {WHEELS}",
        f"lifecycle=={wheel.name.split('-')[1]} --hash=sha256:{sha}",
    ]
    LOCK.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
