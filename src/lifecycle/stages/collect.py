"""collect: the outside world → data/raw/, one immutable batch per table and month, with provenance."""

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.errors import SourceError
from lifecycle.io import lock
from lifecycle.io.hashes import sha256
from lifecycle.io.records import write_json
from lifecycle.io.tables import column_names, write_table
from lifecycle.options import Call, options
from lifecycle.reporting.text import counted, until
from lifecycle.sources import batches, interface
from lifecycle.sources.batches import Batch, Origin
from lifecycle.sources.provenance import held, is_there, known
from lifecycle.sources.spool import Spools
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
    with lock.alone(LOCK, "collect"):
        spools = Spools(ARRIVED)
        said = collected(config, spools)
        spools.clear()
    return said


def collected(config: Config, spools: Spools) -> str:
    """Write the batches that are not there yet, and the provenance of all that belong to the version."""
    where, earlier = "conf/source/", known()
    found = interface.rows(
        config.source, where, through=config.through, held=lambda table: held(table, earlier), spools=spools
    )
    wanted, origin = batches.through(found, config.through), interface.origin(config.source, where)
    added = [batch for batch in wanted if not is_there(batch.name, earlier)]
    for batch in added:
        must_keep_columns(batch, batch.origin or origin, earlier)
    for batch in added:
        write_table(paths.RAW / batch.name, batch.rows)
    told = earlier | {batch.name: provenance(batch, origin) for batch in added}
    remove_others({batch.name for batch in wanted})
    entries = [told[batch.name] for batch in batches.in_order(wanted, earlier)]
    dated = {"through": str(config.through)} if batches.is_dated(wanted) else {}
    write_json(paths.PROVENANCE, {"batches": entries} | dated)
    rows = counted(sum(len(batch.rows) for batch in wanted), "row")
    new = counted(len(added), "batch", "batches")
    return f"{counted(len(wanted), 'batch', 'batches')}{until(dated)}, {rows}, {new} new"


def must_keep_columns(batch: Batch, origin: Origin, earlier: dict[str, dict[str, Any]]) -> None:
    """Raise SourceError when rows come without a column that the table had: the source has changed."""
    for name in batches.by_table(earlier).get(batch.table, []):
        before = column_names(paths.RAW / name) if (paths.RAW / name).exists() else []
        lost = [column for column in before if column not in batch.rows.columns]
        if lost:
            raise SourceError(
                f"the source gives {batch.table} without {', '.join(lost)}; nothing was changed",
                where=f"{origin.source}, compared with {paths.RAW / name}",
                todo=f"mend conf/source/; or if it is meant: rm -r {paths.RAW / batch.table} && dvc repro collect",
            )


def remove_others(wanted: set[str]) -> None:
    """Remove the files of other data versions from the folder; DVC's cache keeps them."""
    for path in sorted(paths.RAW.rglob("*")):
        if path.is_file() and path.relative_to(paths.RAW).as_posix() not in wanted:
            path.unlink()


def provenance(batch: Batch, origin: Origin) -> dict[str, Any]:
    """Where a batch came from, how many rows it has, and its hash."""
    path = paths.RAW / Path(batch.name)
    return {"batch": batch.name, "rows": len(batch.rows), "sha256": sha256(path), **asdict(batch.origin or origin)}


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("collect", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
