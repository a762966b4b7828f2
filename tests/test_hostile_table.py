"""One table in which everything is hostile, through every stage: nothing of it acts in any file or output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from builders import hostile_table, picks
from builders.hostile_table import FILE, ID, MARK, QUESTION, TARGET, TEXTS, find_hidden, find_live
from builders.raw_problems import list_commands

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # a whole build


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """What commands and stages printed."""
    return {}


@pytest.fixture(scope="module")
def built(
    make_repository: Callable[[Path], Repository], tmp_path_factory: pytest.TempPathFactory, outputs: dict[str, str]
) -> Repository:
    """A repository whose problem is the hostile table, every stage run."""
    repository = make_repository(tmp_path_factory.mktemp("hostile") / "hostile")
    hostile_table.write_table(repository.folder / FILE, hostile_table.make_table())
    roles = ["--target", TARGET, "--id", ID, "--time", "time"]
    done = repository.lifecycle("new", "hostile", "--data", FILE, *roles)
    assert done.returncode == 0, done.stdout + done.stderr
    outputs["new"] = done.stdout + done.stderr
    ask(repository)
    chosen = {"problem": "hostile", "through": "2021-12-31", "candidates": ["linear", "lightgbm"], "search": "none"}
    picks.write_picks(repository.folder, **chosen, ensemble="greedy")
    for stage, arguments in list_commands(repository.folder):
        ran = repository.stage(stage, *arguments)
        outputs[f"{stage} {len(outputs)}"] = ran.stdout + ran.stderr
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return repository


def ask(repository: Repository) -> None:
    """Let the problem's own texts be hostile, too."""
    text = hostile_table.yaml_text(QUESTION)
    path = "conf/problem/hostile.yaml"
    repository.edit(path, {rf"^( *){key}: .*": f"  {key}: {text}" for key in ("who", "how")})
    repository.edit(path, {rf"^{key}: .*": f"{key}: {text}" for key in ("question", "unit", "positive")})
    repository.edit(path, {r"^( +)why: .*": f"    why: {text}"})


def list_files(folder: Path) -> list[Path]:
    """Every file that stages and commands wrote for a person."""
    tops = [folder / "reports", folder / "models", folder / "runs", folder / "conf"]
    ours = {path for top in tops for path in top.rglob("*") if path.is_file() and path.name != ".gitignore"}
    return sorted(path for path in ours if path.parts[-3] != "conf" or path.stem == "hostile")


@pytest.mark.parametrize("ending", [".md", ".html", ".csv"])
def test_what_is_live_is_found(tmp_path: Path, ending: str) -> None:
    live = {
        ".md": set(TEXTS) - {"formula", "plus", "minus", "sum", "later", "label", "entity"},
        ".html": {"script", "image", "close", "terminal", "direction"},
        ".csv": {"formula", "plus", "minus", "sum", "later", "mention", "terminal", "direction"},
    }
    path = tmp_path / f"a{ending}"
    found = set()
    for name, text in TEXTS.items():
        path.write_text(text, encoding="utf-8")
        found |= {name} if [*find_live(path)] else set()
    assert found >= live[ending]


def test_nothing_is_live_in_any_file(built: Repository) -> None:
    done = built.lifecycle("predict", "--input", FILE, "--output", "runs/predictions.jsonl")
    assert done.returncode == 0, done.stdout + done.stderr
    done = built.lifecycle("monitor", "--data", FILE, "--prometheus", "runs/gauges.prom")
    assert done.returncode == 0, done.stdout + done.stderr
    files = list_files(built.folder)
    found = {str(path.relative_to(built.folder)): live for path in files if (live := [*find_live(path)][:5])}
    assert found == {}
    holding = {path.suffix for path in files if MARK.encode() in path.read_bytes()}
    assert {".md", ".html", ".csv", ".json", ".jsonl", ".yaml"} <= holding
    assert f"lifecycle_{MARK} 1" not in (built.folder / "runs/gauges.prom").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("command", [("summary",), ("timings",), ("picks",), ("monitor", "--data", FILE)])
def test_no_command_prints_what_acts_on_a_terminal(built: Repository, command: tuple[str, ...]) -> None:
    done = built.lifecycle(*command)
    assert [*find_hidden(done.stdout + done.stderr)] == []


def test_neither_new_nor_a_stage_prints_what_acts_on_a_terminal(built: Repository, outputs: dict[str, str]) -> None:
    assert {name: live for name, text in outputs.items() if (live := [*find_hidden(text)])} == {}
    assert MARK in outputs["new"]


def test_an_error_about_the_table_is_three_plain_lines(built: Repository) -> None:
    done = built.lifecycle("predict", "--input", f"absent {FILE}\nnext: rm -rf .", "--output", "x.csv")
    assert done.returncode == 2
    assert [*find_hidden(done.stderr)] == []
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["error", "where", "next"]
