"""comment: a run's report → one comment on its pull request, through CML, or without it where CML fails."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.io.atomic import write_text
from lifecycle.review.github import Api, Comment, body, comments, from_environment, ours, pull_request, write
from lifecycle.review.sanitize import read

# CML reads no more comments than this when it looks for its own, the last that has these words, whoever wrote it.
CML_SEES = 30
CML_KNOWS = "CML watermark"
TITLE = "lifecycle-review"
USAGE = "lifecycle comment [--report FILE] [--author NAME]"
SECONDS = 120
REASON = 200


def main(arguments: list[str]) -> int:
    """Post or update the comment, and print how."""
    made = Parser(prog="lifecycle comment", usage=USAGE, description="Post a report on the pull request.")
    made.add_argument("--report", type=Path, default=Path("artefact/review.md"), help="the file to post")
    made.add_argument("--author", default="github-actions[bot]", help="who the token's comments are by")
    given = made.parse_args(arguments)
    api, origin = from_environment()
    text = body(read(given.report))
    number = pull_request(api, origin)
    print(f"pull request {number}: {posted(api, number, text, given.author)}")
    return 0


def posted(api: Api, number: int, text: str, author: str) -> str:
    """How the comment was posted: by CML where it would find ours and no other, or by our own client."""
    found = comments(api, number)
    earlier = ours(found, author)
    if found_by_cml(found) == ([earlier] if earlier else []) and by_cml(api, number, text):
        return f"{'updated' if earlier else 'created'} by CML"
    return f"{write(api, number, text, author)} without CML"


def found_by_cml(found: Sequence[Comment]) -> list[Comment] | None:
    """The comments that CML takes for its own, whoever wrote them; None where it may not see all."""
    return [one for one in found if CML_KNOWS in one.body] if len(found) < CML_SEES else None


def by_cml(api: Api, number: int, text: str) -> bool:
    """Whether CML is here and posted the text."""
    program = shutil.which("cml")
    if program is None:
        return False
    report = paths.RUNS / "comment.md"
    write_text(report, text)
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    command = [program, "comment", "update", f"--target=pr/{number}", "--publish=false"]
    command += [f"--watermark-title={TITLE}", f"--repo={server}/{api.repository}", str(report)]
    environment = {**os.environ, "REPO_TOKEN": api.token, "ITERATIVE_DO_NOT_TRACK": "1"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as cause:
        print(f"CML did not post: {type(cause).__name__}")
        return False
    if done.returncode:
        said = reason(done.stderr or done.stdout).replace(api.token, "***")
        print(f"CML did not post: exit {done.returncode}: {said or 'it said nothing'}")
    return done.returncode == 0


def reason(said: str) -> str:
    """The message of the last line that a program wrote, which may be a JSON record that repeats all it had sent."""
    last = said.strip().rpartition("\n")[2]
    try:
        message = json.loads(last)["message"]
    except (ValueError, TypeError, KeyError):
        message = last
    return " ".join(str(message).split())[:REASON]
