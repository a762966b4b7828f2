"""propose: the data version built here, judged against HEAD → a pull request, or a note on why it was rejected."""

from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.cli.review import PAGE, write_review
from lifecycle.config import read_parameters
from lifecycle.errors import GateClosed
from lifecycle.io.atomic import write_text
from lifecycle.io.programs import read_output
from lifecycle.io.records import read_json
from lifecycle.reporting.markdown import escape_markdown
from lifecycle.retraining import proposals
from lifecycle.review.github import open_pull_request
from lifecycle.review.record import ReviewRequest
from lifecycle.review.verdict import ReviewVerdict
from lifecycle.versioning import git_trees, revisions
from lifecycle.versioning.projects import check_alone

USAGE = "lifecycle propose [--remote NAME]"
NOTE = paths.RUNS / "proposal.md"
WRITTEN = ("data", "models", "reports")
IDENTITY = ("-c", "user.name=lifecycle", "-c", "user.email=lifecycle@users.noreply.github.com")
# Asked after a person's own helpers; in a workflow the only one.
HELPER = ("-c", "credential.helper=!gh auth git-credential")


def main(arguments: list[str]) -> int:
    """Commit on a branch, review, push, and open a pull request unless the version is worse.

    Raises GateClosed where the versions cannot be compared.
    """
    parser = Parser(prog="lifecycle propose", usage=USAGE, description="Propose the data version that is built here.")
    parser.add_argument("--remote", metavar="NAME", default="origin", help="the remote of Git to push to")
    remote = parser.parse_args(arguments).remote
    parameters = read_parameters()
    through = str(parameters["through"])
    if same := find_same_version(through):
        print(f"nothing new: {same}")
        return 0
    check_alone()
    target, base = git_trees.git("branch", "--show-current"), revisions.resolve_revision("HEAD")
    commit_version(through)
    verdict = write_review(ReviewRequest(base, str(parameters["problem"]))).verdict
    note = write_note(through, verdict)
    worthy = verdict.word in proposals.WORTHY
    if not worthy:
        commit_staged(f"{name_proposal(through)} is rejected\n\n{note}", "--allow-empty")
    push_version(remote, through)
    if worthy:
        print(open_pull_request(proposals.name_branch(through), target, name_proposal(through), PAGE))
    print(note)
    return 0


def find_same_version(through: str) -> str:
    """Which version is the same: HEAD by its day, or HEAD or another version's branch by its batches; else empty."""
    if through == str(revisions.read_record("HEAD", paths.PARAMS)["through"]):
        return f"HEAD has the data through {through}"
    now = read_json(paths.PROVENANCE)["batches"]
    others = [branch for day, branch in proposals.list_proposed().items() if str(day) != through]
    return next((f"{name} has the same batches" for name in ("HEAD", *others) if read_batches(name) == now), "")


def read_batches(revision: str) -> list[Any]:
    """The batches of a revision's data version with their hashes; none where it does not list them."""
    if revisions.read_tracked(revision, paths.PROVENANCE) is None:
        return []
    return list(revisions.read_record(revision, paths.PROVENANCE)["batches"])


def commit_version(through: str) -> None:
    """Commit tracked files and outputs of stages on the version's branch, created anew from HEAD."""
    git_trees.git("switch", "--quiet", "--force-create", proposals.name_branch(through))
    git_trees.git("add", "--update", "--", ".")
    git_trees.git("add", "--all", "--", *(name for name in WRITTEN if Path(name).exists()))
    commit_staged(name_proposal(through))


def name_proposal(through: str) -> str:
    """What commits and pull requests of a version are called."""
    folder = revisions.find_folder()
    return f"{folder}: the data through {through}" if folder else f"The data through {through}"


def commit_staged(message: str, *options: str) -> None:
    """Commit what is here of the project, in the name that Git is configured with, or else of this program."""
    known = not revisions.git("config", "user.email").returncode
    read_output("git", *(() if known else IDENTITY), "commit", "--quiet", "--message", message, *options, "--", ".")


def write_note(through: str, verdict: ReviewVerdict) -> str:
    """The fate of the version, written above its review; raises GateClosed where nothing could be compared."""
    if verdict.word == "not comparable":
        raise GateClosed(
            f"the data through {through} could not be judged, and nothing was pushed: {verdict.reason}",
            where=str(PAGE),
            todo="make pull, or make repro at HEAD, so that what it is compared with is here; then again",
        )
    note = proposals.describe_proposal(through, verdict)
    write_text(NOTE, f"> [!NOTE]\n> {escape_markdown(note)}\n\n{PAGE.read_text(encoding='utf-8')}")
    return note


def push_version(remote: str, through: str) -> None:
    """Push DVC's objects, where it has a remote, then the branch, which is created anew each time."""
    if read_output("dvc", "config", "core.remote"):
        read_output("dvc", "push")
    read_output("git", *HELPER, "push", "--quiet", "--force", remote, proposals.name_branch(through))
