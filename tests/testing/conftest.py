import sys
from pathlib import Path

import pytest
from builders.thin import make_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project as the working folder, its package importable; no other project's was imported before."""
    folder = make_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(folder / "src")
    for name in [name for name in sys.modules if name.startswith("thin_shop")]:
        monkeypatch.delitem(sys.modules, name)
    return folder
