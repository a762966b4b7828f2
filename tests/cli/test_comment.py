"""The comment on a pull request, against a stand-in of GitHub's API on loopback."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lifecycle.__main__ import main
from lifecycle.review.github import MARK, format_body
from lifecycle.review.sanitize import LIMIT

BOT = "github-actions[bot]"
SHA = "a" * 40


@dataclass
class Github:
    """A repository with two pull requests of branches of one name, by other owners."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    read_only: bool = False
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def pulls(self) -> list[dict[str, Any]]:
        heads = [(6, "mallory", "change", SHA), (7, "alice", "change", SHA), (8, "alice", "other", "b" * 40)]
        return [
            {"number": number, "head": {"ref": branch, "sha": sha, "repo": {"owner": {"login": owner}}}}
            for number, owner, branch, sha in heads
        ]

    def say(self, login: str, text: str) -> None:
        self.comments.append({"id": 1000 + len(self.comments), "user": {"login": login}, "body": text})

    def of(self, login: str) -> list[str]:
        return [one["body"] for one in self.comments if one["user"]["login"] == login]


def handler(github: Github) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def answer(self, status: int, content: Any) -> None:
            sent = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def seen(self) -> tuple[str, dict[str, str]]:
            github.asked.append(f"{self.command} {self.path}")
            parts = urlsplit(self.path)
            return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}

        def do_GET(self) -> None:
            path, query = self.seen()
            size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
            known = {"/repos/o/r/pulls": github.pulls(), "/repos/o/r/issues/7/comments": github.comments}
            if path not in known or self.headers["Authorization"] != "Bearer secret":
                return self.answer(404, {"message": "Not Found"})
            return self.answer(200, known[path][(page - 1) * size : page * size])

        def written(self) -> str:
            return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

        def reject(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(403, {"message": "Resource not accessible by integration"})

        def do_POST(self) -> None:
            path, _ = self.seen()
            if github.read_only:
                return self.reject()
            assert path == "/repos/o/r/issues/7/comments"
            github.say(BOT, self.written())
            return self.answer(201, github.comments[-1])

        def do_PATCH(self) -> None:
            path, _ = self.seen()
            if github.read_only:
                return self.reject()
            (found,) = [one for one in github.comments if path == f"/repos/o/r/issues/comments/{one['id']}"]
            found["body"] = self.written()
            return self.answer(200, found)

    return Handler


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Github]:
    made = Github()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(made))
    made.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    told = {"GITHUB_API_URL": made.address, "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "secret"}
    told |= {"HEAD_OWNER": "Alice", "HEAD_BRANCH": "change", "HEAD_SHA": SHA, "NO_PROXY": "127.0.0.1"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    yield made
    server.shutdown()
    server.server_close()


def report(text: str, name: str = "artefact/reports/review.md") -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_comment_is_created_once_and_then_updated(github: Github, capsys: pytest.CaptureFixture[str]) -> None:
    report("# 🟢 Better\n")
    assert main(["comment"]) == 0
    assert capsys.readouterr().out == "pull request 7: created without CML\n"
    report("# 🔴 Worse\n")
    assert main(["comment"]) == 0
    assert capsys.readouterr().out == "pull request 7: updated without CML\n"
    assert github.of(BOT) == [format_body("# 🔴 Worse\n")]
    assert github.of(BOT)[0].startswith(f"{MARK}\n")


def test_among_250_other_comments_it_is_found_again(github: Github) -> None:
    for number in range(250):
        github.say("bob", f"{MARK} no, mine {number}")
    report("first")
    assert main(["comment"]) == 0
    report("second")
    assert main(["comment"]) == 0
    assert github.of(BOT) == [format_body("second")]
    assert len(github.comments) == 251
    assert sum("page=3" in one for one in github.asked) >= 2


def test_a_comment_of_somebody_else_is_never_written_to(github: Github) -> None:
    github.say("mallory", f"{MARK}\nmine")
    report("ours")
    assert main(["comment"]) == 0
    assert github.of("mallory") == [f"{MARK}\nmine"]
    assert github.of(BOT) == [format_body("ours")]


def test_each_project_of_a_repository_has_a_comment_of_its_own(
    github: Github, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "company")], check=True)
    for text in ("first", "second"):
        for name in ("churn", "prices"):
            folder = tmp_path / "company" / "projects" / name
            folder.mkdir(parents=True, exist_ok=True)
            monkeypatch.chdir(tmp_path / "company")
            report(f"{name} {text}", f"artefact/projects/{name}/reports/review.md")
            monkeypatch.chdir(folder)
            assert main(["comment"]) == 0
    assert [one.splitlines()[0] for one in github.of(BOT)] == [
        "<!-- lifecycle review of projects/churn -->",
        "<!-- lifecycle review of projects/prices -->",
    ]
    assert [one.splitlines()[-3:] for one in github.of(BOT)] == [
        ["Project `projects/churn`", "", "churn second"],
        ["Project `projects/prices`", "", "prices second"],
    ]


def test_a_token_that_may_only_read_is_said_clearly(github: Github, capsys: pytest.CaptureFixture[str]) -> None:
    github.read_only = True
    report("x")
    assert main(["comment"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: the token may not do this (403: Resource not accessible by integration)",
        "where: POST /repos/o/r/issues/7/comments",
        "next:  give the job `permissions: pull-requests: write`; in a fork's own run no token has it",
    ]


@pytest.mark.parametrize(("name", "value"), [("HEAD_OWNER", "carol"), ("HEAD_BRANCH", "chang"), ("HEAD_SHA", "c" * 40)])
def test_only_the_pull_request_of_that_owner_branch_and_commit_is_written_to(
    github: Github, name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    report("x")
    assert main(["comment"]) == 2
    assert "error: there is no open pull request of " in capsys.readouterr().err
    assert github.comments == []


def test_an_artefact_that_is_a_link_is_not_followed(github: Github, capsys: pytest.CaptureFixture[str]) -> None:
    Path("secrets").write_text("password", encoding="utf-8")
    Path("artefact/reports").mkdir(parents=True)
    Path("artefact/reports/review.md").symlink_to(Path("secrets").resolve())
    assert main(["comment"]) == 2
    assert "error: artefact/reports/review.md is a link" in capsys.readouterr().err
    assert github.comments == []


def test_a_folder_or_a_pipe_instead_of_the_report_is_rejected(
    github: Github, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("artefact/reports").mkdir(parents=True)
    os.mkfifo("artefact/reports/review.md")
    assert main(["comment"]) == 2
    assert "is no regular file" in capsys.readouterr().err
    assert main(["comment", "--report", "artefact"]) == 2
    assert main(["comment", "--report", "nothing.md"]) == 2
    assert github.comments == []


def test_an_empty_report_is_not_posted(github: Github, capsys: pytest.CaptureFixture[str]) -> None:
    report(" \n")
    assert main(["comment"]) == 2
    assert "error: artefact/reports/review.md is empty" in capsys.readouterr().err
    assert github.comments == []


def test_ten_megabytes_are_cut_to_what_a_comment_takes(github: Github) -> None:
    report("```mermaid\n" + "@alice line\n" * 900_000)
    assert main(["comment"]) == 0
    (posted,) = github.of(BOT)
    assert len(posted) <= LIMIT
    assert posted.endswith("\n```\n\n*Cut here: too long for a comment. The job's summary has all.*\n")


CML = """#!/bin/sh
echo "$@" > arguments
cp runs/comment.md posted
echo "GraphqlResponseError: no, $REPO_TOKEN" >&2
exit {code}
"""


def cml(code: int) -> None:
    path = Path("bin/cml")
    path.write_text(CML.format(code=code), encoding="utf-8")
    path.chmod(0o755)


def test_cml_posts_where_it_is_and_works(github: Github, capsys: pytest.CaptureFixture[str]) -> None:
    cml(0)
    report("text")
    assert main(["comment"]) == 0
    assert capsys.readouterr().out == "pull request 7: created by CML\n"
    assert Path("arguments").read_text(encoding="utf-8") == (
        "comment update --target=pr/7 --publish=false --watermark-title=lifecycle-review "
        "--repo=https://github.com/o/r runs/comment.md\n"
    )
    assert Path("posted").read_text(encoding="utf-8").startswith(MARK)
    assert github.comments == []


def test_where_cml_fails_our_own_client_posts_and_the_token_is_not_printed(
    github: Github, capsys: pytest.CaptureFixture[str]
) -> None:
    cml(1)
    report("text")
    assert main(["comment"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "CML did not post: exit 1: GraphqlResponseError: no, ***",
        "pull request 7: created without CML",
    ]
    assert github.of(BOT) == [format_body("text")]


def test_past_the_comments_that_cml_sees_it_is_not_asked(github: Github, capsys: pytest.CaptureFixture[str]) -> None:
    cml(0)
    for _ in range(30):
        github.say("bob", "hello")
    report("text")
    assert main(["comment"]) == 0
    assert capsys.readouterr().out == "pull request 7: created without CML\n"
    assert not Path("arguments").exists()


def test_what_our_own_client_wrote_it_writes_again_so_that_cml_makes_no_second(github: Github) -> None:
    report("first")
    assert main(["comment"]) == 0
    cml(0)
    report("second")
    assert main(["comment"]) == 0
    assert github.of(BOT) == [format_body("second")]
    assert not Path("arguments").exists()


def test_what_cml_wrote_it_updates(github: Github, capsys: pytest.CaptureFixture[str]) -> None:
    github.say(BOT, format_body("first") + '\n\n![](https://example.org/w.png#x "CML watermark lifecycle-review")')
    cml(0)
    report("second")
    assert main(["comment"]) == 0
    assert capsys.readouterr().out == "pull request 7: updated by CML\n"


@pytest.mark.parametrize("earlier", [False, True])
def test_where_cml_would_take_a_strangers_comment_for_its_own_it_is_not_asked(github: Github, earlier: bool) -> None:
    mark = '\n\n![](https://example.org/w.png#x "CML watermark lifecycle-review")'
    if earlier:
        github.say(BOT, format_body("first") + mark)
    github.say("mallory", format_body("mine") + mark)
    cml(0)
    report("second")
    assert main(["comment"]) == 0
    assert not Path("arguments").exists()
    assert github.of("mallory") == [format_body("mine") + mark]
    assert github.of(BOT) == [format_body("second")]


def test_of_a_record_that_repeats_the_request_only_the_message_is_printed(
    github: Github, capsys: pytest.CaptureFixture[str]
) -> None:
    cml(1)
    script = Path("bin/cml").read_text(encoding="utf-8")
    record = json.dumps({"level": "error", "message": "Resource not accessible", "request": {"body": "x" * 5000}})
    changed = script.replace('echo "GraphqlResponseError: no, $REPO_TOKEN"', f"echo '{record}'")
    Path("bin/cml").write_text(changed, encoding="utf-8")
    report("text")
    assert main(["comment"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "CML did not post: exit 1: Resource not accessible"


def test_what_the_environment_lacks_is_named(github: Github, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.delenv("HEAD_SHA")
    monkeypatch.setenv("GITHUB_TOKEN", "")
    report("x")
    assert main(["comment"]) == 2
    assert capsys.readouterr().err.startswith("error: GITHUB_TOKEN, HEAD_SHA not set\n")
