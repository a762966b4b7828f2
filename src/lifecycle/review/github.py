"""One comment on a pull request, written once and then updated in place, through GitHub's API."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from lifecycle.errors import CorruptFile, FileError, SourceError, WrongValue
from lifecycle.review.sanitize import LIMIT, harmless

MARK = "<!-- lifecycle review -->"
PAGE = 100
PAGES = 100
SECONDS = 30
NOTE = "*Written by the run of the pull request itself and posted as plain text; nothing in it was checked.*"


def body(text: str) -> str:
    """What is posted: a mark to find it by, where it comes from, and the text made harmless."""
    first = f"{MARK}\n{NOTE}\n\n"
    return first + harmless(text, LIMIT - len(first))


@dataclass(frozen=True)
class Origin:
    """The head that a run was of: who owns its repository, its branch and commit."""

    owner: str
    branch: str
    sha: str


@dataclass
class Api:
    """GitHub's API for one repository, `owner/name`, with a token."""

    address: str
    repository: str
    token: str = field(repr=False)

    def call(self, method: str, path: str, **more: Any) -> Any:
        """What the API answers; raises FileError where it rejects or cannot be reached, CorruptFile for no JSON."""
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        headers["Authorization"] = f"Bearer {self.token}"
        where = f"{method} /repos/{self.repository}{path}"
        try:
            answer = requests.request(
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
        if answer.status_code >= 300:
            raise rejected(answer, where)
        try:
            return answer.json()
        except ValueError as cause:
            raise CorruptFile("GitHub's API answered with no JSON", where=where, todo="run the job again") from cause

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every entry of a list, over all its pages."""
        for number in range(1, PAGES + 1):
            found = self.call("GET", path, params={**query, "per_page": PAGE, "page": number})
            yield from found
            if len(found) < PAGE:
                return


def rejected(answer: requests.Response, where: str) -> FileError:
    """The error for an answer that is none."""
    try:
        said = str(answer.json().get("message", ""))[:200]
    except (ValueError, AttributeError):
        said = ""
    if answer.status_code in (401, 403, 404):
        return FileError(
            f"the token may not do this ({answer.status_code}: {' '.join(said.split())})",
            where=where,
            todo="give the job `permissions: pull-requests: write`; in a fork's own run no token has it",
        )
    return FileError(f"GitHub rejected ({answer.status_code}: {said})", where=where, todo="run the job again")


def pull_request(api: Api, origin: Origin) -> int:
    """The number of the open pull request of exactly this head; raises SourceError where there is none."""
    asked = {"state": "open", "head": f"{origin.owner}:{origin.branch}"}
    for found in api.pages("/pulls", **asked):
        if is_of(found.get("head") or {}, origin):
            return int(found["number"])
    raise SourceError(
        f"no open pull request stands at {origin.owner}:{origin.branch}, commit {origin.sha[:12]}",
        where=f"/repos/{api.repository}/pulls",
        todo="nothing: a newer commit has a run of its own, or the pull request was closed",
    )


def is_of(head: Mapping[str, Any], origin: Origin) -> bool:
    """Whether a pull request's head is this one: owner, branch and commit."""
    owner = ((head.get("repo") or {}).get("owner") or {}).get("login", "")
    same = str(owner).lower() == origin.owner.lower()
    return same and head.get("ref") == origin.branch and head.get("sha") == origin.sha


@dataclass(frozen=True)
class Comment:
    """A comment by its id, who wrote it, and what it says."""

    id: int
    author: str
    body: str


def comments(api: Api, number: int) -> list[Comment]:
    """Every comment on a pull request, the oldest first."""
    found = api.pages(f"/issues/{number}/comments")
    return [
        Comment(int(one["id"]), str((one.get("user") or {}).get("login", "")), str(one.get("body") or ""))
        for one in found
    ]


def ours(found: Iterable[Comment], author: str) -> Comment | None:
    """The first comment by this author that bears the mark."""
    return next((one for one in found if one.author == author and one.body.startswith(MARK)), None)


def write(api: Api, number: int, text: str, author: str) -> str:
    """Post the comment, or update the one that is there; `created` or `updated`."""
    earlier = ours(comments(api, number), author)
    if earlier is None:
        api.call("POST", f"/issues/{number}/comments", json={"body": text})
        return "created"
    api.call("PATCH", f"/issues/comments/{earlier.id}", json={"body": text})
    return "updated"


def needed(environment: Mapping[str, str], *names: str) -> list[str]:
    """The values of variables of the environment; raises WrongValue where one is not set."""
    lacking = [name for name in names if not environment.get(name)]
    if lacking:
        raise WrongValue(
            f"{', '.join(lacking)} not set", where="the environment", todo="run it from .github/workflows/comment.yaml"
        )
    return [environment[name] for name in names]


def from_environment(environment: Mapping[str, str] = os.environ) -> tuple[Api, Origin]:
    """The API and the head that a workflow's environment names."""
    names = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN", "HEAD_OWNER", "HEAD_BRANCH", "HEAD_SHA")
    address, repository, token, owner, branch, sha = needed(environment, *names)
    return Api(address, repository, token), Origin(owner, branch, sha)
