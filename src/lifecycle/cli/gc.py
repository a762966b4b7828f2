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
    must_be_full()
    folder = revisions.cache_folder()
    needed = {name for tag in ["HEAD", *dvc_storage.tags()] for name in must_be_known(tag)}
    kept = {name for name in needed if dvc_storage.place(folder, name).exists()}
    with dvc_storage.only_one() as repo:
        must_be_at_rest()
        before = stored(folder)
        going = before - needed - of_the_lock_here(folder)
        repo.collect_garbage(dry=given.dry)
    must_be_there(kept, folder)
    gone = going if given.dry else before - stored(folder)
    what = "would be removed" if given.dry else "removed"
    print(f"gc: {format_count(len(gone), 'object')} {what}; {len(kept):,} that HEAD and tags need are kept")
    return 0


def must_be_full() -> None:
    """Raise WrongValue in a shallow clone, whose tags may be missing."""
    if git_trees.git("rev-parse", "--is-shallow-repository") == "true":
        raise WrongValue("this clone has no full history", where="Git", todo="git fetch --unshallow --tags")


def must_be_known(revision: str) -> set[str]:
    """The objects of a revision; raises MissingFile when the list of a folder is nowhere."""
    commit = revisions.resolve_revision(revision)
    return {name for name, _ in dvc_storage.named(commit, dvc_storage.in_dvc(commit))}


def must_be_at_rest() -> None:
    """Raise WrongValue where a rollback was killed half way: the way back may need what nothing else does."""
    if rollback.JOURNAL.exists():
        raise WrongValue(
            "a rollback was interrupted, and taking it back may need any object",
            where=str(rollback.JOURNAL),
            todo="lifecycle rollback HEAD, which takes it back first; then lifecycle gc",
        )


def must_be_there(names: set[str], folder: Path) -> None:
    """Raise CorruptFile when one of the objects is not in the cache any more."""
    lost = sorted(name for name in names if not dvc_storage.place(folder, name).exists())
    if lost:
        raise CorruptFile(
            f"{format_count(len(lost), 'object')} that HEAD or tags need went, such as {lost[0]}",
            where=str(folder),
            todo="lifecycle verify --repair",
        )


def of_the_lock_here(folder: Path) -> set[str]:
    """The objects of dvc.lock as it stands here, committed or not."""
    stages = read_yaml(Path(revisions.LOCK)).get("stages", {}) if Path(revisions.LOCK).exists() else {}
    outs = [out for entry in stages.values() for out in entry.get("outs", []) if out.get("md5")]
    return dvc_storage.objects(outs, folder)


def stored(folder: Path) -> set[str]:
    """The objects that the cache has."""
    return {path.parent.name + path.name for path in folder.glob("*/*") if path.is_file()}
