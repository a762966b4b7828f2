"""Data versions that were proposed: each has a branch of its own on a remote, whether it was taken or rejected."""

from datetime import date

from lifecycle.versioning import revisions

PREFIX = "data-"
# What a review must come to for a person to be asked; what is worse is rejected.
WORTHY = ("better", "no real difference")


def branch(through: str) -> str:
    """The branch of the data version with this last day."""
    return f"{PREFIX}{through}"


def proposed() -> dict[date, str]:
    """The last day of each version that this clone knows to be on a remote, as of its last fetch, with the branch."""
    listed = revisions.git("for-each-ref", "--format=%(refname:lstrip=2)", f"refs/remotes/*/{PREFIX}*")
    names = sorted(listed.stdout.decode().split())
    days = ((day(name.rpartition(PREFIX)[2]), name) for name in names)
    return {found: name for found, name in days if found}


def day(text: str) -> date | None:
    """The day that a text is; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def note(through: str, verdict: str, reason: str) -> str:
    """What came of a version: its branch, the verdict, and what that means."""
    name = branch(through)
    if verdict in WORTHY:
        return f"Proposed as a pull request from {name}: {verdict}. {reason}"
    return (
        f"Rejected, no pull request: {verdict}. {reason} The branch {name} keeps it, and the data version after it "
        "is tried next; delete the branch to have this one judged again."
    )
