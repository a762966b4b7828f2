"""gc: remove from the cache what neither the workspace, HEAD nor any tag needs; a release can always be had again."""

from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.io.records import read_yaml
from lifecycle.reporting.text import format_count
from lifecycle.versioning import dvc_storage, git_trees, revisions, rollback

USAGE = "lifecycle gc [--dry]"


def main(arguments: list[str]) -> int:
    """Collect and say how many objects went; raises CorruptFile when a tag cannot be read whole."""
    parser = Parser(prog="lifecycle gc", usage=USAGE, description="Remove what no tag, HEAD or file here needs.")
    parser.add_argument("--dry", action="store_true", help="only say how many would go")
    given = parser.parse_args(arguments)
    check_full_clone()
    folder = revisions.cache_folder()
    needed = {name for tag in ["HEAD", *dvc_storage.list_tags()] for name in list_objects(tag)}
    kept = {name for name in needed if dvc_storage.object_path(folder, name).exists()}
    with dvc_storage.lock_repository() as repo:
        check_no_rollback()
        before = list_cached_objects(folder)
        going = before - needed - list_locked_objects(folder)
        repo.collect_garbage(dry=given.dry)
    check_objects(kept, folder)
    gone = going if given.dry else before - list_cached_objects(folder)
    what = "would be removed" if given.dry else "removed"
    print(f"gc: {format_count(len(gone), 'object')} {what}; {len(kept):,} that HEAD and tags need are kept")
    return 0


def check_full_clone() -> None:
    """Raise WrongValue in a shallow clone, whose tags may be missing."""
    if git_trees.git("rev-parse", "--is-shallow-repository") == "true":
        raise WrongValue("this clone has no full history", where="Git", todo="git fetch --unshallow --tags")


def list_objects(revision: str) -> set[str]:
    """The objects of a revision; raises MissingFile when the list of a folder is nowhere."""
    commit = revisions.resolve_revision(revision)
    return {name for name, _ in dvc_storage.list_named_objects(commit, dvc_storage.list_dvc_outputs(commit))}


def check_no_rollback() -> None:
    """Raise WrongValue where a rollback was killed half way: the way back may need what nothing else does."""
    if rollback.JOURNAL.exists():
        raise WrongValue(
            "a rollback was interrupted, and taking it back may need any object",
            where=str(rollback.JOURNAL),
            todo="lifecycle rollback HEAD, which takes it back first; then lifecycle gc",
        )


def check_objects(names: set[str], folder: Path) -> None:
    """Raise CorruptFile when one of the objects is not in the cache any more."""
    lost = sorted(name for name in names if not dvc_storage.object_path(folder, name).exists())
    if lost:
        raise CorruptFile(
            f"{format_count(len(lost), 'object')} that HEAD or tags need went, such as {lost[0]}",
            where=str(folder),
            todo="lifecycle verify --repair",
        )


def list_locked_objects(folder: Path) -> set[str]:
    """The objects of the workspace's dvc.lock, committed or not."""
    stages = read_yaml(Path(revisions.LOCK)).get("stages", {}) if Path(revisions.LOCK).exists() else {}
    outs = [out for entry in stages.values() for out in entry.get("outs", []) if out.get("md5")]
    return dvc_storage.list_objects(outs, folder)


def list_cached_objects(folder: Path) -> set[str]:
    """The objects that the cache has."""
    return {path.parent.name + path.name for path in folder.glob("*/*") if path.is_file()}
