"""A merge of two versions in Git: its sides, what it left of files that stages write, and what a person must settle.

Which files stages write stands in .gitattributes, for Git and for this module alike.
"""

import json
import re
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.io.atomic import write_beside
from lifecycle.io.conflicts import has_marks, keep_first_side
from lifecycle.io.records import read_json, write_json
from lifecycle.versioning.git_trees import find_staged, git
from lifecycle.versioning.revisions import LOCK, read_blob, read_lock, resolve_revision
from lifecycle.versioning.revisions import git as try_git

StageEntry = Mapping[str, Any]  # of a stage in dvc.lock
ATTRIBUTE, GENERATED = "merge", "generated"  # as in .gitattributes
MARKED = "^<<<<<<< "
# The files of Git that are there while it is in the middle of something, with the command that ends it.
UNFINISHED = {
    "MERGE_HEAD": "git commit",
    "rebase-merge": "git rebase --continue",
    "rebase-apply": "git rebase --continue",
    "CHERRY_PICK_HEAD": "git cherry-pick --continue",
    "REVERT_HEAD": "git revert --continue",
}
REBASED = re.compile(r"(pull .*|rebase.*)\(finish\)")  # what the reflog says of the end of a rebase
SETTINGS = {Path("conf"), Path("params.yaml"), Path("dvc.yaml"), Path("pyproject.toml")}  # what commands read
SETTLED = paths.RUNS / "merge.json"
SEARCHED = 50  # merge commits that are looked at for the last one of this project
OURS = "2"  # as Git numbers the sides of a file


@dataclass(frozen=True)
class Merge:
    """The commits of two versions and of that from which both came, if there is one.

    `end` is the command that ends the merge; empty for one that was committed.
    """

    ours: str
    theirs: str
    base: str | None
    end: str = ""


@dataclass(frozen=True)
class Conflicts:
    """The files whose two sides Git did not put together: those that stages write, and those of a person."""

    generated: list[Path]
    own: list[Path]


def is_repository() -> bool:
    """Whether this is a folder of a Git repository that has a commit."""
    return bool(shutil.which("git")) and find_commit("HEAD") is not None


def find_commit(name: str) -> str | None:
    """The commit of a name, if there is one."""
    done = try_git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return done.stdout.decode().strip() or None


def find_end() -> str:
    """The command that ends what Git is in the middle of; empty where it is not."""
    files = git("rev-parse", *(word for name in UNFINISHED for word in ("--git-path", name))).splitlines()
    return next((end for end, file in zip(UNFINISHED.values(), files, strict=True) if Path(file).exists()), "")


def find_merge() -> Merge | None:
    """The merge of which the raw batches may have to be put together: the one that is going on, else the last.

    The last one is a merge commit, or a rebase that was ended just now. It counts while nothing was collected since.
    """
    if theirs := find_commit("MERGE_HEAD"):
        return make_merge("HEAD", theirs, end=UNFINISHED["MERGE_HEAD"])
    return None if find_end() else find_rebase() or find_last_merge()


def make_merge(ours: str, theirs: str, end: str = "") -> Merge:
    """The merge of two revisions; raises UnknownName where there is none of a name."""
    base = try_git("merge-base", ours, theirs).stdout.decode().strip()
    return Merge(resolve_revision(ours), resolve_revision(theirs), base or None, end)


def find_rebase() -> Merge | None:
    """The rebase that was the last step here: HEAD, and what the branch had before."""
    last = try_git("reflog", "-1", "--format=%gs", "HEAD").stdout.decode().strip()
    before = find_commit("ORIG_HEAD") if REBASED.match(last) else None
    return make_merge("HEAD", before) if before else None


def find_last_merge() -> Merge | None:
    """The newest merge commit of this branch that took in changes of this project, while the record is what it left."""
    commits = try_git("rev-list", "--first-parent", "--merges", f"-{SEARCHED}", "HEAD").stdout.decode().split()
    record = read_blob("HEAD", paths.PROVENANCE)
    for commit in commits:
        if read_blob(commit, paths.PROVENANCE) != record:
            return None
        found = make_merge(f"{commit}^1", f"{commit}^2")
        if is_of_project(found):
            return found
    return None


def is_of_project(found: Merge) -> bool:
    """Whether the other side of a merge changed this project: of several in one repository it may be another."""
    return not found.base or bool(try_git("diff", "--quiet", found.base, found.theirs, "--", ".").returncode)


def find_conflicts() -> Conflicts:
    """The files that a merge left with two sides, as Git says or as marks show that stand in them."""
    unmerged = list_unmerged().keys()
    marked = list_paths("grep", "-I", "-l", "-z", "-e", MARKED)
    generated = keep_generated(unmerged | marked)
    settings = {path for path in marked if {path, *path.parents} & SETTINGS}
    return Conflicts(sorted(generated), sorted((unmerged | settings) - generated))


def list_unmerged() -> dict[Path, set[str]]:
    """The files that Git did not merge, each with the sides that it has: 1 is the base, 2 ours, 3 theirs."""
    found: dict[Path, set[str]] = {}
    for line in list_lines("ls-files", "--unmerged", "-z"):
        entry, _, name = line.partition("\t")
        found.setdefault(Path(name), set()).add(entry.split()[-1])
    return found


def list_paths(*command: str) -> set[Path]:
    """The paths that a Git command prints; none where it finds nothing."""
    return set(map(Path, list_lines(*command)))


def list_lines(*command: str) -> list[str]:
    """What a Git command prints, each line ended by a zero; nothing where it fails."""
    return [line for line in try_git(*command).stdout.decode(errors="surrogateescape").split("\0") if line]


def keep_generated(files: Iterable[Path]) -> set[Path]:
    """Those of the files that stages write."""
    names = "\0".join(path.as_posix() for path in files)
    if not names:
        return set()
    listed = git("check-attr", "-z", "--stdin", ATTRIBUTE, content=names.encode(errors="surrogateescape")).split("\0")
    return {Path(name) for name, value in zip(listed[::3], listed[2::3], strict=False) if value == GENERATED}


def find_mixed(merge: Merge) -> list[Path]:
    """The files that stages write of which Git put together lines of both sides, so that they are what no stage wrote.

    Where the merge driver is set there is none.
    """
    if not merge.base:
        return []
    both = list_changed(merge.base, merge.ours) & list_changed(merge.base, merge.theirs)
    return sorted(keep_generated(both & find_staged() - list_unmerged().keys()))


def find_mixed_stages(found: Merge) -> list[str]:
    """The stages of which a committed merge put lines of both sides together in dvc.lock: it says what no run found.

    A host merges line by line. Once a stage ran, or dvc.lock was changed otherwise, there is none.
    """
    if found.end or not is_committed(Path(LOCK)) or not has_merged_lock(found):
        return []
    here, ours, theirs = (read_lock(commit)["stages"] for commit in ("HEAD", found.ours, found.theirs))
    both = here.keys() & ours.keys() & theirs.keys()
    return sorted(name for name in both if is_mixed(here[name], ours[name], theirs[name]))


def has_merged_lock(found: Merge) -> bool:
    """Whether dvc.lock is as the merge commit of these sides left it."""
    listed = try_git("rev-list", "--first-parent", "--merges", "--parents", f"-{SEARCHED}", "HEAD").stdout.decode()
    by_sides = {tuple(sides): commit for commit, *sides in map(str.split, listed.splitlines())}
    commit = by_sides.get((found.ours, found.theirs))
    return commit is not None and read_blob(commit, Path(LOCK)) == read_blob("HEAD", Path(LOCK))


def is_committed(path: Path) -> bool:
    """Whether a file is here as HEAD has it."""
    return path.is_file() and read_blob("HEAD", path) == path.read_bytes()


def is_mixed(entry: StageEntry, ours: StageEntry, theirs: StageEntry) -> bool:
    """Whether an entry of dvc.lock is neither side's and all of its lines are, where the sides wrote other outputs."""
    if entry in (ours, theirs) or ours.get("outs") == theirs.get("outs"):
        return False
    return list_facts(entry) <= list_facts(ours) | list_facts(theirs)


def list_facts(entry: StageEntry) -> set[str]:
    """What an entry of dvc.lock says: its command, parameters, dependencies and outputs, one by one."""
    found = {json.dumps(["cmd", entry.get("cmd")])}
    for kind in ("deps", "outs"):
        found |= {json.dumps([kind, one], sort_keys=True) for one in entry.get(kind, [])}
    return found | {
        json.dumps([file, key, value], sort_keys=True, default=str)
        for file, params in entry.get("params", {}).items()
        for key, value in params.items()
    }


def list_changed(before: str, after: str) -> set[Path]:
    """The files that differ between two commits."""
    return list_paths("diff", "--name-only", "-z", "--no-renames", "--relative", before, after)


def keep_our_side(files: Sequence[Path]) -> None:
    """Make files that stages write what they are on this side, in the workspace and in the index."""
    unmerged = list_unmerged()
    for path in files:
        content = read_our_side(path, unmerged.get(path))
        if content is None:
            path.unlink(missing_ok=True)
        else:
            with write_beside(path) as beside:
                beside.write_bytes(content)
    if files:
        names = "\0".join(f":(literal){path.as_posix()}" for path in files).encode(errors="surrogateescape")
        git("add", "--all", "--force", "--pathspec-from-file=-", "--pathspec-file-nul", content=names)


def read_our_side(path: Path, sides: Collection[str] | None) -> bytes | None:
    """A file as this side has it; None where it has no such file. `sides` are those that Git has of one in conflict."""
    if sides is not None:
        return try_git("cat-file", "blob", f":{OURS}:./{path.as_posix()}").stdout if OURS in sides else None
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    return keep_first_side(text).encode(errors="surrogateescape") if has_marks(text) else read_blob("HEAD", path)


def is_settled(merge: Merge) -> bool:
    """Whether what belongs to the merge was done in this folder."""
    return SETTLED.exists() and read_json(SETTLED) == asdict(merge) | {"end": ""}


def note_settled(merge: Merge) -> None:
    """Note that what belongs to the merge was done in this folder, so that a rebuild is not put back."""
    write_json(SETTLED, asdict(merge) | {"end": ""})
