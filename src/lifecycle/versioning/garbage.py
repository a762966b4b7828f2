"""Objects of the cache that no version needs any more: which ones, and of which commits they were."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lifecycle.errors import CorruptFile, MissingFile, WrongValue
from lifecycle.io.progress import track
from lifecycle.versioning import dvc_storage, git_trees, neighbours, revisions
from lifecycle.versioning.dvc_internals import Repository

TAGS = ("refs/tags",)
# Branches of this clone and of its remotes, and DVC's experiments: what someone may still work on.
TIPS = ("refs/tags", "refs/heads", "refs/remotes", "refs/exps")
NO_COMMIT = "no commit"


@dataclass(frozen=True)
class Garbage:
    """Objects that go together: the commit they were of with its subject, the outputs, how many, and their bytes."""

    owner: str
    outputs: list[str]
    names: list[str]
    size: int


def list_kept_revisions(kinds: Collection[str]) -> list[str]:
    """HEAD and the commits that refs of these kinds point to, each once, by the names of the refs."""
    listed = git_trees.git("for-each-ref", "--format=%(refname) %(objecttype) %(*objecttype)", *kinds)
    names = [line.split()[0] for line in listed.splitlines() if "commit" in line.split()[1:]]
    by_commit = {revisions.resolve_revision(name): name for name in reversed(["HEAD", *names])}
    return sorted(by_commit.values())


def list_needed(revision: str, narrower: str) -> set[str]:
    """The objects of a revision; raises MissingFile with a `narrower` command when a folder's list is nowhere."""
    commit = revisions.resolve_revision(revision)
    try:
        return {name for name, _ in dvc_storage.list_named_objects(commit, dvc_storage.list_dvc_outputs(commit))}
    except MissingFile as cause:
        raise MissingFile(
            f"nothing tells what {revision} needs: {cause.what}",
            where=cause.where,
            todo=f"dvc fetch --all-branches, or: {narrower}",
        ) from cause


def list_needed_by_others(folder: Path) -> set[str]:
    """The objects that other projects need at a tag, at the tip of a branch or in the workspace, in a shared cache.

    None in a cache of this project's own.
    """
    if not neighbours.is_shared(folder):
        return set()

    def list_folder(name: str) -> list[str]:
        return dvc_storage.list_folder(dvc_storage.object_path(folder, name))

    commits = map(revisions.resolve_revision, list_kept_revisions(TIPS))
    return set(neighbours.list_locked(list_folder)).union(
        *(neighbours.list_needed(commit, list_folder) for commit in commits)
    )


def list_locked() -> set[str]:
    """The objects of the workspace's dvc.lock, committed or not."""
    entries = revisions.read_current_lock().get("stages", {}).values()
    outs = [out for entry in entries for out in entry.get("outs", []) if out.get("md5")]
    return dvc_storage.list_objects(outs, revisions.cache_folder())


def list_cached(folder: Path) -> set[str]:
    """The objects that the cache has."""
    return {path.parent.name + path.name for path in folder.glob("*/*") if path.is_file()}


def group_by_commit(going: Collection[str], folder: Path) -> list[Garbage]:
    """The objects by the newest commit that they are of, the newest first; those of no commit at the end."""
    left, found = set(going), []
    commits = git_trees.git("rev-list", "--all", "--reflog", "--", revisions.LOCK).splitlines()
    with track("gc", commits, "commits") as history:
        for commit in history:
            if not left:
                break
            outputs = {name: path for name, path in list_known_objects(commit, folder) if name in left}
            if outputs:
                found.append(describe(describe_commit(commit), outputs, folder))
                left -= outputs.keys()
    return [*found, *([describe(NO_COMMIT, dict.fromkeys(left, ""), folder)] if left else [])]


def list_known_objects(commit: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The objects of a commit with their outputs, as far as the cache's lists of folders tell; none of a broken one."""
    try:
        outs = dvc_storage.list_dvc_outputs(commit)
    except CorruptFile:
        return  # a commit that DVC cannot read names nothing; its objects are said to be of no commit
    for out in outs:
        for name in dvc_storage.list_objects([out], folder):
            yield name, str(out["path"])


def describe_commit(commit: str) -> str:
    """A commit by its short name, day and subject."""
    return git_trees.git("show", "--no-patch", "--format=%h (%cs, %s)", commit)


def describe(owner: str, outputs: dict[str, str], folder: Path) -> Garbage:
    """The objects of one owner."""
    size = sum(dvc_storage.object_path(folder, name).stat().st_size for name in outputs)
    return Garbage(owner, sorted(set(filter(None, outputs.values()))), sorted(outputs), size)


def remove(repo: Repository, groups: Collection[Garbage]) -> None:
    """Take the objects out of the cache, a folder's list after what it names: a kill leaves no list that lies."""
    names = sorted(
        (name for group in groups for name in group.names), key=lambda name: name.endswith(dvc_storage.FOLDER)
    )
    for name in names:
        repo.cache.delete(name)


def check_full_clone() -> None:
    """Raise WrongValue in a shallow clone, whose tags and branches may be missing."""
    if git_trees.git("rev-parse", "--is-shallow-repository") == "true":
        raise WrongValue("this clone has no full history", where="Git", todo="git fetch --unshallow --tags")


def check_kept(names: Collection[str], folder: Path) -> None:
    """Raise CorruptFile when one of the objects is not in the cache any more."""
    lost = sorted(name for name in names if not dvc_storage.object_path(folder, name).exists())
    if lost:
        raise CorruptFile(
            f"objects that kept versions need went: {len(lost):,}, such as {lost[0]}",
            where=str(folder),
            todo="lifecycle verify --repair",
        )
