"""Whether the bytes of a folder's files are those that dvc.lock records of it, without a look at the folder itself."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lifecycle.errors import UnverifiedRelease
from lifecycle.versioning import dvc_internals
from lifecycle.versioning.revisions import LOCK, Lock

SHOWN = 12  # digits of a hash in a message


@dataclass(frozen=True)
class RecordedFolder:
    """The hash that a lock has of a folder, and the stage that wrote it."""

    stage: str
    hash: str


def find_record(lock: Lock, folder: Path) -> RecordedFolder | None:
    """What a lock has of a folder that a stage wrote; None where no stage did."""
    found = [
        RecordedFolder(stage, str(out["md5"]))
        for stage, entry in lock.get("stages", {}).items()
        for out in entry.get("outs", [])
        if Path(out["path"]) == folder and "md5" in out
    ]
    return found[0] if found else None


def hash_files(files: Mapping[str, bytes]) -> str:
    """The hash that DVC gives a folder of these files."""
    return dvc_internals.hash_folder(
        {name: hashlib.md5(content, usedforsecurity=False).hexdigest() for name, content in files.items()}
    )


def must_be_recorded(files: Mapping[str, bytes], lock: Lock, folder: Path, where: str = LOCK) -> None:
    """Raise UnverifiedRelease unless a lock, which stands at `where`, records a folder of these very files."""
    record = find_record(lock, folder)
    if record is None:
        raise UnverifiedRelease(
            f"{where} records no {folder}",
            where=f"{where}, outputs",
            todo="dvc repro package; a release of elsewhere is served with its hash in conf/serve/, key pinned",
        )
    found = hash_files(files)
    if found != record.hash:
        raise UnverifiedRelease(
            f"{folder} has the hash {found[:SHOWN]}…, and {where} records {record.hash[:SHOWN]}…",
            where=f"{where}, stage {record.stage}, output {folder}",
            todo=suggest_repair(where, folder, record.stage),
        )


def suggest_repair(where: str, folder: Path, stage: str) -> str:
    """What to do about a folder of the workspace, or of the cache, that is not as recorded."""
    if where != LOCK:
        return "lifecycle verify --repair"
    return f"dvc checkout {folder}; where it is yours: dvc commit --force {stage}"
