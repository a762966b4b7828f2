"""Outputs that are absent or have other bytes than dvc.lock says, whether DVC or Git keeps them."""

import re
import subprocess
from pathlib import Path

import pytest

from lifecycle.errors import CorruptFile
from lifecycle.versioning.outputs import WrongOutputs, find_wrong_outputs

MODEL, REPORT = Path("models/model.skops"), Path("reports/train.json")


def test_what_stands_as_it_was_built_is_right(toy: Path) -> None:
    assert find_wrong_outputs() == WrongOutputs()
    assert find_wrong_outputs().describe() == []


@pytest.mark.parametrize("path", [MODEL, REPORT])
def test_an_absent_output_is_named(toy: Path, path: Path) -> None:
    path.unlink()
    assert find_wrong_outputs() == WrongOutputs(absent=[path])
    assert find_wrong_outputs().describe() == [f"{path} is not here (make pull, or make repro)"]


@pytest.mark.parametrize("path", [MODEL, REPORT])
def test_an_output_with_other_bytes_is_named(toy: Path, path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content + b" ")
    assert find_wrong_outputs() == WrongOutputs(differing=[path])
    assert find_wrong_outputs().describe() == [f"{path} has another hash than dvc.lock"]


def test_a_forged_hash_of_the_lock_is_named_although_no_cache_has_it(toy: Path) -> None:
    lock = Path("dvc.lock")
    text = lock.read_text(encoding="utf-8")
    forged, count = re.subn(rf"(path: {MODEL}\n +hash: md5\n +md5: )\w+", rf"\g<1>{'f' * 32}", text)
    assert count == 3, "of train's output, and of two stages that depend on it"
    lock.write_text(forged, encoding="utf-8")
    assert find_wrong_outputs() == WrongOutputs(differing=[MODEL])


def test_a_clone_without_data_names_the_first_of_what_it_lacks(toy: Path, tmp_path: Path, monkeypatch) -> None:
    subprocess.run(["git", "clone", "--quiet", str(toy), str(tmp_path / "clone")], check=True)
    monkeypatch.chdir(tmp_path / "clone")
    found = find_wrong_outputs()
    assert found.differing == []
    assert [str(path) for path in found.absent] == [
        "data/features.parquet",
        "data/predictions",
        "data/raw",
        "models/model.skops",
    ]
    assert WrongOutputs(absent=[Path(name) for name in "abcdefg"]).describe() == [
        "a, b, c, d, e and 2 more are not here (make pull, or make repro)"
    ]


def test_a_lock_that_dvc_cannot_read_is_rejected(toy: Path) -> None:
    Path("dvc.lock").write_text("stages: [", encoding="utf-8")
    with pytest.raises(CorruptFile):
        find_wrong_outputs()
