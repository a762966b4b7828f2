"""What an erasure would change, found by reading everything; nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lifecycle import paths
from lifecycle.erasure import history, label_files, local_files, objects, raw_batches, stored_events
from lifecycle.erasure.history import HeldInGit
from lifecycle.erasure.local_files import FileChange
from lifecycle.erasure.objects import CACHE, Found, Stores, Unreachable
from lifecycle.erasure.raw_batches import BatchChange
from lifecycle.erasure.search import Search
from lifecycle.erasure.stored_events import StoreChange
from lifecycle.reporting.text import format_count
from lifecycle.versioning import dvc_internals, neighbours, revisions
from lifecycle.versioning.erasures import ErasedVersion, Erasure
from lifecycle.versioning.noted_hashes import ENTRY


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
    versions that this erasure affects go, without it those alone that hold such rows. Objects that another project of
    the repository needs stay where it may have them from, and are reported as left.
    """
    found = objects.search_stores(opened, search)
    returned = {name: path for one in known for name, path in one.objects.items()}
    versions = history.list_versions(found.folders)
    lost = found.holding | record.objects.keys()
    going = found.holding | history.find_models(versions, found.models, lost)
    going |= history.list_model_objects(versions, lost) if with_models else set()
    going |= returned.keys() & set().union(*found.names.values())
    foreign = find_foreign(found, going)
    going -= foreign.keys() - set().union(*versions.objects.values())
    events, silent = stored_events.find_events(search)
    return ErasePlan(
        search=search,
        batches=raw_batches.find_batches(search),
        labels=label_files.find_label_files(search),
        files=local_files.find_files(search, list_outputs()),
        events=events,
        objects=history.name_objects(versions, going) | {name: returned[name] for name in returned.keys() & going},
        stores={store: (names & going) - protect_objects(store, foreign) for store, names in found.names.items()},
        versions=history.find_affected(versions, going),
        unreachable=[*found.unreachable, *silent, *describe_foreign(foreign)],
        held=history.find_held_in_git(search),
        others=local_files.find_others(search),
    )


def find_foreign(found: Found, going: Collection[str]) -> dict[str, str]:
    """Those of the objects that another project needs and has not erased itself, each with the project's folder."""
    needed = neighbours.list_needed_ever(lambda name: found.folders.get(name, {}).values())
    return {name: needed[name] for name in (needed.keys() & set(going)) - neighbours.list_erased()}


def protect_objects(store: str, foreign: Mapping[str, str]) -> set[str]:
    """The objects that stay in a store: a remote may be that of all projects, a cache in this folder is not."""
    is_own = store == CACHE and not neighbours.is_shared(revisions.cache_folder())
    return set() if is_own else set(foreign)


def describe_foreign(foreign: Mapping[str, str]) -> list[Unreachable]:
    """What is left to each other project: to erase there what it needs, and this project's share of it goes too."""
    counts = Counter(foreign.values())
    return [
        Unreachable(
            f"project {folder}",
            f"it needs {format_count(count, 'object')} with such rows: lifecycle erase there, then here again",
        )
        for folder, count in sorted(counts.items())
    ]


def list_outputs() -> set[Path]:
    """The outputs of all stages but collect, which `dvc repro` makes anew; not the files that `dvc add` took."""
    with dvc_internals.open_repository() as repo:
        outs = {out.path for out in repo.outputs()} - {paths.RAW, paths.PROVENANCE}
    return {path for path in outs if not path.with_name(f"{path.name}{ENTRY}").exists()}
