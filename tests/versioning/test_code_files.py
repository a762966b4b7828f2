"""Names of code files: paths from here, and for an engine that is installed the paths within it."""

from pathlib import Path

import pytest

import lifecycle
from lifecycle.versioning.code_files import find_engine, locate_file, name_file

INSTALLED = Path(lifecycle.__file__).resolve().parents[1]


def test_an_installed_engine_has_names_without_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_engine() == INSTALLED
    assert name_file(INSTALLED / "lifecycle/stages/clean.py") == "lifecycle/stages/clean.py"
    assert locate_file("lifecycle/stages/clean.py") == INSTALLED / "lifecycle/stages/clean.py"
    assert name_file(Path("src/churn/steps.py")) == "src/churn/steps.py"
    assert locate_file("../../requirements.lock") == Path("../../requirements.lock")


def test_an_engine_in_the_project_has_paths_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src/lifecycle").mkdir(parents=True)
    (tmp_path / "src/lifecycle/__init__.py").touch()
    assert find_engine() == Path("src")
    assert name_file(Path("src/lifecycle/errors.py")) == "src/lifecycle/errors.py"
    assert locate_file("src/lifecycle/errors.py") == Path("src/lifecycle/errors.py")
