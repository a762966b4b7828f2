"""The last stages run again in a copy of the repository that has the outputs of the stages before them."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lifecycle.io.atomic import write_text
from lifecycle.io.progress import Progress
from lifecycle.versioning import dvc_internals, lineage, revisions, workspace
from lifecycle.versioning.lineage import Stages
from lifecycle.versioning.plain_words import must_be_plain_words
from lifecycle.versioning.revisions import Lock

LOCK = Path(revisions.LOCK)
STARTED = re.compile(r"Running stage '(.+)':")


@dataclass(frozen=True)
class RebuildPlan:
    """The stages to run, each after those that it reads from, and those that are left as they are: DVC runs none."""

    run: list[str]
    frozen: list[str]


def plan_rebuild(stages: Stages, first: str, frozen: Iterable[str]) -> RebuildPlan:
    """The stage `first` and what depends on it, as the lock has them; the frozen ones are left as they are."""
    names, left = list_downstream(stages, first), set(frozen)
    return RebuildPlan(
        run=[name for name in names if name.split("@")[0] not in left],
        frozen=[name for name in names if name.split("@")[0] in left],
    )


def list_downstream(stages: Stages, first: str) -> list[str]:
    """The stage and those that depend on it, each after all that it depends on itself."""
    upstream = {name: lineage.find_upstream(stages, name) for name in stages}
    return sorted((name for name in stages if first in upstream[name]), key=lambda name: (len(upstream[name]), name))


def rebuild_stages(names: Sequence[str], top: Path, more: Mapping[str, str], log: Path) -> Lock:
    """The lock after these stages ran in a copy in the new folder `top`, under more variables of the environment.

    The cache of the copy is empty, so that no stage takes what an earlier run left there. Raises FileError where a
    stage fails.
    """
    must_be_plain_words()
    copy = workspace.copy_sources(top)
    lend_history(top, copy)
    entries = revisions.read_current_lock()["stages"]
    kept = {name: entry for name, entry in entries.items() if name not in names}
    write_text(copy / LOCK, dvc_internals.lock_text({"schema": "2.0", "stages": kept}))
    for out in (out for entry in kept.values() for out in entry.get("outs", [])):
        lend_output(Path(out["path"]), copy)
    with Progress("rebuild", len(names), "stages") as progress:
        workspace.follow_checked(
            copy, ["dvc", "repro", "--single-item", *names], more, log, lambda line: count_stage(line, progress)
        )
    return revisions.parse_lock((copy / LOCK).read_bytes(), str(copy / LOCK))


def count_stage(line: str, progress: Progress) -> None:
    """Count a stage when DVC says that it runs."""
    if found := STARTED.match(line):
        progress.step(found[1])


def lend_output(path: Path, copy: Path) -> None:
    """Put an output into the copy too, if it is here."""
    (copy / path).parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, copy / path, copy_function=link_or_copy, dirs_exist_ok=True)
    elif path.exists():
        link_or_copy(str(path), str(copy / path))


def link_or_copy(source: str, target: str) -> str:
    """The file under a second name, or a copy of it on another file system; stages replace files, they edit none."""
    try:
        os.link(Path(source).resolve(), target)
    except OSError:
        shutil.copy2(source, target)
    return target


def lend_history(top: Path, copy: Path) -> None:
    """Let the copy read the commits and the cache of this repository: a model may start from an earlier one."""
    objects = revisions.git("rev-parse", "--git-path", "objects").stdout.decode().strip()
    write_text(top / ".git/objects/info/alternates", str(Path(objects).resolve()))
    cache = revisions.cache_folder().parents[1].resolve()
    workspace.write_local_settings(copy, f"[core]\n    remote = here\n['remote \"here\"']\n    url = {cache}\n")
