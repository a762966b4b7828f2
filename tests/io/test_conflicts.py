"""The marks of a merge: found, named with both sides, and taken out with the first side kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lifecycle.errors import CorruptFile
from lifecycle.io.conflicts import has_marks, keep_first_side, must_be_whole, must_not_conflict
from lifecycle.io.records import edit_yaml, read_json, read_yaml
from lifecycle.io.tables import read_csv
from lifecycle.io.yaml_edit import set_key

BEGIN, MIDDLE, END = "<<<<<<< HEAD", "=======", ">>>>>>> tuned"
TEXT = "\n".join(["seed: 1", BEGIN, "depth: 2", MIDDLE, "depth: 3", END, "problem: shop", ""])


def test_the_file_its_lines_and_both_sides_are_named_with_the_commands_that_end_the_merge() -> None:
    with pytest.raises(CorruptFile) as caught:
        must_not_conflict(Path("params.yaml"), TEXT)
    assert str(caught.value).splitlines() == [
        "error: params.yaml holds both sides of a merge that was not ended: HEAD and tuned",
        "where: params.yaml, lines 2 to 6",
        "next:  lifecycle resolve, which names what to correct by hand; "
        "then: make repro && git add --all . && git commit",
    ]
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "seed: 1\n", f"note: not at the start of a line {BEGIN}\n", "=======\n"])
def test_a_text_without_marks_passes(text: str) -> None:
    assert not has_marks(text)
    must_not_conflict(Path("params.yaml"), text)
    assert keep_first_side(text) == text


def test_a_file_that_is_not_there_has_no_marks(tmp_path: Path) -> None:
    must_be_whole(tmp_path / "dvc.lock")


def test_a_mark_without_its_end_is_named_to_the_last_line() -> None:
    with pytest.raises(CorruptFile) as caught:
        must_not_conflict(Path("dvc.lock"), f"{BEGIN}\nstages:\n")
    assert caught.value.what == "dvc.lock holds both sides of a merge that was not ended: HEAD and another"
    assert caught.value.where == "dvc.lock, lines 1 to 3"


@pytest.mark.parametrize("middle", [MIDDLE, f"||||||| base\ndepth: 1\n{MIDDLE}"])
def test_the_first_side_is_kept(middle: str) -> None:
    text = TEXT.replace(MIDDLE, middle)
    assert keep_first_side(text + text) == 2 * "seed: 1\ndepth: 2\nproblem: shop\n"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("reports/test.json", read_json),
        ("params.yaml", read_yaml),
        ("reports/evaluate/roc.csv", read_csv),
        ("params.yaml", lambda path: edit_yaml(path, lambda text: set_key(text, ["seed"], 2, "params.yaml"))),
    ],
    ids=["json", "yaml", "csv", "an edit"],
)
def test_every_reader_names_the_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, read: Callable[[Path], Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(TEXT, encoding="utf-8")
    with pytest.raises(CorruptFile, match="holds both sides of a merge that was not ended: HEAD and tuned"):
        read(Path(name))
    assert Path(name).read_text(encoding="utf-8") == TEXT
