"""The code that stages run, beside the project and installed."""

import hashlib
from pathlib import Path

import pytest

from lifecycle.versioning import code_files
from lifecycle.versioning.environment import parse_pinned_engine


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with code of its own, without an engine beside it."""
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "src/shop/steps.py").write_text("", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[tool.lifecycle]\npackages = ["shop"]\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_installed_engine_is_named_by_its_place_in_the_package(project: Path) -> None:
    code = code_files.list_code()
    assert code_files.name_file(code["lifecycle.stages.train"]) == "lifecycle/stages/train.py"
    assert code_files.name_file(code["shop.steps"]) == "src/shop/steps.py"


def test_an_engine_beside_the_project_is_named_by_its_path(project: Path) -> None:
    (project / "src/lifecycle").mkdir()
    (project / "src/lifecycle/errors.py").write_text("", encoding="utf-8")
    code = code_files.list_code()
    assert set(code) == {"lifecycle.errors", "shop.steps"}
    assert code_files.name_file(code["lifecycle.errors"]) == "src/lifecycle/errors.py"


def test_every_name_leads_back_to_its_file(project: Path) -> None:
    for path in code_files.list_code().values():
        name = code_files.name_file(path)
        assert code_files.hash_file(name) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_is_not_here_has_no_hash(project: Path) -> None:
    assert code_files.hash_file("lifecycle/stages/fly.py") == ""
    assert code_files.hash_file("src/shop/features.py") == ""


@pytest.mark.parametrize(
    ("lock", "version"),
    [
        ("--no-index\n--find-links wheels\nlifecycle==0.2.0 --hash=sha256:ab\n", "0.2.0"),
        ("lifecycle==1.0rc1\\\n    --hash=sha256:ab\n", "1.0rc1"),
        ("# The engine of this project stands beside it, in src/lifecycle.\n", ""),
        ("# lifecycle==0.1.0\nlifecycle-extras==2.0\n", ""),
        ("", ""),
    ],
)
def test_the_version_that_is_pinned(lock: str, version: str) -> None:
    assert parse_pinned_engine(lock) == version
