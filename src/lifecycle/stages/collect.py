"""collect: the outside world → data/raw/, one immutable batch per table and month, with provenance."""

import inspect
import sys
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from lifecycle import batches, entry, paths, targets
from lifecycle.batches import Batch, Origin
from lifecycle.errors import CorruptFile, SourceError
from lifecycle.files import lock
from lifecycle.files.hashes import sha256
from lifecycle.files.records import read_json, write_json
from lifecycle.files.tables import column_names, read_table, write_table
from lifecycle.options import Call, options
from lifecycle.sources.spool import Spools

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
    where = "conf/source/"
    earlier = known()
    offered = told_if_asked(config, earlier, spools)
    wanted = batches.through(targets.call(config.source, where, **offered), config.through)
    origin = targets.call(replace(config.source, target=sibling(config.source.target, "origin")), where)
    added = [batch for batch in wanted if not is_there(batch.name, earlier)]
    for batch in added:
        must_keep_columns(batch, batch.origin or origin, earlier)
    for batch in added:
        write_table(paths.RAW / batch.name, batch.rows)
    told = earlier | {batch.name: provenance(batch, origin) for batch in added}
    remove_others({batch.name for batch in wanted})
    write_json(paths.PROVENANCE, {"batches": [told[batch.name] for batch in batches.in_order(wanted, earlier)]})
    rows = sum(len(batch.rows) for batch in wanted)
    return f"{len(wanted)} batches through {config.through}, {rows:,} rows, {len(added)} batches new"


def sibling(target: str, name: str) -> str:
    """The function `name` beside the one that `target` names."""
    return f"{target.rpartition('.')[0]}.{name}"


def known() -> dict[str, dict[str, Any]]:
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


def told_if_asked(config: Config, earlier: dict[str, dict[str, Any]], spools: Spools) -> dict[str, Any]:
    """What a source may take beside its own arguments.

    The version's last day; the batches `held` of a table; `spools` for what comes only once.
    """
    takes = inspect.signature(targets.resolve(config.source.target, "conf/source/")).parameters
    offered = {"through": config.through, "held": lambda table: held(table, earlier), "spools": spools}
    return {name: value for name, value in offered.items() if name in takes}


def held(table: str, earlier: dict[str, dict[str, Any]]) -> list[Batch]:
    """The batches of a table that are there, in the order in which they came; raises CorruptFile for a changed one."""
    names = [name for name in earlier if name.split("/")[0] == table and is_there(name, earlier)]
    origins = [Origin(**{entry.name: earlier[name][entry.name] for entry in fields(Origin)}) for name in names]
    return [
        Batch(table, None, read_table(paths.RAW / name), Path(name).stem, origin)
        for name, origin in zip(names, origins, strict=True)
    ]


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


def is_there(name: str, earlier: dict[str, dict[str, Any]]) -> bool:
    """Whether a batch was collected before; raises CorruptFile when its file has changed since."""
    path = paths.RAW / name
    if not path.exists() or name not in earlier:
        return False
    if sha256(path) != earlier[name]["sha256"]:
        raise CorruptFile(
            f"{path} has changed since it was collected",
            where=f"{path}, {path.stat().st_size:,} bytes; its hash stands in {paths.PROVENANCE}",
            todo=f"rm {path} && dvc repro collect",
        )
    return True


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
    return entry.enter("collect", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
