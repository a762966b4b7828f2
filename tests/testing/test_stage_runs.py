"""Every stage of dvc.yaml in one process."""

from pathlib import Path

import pytest

from lifecycle.errors import WrongValue
from lifecycle.testing import stage_runs

PIPELINE = """\
stages:
  greet:
    cmd: python -c "print('hello ${name}')"
  split:
    cmd: python -m lifecycle.stages.split problem=${problem}
  tune:
    matrix:
      model: ${candidates}
    cmd: python -c "print('tuned ${item.model}')"
"""


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text(PIPELINE, encoding="utf-8")
    (tmp_path / "params.yaml").write_text("name: anna\nproblem: x\ncandidates: [one, two]\n", encoding="utf-8")
    return tmp_path


def test_stages_run_in_their_order_with_the_words_of_params_and_once_per_candidate(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stage_runs.main(["split"]) == 0
    assert capsys.readouterr().out == "hello anna\ntuned one\ntuned two\n"


def test_the_first_stage_that_fails_ends_the_run_with_its_exit_code(
    pipeline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stage_runs.main([]) == 2
    said = capsys.readouterr()
    assert said.out == "hello anna\n"
    assert [line.split(":")[0] for line in said.err.splitlines()] == ["error", "where", "next"]


def test_a_program_that_fails_says_so_in_three_lines(pipeline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pipeline / "dvc.yaml").write_text("stages:\n  fail:\n    cmd: python -c 'exit(4)'\n", encoding="utf-8")
    assert stage_runs.main([]) == 2
    assert capsys.readouterr().err.startswith("error: python ended with exit code 4: no message\nwhere: python -c")


def test_a_word_that_params_has_not_is_named() -> None:
    with pytest.raises(WrongValue) as caught:
        stage_runs.fill_in("python -m lifecycle.stages.split seed=${sed}", {"seed": 1}, "")
    assert caught.value.todo == "add sed: to params.yaml"
