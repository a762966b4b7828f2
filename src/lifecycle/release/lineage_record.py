"""What a release was made of, by content hashes: the commit that holds it cannot be named inside it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import read_json
from lifecycle.sources.provenance import read_provenance
from lifecycle.versioning.environment import find_environment

# The stages whose code makes the model, in their order.
MAKING = ("collect", "clean", "split", "featurize", "tune", "select", "train", "package")
DATA = (paths.TABLE, paths.SPLIT, paths.FEATURES)
CONFIGURED = ("source", "clean", "schema", "features", "problem")
RECIPE = (paths.WINNER, paths.TRAINING)


def build_lineage(problem: str) -> dict[str, Any]:
    """The SHA-256 of data batches, of the tables made of them, of configuration, code and environment.

    Where a day decides which rows the data version holds, that is `through`.
    """
    provenance = read_provenance()
    return {
        **({"through": provenance.through} if provenance.through else {}),
        "batches": {one.batch: one.sha256 for one in provenance.batches},
        "data": hash_files(DATA),
        "configuration": hash_files([*(paths.CONF / group / f"{problem}.yaml" for group in CONFIGURED), *RECIPE]),
        "code": merge_code_hashes(read_json(paths.CODE / f"{stage}.json") for stage in MAKING),
        "environment": {paths.ENVIRONMENT.as_posix(): hash_sha256(find_environment())},
        "model": hash_files([paths.MODEL]),
    }


def hash_files(files: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file by its path."""
    return {path.as_posix(): hash_sha256(path) for path in files}


def merge_code_hashes(lists: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The files of several stages' lists as one, without the environment's lock."""
    environment = find_environment().as_posix()
    return {name: hashed for files in lists for name, hashed in files.items() if name != environment}
