"""collect: the outside world → data/raw/, one immutable batch per table and month, with provenance."""

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.errors import SourceError
from lifecycle.io import lock
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import write_json
from lifecycle.io.tables import column_names, write_table
from lifecycle.options import Call, options
from lifecycle.reporting.text import format_count, format_through
from lifecycle.sources import batches, interface
from lifecycle.sources.batches import Batch, Origin
from lifecycle.sources.provenance import read_stored_batches, is_stored, read_collected
from lifecycle.sources.spool import MessageBuffers
from lifecycle.stages import runner

ARRIVED = Path("data/arrived")  # what comes only once, until a batch holds it
LOCK = paths.RUNS / "collect.lock"


@options
class Config:
    """The source and the last day of the data version."""

    source: Call
    through: date


def run(config: Config) -> str:
    """Collect, alone in this folder; raises FileError while another process collects here."""
    with lock.hold_lock(LOCK, "collect"):
        spools = MessageBuffers(ARRIVED)
        said = collect_batches(config, spools)
        spools.clear()
    return said


def collect_batches(config: Config, spools: MessageBuffers) -> str:
    """Write the batches that are not there yet, and the provenance of all that belong to the version."""
    where, earlier = "conf/source/", read_collected()
    found = interface.read_batches(
        config.source, where, through=config.through, held=lambda table: read_stored_batches(table, earlier), spools=spools
    )
    wanted, origin = batches.select_through(found, config.through), interface.describe_origin(config.source, where)
    added = [batch for batch in wanted if not is_stored(batch.name, earlier)]
    for batch in added:
        must_keep_columns(batch, batch.origin or origin, earlier)
    for batch in added:
        write_table(paths.RAW / batch.name, batch.rows)
    told = earlier | {batch.name: describe_batch(batch, origin) for batch in added}
    remove_stale_files({batch.name for batch in wanted})
    entries = [told[batch.name] for batch in batches.sort_batches(wanted, earlier)]
    dated = {"through": str(config.through)} if batches.is_dated(wanted) else {}
    write_json(paths.PROVENANCE, {"batches": entries} | dated)
    rows = format_count(sum(len(batch.rows) for batch in wanted), "row")
    new = format_count(len(added), "batch", "batches")
    return f"{format_count(len(wanted), 'batch', 'batches')}{format_through(dated.get('through'))}, {rows}, {new} new"


def must_keep_columns(batch: Batch, origin: Origin, earlier: dict[str, dict[str, Any]]) -> None:
    """Raise SourceError when rows come without a column that the table had: the source has changed."""
    for name in batches.group_by_table(earlier).get(batch.table, []):
        before = column_names(paths.RAW / name) if (paths.RAW / name).exists() else []
        lost = [column for column in before if column not in batch.rows.columns]
        if lost:
            raise SourceError(
                f"the source gives {batch.table} without {', '.join(lost)}; nothing was changed",
                where=f"{origin.source}, compared with {paths.RAW / name}",
                todo=f"mend conf/source/; or if it is meant: rm -r {paths.RAW / batch.table} && dvc repro collect",
            )


def remove_stale_files(wanted: set[str]) -> None:
    """Remove the files of other data versions from the folder; DVC's cache keeps them."""
    for path in sorted(paths.RAW.rglob("*")):
        if path.is_file() and path.relative_to(paths.RAW).as_posix() not in wanted:
            path.unlink()


def describe_batch(batch: Batch, origin: Origin) -> dict[str, Any]:
    """Where a batch came from, how many rows it has, and its hash."""
    path = paths.RAW / Path(batch.name)
    return {"batch": batch.name, "rows": len(batch.rows), "sha256": hash_sha256(path), **asdict(batch.origin or origin)}


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("collect", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
