"""Data versions that were proposed: each has a branch of its own on a remote, whether it was accepted or rejected."""

from datetime import date

from lifecycle.review.verdict import ReviewVerdict
from lifecycle.versioning import revisions

NAME = "data-"
# The verdicts with which a person is asked; a worse version is rejected.
WORTHY = ("better", "no significant difference")


def name_branch(through: str) -> str:
    """The branch of the data version with this last day, of a project below the top with its folder."""
    folder = revisions.find_folder()
    return f"{folder}={NAME}{through}" if folder else f"{NAME}{through}"


def list_proposed() -> dict[date, str]:
    """The remote branch of each proposed version by its last day, as of the last fetch of this clone."""
    listed = revisions.git("for-each-ref", "--format=%(refname:lstrip=2)", f"refs/remotes/*/{name_branch('*')}")
    names = sorted(listed.stdout.decode().split())
    days = ((parse_day(name.rpartition(NAME)[2]), name) for name in names)
    return {day: name for day, name in days if day}


def parse_day(text: str) -> date | None:
    """The day that a text is; None where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def describe_proposal(through: str, verdict: ReviewVerdict) -> str:
    """The fate of a version in words: its branch, the verdict, and what that means."""
    branch = name_branch(through)
    if verdict.word in WORTHY:
        return f"Proposed as a pull request from {branch}: {verdict.word}. {verdict.reason}"
    return (
        f"Rejected, no pull request: {verdict.word}. {verdict.reason} The branch {branch} keeps it, and the data "
        "version after it is tried next; delete the branch to have this one judged again."
    )
