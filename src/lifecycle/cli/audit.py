"""audit: rebuild everything from nothing elsewhere, and compare every output with dvc.lock and with the files here.

What a source outside gave cannot be asked for again: its batches are taken as they were recorded, by their hash.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import reject_arguments
from lifecycle.config import load
from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.records import read_yaml
from lifecycle.io.tables import read_metadata
from lifecycle.reporting.text import format_count
from lifecycle.sources import interface
from lifecycle.sources.provenance import Provenance, read_provenance
from lifecycle.stages import collect
from lifecycle.versioning import dvc_internals, revisions, workspace
from lifecycle.versioning.plain_words import must_be_plain_words

LOCK = Path("dvc.lock")
COLLECT = "collect"
# Another seed for the order of sets and another number of threads than a plain run has.
OTHER = {"PYTHONHASHSEED": "4321", "OMP_NUM_THREADS": "1"}


def main(arguments: list[str]) -> int:
    """Print what differs and return 1, or say that nothing does and return 0."""
    reject_arguments("lifecycle audit", "Rebuild everything elsewhere and compare every hash with dvc.lock.", arguments)
    if not LOCK.exists():
        raise MissingFile("dvc.lock does not exist", where=str(LOCK), todo="make repro")
    must_be_plain_words()
    locked = list_hashes(revisions.read_current_lock())
    found = find_changed_outputs()
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        copy = workspace.copy_sources(Path(folder) / "another place")
        found += prepare(copy)
        found += compare_hashes(locked, rebuild(copy))
    for line in found:
        print(line)
    if found:
        print(f"audit: {len(found)} differences")
        return 1
    print(f"audit: {len(locked)} outputs rebuilt in another place, all with the hash in dvc.lock")
    return 0


def prepare(copy: Path) -> list[str]:
    """Take the outputs' lock out of a copy, and put into it what cannot be made again; a line per fault in it.

    Batches of a source outside are put there, and what comes from it is printed. A bundled source is read again, and
    only the record is put there: a batch keeps the origin that it was collected with.
    """
    workspace.write_local_settings(copy)
    (copy / LOCK).unlink()
    if COLLECT not in revisions.read_current_lock()["stages"]:
        return []
    recorded, source = read_provenance(), load(collect.Config).source
    workspace.copy_file(paths.PROVENANCE, copy)
    if interface.is_bundled(source, "conf/source/"):
        return []
    lines = workspace.copy_batches({one.batch: one.sha256 for one in recorded.batches}, copy)
    workspace.replace_command(COLLECT, copy)
    print(describe_taken(recorded, source.target))
    return [*lines, *find_other_origins(recorded, copy)]


def describe_taken(recorded: Provenance, target: str) -> str:
    """That the batches are those that were recorded, and why."""
    batches = format_count(len(recorded.batches), "batch", "batches")
    return f"collect: {batches} taken from {paths.RAW} by the recorded hash; source {target} cannot be asked again"


def find_other_origins(recorded: Provenance, copy: Path) -> list[str]:
    """A line per batch whose file names another origin than the record; a file may name none."""
    named = {one: read_metadata(copy / paths.RAW / one.batch) for one in recorded.batches}
    return [
        f"{paths.RAW / one.batch}: the file says that it is from {said.get('source')}, {paths.PROVENANCE} has another "
        "origin"
        for one, said in named.items()
        if said and said != asdict(one.origin)
    ]


def rebuild(copy: Path) -> dict[str, str]:
    """The hash of every output after a rebuild in a prepared copy."""
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
