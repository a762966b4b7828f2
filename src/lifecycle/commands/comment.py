"""comment: a run's report → one comment on its pull request, through CML, or without it where CML fails."""

import os
import shutil
import subprocess
from pathlib import Path

from lifecycle import paths
from lifecycle.commands.review import Parser
from lifecycle.comments import Api, body, from_environment, ours, pull_request, write
from lifecycle.files.atomic import write_text
from lifecycle.harmless import read

# CML reads no more comments than this when it looks for its own, which it knows by this word.
CML_SEES = 30
CML_KNOWS = "CML watermark"
TITLE = "lifecycle-review"
SECONDS = 120


def main(arguments: list[str]) -> int:
    """Post or update the comment, and print how."""
    made = Parser(prog="lifecycle comment", description="Post a report on the pull request that it is of.")
    made.add_argument("--report", type=Path, default=Path("artefact/review.md"), help="the file to post")
    made.add_argument("--author", default="github-actions[bot]", help="who the token's comments are by")
    given = made.parse_args(arguments)
    api, origin = from_environment()
    text = body(read(given.report))
    number = pull_request(api, origin)
    print(f"pull request {number}: {posted(api, number, text, given.author)}")
    return 0


def posted(api: Api, number: int, text: str, author: str) -> str:
    """How the comment was posted: by CML where it would find the earlier one again, or by our own client."""
    earlier, count = ours(api, number, author)
    finds = count < CML_SEES and (earlier is None or CML_KNOWS in earlier.body)
    if finds and by_cml(api, number, text):
        return f"{'created' if earlier is None else 'updated'} by CML"
    return f"{write(api, number, text, author)} without CML"


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
        said = (done.stderr or done.stdout).strip().replace(api.token, "***").splitlines()
        print(f"CML did not post: exit {done.returncode}: {said[-1] if said else 'it said nothing'}")
    return done.returncode == 0
