"""A second copy of the repository in a folder of its own, and DVC run there."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lifecycle import paths
from lifecycle.errors import CorruptFile, FileError, LifecycleError
from lifecycle.io.atomic import require_file, write_text
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.programs import follow_logged, read_output, run_logged
from lifecycle.io.records import edit_yaml, read_yaml
from lifecycle.io.yaml_edit import set_key
from lifecycle.paths import SOURCE
from lifecycle.versioning import revisions
from lifecycle.versioning.environment import find_environment
from lifecycle.versioning.revisions import LOCK

NOTHING = "python -c pass"  # a command that does nothing in every shell
PIPELINE = "dvc.yaml"
THREE_LINES = re.compile(r"^error: (.+)\nwhere: (.+)\nnext:  (.+)$", re.MULTILINE)
SOURCES = (
    ".dvc/config",
    ".dvcignore",
    "conf",
    "data/erased",
    "data/feedback",
    "dvc.lock",
    "dvc.yaml",
    "engine.lock",
    "params.yaml",
    "pyproject.toml",
    "requirements.lock",
    "src",
)


def copy_sources(top: Path) -> Path:
    """Copy what a rebuild needs and no output, into a new Git repository; returns the project's folder in it.

    It stands there as far below the top as here, with the files beside it that its stages read: earlier versions and
    paths of dependencies are found from there as from here.
    """
    prefix = revisions.find_prefix()
    target = top / prefix
    target.mkdir(parents=True, exist_ok=True)
    for source in [*map(Path, SOURCES), *list_outside(prefix)]:
        copy = Path(os.path.normpath(target / source))
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        elif source.exists():
            shutil.copy2(source, copy)
    read_output("git", "init", "--quiet", str(top))
    return target


def list_outside(prefix: str) -> list[Path]:
    """What stages read of the Git repository outside of the project's folder: the environment's lock among it."""
    if not prefix:
        return []
    entries = (read_yaml(Path(LOCK)).get("stages") or {}).values() if Path(LOCK).is_file() else ()
    deps = {Path(dep["path"]) for entry in entries for dep in entry.get("deps") or ()}
    within = len(Path(prefix).parts)
    return sorted(path for path in {*deps, find_environment()} if 0 < path.parts.count("..") <= within)


def write_local_settings(project: Path, more: str = "") -> None:
    """Give a copy a cache of its own, whatever .dvc/config names, so that no stage takes what an earlier run left."""
    write_text(project / ".dvc/config.local", f"[cache]\n    dir = cache\n{more}")


def copy_file(path: Path, target: Path) -> None:
    """Put a file of this repository into the copy; raises MissingFile where it is not here."""
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(require_file(path), target / path)


def copy_batches(hashes: Mapping[str, str], target: Path) -> list[str]:
    """Put raw batches, by name with their SHA-256, into the copy: from here, else as dvc.lock records them.

    Returns a line for each that dvc.lock has with other bytes. Raises CorruptFile for one that dvc.lock does not have,
    MissingFile for one that neither the cache nor a remote has.
    """
    lines, listed = [], dict[Path, str]()
    for name, sha in hashes.items():
        path = paths.RAW / name
        if path.is_file() and hash_sha256(path) == sha:
            copy_file(path, target)
            continue
        listed = listed or list_recorded(paths.RAW)
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(find_recorded(path, listed), place)
        if (found := hash_sha256(place)) != sha:
            lines.append(f"{path}: {paths.PROVENANCE} says SHA-256 {sha}, the batch that dvc.lock records has {found}")
    return lines


def find_recorded(path: Path, listed: Mapping[Path, str]) -> Path:
    """Where the cache has a file of those that are listed with their MD5, fetched where it had not."""
    if path not in listed:
        raise CorruptFile(
            f"{paths.PROVENANCE} lists {path}, which dvc.lock does not have",
            where=f"dvc.lock, {paths.PROVENANCE}",
            todo=f"git checkout dvc.lock {paths.PROVENANCE}, or: dvc repro collect",
        )
    return revisions.ensure_cached(listed[path], "HEAD", path)


def list_recorded(path: Path) -> dict[Path, str]:
    """The files of an output with their MD5, as dvc.lock records them here."""
    entries = revisions.read_current_lock()["stages"].values()
    outs = [out for entry in entries for out in entry.get("outs", []) if Path(out["path"]) == path]
    return {file: md5 for out in outs for file, md5 in revisions.list_files("HEAD", out)}


def replace_command(stage: str, target: Path) -> None:
    """Let a stage of the copy keep the outputs that were put there; they persist, so that DVC removes none of them."""
    edit_yaml(target / PIPELINE, lambda text: set_key(text, ["stages", stage, "cmd"], NOTHING, PIPELINE))


def run(folder: Path, command: Sequence[str], more: Mapping[str, str], log: Path) -> int:
    """Run a command in the folder with this Python and the folder's own code first; its output goes to the log."""
    return run_logged(command, folder, {**build_environment(folder), **more}, log)


def build_environment(folder: Path) -> dict[str, str]:
    """The variables of a command that runs in the folder with this Python and the folder's own code first."""
    binaries = str(Path(sys.executable).parent)
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": put_first(folder.resolve() / SOURCE), "DVC_NO_ANALYTICS": "1"}


def put_first(folder: Path) -> str:
    """PYTHONPATH with a folder before those that it has: an engine that is not in the folder is found as here."""
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))


def run_checked(folder: Path, command: Sequence[str], more: Mapping[str, str], log: Path) -> None:
    """As `run`; raises FileError with the last lines of the log when the command fails."""
    check_code(run(folder, command, more, log), command, log)


def follow_checked(
    folder: Path, command: Sequence[str], more: Mapping[str, str], log: Path, take: Callable[[str], None]
) -> None:
    """As `run_checked`, handing each line over as it comes."""
    check_code(follow_logged(command, folder, {**build_environment(folder), **more}, log, take), command, log)


def check_code(code: int, command: Sequence[str], log: Path) -> None:
    """Raise FileError with the last lines of the log unless the exit code is 0."""
    if code:
        tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise FileError(
            f"{' '.join(command)} ended with exit code {code}: {' / '.join(tail)}",
            where=f"a copy of this repository; its log is {log}",
            todo=f"read {log}",
        )


def raise_logged(code: int, command: Sequence[str], log: Path) -> None:
    """Raise the error of three lines that the log has, else its last lines, unless the exit code is 0."""
    if code and (found := THREE_LINES.findall(log.read_text(encoding="utf-8", errors="replace"))):
        what, where, todo = found[-1]
        raise LifecycleError(what, where=where, todo=todo)
    check_code(code, command, log)
