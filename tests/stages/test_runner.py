"""Starting a stage: exit codes, three lines on stderr, the composed configuration, and a record in runs/."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lifecycle
from lifecycle.__main__ import main
from lifecycle.errors import GateClosed, UnfitTable, WrongValue
from lifecycle.options import Call, options
from lifecycle.stages import runner


@options
class Config:
    """Two plain values, one of them with a default."""

    seed: int
    name: str = "x"


@options
class Candidate(Call):
    """A call that knows which option it is."""

    option: str


@options
class WithModel:
    """A stage that runs once per model."""

    model: Candidate


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with params.yaml and one model, made the working folder."""
    (tmp_path / "params.yaml").write_text("seed: 1\n")
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "decision_tree.yaml").write_text("_target_: sklearn.tree.DecisionTreeClassifier\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIFECYCLE_DEBUG", raising=False)
    return tmp_path


def test_success_is_0_with_one_line_and_a_record(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.enter("weigh", Config, lambda config: f"seed {config.seed}", ["seed=5"]) == 0
    assert capsys.readouterr() == ("weigh: seed 5\n", "")
    record = json.loads((folder / "runs" / "weigh.json").read_text())
    assert sorted(record) == ["peak_mebibytes", "process_seconds", "seconds", "stage", "started"]
    assert record["stage"] == "weigh"
    assert record["seconds"] >= 0
    assert record["peak_mebibytes"] > 1


def test_the_record_of_a_candidate_has_its_name(folder: Path) -> None:
    assert runner.enter("tune", WithModel, lambda config: "done", ["model=decision_tree"]) == 0
    assert json.loads((folder / "runs" / "tune-decision_tree.json").read_text())["stage"] == "tune@decision_tree"


@pytest.mark.parametrize(("kind", "code"), [(UnfitTable, 2), (GateClosed, 3)])
def test_an_error_is_three_lines_on_stderr(
    folder: Path, capsys: pytest.CaptureFixture[str], kind: type, code: int
) -> None:
    def run(config: Config) -> str:
        raise kind("too few", where="table, 3 rows", todo="collect more")

    assert runner.enter("weigh", Config, run, []) == code
    assert capsys.readouterr() == ("", "error: too few\nwhere: table, 3 rows\nnext:  collect more\n")
    assert not (folder / "runs").exists()


def test_a_wrong_override_is_2_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.enter("weigh", Config, lambda config: pytest.fail("ran"), ["seeed=1"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: unknown key 'seeed'",
        "where: command line, seeed=1",
        "next:  use 'seed'",
    ]


def test_cfg_prints_the_configuration_and_runs_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.enter("weigh", Config, lambda config: pytest.fail("ran"), ["--cfg", "seed=3"]) == 0
    assert capsys.readouterr() == ("seed: 3\nname: x\n", "")
    assert not (folder / "runs").exists()


def test_debug_shows_the_cause_as_well(monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(config: Config) -> str:
        raise UnfitTable("too few", where="here", todo="more") from ValueError("the cause")

    monkeypatch.setenv("LIFECYCLE_DEBUG", "1")
    assert runner.enter("weigh", Config, run, []) == 2
    said = capsys.readouterr().err
    assert "ValueError: the cause" in said
    assert said.endswith("error: too few\nwhere: here\nnext:  more\n")


def test_a_bug_of_ours_is_not_hidden() -> None:
    def run(config: Config) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        runner.enter("weigh", Config, run, [])


def test_a_stage_as_a_command_fails_without_a_traceback(folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(lifecycle.__file__).parents[1])}
    command = [sys.executable, "-W", "error", "-m", "lifecycle.stages.collect", "source=nowhere"]
    done = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "error: source: there is no option 'nowhere'",
        "where: conf/source/, picked in params.yaml or on the command line",
        "next:  remove it",
    ]


def test_the_code_of_another_folder_is_not_run_where_this_folder_has_its_own(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "src" / "lifecycle").mkdir(parents=True)
    (folder / "src" / "lifecycle" / "__init__.py").touch()
    running = Path(lifecycle.__file__).resolve().parent
    rejection = [
        f"error: the code that runs is that of {running}, not that of this folder, {folder / 'src' / 'lifecycle'}",
        f"where: the environment {sys.prefix}, which has lifecycle from another folder",
        "next:  make setup && . .venv/bin/activate, for an environment of its own; or export PYTHONPATH=src",
    ]
    assert runner.enter("weigh", Config, lambda config: pytest.fail("ran"), []) == 2
    assert capsys.readouterr().err.splitlines() == rejection
    assert main(["picks"]) == 2
    assert capsys.readouterr().err.splitlines() == rejection


def test_a_link_to_the_code_that_runs_is_that_code(folder: Path) -> None:
    (folder / "src").symlink_to(Path(lifecycle.__file__).parents[1])
    assert runner.enter("weigh", Config, lambda config: "done", []) == 0


def test_a_system_that_counts_no_memory_has_a_record_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert runner.enter("weigh", Config, lambda config: "done", []) == 0
    assert json.loads((folder / "runs" / "weigh.json").read_text())["peak_mebibytes"] == 0


def test_a_module_without_its_package_is_no_code_of_this_folder(folder: Path) -> None:
    (folder / "src" / "lifecycle" / "evaluation").mkdir(parents=True)
    (folder / "src" / "lifecycle" / "evaluation" / "metric.py").touch()
    assert runner.enter("weigh", Config, lambda config: "done", []) == 0


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("# The engine of this project stands beside it, in src/lifecycle.\n", None),
        ("lifecycle==0.0.7 --hash=sha256:ab\n", "error: engine.lock pins lifecycle 0.0.7, and lifecycle "),
        (None, None),
    ],
)
def test_another_engine_than_the_pinned_one_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lock: str | None, said: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    if lock is not None:
        (tmp_path / "engine.lock").write_text(lock, encoding="utf-8")
    if said is None:
        runner.require_pinned_engine()
        return
    with pytest.raises(WrongValue) as error:
        runner.require_pinned_engine()
    assert str(error.value).startswith(said)
    assert str(error.value).endswith("next:  make setup && . .venv/bin/activate")
