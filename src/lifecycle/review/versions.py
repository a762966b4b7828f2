"""The two versions that are compared, an earlier revision and the workspace, and what could not be compared of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from lifecycle.errors import LifecycleError, UnknownName
from lifecycle.options import options
from lifecycle.versioning import revisions
from lifecycle.versioning.version import Version

Result = TypeVar("Result")
HEAD = Version("head")


@options
class Gap:
    """Something that could not be compared, and what would help."""

    what: str
    todo: str


@dataclass
class Gaps:
    """What could not be compared so far, each thing once."""

    found: list[Gap] = field(default_factory=list)

    def add(self, what: str, todo: str) -> None:
        """Remember something that could not be compared."""
        if all(gap.what != what for gap in self.found):
            self.found.append(Gap(what=what, todo=todo))

    def attempt(self, version: Version, purpose: str, read: Callable[[Version], Result]) -> Result | None:
        """What `read` returns for a version, or None with a gap that names the purpose where it raises."""
        try:
            return read(version)
        except LifecycleError as error:
            self.add(f"{version.name}: {purpose} not compared: {shorten_commit(error, version)}", error.todo)
            return None


def shorten_commit(error: LifecycleError, version: Version) -> str:
    """What happened, with the commit in seven digits."""
    return error.what.replace(version.revision, version.revision[:7]) if version.revision else error.what


def find_base(revision: str, gaps: Gaps) -> Version | None:
    """The revision to compare with; None with a gap where a shallow clone lacks it.

    Raises UnknownName for a revision that a full clone does not have.
    """
    try:
        return Version("base", revisions.resolve_revision(revision))
    except UnknownName:
        if revisions.git("rev-parse", "--is-shallow-repository").stdout.strip() != b"true":
            raise
        gaps.add(f"base: nothing compared: this clone is shallow and has no {revision}", "git fetch --unshallow")
        return None
