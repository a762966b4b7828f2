"""collect: the outside world → data/raw/, one immutable batch per table and month, with provenance."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from lifecycle import paths
from lifecycle.erasure.collected import holds_erased, leave_out_erased, read_erased_keys
from lifecycle.errors import SourceError
from lifecycle.io import lock
from lifecycle.io.tables import column_names, read_table
from lifecycle.options import Call, options
from lifecycle.reporting.text import format_count, format_through, list_names
from lifecycle.sources import batches, interface
from lifecycle.sources.batches import Batch, Origin
from lifecycle.sources.column_changes import guess_renames
from lifecycle.sources.message_buffer import MessageBuffers
from lifecycle.sources.provenance import (
    Provenance,
    is_stored,
    read_collected,
    read_stored_batches,
    replace_merged,
    write_batch,
    write_provenance,
)
from lifecycle.stages import runner
from lifecycle.versioning.erased_rows import ErasedKeys

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
        buffers = MessageBuffers(ARRIVED)
        summary = collect_batches(config, buffers)
        buffers.clear()
    return summary


def collect_batches(config: Config, buffers: MessageBuffers) -> str:
    """Write the batches that are not there yet, and the provenance of all that belong to the version."""
    where, earlier = "conf/source/", read_collected()
    found = interface.read_batches(
        config.source,
        where,
        through=config.through,
        stored=lambda table: read_stored_batches(table, earlier),
        buffers=buffers,
    )
    selected = replace_merged(batches.select_through(found, config.through), earlier)
    origin, keys = interface.describe_origin(config.source, where), read_erased_keys()
    first = leave_out_erased(selected, keys)
    left = first.then(leave_out_erased(replace_merged(first.batches, earlier), keys))
    wanted = left.batches
    added = [*select_missing(wanted, earlier), *select_outdated(wanted, earlier, keys)]
    for batch in added:
        must_keep_columns(batch, batch.origin or origin, earlier)
    notes = [*describe_new_columns(added, earlier), *dict.fromkeys(note for one in added for note in one.notes)]
    collected = earlier.by_name | {batch.name: write_batch(batch, origin, earlier) for batch in added}
    remove_stale_files({batch.name for batch in wanted})
    through = str(config.through) if batches.is_dated(wanted) else None
    entries = tuple(collected[batch.name] for batch in batches.sort_batches(wanted, left.rename(earlier.by_name)))
    write_provenance(Provenance(batches=entries, through=through))
    rows = format_count(sum(len(batch.rows) for batch in wanted), "row")
    new = format_count(len(added), "batch", "batches")
    summary = (
        f"{format_count(len(wanted), 'batch', 'batches')}{format_through(through)}, {rows}, {new} new{left.message}"
    )
    return "\n".join([summary, *(f"note: {note}" for note in notes)])


def select_missing(wanted: Sequence[Batch], earlier: Provenance) -> list[Batch]:
    """The batches that are not stored yet."""
    return [batch for batch in wanted if not is_stored(batch.name, earlier)]


def select_outdated(wanted: Sequence[Batch], earlier: Provenance, keys: Sequence[ErasedKeys]) -> list[Batch]:
    """The batches whose stored file has erased rows; their origin is what it was."""
    stored = [batch for batch in wanted if is_stored(batch.name, earlier) and holds_erased(batch.name, keys)]
    return [replace(batch, origin=earlier.by_name[batch.name].origin) for batch in stored]


def must_keep_columns(batch: Batch, origin: Origin, earlier: Provenance) -> None:
    """Raise SourceError when rows come without a column that the table had: the source has changed, or renamed it."""
    for name in list_stored(batch.table, earlier):
        lost = [column for column in column_names(paths.RAW / name) if column not in batch.rows.columns]
        if lost:
            renamed = guess_renames(read_table(paths.RAW / name), batch.rows)
            likely = "".join(f"; likely {one.before!r} is now {one.after!r} ({one.why})" for one in renamed)
            again = f"rm -r {paths.RAW / batch.table} && dvc repro collect"
            raise SourceError(
                f"the source gives {batch.table} without {', '.join(lost)}{likely}; nothing was changed",
                where=f"{origin.source}, compared with {paths.RAW / name}",
                todo=f"give {list_names(one.before for one in renamed)} its name again in the source, or if intended, "
                f"write the new one in conf/, then: {again}"
                if renamed
                else f"correct conf/source/, or if intended: {again}",
            )


def list_stored(table: str, earlier: Provenance) -> list[str]:
    """The batches of a table whose files are here."""
    return [one.batch for one in earlier.batches_of(table) if (paths.RAW / one.batch).exists()]


def describe_new_columns(added: Sequence[Batch], earlier: Provenance) -> list[str]:
    """A line for each column of later rows that no earlier batch of its table has."""
    known = {
        table: {column for name in list_stored(table, earlier) for column in column_names(paths.RAW / name)}
        for table in dict.fromkeys(batch.table for batch in added)
    }
    counts: dict[tuple[str, str], int] = {}
    for batch in added:
        columns = known[batch.table] or {*batch.rows.columns}
        for column in (column for column in batch.rows.columns if column not in columns):
            counts[batch.table, column] = counts.get((batch.table, column), 0) + int(batch.rows[column].notna().sum())
        known[batch.table] = columns
    return [
        f"{table}: new column {column!r} in {format_count(count, 'row')}; nothing reads it until conf/schema/ has it"
        for (table, column), count in counts.items()
    ]


def remove_stale_files(wanted: set[str]) -> None:
    """Remove the files of other data versions from the folder; DVC's cache keeps them."""
    for path in sorted(paths.RAW.rglob("*")):
        if path.is_file() and path.relative_to(paths.RAW).as_posix() not in wanted:
            path.unlink()


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("collect", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
