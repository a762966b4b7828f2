"""The raw batches of both sides of a merge, put into the workspace with their record and their entry in dvc.lock."""

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.config import load, read_parameters
from lifecycle.erasure.collected import any_holds_erased
from lifecycle.errors import CorruptFile, ErasedRows, MissingFile
from lifecycle.io.atomic import write_beside
from lifecycle.io.hashes import hash_md5, hash_sha256
from lifecycle.io.records import read_yaml
from lifecycle.io.tables import read_table
from lifecycle.reporting.text import format_count, list_names
from lifecycle.sources import interface
from lifecycle.sources.batch_union import Union, compare_batches, sort_records, unite
from lifecycle.sources.provenance import (
    CollectedBatch,
    Provenance,
    parse_provenance,
    read_collected,
    write_batch,
    write_provenance,
)
from lifecycle.stages import collect
from lifecycle.versioning import dvc_storage, git_trees, revisions
from lifecycle.versioning.merge import Merge

COLLECT = "collect"
PIPELINE = Path("dvc.yaml")


@dataclass(frozen=True)
class Sides:
    """What the sides of a merge collected, those of the version from which both came first."""

    merge: Merge
    base: Provenance
    ours: Provenance
    theirs: Provenance

    @cached_property
    def known(self) -> dict[tuple[str, str], str]:
        """The commit of each batch, by its name and its hash."""
        sides = [(self.base, self.merge.base or ""), (self.theirs, self.merge.theirs), (self.ours, self.merge.ours)]
        return {key: commit for side, commit in sides for key in list_keys(side)}


def take_in(found: Merge, *, is_asked: bool) -> list[str]:
    """Put the batches of both sides into the workspace; a line for each thing that changed.

    Of a merge that was committed nothing is done where rows were collected since, unless it `is_asked` for. Raises
    MissingFile where a batch is neither here nor in the cache nor in a remote, and cannot be collected again.
    """
    if revisions.read_blob(found.theirs, paths.PROVENANCE) is None:
        return []
    sides = read_sides(found)
    if not found.end and not is_asked and was_collected(sides):
        return []
    union = forget_erased(unite(sides.base, sides.ours, sides.theirs), sides)
    if union.is_plain and is_here(union.taken):
        return []
    before = read_collected()
    records, missing, notes = build_records(union, sides)
    write_provenance(Provenance(batches=tuple(records), through=union.through))
    collect.remove_stale_files({one.batch for one in records})
    if not missing and find_matching_side(found) and not any_holds_erased(one.batch for one in records):
        commit_collected()
    if found.end:
        git_trees.git("add", "--", paths.PROVENANCE.as_posix(), revisions.LOCK)
    return [*describe_change(before, sides, records), *notes]


def forget_erased(union: Union, sides: Sides) -> Union:
    """The batches of both sides, without what they were made of where that was erased: then all rows of both stay.

    Those of them that either side erased are left out when `collect` runs, as the records of both say.
    """
    return replace(
        union,
        replaced=[replace(pair, base=None if is_erased(pair.base, sides) else pair.base) for pair in union.replaced],
    )


def is_erased(one: CollectedBatch | None, sides: Sides) -> bool:
    """Whether the bytes of a batch were erased."""
    try:
        return one is not None and not locate(one, sides)
    except ErasedRows:
        return True
    except MissingFile:
        return False


def read_sides(found: Merge) -> Sides:
    """What each side collected; a side whose last day is after that of params.yaml was not chosen, and adds nothing."""
    base, ours, theirs = (read_record(commit) for commit in (found.base, found.ours, found.theirs))
    last = str(read_parameters().get("through", ""))
    return Sides(found, base, limit(ours, base, last), limit(theirs, base, last))


def read_record(commit: str | None) -> Provenance:
    """What a version collected; nothing where there is no version, or no record in it."""
    if commit is None or revisions.read_blob(commit, paths.PROVENANCE) is None:
        return Provenance()
    return parse_provenance(revisions.read_record(commit, paths.PROVENANCE))


def limit(side: Provenance, base: Provenance, last: str) -> Provenance:
    """The record of a side, without what it added where its last day is later than `last`."""
    if not side.through or not last or side.through <= last:
        return side
    return Provenance(batches=tuple(one for one in side.batches if one.batch in base.by_name), through=base.through)


def list_keys(record: Provenance) -> set[tuple[str, str]]:
    """The batches of a record by their name and their hash."""
    return {(one.batch, one.sha256) for one in record.batches}


def was_collected(sides: Sides) -> bool:
    """Whether the record here is not what a merge leaves: it has other batches than the sides, or is not committed."""
    here = paths.PROVENANCE.read_bytes() if paths.PROVENANCE.exists() else None
    committed = revisions.read_blob("HEAD", paths.PROVENANCE)
    return here != committed or not list_keys(read_collected()) <= sides.known.keys()


def is_here(records: Sequence[CollectedBatch]) -> bool:
    """Whether the record here, dvc.lock and the files in data/raw, if there are any, have these batches."""
    if list_keys(read_collected()) != {(one.batch, one.sha256) for one in records}:
        return False
    outs = revisions.read_current_lock().get("stages", {}).get(COLLECT, {}).get("outs", [])
    locked = [out.get("md5") for out in outs if Path(out["path"]) == paths.PROVENANCE]
    is_locked = not paths.PROVENANCE.exists() or locked == [hash_md5(paths.PROVENANCE)]
    return is_locked and (not paths.RAW.exists() or all((paths.RAW / one.batch).exists() for one in records))


def build_records(union: Union, sides: Sides) -> tuple[list[CollectedBatch], list[str], list[str]]:
    """The batches of both sides, now in data/raw, those of them that are missing there, and notes.

    Of a bundled source batches may be missing: `collect` makes them. Raises MissingFile for those of another.
    """
    missing = [one.batch for one in union.taken if not place_batch(one, sides)]
    try:
        compared = compare_batches(union, lambda one: read_rows(one, sides))
    except (MissingFile, ErasedRows):
        if not is_bundled():
            raise
        pairs = [pair.ours for pair in union.replaced]
        return sort_records([*union.taken, *pairs], union.names), [*missing, *(one.batch for one in pairs)], []
    taken = [one for one in compared.taken if place_batch(one, sides)]
    made = [replace(write_batch(one.batch, one.origin, Provenance()), merged=one.merged) for one in compared.made]
    return sort_records([*union.taken, *taken, *made], union.names), missing, compared.notes


def place_batch(one: CollectedBatch, sides: Sides) -> bool:
    """Put a batch into data/raw; False where it cannot be had but can be collected again."""
    path = paths.RAW / one.batch
    if path.is_file() and hash_sha256(path) == one.sha256:
        return True
    try:
        found = locate(one, sides)
    except (MissingFile, ErasedRows):
        if not is_bundled():
            raise
        return False
    with write_beside(path) as beside:
        shutil.copyfile(found, beside)
    return True


def locate(one: CollectedBatch, sides: Sides) -> Path:
    """Where the bytes of a batch are; raises MissingFile, or CorruptFile where they have another hash than recorded."""
    path, commit = paths.RAW / one.batch, sides.known[one.batch, one.sha256]
    if path.is_file() and hash_sha256(path) == one.sha256:
        return path
    found = revisions.locate(commit, path)
    if hash_sha256(found) != one.sha256:
        raise CorruptFile(
            f"{path} of {commit[:12]} has another hash in {revisions.LOCK} than in {paths.PROVENANCE}",
            where=f"{commit[:12]}:{paths.PROVENANCE}",
            todo="make repro in that version, then commit and merge it",
        )
    return found


def read_rows(one: CollectedBatch, sides: Sides) -> pd.DataFrame:
    """The rows of a batch."""
    return read_table(locate(one, sides))


def is_bundled() -> bool:
    """Whether the source of this version can be read again anywhere."""
    return interface.is_bundled(load(collect.Config).source, "conf/source/")


def find_matching_side(found: Merge) -> str | None:
    """The side that collected by the command and the parameters that stand here; None where neither did."""
    present = describe_present()
    for commit in (found.ours, found.theirs):
        entry = revisions.read_lock(commit).get("stages", {}).get(COLLECT)
        if entry and present == canonical({"cmd": " ".join(entry["cmd"].split()), "params": entry.get("params", {})}):
            return commit
    return None


def describe_present() -> str:
    """The command and the parameters of `collect` as dvc.yaml and params.yaml have them here."""
    picks, stage = read_parameters(), (read_yaml(PIPELINE).get("stages") or {}).get(COLLECT) or {}
    files = [fill(next(iter(one)), picks) for one in stage.get("params", []) if isinstance(one, dict)]
    return canonical(
        {"cmd": fill(str(stage.get("cmd", "")), picks), "params": {file: read_yaml(Path(file)) for file in files}}
    )


def fill(text: str, picks: Mapping[str, Any]) -> str:
    """A text of dvc.yaml with the words of params.yaml in place of their names."""
    return re.sub(r"\$\{(\w+)\}", lambda found: str(picks.get(found[1], found[0])), " ".join(text.split()))


def canonical(value: Mapping[str, Any]) -> str:
    """A record as one text, the same for the same content."""
    return json.dumps(value, sort_keys=True, default=str)


def commit_collected() -> None:
    """Let dvc.lock say that `collect` wrote what is here: the sides collected it, and it is not asked for again."""
    with dvc_storage.lock_repository() as repo:
        repo.record_outputs(COLLECT)


def describe_change(before: Provenance, sides: Sides, records: list[CollectedBatch]) -> list[str]:
    """What came into the record here and what left it."""
    had, has = before.by_name, {one.batch: one for one in records}
    merged = [name for name, one in has.items() if one.merged]
    came = [name for name in has if name not in had and name not in merged]
    gone = [name for name in had if name not in has]
    counted = format_count(len(has), "batch", "batches")
    return [
        f"batches  {counted}, as {sides.merge.ours[:12]} and {sides.merge.theirs[:12]} have them together",
        *([f"added    {list_names(came)}"] if came else []),
        *(f"merged   {name}, row by row, of {' and '.join(has[name].merged)}" for name in merged),
        *([f"removed  {list_names(gone)}"] if gone else []),
    ]
