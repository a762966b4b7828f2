"""Options of a project written by their new names."""

from pathlib import Path

import pytest

from lifecycle.cli import renames
from lifecycle.errors import WrongValue
from lifecycle.onboarding.renames import Renamed

FILES = {
    "conf/search/own.yaml": "trials: 4 # as many as there is time for\n",
    "conf/search/none.yaml": "tries: 0\n",
    "conf/gate/own.yaml": "trials: 2\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(renames, "RENAMED", (Renamed("0.2.0", "search", ("trials",), "tries"),))
    return tmp_path


def read(project: Path) -> dict[str, str]:
    return {name: (project / name).read_text(encoding="utf-8") for name in FILES}


def test_old_names_are_rewritten_once_and_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert renames.main([]) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == ["conf/search/own.yaml: trials → tries (since 0.2.0)"]
    assert read(project) == FILES | {"conf/search/own.yaml": "tries: 4 # as many as there is time for\n"}
    assert renames.main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_where_one_file_has_both_names_none_is_written(project: Path) -> None:
    (project / "conf/search/two.yaml").write_text("trials: 1\ntries: 2\n", encoding="utf-8")
    with pytest.raises(WrongValue, match="has trials and tries"):
        renames.main([])
    assert read(project) == FILES
