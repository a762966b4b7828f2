"""propose: the data version built here, judged against HEAD → a pull request, or a note on why it was rejected."""

from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.cli import review
from lifecycle.cli.parser import Parser
from lifecycle.config import read_parameters
from lifecycle.errors import GateClosed
from lifecycle.io.atomic import write_text
from lifecycle.io.programs import said
from lifecycle.io.records import read_json
from lifecycle.reporting.markdown import escape_markdown
from lifecycle.retraining import proposals
from lifecycle.versioning import git_trees, revisions

USAGE = "lifecycle propose [--remote NAME]"
NOTE = paths.RUNS / "proposal.md"
MADE = ("data", "models", "reports")
IDENTITY = ("-c", "user.name=lifecycle", "-c", "user.email=lifecycle@users.noreply.github.com")
# Asked after a person's own helpers; in a workflow the only one.
HELPER = ("-c", "credential.helper=!gh auth git-credential")


def main(arguments: list[str]) -> int:
    """Commit on a branch, review, push, and open a pull request unless it is worse; GateClosed where none can tell."""
    parser = Parser(prog="lifecycle propose", usage=USAGE, description="Propose the data version that is built here.")
    parser.add_argument("--remote", metavar="NAME", default="origin", help="the remote of Git to push to")
    remote = parser.parse_args(arguments).remote
    through = str(read_parameters()["through"])
    if same := proposed_before(through):
        print(f"nothing new: {same}")
        return 0
    onto, base = git_trees.git("branch", "--show-current"), revisions.resolve_revision("HEAD")
    commit(through)
    found = reviewed(base)
    told = noted(through, found["verdict"])
    worthy = found["verdict"]["word"] in proposals.WORTHY
    if not worthy:
        save(f"The data through {through} is rejected\n\n{told}", "--allow-empty")
    push(remote, through)
    if worthy:
        print(pull_request(through, onto))
    print(told)
    return 0


def proposed_before(through: str) -> str:
    """Who has the version already: HEAD its day, or HEAD or the branch of another version its batches; else empty."""
    if through == str(revisions.read_record("HEAD", paths.PARAMS)["through"]):
        return f"HEAD has the data through {through}"
    now = read_json(paths.PROVENANCE)["batches"]
    others = [name for day, name in proposals.proposed().items() if str(day) != through]
    return next((f"{name} has the same batches" for name in ("HEAD", *others) if batches(name) == now), "")


def batches(revision: str) -> list[Any]:
    """The batches of a revision's data version with their hashes; none where it tells none."""
    kept = revisions.read_tracked(revision, paths.PROVENANCE)
    return list(revisions.read_record(revision, paths.PROVENANCE)["batches"]) if kept else []


def commit(through: str) -> None:
    """Commit everything that Git tracks and the stages made on the version's branch, made anew from HEAD."""
    git_trees.git("switch", "--quiet", "--force-create", proposals.branch(through))
    git_trees.git("add", "--update", ":/")
    git_trees.git("add", "--all", "--", *(name for name in MADE if Path(name).exists()))
    save(f"The data through {through}")


def save(message: str, *options: str) -> None:
    """A commit in the name of whoever Git knows here, or else of this program."""
    known = not revisions.git("config", "user.email").returncode
    said("git", *(() if known else IDENTITY), "commit", "--quiet", "--message", message, *options)


def reviewed(base: str) -> dict[str, Any]:
    """The record of the review of the commit against its base."""
    return review.written(review.parser("lifecycle review", base).parse_args([]))


def noted(through: str, verdict: dict[str, Any]) -> str:
    """What came of the version, written above its review; raises GateClosed where nothing could be compared."""
    if verdict["word"] == "not comparable":
        raise GateClosed(
            f"the data through {through} could not be judged, and nothing was pushed: {verdict['reason']}",
            where=str(review.PAGE),
            todo="make pull, or make repro at HEAD, so that what it is compared with is here; then again",
        )
    told = proposals.note(through, verdict["word"], verdict["reason"])
    write_text(NOTE, f"> [!NOTE]\n> {escape_markdown(told)}\n\n{review.PAGE.read_text(encoding='utf-8')}")
    return told


def push(remote: str, through: str) -> None:
    """Push what DVC keeps, where it has a remote, then the branch, which is made anew each time."""
    if said("dvc", "config", "core.remote"):
        said("dvc", "push")
    said("git", *HELPER, "push", "--quiet", "--force", remote, proposals.branch(through))


def pull_request(through: str, onto: str) -> str:
    """Where the pull request of the branch is, which is opened, or given the new review where it is open already."""
    name, title = proposals.branch(through), f"The data through {through}"
    text = ("--title", title, "--body-file", str(review.PAGE))
    if number := said("gh", "pr", "list", "--head", name, "--state", "open", "--json", "number", "--jq", ".[].number"):
        return said("gh", "pr", "edit", number, *text)
    return said("gh", "pr", "create", "--head", name, *(("--base", onto) if onto else ()), *text)
