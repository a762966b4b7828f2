"""One word where a stage is repeated for each word of a list: said in three lines, before DVC or where it stops."""

from pathlib import Path

import pytest
from builders.picks import write_picks

from lifecycle.__main__ import main
from lifecycle.errors import WrongValue
from lifecycle.versioning import dvc_internals
from lifecycle.versioning.matrix import must_be_lists

PIPELINE = """\
stages:
  tune:
    matrix:
      model: ${candidates}
      kind: [a, b]
    cmd: echo ${item.model}
  train:
    cmd: echo
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a stage that is repeated for each candidate, made the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text(PIPELINE, encoding="utf-8")


@pytest.mark.parametrize(
    ("pick", "written"),
    [("linear", "linear"), (7, "7"), ([], "NAME"), ({"linear": 1}, "{'linear': 1}"), (None, "NAME")],
)
def test_what_is_no_list_is_named_with_the_list_to_write(pick: object, written: str) -> None:
    write_picks(Path(), candidates=pick)
    with pytest.raises(WrongValue) as caught:
        must_be_lists()
    assert str(caught.value).splitlines() == [
        f"error: candidates is {pick!r}, and stage tune is repeated for each word of a list",
        "where: params.yaml, key candidates",
        f"next:  write candidates: [{written}], or for one run: dvc exp run -S 'candidates=[{written}]'",
    ]


def test_a_list_is_as_it_should_be() -> None:
    write_picks(Path(), candidates=["linear"])
    must_be_lists()


@pytest.mark.parametrize("name", ["dvc.yaml", "params.yaml"])
def test_a_folder_without_stages_or_picks_has_no_matrix(name: str) -> None:
    write_picks(Path(), candidates="linear")
    Path(name).unlink()
    must_be_lists()


def test_picks_says_it_before_dvc_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    write_picks(Path(), candidates="linear")
    assert main(["picks"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "error: candidates is 'linear', and stage tune is repeated for each word of a list"


def test_a_command_that_asks_dvc_says_it_too(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (toy / "dvc.yaml").read_text(encoding="utf-8")
    more = "stages:\n  tune:\n    matrix:\n      model: ${candidates}\n    cmd: echo ${item.model}\n"
    (toy / "dvc.yaml").write_text(text.replace("stages:\n", more, 1), encoding="utf-8")
    with (toy / "params.yaml").open("a", encoding="utf-8") as stream:
        stream.write("candidates: linear\n")
    with pytest.raises(WrongValue, match="candidates is 'linear'"), dvc_internals.open_repository() as repo:
        list(repo.outputs())
