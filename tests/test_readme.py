"""Every command in README runs, and prints what README shows."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from lifecycle import paths

ROOT = Path(__file__).parents[1]
OF_THE_FLIGHTS = "flight"  # in the names of the bundled problem's files, which tests/flights/ looks at
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", README, flags=re.MULTILINE)
VARIANTS = re.findall(r"`(dvc exp run -S [^`]+)`", README)
# Run by other tests, or by whoever runs this one.
ELSEWHERE = ("make repro", "make test", "make audit", "make check", "lifecycle replay", "lifecycle serve")


def test_is_short_enough_to_read() -> None:
    assert len(README.splitlines()) < 200


def test_links_and_images_exist() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not is_there(target)] == []


def test_named_files_exist() -> None:
    named = set(re.findall(r"`((?:reports|conf|src|docs)/[\w./]+)`", README))
    assert named
    assert [name for name in sorted(named) if not is_there(name)] == []


def is_there(name: str) -> bool:
    """Whether a file exists, or a stage or the backtest writes it, or it is the flights'."""
    written = [Path(out) for out in (*list_outputs(), paths.REPLAY)]
    inside = [Path(name), *Path(name).parents]
    return (ROOT / name).exists() or OF_THE_FLIGHTS in name or any(path in inside for path in written)


def list_outputs() -> list[str]:
    """The outputs of all stages."""
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].values()
    return [out if isinstance(out, str) else next(iter(out)) for stage in stages for out in stage["outs"]]


def test_the_first_two_commands_are_repro_and_test() -> None:
    assert COMMANDS[:2] == ["make repro", "make test"]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_make_targets_exist(command: str) -> None:
    done = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_drawing_has_every_stage_and_closes_the_loop() -> None:
    drawing = README.split("```mermaid")[1].split("```")[0]
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    names = set(re.findall(r"\w+", drawing))
    assert sorted(stages.keys() - {"trace", "present"} - names) == []
    assert set(re.findall(r"(\w+) -\. .+ \.-> collect", drawing)) == {"monitor", "feedback"}


def write_customers(folder: Path, rows: int = 600) -> None:
    """A generated table of customers as another program would export it: customers with few months leave."""
    generator = np.random.default_rng(0)
    months = generator.integers(1, 60, rows)
    leaves = months + generator.normal(scale=8, size=rows) < 20
    table = pd.DataFrame(
        {
            "customer": [f"C-{number:05d}" for number in range(rows)],
            "months": months,
            "plan": generator.choice(["basic", "plus", "family"], rows),
            "paid": [f"${12.5 * month:,.2f}" for month in months],
            "Churn": np.where(leaves, "Yes", "No"),
        }
    )
    table.to_csv(folder / "customers.csv", index=False)


@pytest.mark.slow
def test_commands_run(changed: Any) -> None:
    write_customers(changed.folder)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in ([*git, "add", "--all"], [*git, "commit", "--quiet", "--message", "a version"]):
        assert changed.run(*command).returncode == 0
    for command in [command for command in COMMANDS if command not in ELSEWHERE]:
        if " && " in command:
            go_back(changed, command)
            continue
        words = shlex.split(command)
        if words[0] == "make":
            words = ["lifecycle", *words[1:]]
        if "tree.yaml" in command:  # the small repository has no tree among its candidates
            words = ["dvc", "exp", "run", "-S", "conf/model/linear.yaml:_classes_.C=0.5"]
        done = changed.run(*words)
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert done.stdout.strip(), f"{command} prints nothing"


@pytest.mark.slow
def test_predict_and_serve_print_what_is_shown(changed: Any) -> None:
    predict, scored, serve, serving = README.split("## Serving\n\n```console\n")[1].split("\n```")[0].splitlines()
    assert mask_numbers(changed.run(*shlex.split(predict.removeprefix("$ "))).stdout) == mask_numbers(scored)
    service = changed.start(*shlex.split(serve.removeprefix("$ ")), "serve.port=0")
    try:
        assert mask_numbers(service.stdout.readline()) == mask_numbers(serving)
    finally:
        service.terminate()
        service.communicate(timeout=60)


def mask_numbers(line: str) -> str:
    """A line of output without the numbers that differ between versions and ports."""
    return re.sub(r"^[\d,]+ rows|(?<=release )[0-9a-f]{12}\b|(?<=:)\d+", "N", line.strip())


def go_back(repository: Any, command: str) -> None:
    """Go back from another problem with the command; afterwards there is nothing to build."""
    assert repository.run("dvc", "exp", "run", "-S", "problem=wine").returncode == 0
    for step in command.split(" && "):
        assert repository.run(*shlex.split(step)).returncode == 0, step
    assert "up to date" in repository.repro()


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_name_keys_that_exist(variant: str) -> None:
    override = shlex.split(variant)[-1]
    file, _, assignment = override.rpartition(":")
    if OF_THE_FLIGHTS in file:
        pytest.skip("tests/flights/ looks at it")
    text = (ROOT / (file or "params.yaml")).read_text(encoding="utf-8")
    key = assignment.split("=")[0].split(".")[-1]
    assert re.search(rf"(?m)^\s*{key}:", text), f"{key} is not in {file or 'params.yaml'}"
