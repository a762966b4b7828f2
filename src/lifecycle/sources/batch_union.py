"""The raw batches of two versions as those of one: what either added since they parted, without what either removed.

Batches are taken whole where that can be. Two batches become one, row by row, where both sides put another one in the
place of one batch, as a file that is read whole does. Rows that one side has are left out of what the other added.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path

import pandas as pd

from lifecycle.sources.batches import Batch, Origin, hash_rows
from lifecycle.sources.provenance import CollectedBatch, Provenance
from lifecycle.sources.watermark import drop_stored_rows

ReadRows = Callable[[CollectedBatch], pd.DataFrame]
Records = Mapping[str, CollectedBatch]
MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True)
class ReplacedBatch:
    """A batch that both sides changed: what it was, None where it is new, and what each side has instead."""

    base: CollectedBatch | None
    ours: CollectedBatch
    theirs: CollectedBatch


@dataclass(frozen=True)
class AddedBatch:
    """A batch that the other side added, and those that this side added to the same table."""

    theirs: CollectedBatch
    ours: Sequence[CollectedBatch]


@dataclass(frozen=True)
class Union:
    """The batches that are taken as they are, and those that need their rows compared.

    `names` are the batches of both sides in their order, `through` the later of their last days.
    """

    taken: Sequence[CollectedBatch]
    replaced: Sequence[ReplacedBatch]
    added: Sequence[AddedBatch]
    names: Sequence[str]
    through: str | None

    @property
    def is_plain(self) -> bool:
        """Whether no rows need to be compared."""
        return not self.replaced and not self.added


@dataclass(frozen=True)
class MadeBatch:
    """A batch made of those of both sides, with its origin and the names of those in whose place it stands."""

    batch: Batch
    origin: Origin
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComparedBatches:
    """What came of comparing rows: the batches taken as they are, new ones, and notes on what is to be looked at."""

    taken: list[CollectedBatch] = field(default_factory=list)
    made: list[MadeBatch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def unite(base: Provenance, ours: Provenance, theirs: Provenance) -> Union:
    """What becomes of the batches of two versions that parted at `base`."""
    names = list(dict.fromkeys(one.batch for side in (base, ours, theirs) for one in side.batches))
    old, mine, other = base.by_name, ours.by_name, theirs.by_name
    same_name = [
        ReplacedBatch(old.get(name), mine[name], other[name]) for name in names if both_changed(name, old, mine, other)
    ]
    replaced = [*same_name, *pair_tables(base, ours, theirs)]
    added = list_added(base, ours, theirs, {pair.ours.batch for pair in replaced})
    compared = {one.batch for pair in replaced for one in (pair.ours, pair.theirs)} | {
        one.theirs.batch for one in added
    }
    chosen = [choose_side(old.get(name), mine.get(name), other.get(name)) for name in names if name not in compared]
    days = [day for day in (ours.through, theirs.through) if day]
    return Union([one for one in chosen if one], replaced, added, names, max(days, default=None))


def choose_side(
    base: CollectedBatch | None, ours: CollectedBatch | None, theirs: CollectedBatch | None
) -> CollectedBatch | None:
    """The batch of the side that changed it; None where one side removed it and the other left it as it was."""
    if hash_of(theirs) == hash_of(base):
        return ours
    return theirs if hash_of(ours) == hash_of(base) else ours or theirs


def hash_of(one: CollectedBatch | None) -> str:
    """The hash of a batch; empty for none."""
    return one.sha256 if one else ""


def both_changed(name: str, old: Records, mine: Records, other: Records) -> bool:
    """Whether both sides have other bytes under a name than there were, and than each other."""
    return name in mine and name in other and len({hash_of(side.get(name)) for side in (old, mine, other)}) == 3


def pair_tables(base: Provenance, ours: Provenance, theirs: Provenance) -> list[ReplacedBatch]:
    """The tables of which each side has one batch of another name than there was, if there was one."""
    found = []
    for table in dict.fromkeys(one.table for one in theirs.batches):
        old, mine, other = (side.batches_of(table) for side in (base, ours, theirs))
        names = {one.batch for one in (*old, *mine, *other)}
        if len(mine) == len(other) == 1 and len(old) <= 1 and len(names) == 2 + len(old):
            found.append(ReplacedBatch(next(iter(old), None), mine[0], other[0]))
    return found


def list_added(base: Provenance, ours: Provenance, theirs: Provenance, replaced: set[str]) -> list[AddedBatch]:
    """The batches that the other side added to a table to which this side added some too; those of months are apart."""
    mine, other = (
        [one for one in side.batches if one.batch not in base.by_name and not is_month(one.batch)]
        for side in (ours, theirs)
    )
    own = [one for one in mine if one.batch not in replaced]
    pairs = [AddedBatch(one, [two for two in own if two.table == one.table]) for one in other]
    return [pair for pair in pairs if pair.ours and pair.theirs.batch not in ours.by_name]


def is_month(name: str) -> bool:
    """Whether a batch holds a month, by its name."""
    return MONTH.fullmatch(Path(name).stem) is not None


def compare_batches(union: Union, read: ReadRows) -> ComparedBatches:
    """The batches that the comparison of rows gives, which `read` reads."""
    found = ComparedBatches()
    for pair in union.replaced:
        merge_pair(pair, read, found)
    for one in union.added:
        leave_out_known(one, read, found)
    return found


def merge_pair(pair: ReplacedBatch, read: ReadRows, found: ComparedBatches) -> None:
    """Add one batch in place of two, with the changes of both; where their columns differ, both, or this side's."""
    ours, theirs = read(pair.ours), read(pair.theirs)
    same_name = pair.ours.batch == pair.theirs.batch
    if set(ours.columns) != set(theirs.columns):
        found.taken.extend([pair.ours] if same_name else [pair.ours, pair.theirs])
        found.notes.append(f"{pair.ours.batch}: the other side's {pair.theirs.batch} has other columns")
        return
    base = read(pair.base) if pair.base else ours.head(0)
    rows = merge_rows(base, ours, theirs)
    found.notes.extend(describe_both_changed(pair.ours.table, base, ours, theirs))
    mark = Path(pair.ours.batch).stem if same_name else hash_rows(rows)
    made, origin = Batch(pair.ours.table, None, rows, mark), join_origins(pair.ours.origin, pair.theirs.origin)
    merged = dict.fromkeys([pair.ours.batch, *pair.ours.merged, pair.theirs.batch, *pair.theirs.merged])
    found.made.append(MadeBatch(made, origin, () if same_name else tuple(merged)))


def describe_both_changed(table: str, base: pd.DataFrame, ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """A note where both sides changed the same rows; none where they did not, or changed them alike."""
    gone, also_gone = (drop_stored_rows(base, [side]) for side in (ours, theirs))
    both = len(gone) - len(drop_stored_rows(gone, [also_gone]))
    new, also_new = (drop_stored_rows(side, [base]) for side in (ours, theirs))
    differing = min(len(drop_stored_rows(new, [also_new])), len(drop_stored_rows(also_new, [new])), both)
    if not differing:
        return []
    return [
        f"{table}: both sides changed {differing:,} of its rows; both are kept, and clean rejects all but one of an id"
    ]


def leave_out_known(one: AddedBatch, read: ReadRows, found: ComparedBatches) -> None:
    """Add the other side's batch without the rows that this side added as well."""
    rows = read(one.theirs)
    new = drop_stored_rows(rows, [read(own) for own in one.ours])
    if len(new) == len(rows):
        found.taken.append(one.theirs)
    elif len(new):
        found.made.append(MadeBatch(Batch(one.theirs.table, None, new, hash_rows(new)), one.theirs.origin))


def merge_rows(base: pd.DataFrame, ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """The rows of one side with the changes of the other; rows are compared by all columns, and counted."""
    removed = drop_stored_rows(base, [ours])
    added = drop_stored_rows(drop_stored_rows(ours, [base]), [drop_stored_rows(theirs, [base])])
    return pd.concat([drop_stored_rows(theirs, [removed]), added], ignore_index=True)


def join_origins(ours: Origin, theirs: Origin) -> Origin:
    """The origin of rows that have two."""
    return Origin(*("; ".join(dict.fromkeys(pair)) for pair in zip(astuple(ours), astuple(theirs), strict=True)))


def sort_records(records: Iterable[CollectedBatch], names: Sequence[str]) -> list[CollectedBatch]:
    """The records in the order in which collecting leaves them: of a table months, then the others as in `names`."""
    place = {name: number for number, name in enumerate(names)}
    known = sorted(records, key=lambda one: place.get(one.batch, len(place)))
    tables = list(dict.fromkeys(one.table for one in known))

    def order(one: CollectedBatch) -> tuple[int, bool, str]:
        month = is_month(one.batch)
        return tables.index(one.table), not month, one.batch if month else ""

    return sorted(known, key=order)
