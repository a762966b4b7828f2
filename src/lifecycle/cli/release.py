"""release: tag HEAD as a version of the model; exit 3 while its gate is closed, or a rebuild gives other bytes."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from lifecycle import paths
from lifecycle.cli.audit import OTHER, compare_hashes, list_hashes
from lifecycle.cli.gate import check_outputs, check_results
from lifecycle.cli.parser import Parser
from lifecycle.errors import GateClosed
from lifecycle.io.processor import describe_other_digits
from lifecycle.versioning import freshness, outputs, rebuild, registry, revisions
from lifecycle.versioning.freshness import FROZEN
from lifecycle.versioning.revisions import Lock

USAGE = "lifecycle release [--accept frozen] [VERSION]"
FIRST = "train"  # the first stage that is run again
LOG = paths.RUNS / "release.log"


def main(arguments: list[str]) -> int:
    """Make the tag and say what to push; raises GateClosed with what keeps HEAD from being released."""
    parser = Parser(prog="lifecycle release", usage=USAGE, description="Tag HEAD as a version of the model.")
    parser.add_argument("version", nargs="?", metavar="VERSION", help="such as v1.2.0; default: the next one")
    parser.add_argument("--accept", action="append", default=[], choices=[FROZEN], help="release with frozen stages")
    given = parser.parse_args(arguments)
    version = given.version or registry.choose_next_version()
    registry.check_version(version)
    check_outputs(outputs.find_wrong_outputs())
    registry.check_releasable(version, given.accept)
    check_results()
    check_rebuild(revisions.read_current_lock(), freshness.list_frozen())
    tag = registry.create_release(version, given.accept)
    print(f"released {tag}")
    print(f"next: dvc push && git push origin {tag}")
    return 0


def check_rebuild(locked: Lock, frozen: Iterable[str]) -> None:
    """Run the stages from `train` on in a copy; raises GateClosed where one gives other bytes than dvc.lock says."""
    plan = rebuild.plan_rebuild(locked["stages"], FIRST, frozen)
    if plan.frozen:
        print(f"not rebuilt, since frozen: {', '.join(plan.frozen)}")
    if not plan.run:
        print(f"nothing is rebuilt: no stage from {FIRST} on is left")
        return
    if differing := compare_stages(locked, rebuild_stages(plan.run), plan.run):
        raise GateClosed(
            "; ".join(differing),
            where=f"a copy of this repository, from {FIRST} on; its log is {LOG}",
            todo=describe_other_digits() or f"dvc repro --force --downstream {FIRST}, then commit what it gives",
        )
    print(f"rebuilt in a copy, with the hashes in dvc.lock: {', '.join(plan.run)}")


def rebuild_stages(names: Sequence[str]) -> Lock:
    """The lock of a copy in which these stages ran anew, with another hash seed and number of threads."""
    paths.RUNS.mkdir(exist_ok=True)
    LOG.write_bytes(b"")
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        return rebuild.rebuild_stages(names, Path(folder) / "copy", OTHER, LOG.resolve())


def compare_stages(locked: Lock, rebuilt: Lock, names: Sequence[str]) -> list[str]:
    """A line per output of these stages that has another hash in the other lock."""
    before, after = ({name: lock["stages"][name] for name in names} for lock in (locked, rebuilt))
    return compare_hashes(list_hashes({"stages": before}), list_hashes({"stages": after}))
