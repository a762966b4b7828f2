"""verify: hash every object that this version, or all tagged ones, need; name the broken ones and mend them."""

from lifecycle.cli.parser import Parser
from lifecycle.errors import CorruptFile
from lifecycle.reporting.text import format_count
from lifecycle.versioning import dvc_storage
from lifecycle.versioning.dvc_storage import Bad, Store

USAGE = "lifecycle verify [--remote] [--repair] [REV ...]"


def main(arguments: list[str]) -> int:
    """Print a line per object that is missing or broken; raises CorruptFile while one is."""
    parser = Parser(prog="lifecycle verify", usage=USAGE, description="Hash what versions need, in cache and remote.")
    parser.add_argument("revisions", nargs="*", metavar="REV", help="default: HEAD and every tag")
    parser.add_argument("--remote", action="store_true", help="look into the default remote, too")
    parser.add_argument("--repair", action="store_true", help="mend each side from the other")
    given = parser.parse_args(arguments)
    asked = given.revisions or ["HEAD", *dvc_storage.tags()]
    with dvc_storage.opened(given.remote or given.repair) as stores:
        wanted, bad, mended = looked(asked, stores, given.remote, given.repair)
    left = [one for one in bad if one not in mended]
    print("\n".join(lines(bad, mended, stores, wanted, asked)))
    if left:
        raise CorruptFile(
            f"{format_count(len(left), 'object')} missing or broken: {', '.join(one.said for one in left[:3])}",
            where=" and ".join(store.name for store in stores),
            todo=cure(left[0], given.repair),
        )
    return 0


def looked(asked: list[str], stores: list[Store], all_sides: bool, repair: bool) -> tuple[int, list[Bad], list[Bad]]:
    """How many objects were looked at, the bad ones, and those that were mended."""
    wanted = {name: said for one in asked for name, said in dvc_storage.needed(one).items()}
    bad = dvc_storage.examine(wanted, stores, all_sides)
    mended = dvc_storage.mend(bad, stores) if repair else []
    if any(one.name.endswith(dvc_storage.FOLDER) for one in mended):
        count, more, again = looked(asked, stores, all_sides, repair)  # the mended lists name more objects
        return count, [*mended, *more], [*mended, *again]
    return len(wanted), bad, mended


def lines(bad: list[Bad], mended: list[Bad], stores: list[Store], count: int, asked: list[str]) -> list[str]:
    """What was found, object by object, and in all."""
    found = [f"{'mended' if one in mended else one.fault:8} {one.said} ({one.name}) in the {one.store}" for one in bad]
    where = " and ".join(store.name for store in stores)
    named = ", ".join(asked[:3]) + (f" and {len(asked) - 3} more" if len(asked) > 3 else "")
    return [*found, f"verify: {format_count(count, 'object')} of {named} looked at in the {where}"]


def cure(one: Bad, tried: bool) -> str:
    """What to do about an object."""
    if not tried:
        return "lifecycle verify --remote --repair"
    path = one.said.split(" of ")[0]
    return f"rebuild it: dvc repro --force {path}, with the version checked out (git worktree add ../earlier REV)"
