"""comment: a run's report → one comment on its pull request, through CML, or without it where CML fails."""

from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.review.github import find_pull_request, format_body, post_comment, read_environment
from lifecycle.review.sanitize import read_report
from lifecycle.versioning import revisions

USAGE = "lifecycle comment [--report FILE] [--author NAME]"


def main(arguments: list[str]) -> int:
    """Post or update the comment, and print how."""
    parser = Parser(prog="lifecycle comment", usage=USAGE, description="Post a report on the pull request.")
    parser.add_argument("--report", type=Path, default=find_artefact() / "reports/review.md", help="the file to post")
    parser.add_argument("--author", default="github-actions[bot]", help="the author of the token's comments")
    options = parser.parse_args(arguments)
    github, head = read_environment()
    text = format_body(read_report(options.report))
    number = find_pull_request(github, head)
    print(f"pull request {number}: {post_comment(github, number, text, options.author)}")
    return 0


def find_artefact() -> Path:
    """Where a run's artefact has this project: in its own folder, below artefact/ at the top of the repository."""
    prefix = revisions.find_prefix()
    return Path(*[".."] * len(Path(prefix).parts), "artefact", prefix)
