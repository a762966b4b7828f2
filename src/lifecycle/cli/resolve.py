"""resolve: end a merge: one side of what stages write, the raw batches of both sides, and what is to do by hand."""

from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.errors import MissingFile, WrongValue
from lifecycle.io.atomic import write_text
from lifecycle.reporting.text import format_count, list_names
from lifecycle.versioning import dvc_internals, merge, revisions
from lifecycle.versioning.merge import Merge

LOCK = Path(revisions.LOCK)
USAGE = "lifecycle resolve [REV]"


def main(arguments: list[str]) -> int:
    """Print what was done and what is to do next; silent where there is nothing to do.

    Raises WrongValue while files of a person conflict.
    """
    parser = Parser(prog="lifecycle resolve", usage=USAGE, description="End a merge: what stages write, raw batches.")
    parser.add_argument("revision", nargs="?", metavar="REV", help="take in the batches of this revision too")
    revision = parser.parse_args(arguments).revision
    if not merge.is_repository():
        return reject_revision(revision)
    found = merge.make_merge("HEAD", revision) if revision else merge.find_merge()
    is_new = found is not None and (bool(revision) or not merge.is_settled(found))
    done = settle_generated(found if is_new else None)
    if found and is_new:
        done = take_batches(found, revision) or done
        merge.note_settled(found)
    if done:
        print(f"next     {suggest_next(merge.find_end())}")
    return 0


def reject_revision(revision: str | None) -> int:
    """0 without a revision; raises MissingFile for one where there is no commit at all."""
    if revision:
        raise MissingFile("there is no commit here", where="Git", todo="git init, then commit")
    return 0


def settle_generated(found: Merge | None) -> bool:
    """Keep this side of what stages write, and print how many files; whether there were any.

    Raises WrongValue while files of a person conflict.
    """
    conflicts = merge.find_conflicts()
    mixed = merge.find_mixed(found) if found and found.end else []
    generated = sorted({*conflicts.generated, *mixed})
    merge.keep_our_side(generated)
    if generated:
        print(f"kept     this side of {format_count(len(generated), 'file')} that stages write")
    must_be_settled(conflicts.own)
    return drop_mixed_stages(found) or bool(generated)


def drop_mixed_stages(found: Merge | None) -> bool:
    """Take stages whose entry has lines of both sides out of dvc.lock, so that they run; whether there were any."""
    names = merge.find_mixed_stages(found) if found else []
    if names:
        lock = revisions.read_whole_lock()
        kept = {name: entry for name, entry in lock["stages"].items() if name not in names}
        write_text(LOCK, dvc_internals.lock_text(lock | {"stages": kept}))
        print(f"dropped  {list_names(names)} from {LOCK}, which had lines of both sides: no run found that")
    return bool(names)


def must_be_settled(own: list[Path]) -> None:
    """Raise WrongValue for files of a person that conflict."""
    if own:
        conflicts = "conflicts" if len(own) == 1 else "conflict"
        raise WrongValue(
            f"{format_count(len(own), 'file')} that no stage writes {conflicts}: {list_names(own)}",
            where="the merge that is not ended: git status",
            todo=f"correct by hand, then: git add {' '.join(map(str, own))} && {suggest_next(merge.find_end())}",
        )


def take_batches(found: Merge, revision: str | None) -> bool:
    """Take in the raw batches of the other side, and print what came; whether anything changed."""
    from lifecycle.cli import merged_batches  # with pandas, which a rebuild without a merge does not wait for

    lines = merged_batches.take_in(found, is_asked=bool(revision))
    for line in lines:
        print(line)
    return bool(lines)


def suggest_next(end: str) -> str:
    """The commands that end what Git is in the middle of; without one, those that make the merged version right."""
    if end in ("", merge.UNFINISHED["MERGE_HEAD"]):
        return "make repro && git add --all . && git commit"
    return f"git add --all . && {end}; at the end: make repro"
