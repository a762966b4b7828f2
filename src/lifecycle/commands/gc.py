"""gc: remove from the cache what neither the workspace nor any tag needs; a release can always be had again."""

from pathlib import Path

from lifecycle.arguments import Parser
from lifecycle.errors import CorruptFile, WrongValue
from lifecycle.versions import revisions, storage, trees
from lifecycle.words import counted

USAGE = "lifecycle gc [--dry]"


def main(arguments: list[str]) -> int:
    """Collect and say how many objects went; raises CorruptFile when a tag cannot be read whole."""
    parser = Parser(prog="lifecycle gc", usage=USAGE, description="Remove what no tag and no file here needs.")
    parser.add_argument("--dry", action="store_true", help="only say how many would go")
    given = parser.parse_args(arguments)
    must_be_full()
    folder = revisions.cache_folder()
    needed = {name for tag in ["HEAD", *storage.tags()] for name in must_be_known(tag)}
    here = {name for name in needed if storage.place(folder, name).exists()}
    before = count(folder)
    with storage.only_one() as repo:
        repo.gc(workspace=True, all_tags=True, dry=given.dry, force=True)
    lost = [name for name in here if not storage.place(folder, name).exists()]
    if lost:
        raise CorruptFile(
            f"{counted(len(lost), 'object')} that tags need went, such as {lost[0]}",
            where=str(folder),
            todo="lifecycle verify --repair",
        )
    print(f"gc: {counted(before - count(folder), 'object')} removed; {len(here):,} that HEAD and tags need are kept")
    return 0


def must_be_full() -> None:
    """Raise WrongValue in a shallow clone, whose tags may be missing."""
    if trees.git("rev-parse", "--is-shallow-repository") == "true":
        raise WrongValue("this clone has no full history", where="Git", todo="git fetch --unshallow --tags")


def must_be_known(revision: str) -> set[str]:
    """The objects of a revision; raises MissingFile when the list of a folder is nowhere."""
    commit = revisions.resolved(revision)
    return {name for name, _ in storage.named(commit, storage.in_dvc(commit))}


def count(folder: Path) -> int:
    """How many objects the cache has."""
    return sum(1 for path in folder.glob("*/*") if path.is_file())
