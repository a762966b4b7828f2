"""What an erasure would change, found by reading everything; nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lifecycle import paths
from lifecycle.erasure import history, label_files, local_files, objects, raw_batches, stored_events
from lifecycle.erasure.history import ENTRY, HeldInGit
from lifecycle.erasure.local_files import FileChange
from lifecycle.erasure.objects import Stores, Unreachable
from lifecycle.erasure.raw_batches import BatchChange
from lifecycle.erasure.search import Search
from lifecycle.erasure.stored_events import StoreChange
from lifecycle.versioning import dvc_internals
from lifecycle.versioning.erasures import ErasedVersion, Erasure


@dataclass(frozen=True)
class ErasePlan:
    """What is to be done: batches, label files and other files, stored events, and objects in cache and remotes.

    `objects` are all that go with the file that each was of, `stores` those of each store, `versions` what they were
    part of. `held` is what Git's history holds, `others` what files of people hold: both stay and are named.
    """

    search: Search
    batches: list[BatchChange] = field(default_factory=list)
    labels: list[Path] = field(default_factory=list)
    files: list[FileChange] = field(default_factory=list)
    events: list[StoreChange] = field(default_factory=list)
    objects: dict[str, str] = field(default_factory=dict)
    stores: dict[str, set[str]] = field(default_factory=dict)
    versions: dict[str, ErasedVersion] = field(default_factory=dict)
    unreachable: list[Unreachable] = field(default_factory=list)
    held: list[HeldInGit] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many raw rows go."""
        return sum(one.removed for one in self.batches)

    @property
    def is_empty(self) -> bool:
        """Whether nothing that the command may change holds such a row."""
        return not (self.batches or self.labels or self.files or self.events or any(self.stores.values()))


def make_plan(
    search: Search, opened: Stores, record: Erasure, known: Sequence[Erasure], with_models: bool
) -> ErasePlan:
    """What the search finds in the workspace, the stores and Git's history.

    Objects that a `known` record names go, too, where a store has them again. With `with_models` all models of the
    versions that this erasure affects go, without it those alone that hold such rows.
    """
    found = objects.search_stores(opened, search)
    returned = {name: path for one in known for name, path in one.objects.items()}
    versions = history.list_versions(found.folders)
    lost = found.holding | record.objects.keys()
    going = found.holding | history.find_models(versions, found.models, lost)
    going |= history.list_model_objects(versions, lost) if with_models else set()
    going |= returned.keys() & set().union(*found.names.values())
    events, silent = stored_events.find_events(search)
    return ErasePlan(
        search=search,
        batches=raw_batches.find_batches(search),
        labels=label_files.find_label_files(search),
        files=local_files.find_files(search, list_outputs()),
        events=events,
        objects=history.name_objects(versions, going) | {name: returned[name] for name in returned.keys() & going},
        stores={store: names & going for store, names in found.names.items()},
        versions=history.find_affected(versions, going),
        unreachable=[*found.unreachable, *silent],
        held=history.find_held_in_git(search),
        others=local_files.find_others(search),
    )


def list_outputs() -> set[Path]:
    """The outputs of all stages but collect, which `dvc repro` makes anew; not the files that `dvc add` took."""
    with dvc_internals.open_repository() as repo:
        outs = {out.path for out in repo.outputs()} - {paths.RAW, paths.PROVENANCE}
    return {path for path in outs if not path.with_name(f"{path.name}{ENTRY}").exists()}
