"""Branches of proposed data versions: each project of a repository has its own."""

import subprocess
from datetime import date
from pathlib import Path

import pytest

from lifecycle.retraining import proposals


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=A Tester", "-c", "user.email=tester@example.org")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def test_a_project_lists_what_was_proposed_of_it_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch", "main")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    for name in ("data-2013-08-31", "projects/churn=data-2013-09-30", "projects/prices=data-2013-10-31"):
        git("update-ref", f"refs/remotes/origin/{name}", "HEAD")
    assert proposals.list_proposed() == {date(2013, 8, 31): "origin/data-2013-08-31"}
    assert proposals.name_branch("2013-08-31") == "data-2013-08-31"
    (tmp_path / "projects/churn").mkdir(parents=True)
    monkeypatch.chdir("projects/churn")
    assert proposals.list_proposed() == {date(2013, 9, 30): "origin/projects/churn=data-2013-09-30"}
    assert proposals.name_branch("2013-09-30") == "projects/churn=data-2013-09-30"
