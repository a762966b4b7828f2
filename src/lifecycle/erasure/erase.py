"""An erasure carried out, in an order that loses nothing when it is killed and that another run completes.

First the record says what goes. Then batches, label files and other files are written again. Then the new batches
reach every remote that loses old ones, and last the objects go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lifecycle import paths
from lifecycle.erasure import label_files, local_files, objects, raw_batches, stored_events
from lifecycle.erasure.objects import Stores
from lifecycle.erasure.plan import ErasePlan, make_plan
from lifecycle.erasure.redacted import add_redacted
from lifecycle.erasure.search import Search, add_ids, add_recorded, make_recorded_search, make_search
from lifecycle.erasure.sightings import find_sightings
from lifecycle.errors import LifecycleError, UnknownName, WrongValue, suggest_name
from lifecycle.io import lock
from lifecycle.versioning import dvc_storage, git_trees, revisions, rollback
from lifecycle.versioning.dvc_internals import Repository
from lifecycle.versioning.erased_versions import list_known_erasures
from lifecycle.versioning.erasures import Erasure, extend_erasure, hash_values, read_erasures, write_erasure

COLLECT = "collect"
COLLECTING = paths.RUNS / "collect.lock"
STARTED = "all of it"
NAMED = 3  # files or values in a message


@dataclass(frozen=True)
class EraseRequest:
    """Which rows go, when and why; `id` is the schema's column of ids, `salt` is used where no record has one yet."""

    column: str
    values: frozenset[str]
    id: str
    date: str
    reason: str
    salt: str
    with_models: bool


def prepare(request: EraseRequest, environment: Mapping[str, str]) -> tuple[ErasePlan, Erasure]:
    """What is to be done, and the record as it is: an earlier one of the same values, or a new one.

    Raises UnknownName for values that nothing holds and no record names.
    """
    check_no_rollback()
    record, continued = find_record(request)
    with objects.open_stores() as opened:
        search = widen_search(request, record, continued, opened, environment)
        return make_plan(search, opened, record, list_known_erasures(), request.with_models), record


def prepare_recorded(record: Erasure, with_models: bool) -> tuple[ErasePlan, Erasure]:
    """What is to be done here for a record that another clone made: it names rows by hashes, and objects."""
    check_no_rollback()
    with objects.open_stores() as opened:
        return make_plan(make_recorded_search(record), opened, record, list_known_erasures(), with_models), record


def find_record(request: EraseRequest) -> tuple[Erasure, bool]:
    """The record of the same values, and whether it is there already."""
    known = read_erasures()
    for one in known:
        if one.column == request.column and one.values == hash_values(one.salt, request.values):
            return one, True
    salt = known[0].salt if known else request.salt
    return Erasure(
        date=request.date,
        reason=request.reason,
        column=request.column,
        salt=salt,
        values=hash_values(salt, request.values),
        id=request.id,
    ), False


def widen_search(
    request: EraseRequest, record: Erasure, continued: bool, opened: Stores, environment: Mapping[str, str]
) -> Search:
    """The search for the values, their rows' ids, and what stands for them in a log; raises UnknownName."""
    first = make_search(request.column, request.id, request.values)
    seen = find_sightings(first, opened)
    if not continued:
        check_column(request.column, raw_batches.list_columns())
        check_known(request, request.values - seen.values)
    whole = first if request.column == request.id else add_ids(first, seen.ids)
    return add_redacted(add_recorded(whole, record) if continued else whole, environment)


def check_column(column: str, known: Collection[str]) -> None:
    """Raise UnknownName unless a raw table has the column: rows that only later tables name would be built again."""
    if known and column not in known:
        raise UnknownName(
            f"no raw table has a column {column!r}, so its rows cannot be found there",
            where=f"{paths.RAW}, {len(known)} columns",
            todo=f"lifecycle erase --where COLUMN=VALUE; {suggest_name(column, known)}",
        )


def check_known(request: EraseRequest, unknown: Collection[str]) -> None:
    """Raise UnknownName for values that no batch, table or log has."""
    if unknown:
        named = ", ".join(sorted(unknown)[:NAMED]) + (" …" if len(unknown) > NAMED else "")
        raise UnknownName(
            f"no batch, table or log has {request.column} {named}: {len(unknown):,} of {len(request.values):,} unknown",
            where=f"{paths.RAW}, the logs, the cache and the remotes; column {request.column}",
            todo="correct the values, or name another column: lifecycle erase --where COLUMN=VALUE",
        )


def check_no_rollback() -> None:
    """Raise WrongValue where a rollback was killed half way: it has set files aside."""
    if rollback.JOURNAL.exists():
        raise WrongValue(
            "a rollback was interrupted, and what it set aside may hold such rows",
            where=str(rollback.JOURNAL),
            todo="lifecycle rollback HEAD, which takes it back first; then the same command again",
        )


def check_saved(plan: ErasePlan, record: Erasure) -> None:
    """Raise WrongValue where work that no commit has would be lost; what an earlier run wrote is none."""
    if revisions.find_commit("HEAD") is None:
        raise WrongValue("there is no commit here", where="Git", todo="git add --all . && git commit, then try again")
    if is_being_continued(record):
        return
    with dvc_storage.lock_repository() as repo:
        edited = git_trees.find_differing("HEAD") | git_trees.find_staged() | dvc_storage.find_changed_outputs(repo)
    lost = sorted(path for path in edited if is_touched(path, plan))
    if lost:
        raise WrongValue(
            f"there is work that no commit has, in files that change: {', '.join(map(str, lost[:NAMED]))}",
            where="the workspace",
            todo="commit it (an output: dvc commit first), then the same command again",
        )


def is_being_continued(record: Erasure) -> bool:
    """Whether an earlier run left something to do, or what it did is not committed yet."""
    if not record.path.exists():
        return False
    return bool(record.unfinished) or revisions.read_blob("HEAD", record.path) != record.path.read_bytes()


def is_touched(path: Path, plan: ErasePlan) -> bool:
    """Whether an erasure changes a file or something in a folder."""
    changed = {one.path for one in plan.files} | {*plan.labels}
    changed |= {paths.RAW, paths.PROVENANCE, Path(revisions.LOCK)} if plan.batches else set()
    changed |= {source for one in plan.labels for source in label_files.find_sources(one.stem)}
    return any(path == one or path in one.parents for one in changed)


def carry_out(plan: ErasePlan, record: Erasure) -> Erasure:
    """Do what is planned, and return the record with what is left to do; raises WrongValue where work would be lost."""
    check_saved(plan, record)
    fresh = is_collect_fresh()
    started = replace(
        extend_erasure(record, plan.rows, plan.objects, plan.versions), ids=add_hashed_ids(record, plan.search)
    )
    write_erasure(replace(started, unfinished=(STARTED,)))
    busy = local_files.find_busy(plan.files)
    with lock.hold_lock(COLLECTING, COLLECT):
        rewrite_workspace(plan, busy)
    with dvc_storage.lock_repository() as repo:
        record_batches(repo, fresh)
        left = delete_everywhere(plan, repo)
        unfinished = sorted({*left, *(f"{one.path}, which a running service writes to" for one in busy)})
        ended = replace(started, unfinished=tuple(unfinished))
        write_erasure(ended)
        record_batches(repo, fresh)
    return ended


def record_batches(repo: Repository, fresh: bool) -> None:
    """Note the new batches and the record in dvc.lock, as if collect had run: its source may be gone by now."""
    if fresh:
        repo.record_outputs(COLLECT)


def add_hashed_ids(record: Erasure, search: Search) -> tuple[str, ...]:
    """The hashes of the rows' ids: those that the record has, and those that are known now."""
    if record.column == record.id:
        return ()
    return tuple(sorted({*record.ids, *hash_values(record.salt, search.texts)} - {*record.values}))


def is_collect_fresh() -> bool:
    """Whether collect ran with the code and configuration that are here, so that its new outputs may be recorded."""
    ours = {paths.RAW.as_posix(), paths.PROVENANCE.as_posix(), paths.ERASED.as_posix()}
    if COLLECT not in revisions.read_current_lock().get("stages", {}):
        return False
    with dvc_storage.lock_repository() as repo:
        return all(change.name in ours for change in repo.status().get(COLLECT, []))


def rewrite_workspace(plan: ErasePlan, busy: Sequence[local_files.FileChange]) -> None:
    """Write batches, label files, other files and stores of events again without the rows."""
    names = label_files.name_label_files(plan.labels, plan.search)
    raw_batches.rewrite_batches(plan.batches, plan.search, names)
    label_files.rewrite_label_files(plan.labels, names, plan.search)
    local_files.change_files([one for one in plan.files if one not in busy], plan.search)
    stored_events.remove_events(plan.events)


def delete_everywhere(plan: ErasePlan, repo: Repository) -> list[str]:
    """Take the objects out of the remotes, then out of the cache; returns the remotes where that is left to do.

    A remote that loses batches gets the new ones first, as far as the cache has them.
    """
    opened = objects.collect_stores(repo)
    left = {one.name for one in [*plan.unreachable, *opened.unreachable]}
    batches = list_new_batches(opened)
    for store in reversed(opened.stores):
        going = plan.stores.get(store.name, set())
        try:
            if going and store is not opened.stores[0]:
                objects.copy_missing(batches, opened.stores, store)
            objects.delete_objects(store, going)
        except LifecycleError:
            left.add(store.name)
    return sorted(left)


def list_new_batches(opened: Stores) -> set[str]:
    """The objects of the present raw batches, as far as the cache has them."""
    outs = revisions.read_current_lock().get("stages", {}).get(COLLECT, {}).get("outs", [])
    names = {str(out["md5"]) for out in outs if out.get("md5") and out["path"] == paths.RAW.as_posix()}
    folder = revisions.cache_folder()
    listed = {inner for name in names for inner in dvc_storage.list_folder(dvc_storage.object_path(folder, name))}
    return {name for name in names | listed if dvc_storage.object_path(folder, name).exists()}
