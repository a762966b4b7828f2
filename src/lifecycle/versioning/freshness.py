"""Whether dvc.lock says what the code, configuration and data beside it make."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from lifecycle import paths
from lifecycle.errors import CorruptFile, GateClosed, LifecycleError
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import read_json, read_yaml
from lifecycle.versioning import dvc_internals, revisions
from lifecycle.versioning.code_files import locate_file
from lifecycle.versioning.dvc_internals import Change

LOCK = Path(revisions.LOCK)
PIPELINE = Path("dvc.yaml")
FROZEN = "frozen"  # the name by which a person accepts frozen stages
# An output that is not here is no sign of a stale lock; what needs it reports that it is missing.
ABSENT = ("deleted", "not in cache")


def find_stale(committed: bool) -> list[str]:
    """A sentence for each sign that dvc.lock is stale, or was made by other code; with `committed` also for Git's."""
    return [*find_stale_stages(), *find_changed_code(), *(find_uncommitted_lock() if committed else [])]


def find_stale_stages() -> list[str]:
    """The stages that `dvc repro` would run again, each with why; raises CorruptFile where DVC cannot read."""
    try:
        with dvc_internals.open_repository() as repo:
            found = repo.status()
    except dvc_internals.dvc_error() as cause:
        raise CorruptFile(
            f"DVC cannot read this repository ({' '.join(str(cause).split())})", where=str(LOCK), todo="dvc status"
        ) from cause
    why_stale = {stage: sorted(set(list_reasons(changes))) for stage, changes in found.items()}
    return [f"stage {stage} is stale: {', '.join(why)}" for stage, why in sorted(why_stale.items()) if why]


def find_frozen() -> list[str]:
    """A sentence for each frozen stage."""
    return [f"stage {name} is frozen: nothing tells whether it is stale" for name in list_frozen()]


def list_frozen() -> list[str]:
    """The stages that dvc.yaml freezes, sorted: DVC runs them no more, and calls them fresh whatever changed."""
    stages = read_yaml(PIPELINE).get("stages") or {} if PIPELINE.exists() else {}
    return sorted(name for name, stage in stages.items() if (stage.get("do") or stage).get("frozen"))


def check_not_frozen(accepted: Collection[str], command: str) -> None:
    """Raise GateClosed where stages are frozen, unless a person accepted that to the command."""
    if FROZEN not in accepted and (frozen := find_frozen()):
        raise GateClosed(
            "; ".join(frozen),
            where=str(PIPELINE),
            todo=f"take the line frozen: true out, then dvc repro; or knowingly: {command} --accept {FROZEN}",
        )


def list_reasons(changes: Iterable[Change]) -> Iterator[str]:
    """Why a stage is stale, from what `dvc status` says of it; without outputs and files that are not here."""
    return (f"{one.what} {one.name}".rstrip() for one in changes if one.state not in ABSENT)


def find_changed_code() -> list[str]:
    """The stages whose list in reports/code/ is not the code beside it."""
    if not paths.CODE.is_dir():
        return [f"{paths.CODE} is not here, so nothing tells which code made {LOCK}"]
    found = []
    for path in sorted(paths.CODE.glob("*.json")):
        listed = read_json(path)
        differing = sorted(name for name in listed if not has_hash(locate_file(name), listed[name]))
        if differing:
            found.append(f"stage {path.stem} ran other code than is here: {', '.join(differing)}")
    return found


def has_hash(path: Path, sha: str) -> bool:
    """Whether a file is here with the hash that a list says; a module that is new shows in what imports it."""
    return path.is_file() and hash_sha256(path) == sha


def find_uncommitted_lock() -> list[str]:
    """Whether dvc.lock here has other hashes than the committed one: a rebuild that was not committed."""
    try:
        before = revisions.read_lock("HEAD").get("stages", {})
    except LifecycleError:
        return ["there is no commit here, so dvc.lock is not committed"]
    after = revisions.read_current_lock().get("stages", {})
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if not names:
        return []
    return [f"the committed dvc.lock is not the one here, stages {', '.join(names)}: dvc repro, then commit it"]
