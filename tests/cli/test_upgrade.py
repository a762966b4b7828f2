"""Upgrades that cannot begin; those that can are in tests/template/test_project.py."""

import subprocess
from pathlib import Path

import pytest

from lifecycle.cli import upgrade
from lifecycle.errors import FileError, MissingFile, WrongValue


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project, made from a template that is not there any more."""
    (tmp_path / ".copier-answers.yml").write_text("_commit: v0.1.0\n_src_path: /nowhere/at/all\n", encoding="utf-8")
    (tmp_path / "params.yaml").write_text("seed: 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    who = ["-c", "user.name=team", "-c", "user.email=team@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], [*who, "commit", "--quiet", "--message", "first"]):
        subprocess.run(["git", *command], check=True)
    return tmp_path


def test_a_project_without_a_template(project: Path) -> None:
    (project / ".copier-answers.yml").unlink()
    with pytest.raises(MissingFile, match="was not made from a template"):
        upgrade.main([])


def test_a_change_that_is_not_committed(project: Path) -> None:
    (project / "params.yaml").write_text("seed: 2\n", encoding="utf-8")
    with pytest.raises(WrongValue) as error:
        upgrade.main([])
    assert str(error.value).splitlines() == [
        "error: 1 file is not committed: params.yaml",
        "where: Git",
        "next:  git add . && git commit, or git stash --include-untracked, then again",
    ]


def test_a_new_file_is_not_committed_either(project: Path) -> None:
    (project / "new").write_text("", encoding="utf-8")
    with pytest.raises(WrongValue, match="1 file is not committed: new"):
        upgrade.main([])


def test_a_template_that_is_gone(project: Path) -> None:
    with pytest.raises(FileError, match="copier could not take over the later version"):
        upgrade.main([])
    assert (project / "params.yaml").read_text(encoding="utf-8") == "seed: 1\n"
