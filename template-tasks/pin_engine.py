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
    """Pin the engine and say what is pinned, or why it could not be had."""
    if not PYTHON.exists():
        subprocess.run([os.environ.get("PYTHON", "python3"), "-m", "venv", ".venv"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        code = subprocess.run(write_command(Path(source), origin, folder), check=False).returncode
        wheels = list(Path(folder).glob("lifecycle-*.whl"))
        if code or len(wheels) != 1:
            print(describe_failure(source, origin), file=sys.stderr)
            return 2
        replace_wheel(wheels[0])
    print(f"engine: {LOCK} pins {wheels[0].name}")
    return 0


def describe_failure(source: str, origin: str) -> str:
    """The error for an engine that pip did not bring, whose own lines stand above it."""
    where = origin or source
    return f"""error: there is no wheel of lifecycle {read_version(Path(source))} from {where}
where: the answer to engine, {origin or "which is empty, so that it is built from the template"}
next:  give a folder or page that has the wheel, or none to build it: --data engine="""


def write_command(source: Path, origin: str, folder: str) -> list[str]:
    """How pip gets the wheel of the source's version into the folder."""
    if not origin:
        isolation = ["--no-build-isolation"] if has_hatchling() else []
        return [*PIP, "wheel", "--no-deps", *isolation, "--wheel-dir", folder, str(source)]
    links = [] if origin == "index" else ["--find-links", find_folder(origin)]
    wanted = f"lifecycle=={read_version(source)}"
    return [*PIP, "download", "--no-deps", "--only-binary", ":all:", *links, "--dest", folder, wanted]


def find_folder(origin: str) -> str:
    """The address; a folder's is seen from where the person is who answers."""
    folder = Path(os.environ.get("PWD", ".")) / origin
    return str(folder) if folder.is_dir() else origin


def read_version(source: Path) -> str:
    """The version of the engine whose source this is."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


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
