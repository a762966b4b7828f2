"""What was collected before: the batches in `data/raw/`, as `data/provenance.json` tells them."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.errors import CorruptFile
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table
from lifecycle.sources.batches import Batch, Origin


def read_collected() -> dict[str, dict[str, Any]]:
    """The provenance of each batch that was collected before, by name; raises CorruptFile when it cannot be told."""
    if not paths.PROVENANCE.exists():
        return {}
    try:
        entries = read_json(paths.PROVENANCE)["batches"]
        return {entry["batch"]: entry for entry in entries if entry["sha256"]}
    except (KeyError, TypeError) as cause:
        raise CorruptFile(
            f"{paths.PROVENANCE} is not a list of batches with their hashes ({cause!r} is missing)",
            where=str(paths.PROVENANCE),
            todo=f"git checkout {paths.PROVENANCE}, or rm -r {paths.RAW} {paths.PROVENANCE} && dvc repro collect",
        ) from cause


def read_stored_batches(table: str, earlier: dict[str, dict[str, Any]]) -> list[Batch]:
    """The batches of a table that are there, in the order in which they came; raises CorruptFile for a changed one."""
    names = [name for name in earlier if name.split("/")[0] == table and is_stored(name, earlier)]
    origins = [Origin(**{entry.name: earlier[name][entry.name] for entry in fields(Origin)}) for name in names]
    return [
        Batch(table, None, read_table(paths.RAW / name), Path(name).stem, origin)
        for name, origin in zip(names, origins, strict=True)
    ]


def is_stored(name: str, earlier: dict[str, dict[str, Any]]) -> bool:
    """Whether a batch was collected before; raises CorruptFile when its file has changed since."""
    path = paths.RAW / name
    if not path.exists() or name not in earlier:
        return False
    if hash_sha256(path) != earlier[name]["sha256"]:
        raise CorruptFile(
            f"{path} has changed since it was collected",
            where=f"{path}, {path.stat().st_size:,} bytes; its hash stands in {paths.PROVENANCE}",
            todo=f"rm {path} && dvc repro collect",
        )
    return True
