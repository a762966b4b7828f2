"""What an earlier version held: its small files in Git, its data and models in DVC's cache or remote.

Nothing in the workspace changes when an earlier version is read.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from subprocess import CompletedProcess
from typing import Any

from lifecycle.errors import CorruptFile, MissingFile, UnknownName, suggest_name
from lifecycle.io.atomic import require_file
from lifecycle.io.conflicts import must_be_whole
from lifecycle.io.json_values import must_be_shallow
from lifecycle.io.programs import run_program
from lifecycle.io.yaml_limits import must_be_plain
from lifecycle.versioning import dvc_internals, erased_versions, remotes

LOCK = "dvc.lock"
PIPELINE = "dvc.yaml"
Lock = dict[str, Any]  # the content of dvc.lock


def git(*arguments: str) -> CompletedProcess[bytes]:
    """A Git command in this repository, run to its end whatever its exit code."""
    return run_program(["git", *arguments])


def resolve_revision(revision: str) -> str:
    """The full commit id that a branch, tag, `HEAD~2` or abbreviation stands for; raises UnknownName."""
    done = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        names = git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags").stdout.decode().split()
        raise UnknownName(f"there is no revision {revision!r}", where="Git", todo=suggest_name(revision, names))
    return done.stdout.decode().strip()


def find_prefix() -> str:
    """The folder of this project below the top of the Git repository, with a slash at its end; empty at the top.

    Empty too where there is no Git, or no repository.
    """
    return git("rev-parse", "--show-prefix").stdout.decode().strip() if shutil.which("git") else ""


def find_folder() -> str:
    """The folder of this project below the top of the Git repository, as names of tags have it; empty at the top."""
    return find_prefix().rstrip("/")


def find_commit(revision: str | None) -> str | None:
    """The full id of a revision, or of HEAD where `dvc.lock` here is the one that it has; None where Git knows none."""
    if not shutil.which("git") or not (revision or Path(LOCK).is_file()):
        return None
    if revision is None and git("diff", "--quiet", "HEAD", "--", LOCK).returncode:
        return None
    done = git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision or 'HEAD'}^{{commit}}")
    return done.stdout.decode().strip() or None


def read_tracked(revision: str, path: Path) -> bytes | None:
    """A file's bytes as Git has them at a revision; None where Git has none."""
    return read_blob(resolve_revision(revision), path)


def read_blob(tree: str, path: Path) -> bytes | None:
    """A file's bytes in a commit or tree, by its path from here; None where it has none."""
    done = git("cat-file", "blob", f"{tree}:./{path.as_posix()}")
    return None if done.returncode else done.stdout


def read_bytes(revision: str, path: Path) -> bytes:
    """A file's bytes at a revision, from Git or from DVC; raises MissingFile when neither has it."""
    found = read_tracked(revision, path)
    return locate(revision, path).read_bytes() if found is None else found


def read_record(revision: str, path: Path) -> Any:
    """The JSON or YAML file of a revision; raises MissingFile, CorruptFile, or TooLarge above the budget."""
    import yaml

    try:
        text = read_bytes(revision, path).decode("utf-8")
        is_json = path.suffix == ".json"
        (must_be_shallow if is_json else must_be_plain)(text, f"{path} of {revision}")
        return json.loads(text) if is_json else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as cause:
        raise CorruptFile(
            f"{path} of {revision} cannot be read ({' '.join(str(cause).split())})",
            where=f"{revision}:{path}",
            todo=f"git show {revision}:{path}",
        ) from cause


def read_lock(revision: str) -> Lock:
    """`dvc.lock` of a revision, with the stages that the revision itself defines; empty where it has none.

    DVC keeps the entry of a stage that is gone. Raises CorruptFile where the revision's dvc.yaml cannot be read.
    """
    commit = resolve_revision(revision)
    found = read_blob(commit, Path(LOCK))
    return {} if found is None else keep_stages(parse_lock(found, f"{revision}:./{LOCK}"), list_stages(commit))


def read_current_lock() -> Lock:
    """`dvc.lock` of the workspace, with the stages that its dvc.yaml defines; empty where there is none."""
    return keep_stages(read_whole_lock(), list_stages(None)) if Path(LOCK).exists() else {}


def read_whole_lock() -> Lock:
    """`dvc.lock` of the workspace, also with the entries of stages that are gone.

    Raises MissingFile where there is none, CorruptFile where it cannot be read or holds both sides of a merge.
    """
    must_be_whole(require_file(Path(LOCK)))
    return parse_lock(Path(LOCK).read_bytes(), LOCK)


def parse_lock(content: bytes, where: str) -> Lock:
    """The content of a dvc.lock; raises CorruptFile, which names where it stands, for what is none."""
    try:
        return dvc_internals.parse_lock(content.decode("utf-8"))
    except (ValueError, TypeError, dvc_internals.dvc_error()) as cause:
        raise CorruptFile(
            f"{LOCK} cannot be read ({' '.join(str(cause).split())[:300]})",
            where=where,
            todo=f"git show {where}" if ":" in where else f"git checkout {LOCK} takes back what was committed",
        ) from cause


def keep_stages(lock: Mapping[str, Any], names: Collection[str]) -> Lock:
    """The lock without the entries of other stages."""
    entries = lock.get("stages") or {}
    return {**lock, "stages": {name: entry for name, entry in entries.items() if name in names}}


def list_stages(commit: str | None) -> set[str]:
    """The names of the stages that a commit, or the workspace, defines; raises CorruptFile where it cannot be read."""
    for name in () if commit else (PIPELINE, "params.yaml"):
        must_be_whole(Path(name))
    try:
        return dvc_internals.list_stage_names(commit, find_prefix() if commit else "")
    except dvc_internals.dvc_error() as cause:
        where = f"{commit[:12]}:{PIPELINE}" if commit else PIPELINE
        raise CorruptFile(
            f"DVC cannot read the stages ({' '.join(str(cause).split())[:300]})",
            where=where,
            todo=f"git show {where}" if commit else "dvc stage list",
        ) from cause


def hash_outputs(revision: str) -> dict[Path, str]:
    """The MD5 of every file that a stage of the revision wrote; raises MissingFile when a folder's list is nowhere."""
    return {path: md5 for out in list_outputs(revision) for path, md5 in list_files(revision, out)}


def list_outputs(revision: str) -> list[dict[str, Any]]:
    """The outputs as `dvc.lock` of the revision names them: files and folders."""
    return [out for entry in read_lock(revision).get("stages", {}).values() for out in entry.get("outs", [])]


def list_files(revision: str, out: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The files of one output of a lock with their MD5: itself, or those of a folder."""
    top, md5 = PurePosixPath(out["path"]), str(out["md5"])
    if not md5.endswith(".dir"):
        yield Path(top), md5
    elif in_git := list_tracked(revision, top):
        yield from in_git
    else:
        listing = ensure_cached(md5, revision, Path(top)).read_text(encoding="utf-8")
        yield from ((Path(top / entry["relpath"]), str(entry["md5"])) for entry in json.loads(listing))


def list_tracked(revision: str, top: PurePosixPath) -> list[tuple[Path, str]]:
    """The files below a folder that Git itself keeps, with the MD5 of their bytes."""
    listed = git("ls-tree", "-r", "-z", "--name-only", resolve_revision(revision), f"{top}/").stdout.decode()
    paths = [Path(name) for name in listed.split("\0") if name and not name.endswith(".gitignore")]
    return [
        (path, hashlib.md5(read_tracked(revision, path) or b"", usedforsecurity=False).hexdigest()) for path in paths
    ]


def locate(revision: str, path: Path) -> Path:
    """Where the bytes of an output of a revision stand in the cache; fetched from the remote where they do not.

    Raises MissingFile when the revision has no such output, or neither cache nor remote holds its bytes.
    """
    around = [out for out in list_outputs(revision) if Path(out["path"]) in (path, *path.parents)]
    md5 = {name: md5 for out in around for name, md5 in list_files(revision, out)}.get(path)
    if md5 is None:
        raise MissingFile(
            f"{revision} has no {path}",
            where=f"{revision}:{LOCK}",
            todo=f"git show {revision}:{LOCK} lists what it has",
        )
    return ensure_cached(md5, revision, path)


def ensure_cached(md5: str, revision: str, path: Path) -> Path:
    """The cache's file of a hash, fetched for the revision's output where it is not there yet."""
    place = in_cache(md5)
    if not place.exists():
        fetch(revision, [md5])
    if not place.exists():
        raise MissingFile(
            f"neither the cache nor a remote has {path} of {revision}",
            where=f"{place}",
            todo="dvc remote add --default store ADDRESS, or rebuild it: "
            f"git worktree add ../earlier {revision}, and there: make repro",
        )
    return place


def in_cache(md5: str) -> Path:
    """Where DVC's cache keeps the bytes of a hash, there or not."""
    return cache_folder() / md5[:2] / md5[2:]


def cache_folder() -> Path:
    """The folder of DVC's cache."""
    with dvc_internals.open_repository() as repo:
        return Path(repo.cache.folder)


def fetch(revision: str, names: Collection[str]) -> None:
    """Bring objects of a revision into the cache; what no remote has stays missing.

    The remotes of today are asked first, then those that the revision named: a remote moves, and earlier versions
    with it. Raises MissingFile where an object is missing and a remote could not be asked for it, ErasedRows for
    one that was erased: it is not to come back from a remote that still has it.
    """
    erased_versions.check_not_erased(revision, names)
    if names:
        remotes.fetch(names, read_blob(resolve_revision(revision), remotes.SETTINGS))
