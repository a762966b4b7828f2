"""GitHub: a comment on a pull request, updated in place through CML or our own client; pull requests, releases."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from lifecycle import paths
from lifecycle.errors import CorruptFile, FileError, LifecycleError, SourceError, WrongValue
from lifecycle.io.atomic import write_text
from lifecycle.io.programs import read_output, run_program
from lifecycle.review.sanitize import LIMIT, sanitize
from lifecycle.versioning import revisions

MARK = "<!-- lifecycle review -->"  # of a project at the top of the repository
PAGE = 100
PAGES = 100
SECONDS = 30
NOTE = "*Written by the run of the pull request itself and posted as plain text; nothing in it was checked.*"
# CML reads no more comments than this when it looks for its own, the last that has these words, whoever wrote it.
CML_READS = 30
CML_WATERMARK = "CML watermark"
CML_TITLE = "lifecycle-review"
CML_SECONDS = 120
MESSAGE = 200


@dataclass(frozen=True)
class PullRequestHead:
    """The head that a run was of: who owns its repository, its branch and commit."""

    owner: str
    branch: str
    sha: str


@dataclass(frozen=True)
class GitHub:
    """GitHub's REST API for one repository, `owner/name`, with a token."""

    address: str
    repository: str
    token: str = field(repr=False)

    def call(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of a response; raises FileError for a rejected request or no connection, CorruptFile for no JSON."""
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        headers["Authorization"] = f"Bearer {self.token}"
        where = f"{method} /repos/{self.repository}{path}"
        try:
            response = requests.request(
                method,
                f"{self.address.rstrip('/')}/repos/{self.repository}{path}",
                headers=headers,
                timeout=SECONDS,
                allow_redirects=False,
                **more,
            )
        except requests.RequestException as cause:
            raise FileError(
                f"GitHub's API cannot be reached ({type(cause).__name__})", where=where, todo="run the job again"
            ) from cause
        if response.status_code >= 300:
            raise translate_rejection(response, where)
        try:
            return response.json()
        except ValueError as cause:
            raise CorruptFile("GitHub's API answered with no JSON", where=where, todo="run the job again") from cause

    def list_entries(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every entry of a list, over all its pages."""
        for number in range(1, PAGES + 1):
            entries = self.call("GET", path, params={**query, "per_page": PAGE, "page": number})
            yield from entries
            if len(entries) < PAGE:
                return


def translate_rejection(response: requests.Response, where: str) -> FileError:
    """The error for a response that rejects a request."""
    try:
        message = str(response.json().get("message", ""))[:MESSAGE]
    except (ValueError, AttributeError):
        message = ""
    if response.status_code in (401, 403, 404):
        return FileError(
            f"the token may not do this ({response.status_code}: {' '.join(message.split())})",
            where=where,
            todo="give the job `permissions: pull-requests: write`; in a fork's own run no token has it",
        )
    return FileError(f"GitHub rejected ({response.status_code}: {message})", where=where, todo="run the job again")


def read_environment(environment: Mapping[str, str] = os.environ) -> tuple[GitHub, PullRequestHead]:
    """The API and the head that a workflow's environment names; raises WrongValue for a variable that is not set."""
    names = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN", "HEAD_OWNER", "HEAD_BRANCH", "HEAD_SHA")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise WrongValue(
            f"{', '.join(missing)} not set", where="the environment", todo="run it from .github/workflows/comment.yaml"
        )
    address, repository, token, owner, branch, sha = (environment[name] for name in names)
    return GitHub(address, repository, token), PullRequestHead(owner, branch, sha)


def find_pull_request(github: GitHub, head: PullRequestHead) -> int:
    """The number of the open pull request of exactly this head; raises SourceError where there is none."""
    query = {"state": "open", "head": f"{head.owner}:{head.branch}"}
    for entry in github.list_entries("/pulls", **query):
        if is_head(entry.get("head") or {}, head):
            return int(entry["number"])
    raise SourceError(
        f"there is no open pull request of {head.owner}:{head.branch}, commit {head.sha[:12]}",
        where=f"/repos/{github.repository}/pulls",
        todo="nothing: a newer commit has a run of its own, or the pull request was closed",
    )


def is_head(entry: Mapping[str, Any], head: PullRequestHead) -> bool:
    """Whether a pull request's head is this one: owner, branch and commit."""
    owner = ((entry.get("repo") or {}).get("owner") or {}).get("login", "")
    same = str(owner).lower() == head.owner.lower()
    return same and entry.get("ref") == head.branch and entry.get("sha") == head.sha


@dataclass(frozen=True)
class Comment:
    """A comment by its id, its author, and its text."""

    id: int
    author: str
    body: str


def list_comments(github: GitHub, number: int) -> list[Comment]:
    """Every comment on a pull request, the oldest first."""
    return [
        Comment(int(one["id"]), str((one.get("user") or {}).get("login", "")), str(one.get("body") or ""))
        for one in github.list_entries(f"/issues/{number}/comments")
    ]


def mark_comment() -> str:
    """The first line of this project's comment, by which it is known again: each project has a comment of its own."""
    folder = revisions.find_folder()
    return MARK.replace(" -->", f" of {folder} -->") if folder else MARK


def find_own(comments: Iterable[Comment], author: str) -> Comment | None:
    """The first comment by this author that begins with this project's mark."""
    mark = mark_comment()
    return next((one for one in comments if one.author == author and one.body.startswith(mark)), None)


def format_body(text: str) -> str:
    """The text of a comment: the mark, where it comes from, and the sanitized report."""
    folder = revisions.find_folder()
    first = f"{mark_comment()}\n{NOTE}\n\n" + (f"Project `{folder}`\n\n" if folder else "")
    return first + sanitize(text, LIMIT - len(first))


def post_comment(github: GitHub, number: int, text: str, author: str) -> str:
    """Post a comment, or update the author's own; returns what was done.

    CML posts it where it would take the author's own comment for its own and no other; else our client does.
    """
    comments = list_comments(github, number)
    own = find_own(comments, author)
    if find_cml_comments(comments) == ([own] if own else []) and post_by_cml(github, number, text):
        return f"{'updated' if own else 'created'} by CML"
    return f"{post_by_api(github, number, text, author)} without CML"


def post_by_api(github: GitHub, number: int, text: str, author: str) -> str:
    """Post the comment, or update the author's own, through the API; `created` or `updated`."""
    own = find_own(list_comments(github, number), author)
    if own is None:
        github.call("POST", f"/issues/{number}/comments", json={"body": text})
        return "created"
    github.call("PATCH", f"/issues/comments/{own.id}", json={"body": text})
    return "updated"


def find_cml_comments(comments: Sequence[Comment]) -> list[Comment] | None:
    """The comments that CML takes for its own, whoever wrote them; None where it may not read all."""
    return [one for one in comments if CML_WATERMARK in one.body] if len(comments) < CML_READS else None


def post_by_cml(github: GitHub, number: int, text: str) -> bool:
    """Whether CML is installed and posted the text; prints why it did not."""
    program = shutil.which("cml")
    if program is None:
        return False
    report = paths.RUNS / "comment.md"
    write_text(report, text)
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
    command = [program, "comment", "update", f"--target=pr/{number}", "--publish=false"]
    command += [f"--watermark-title={CML_TITLE}", f"--repo={server}/{github.repository}", str(report)]
    environment = {"REPO_TOKEN": github.token, "ITERATIVE_DO_NOT_TRACK": "1"}
    try:
        done = run_program(command, environment=environment, seconds=CML_SECONDS)
    except (LifecycleError, OSError) as cause:
        print(f"CML did not post: {cause.what if isinstance(cause, LifecycleError) else type(cause).__name__}")
        return False
    if done.returncode:
        message = parse_message((done.stderr or done.stdout).decode(errors="replace")).replace(github.token, "***")
        print(f"CML did not post: exit {done.returncode}: {message or 'no message'}")
    return done.returncode == 0


def parse_message(output: str) -> str:
    """The message in the last line of a program's output, which may be a JSON record that repeats all it had sent."""
    last = output.strip().rpartition("\n")[2]
    try:
        message = json.loads(last)["message"]
    except (ValueError, TypeError, KeyError):
        message = last
    return " ".join(str(message).split())[:MESSAGE]


def open_pull_request(branch: str, base: str, title: str, body: Path) -> str:
    """Open a pull request of a pushed branch, or give the open one this title and body; returns its address."""
    text = ("--title", title, "--body-file", str(body))
    query = ("--head", branch, "--state", "open", "--json", "number", "--jq", ".[].number")
    if number := read_output("gh", "pr", "list", *query):
        return read_output("gh", "pr", "edit", number, *text)
    return read_output("gh", "pr", "create", "--head", branch, *(("--base", base) if base else ()), *text)


def publish_release(tag: str, files: Sequence[Path]) -> str:
    """Create the release of a pushed tag with these files, or replace the files of the one that exists.

    Returns what was done: the release's address, or a sentence.
    """
    names = [str(path) for path in files]
    tags = read_output("gh", "release", "list", "--limit", "1000", "--json", "tagName", "--jq", ".[].tagName").split()
    if tag in tags:
        read_output("gh", "release", "upload", tag, *names, "--clobber")
        return f"the release {tag} existed; its files were replaced"
    return read_output("gh", "release", "create", tag, "--verify-tag", "--generate-notes", *names)
