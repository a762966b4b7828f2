"""audit: rebuild everything from nothing elsewhere, and compare every output with dvc.lock and with the files here."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import reject_arguments
from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.records import read_yaml
from lifecycle.versioning import dvc_internals, workspace

LOCK = Path("dvc.lock")
# Another seed for the order of sets and another number of threads than a plain run has.
OTHER = {"PYTHONHASHSEED": "4321", "OMP_NUM_THREADS": "1"}


def main(arguments: list[str]) -> int:
    """Print what differs and return 1, or say that nothing does and return 0."""
    reject_arguments("lifecycle audit", "Rebuild everything elsewhere and compare every hash with dvc.lock.", arguments)
    if not LOCK.exists():
        raise MissingFile("dvc.lock does not exist", where=str(LOCK), todo="make repro")
    locked = list_hashes(read_yaml(LOCK))
    stale = find_changed_outputs()
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        rebuilt = rebuild(Path(folder) / "another place")
    differing = compare_hashes(locked, rebuilt)
    for line in [*stale, *differing]:
        print(line)
    if stale or differing:
        print(f"audit: {len(stale) + len(differing)} differences")
        return 1
    print(f"audit: {len(locked)} outputs rebuilt in another place, all with the hash in dvc.lock")
    return 0


def rebuild(copy: Path) -> dict[str, str]:
    """The hash of every output after a rebuild from nothing in a copy."""
    copy.mkdir()
    workspace.copy_sources(copy)
    (copy / LOCK).unlink()
    paths.RUNS.mkdir(exist_ok=True)
    log = (paths.RUNS / "audit.log").resolve()
    log.write_bytes(b"")
    workspace.run_checked(copy, ["dvc", "repro"], OTHER, log)
    return list_hashes(read_yaml(copy / LOCK))


def list_hashes(lock: Mapping[str, Any]) -> dict[str, str]:
    """The hash of every output in a lock, by `stage: path`."""
    return {
        f"{stage}: {out['path']}": str(out.get("md5"))
        for stage, entry in lock.get("stages", {}).items()
        for out in entry.get("outs", [])
    }


def compare_hashes(locked: Mapping[str, str], rebuilt: Mapping[str, str]) -> list[str]:
    """A line per output that is missing on one side or has another hash."""
    lines = []
    for name in sorted(locked.keys() | rebuilt.keys()):
        before, after = locked.get(name, "absent"), rebuilt.get(name, "absent")
        if before != after:
            lines.append(f"{name}: dvc.lock says {before}, the rebuild gave {after}")
    return lines


def find_changed_outputs() -> list[str]:
    """A line per output that is here with other bytes than dvc.lock says; one that is absent is not compared."""
    lines = []
    try:
        with dvc_internals.open_repository() as repo:
            for out in sorted(repo.outputs(), key=lambda out: out.path.as_posix()):
                if out.exists and out.differs():
                    lines.append(f"{out.path}: the file here has another hash than dvc.lock says")
    except dvc_internals.dvc_error() as cause:
        raise CorruptFile(
            f"DVC cannot read this repository ({' '.join(str(cause).split())})",
            where=f"dvc.yaml, {LOCK}",
            todo=f"dvc status says more; git checkout {LOCK} takes back what was committed",
        ) from cause
    return lines
