"""gc: remove from the cache what neither the workspace, a tag nor the tip of a branch needs, and say what went."""

from collections.abc import Collection, Iterator, Sequence

from lifecycle.cli.parser import Parser
from lifecycle.errors import WrongValue
from lifecycle.reporting.text import format_count, format_size
from lifecycle.versioning import dvc_storage, garbage, neighbours, revisions, rollback
from lifecycle.versioning.garbage import Garbage

USAGE = "lifecycle gc [--dry] [--only-tags]"
NARROWER = "lifecycle gc --only-tags, which keeps no branch but the one that is checked out"


def main(arguments: list[str]) -> int:
    """Remove and name what went; raises MissingFile when nothing tells what a kept version needs."""
    parser = Parser(prog="lifecycle gc", usage=USAGE, description="Remove what no version that is kept needs.")
    parser.add_argument("--dry", action="store_true", help="only say what would go")
    parser.add_argument("--only-tags", action="store_true", help="keep the workspace, HEAD and tags, but no branches")
    given = parser.parse_args(arguments)
    garbage.check_full_clone()
    kinds, folder = (garbage.TAGS if given.only_tags else garbage.TIPS), revisions.cache_folder()
    needed = {name for one in garbage.list_kept_revisions(kinds) for name in garbage.list_needed(one, NARROWER)}
    with dvc_storage.lock_repository() as repo:
        check_no_rollback()
        cached = garbage.list_cached(folder)
        others = garbage.list_needed_by_others(folder) & (cached - needed)
        groups = garbage.group_by_commit(cached - needed - garbage.list_locked() - others, folder)
        left = [one for one in groups if one.owner == garbage.NO_COMMIT and neighbours.is_shared(folder)]
        groups = [one for one in groups if one not in left]
        if not given.dry:
            garbage.remove(repo, groups)
    garbage.check_kept(needed & cached, folder)
    what = "tags" if given.only_tags else "tags and branches"
    print("\n".join(format_groups(groups, "would go" if given.dry else "removed")))
    print(f"gc: {len(needed & cached):,} objects that HEAD, {what} need are kept")
    print("".join(f"gc: {line}\n" for line in describe_kept(others, left)), end="")
    return 0


def format_groups(groups: Sequence[Garbage], verb: str) -> list[str]:
    """A line per commit, and the sum."""
    lines = [
        f"{verb}  {', '.join(one.outputs) or 'objects'} of {one.owner}: "
        f"{format_count(len(one.names), 'object')}, {format_size(one.size)}"
        for one in groups
    ]
    count, size = sum(len(one.names) for one in groups), sum(one.size for one in groups)
    return [*lines, f"gc: {format_count(count, 'object')} {verb}, {format_size(size)}"]


def describe_kept(others: Collection[str], left: Sequence[Garbage]) -> Iterator[str]:
    """What is kept for other projects; nothing where there are none."""
    if others:
        yield f"{format_count(len(others), 'object')} that other projects of this repository need kept"
    for one in left:
        yield f"{format_count(len(one.names), 'object')} of no commit kept: the cache lies outside of this project"


def check_no_rollback() -> None:
    """Raise WrongValue where a rollback was killed half way: the way back may need what nothing else does."""
    if rollback.JOURNAL.exists():
        raise WrongValue(
            "a rollback was interrupted, and taking it back may need any object",
            where=str(rollback.JOURNAL),
            todo="lifecycle rollback HEAD, which takes it back first; then lifecycle gc",
        )
