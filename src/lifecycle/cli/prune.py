"""prune: take the entries of stages that dvc.yaml and params.yaml no longer define out of dvc.lock."""

from pathlib import Path

from lifecycle.cli.parser import reject_arguments
from lifecycle.io.atomic import write_text
from lifecycle.reporting.text import join_words
from lifecycle.versioning import dvc_internals, dvc_storage, revisions

LOCK = Path(revisions.LOCK)


def main(arguments: list[str]) -> int:
    """Rewrite dvc.lock and name what left it; silent where nothing did."""
    reject_arguments("lifecycle prune", "Remove stages that are no longer defined from dvc.lock.", arguments)
    if not LOCK.exists():
        return 0
    with dvc_storage.lock_repository():
        before, kept = revisions.read_whole_lock(), revisions.read_current_lock()
        gone = sorted((before.get("stages") or {}).keys() - kept["stages"].keys())
        if gone:
            write_text(LOCK, dvc_internals.lock_text(kept))
            print(f"{LOCK}: no longer defined and removed: {join_words(gone)}")
    return 0
