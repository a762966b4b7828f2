"""The environment's lock is the nearest one, up to the top of the Git repository."""

from pathlib import Path

import pytest

from lifecycle.versioning.environment import find_environment


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "company" / "projects" / "churn"
    folder.mkdir(parents=True)
    (tmp_path / "company/.git").mkdir()
    (tmp_path / "requirements.lock").write_text("of nobody\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def test_the_nearest_one_counts(project: Path) -> None:
    (project / "../../requirements.lock").write_text("of all\n", encoding="utf-8")
    assert find_environment() == Path("../../requirements.lock")
    (project / "requirements.lock").write_text("its own\n", encoding="utf-8")
    assert find_environment() == Path("requirements.lock")


def test_none_above_the_repository_counts(project: Path) -> None:
    assert find_environment() == Path("requirements.lock")


def test_without_a_repository_only_this_folder_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "requirements.lock").write_text("of all\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "inner")
    assert find_environment() == Path("requirements.lock")
