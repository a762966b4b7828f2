"""verify: hash every object that this version or all tagged ones need; name corrupt ones and repair them."""

from lifecycle.cli.parser import Parser
from lifecycle.errors import CorruptFile
from lifecycle.reporting.text import format_count
from lifecycle.versioning import dvc_storage, erased_versions
from lifecycle.versioning.dvc_storage import BadObject, Store

USAGE = "lifecycle verify [--remote] [--repair] [REV ...]"


def main(arguments: list[str]) -> int:
    """Print a line per object that is missing or corrupt; raises CorruptFile while one is."""
    parser = Parser(prog="lifecycle verify", usage=USAGE, description="Hash what versions need, in cache and remote.")
    parser.add_argument("revisions", nargs="*", metavar="REV", help="default: HEAD and every tag")
    parser.add_argument("--remote", action="store_true", help="verify the default remote, too")
    parser.add_argument("--repair", action="store_true", help="repair each side from the other")
    options = parser.parse_args(arguments)
    revisions = options.revisions or ["HEAD", *dvc_storage.list_tags()]
    with dvc_storage.open_stores(options.remote or options.repair) as stores:
        wanted, bad, repaired = verify_objects(revisions, stores, options.remote, options.repair)
        erased = list_erased(revisions)
        returned = [name for name in erased if any(dvc_storage.has_object(store, name) for store in stores)]
    left = [one for one in bad if one not in repaired]
    print("\n".join([*erased.values(), *format_findings(bad, repaired, stores, wanted, revisions)]))
    check_returned(returned, stores)
    if left:
        raise CorruptFile(
            f"{format_count(len(left), 'object')} missing or corrupt: {', '.join(one.description for one in left[:3])}",
            where=" and ".join(store.name for store in stores),
            todo=suggest_repair(left[0], options.repair),
        )
    return 0


def verify_objects(
    revisions: list[str], stores: list[Store], all_sides: bool, repair: bool
) -> tuple[int, list[BadObject], list[BadObject]]:
    """How many objects were verified, the bad ones, and those that were repaired."""
    erased = erased_versions.find_erased_objects()
    wanted = {
        name: description
        for one in revisions
        for name, description in dvc_storage.list_needed_objects(one).items()
        if name not in erased
    }
    bad = dvc_storage.find_bad_objects(wanted, stores, all_sides)
    repaired = dvc_storage.repair_objects(bad, stores) if repair else []
    if any(one.name.endswith(dvc_storage.FOLDER) for one in repaired):
        count, more, again = verify_objects(
            revisions, stores, all_sides, repair
        )  # the repaired lists name more objects
        return count, [*repaired, *more], [*repaired, *again]
    return len(wanted), bad, repaired


def list_erased(revisions: list[str]) -> dict[str, str]:
    """The objects of the revisions that were erased, each with a line on it: they are missing, and should be."""
    known = erased_versions.find_erased_objects()
    needed = {name: said for one in revisions for name, said in dvc_storage.list_needed_objects(one).items()}
    return {name: f"erased   {said} ({name}), {known[name].message}" for name, said in needed.items() if name in known}


def check_returned(names: list[str], stores: list[Store]) -> None:
    """Raise CorruptFile where a store has erased objects again, or still: another clone may have pushed them."""
    if names:
        raise CorruptFile(
            f"{format_count(len(names), 'erased object')} can be had all the same, such as {names[0]}",
            where=" and ".join(store.name for store in stores),
            todo="lifecycle erase --recorded",
        )


def format_findings(
    bad: list[BadObject], repaired: list[BadObject], stores: list[Store], count: int, revisions: list[str]
) -> list[str]:
    """A line per bad object, and the number of verified ones."""
    found = [
        f"{'repaired' if one in repaired else one.fault:8} {one.description} ({one.name}) in the {one.store}"
        for one in bad
    ]
    where = " and ".join(store.name for store in stores)
    named = ", ".join(revisions[:3]) + (f" and {len(revisions) - 3} more" if len(revisions) > 3 else "")
    return [*found, f"verify: {format_count(count, 'object')} of {named} verified in the {where}"]


def suggest_repair(one: BadObject, tried: bool) -> str:
    """What to do about an object."""
    if not tried and dvc_storage.has_remote():
        return "lifecycle verify --remote --repair"
    path = one.description.split(" of ")[0]
    return f"rebuild it: dvc repro --force {path}, with the version checked out (git worktree add ../earlier REV)"
