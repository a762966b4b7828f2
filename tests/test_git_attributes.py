"""What Git is told of the files: the same bytes on every system, and which of them stages write."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle import paths
from lifecycle.versioning.merge import GENERATED

ROOT = Path(__file__).parents[1]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def names(stage: dict[str, Any], key: str) -> list[str]:
    """The outputs of a stage with a setting."""
    return [name for out in stage["outs"] if isinstance(out, dict) for name, more in out.items() if more.get(key)]


IN_GIT = [
    next(iter(out))
    for stage in STAGES.values()
    for out in stage["outs"]
    if isinstance(out, dict) and next(iter(out.values())).get("cache") is False
]


def attribute(name: str, path: str) -> str:
    done = subprocess.run(
        ["git", "check-attr", name, "--", path], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return done.rsplit(": ", 1)[1].strip()


@pytest.mark.parametrize("out", ["dvc.lock", *IN_GIT])
def test_what_stages_write_into_git_is_marked_as_generated(out: str) -> None:
    path = out.replace("${item.model}", "linear")
    path = path if Path(path).suffix or path == "dvc.lock" else f"{path}/picture.png"
    assert attribute("merge", path) == GENERATED
    assert attribute("linguist-generated", path) == "set"


@pytest.mark.parametrize(
    "path", ["params.yaml", "dvc.yaml", "conf/gate/floors.yaml", "reports/.gitignore", "README.md"]
)
def test_what_people_write_is_merged_line_by_line(path: str) -> None:
    assert attribute("merge", path) == "unspecified"


@pytest.mark.parametrize(
    ("path", "text", "end"),
    [
        ("params.yaml", "auto", "lf"),
        ("data/provenance.json", "auto", "lf"),
        ("reports/evaluate/roc.png", "unset", "lf"),
        ("data/raw/orders/2013-01.parquet", "unset", "lf"),
        ("models/model.skops", "unset", "lf"),
    ],
)
def test_text_ends_its_lines_alike_everywhere_and_other_bytes_stay(path: str, text: str, end: str) -> None:
    assert (attribute("text", path), attribute("eol", path)) == (text, end)


def test_no_committed_file_has_other_line_ends() -> None:
    listed = subprocess.run(["git", "ls-files", "--eol"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [
        line for line in listed.splitlines() if "crlf" in line.split("\t")[0] or "mixed" in line.split("\t")[0]
    ] == []


def test_make_setup_sets_the_merge_driver_in_a_clone(tmp_path: Path) -> None:
    for name in ("Makefile", "tasks.mk"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for name in ("requirements-dev.lock", "pyproject.toml", ".venv/bin/python", ".venv/bin/.ready"):  # set up already
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for command in (["git", "init", "--quiet"], ["make", "setup"], ["make", "setup"]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    driver = ["git", "config", "--local", f"merge.{GENERATED}.driver"]
    assert subprocess.run(driver, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "true\n"


def test_make_repro_ends_a_merge_first() -> None:
    done = subprocess.run(["make", "--dry-run", "repro"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    commands = [line for line in done.splitlines() if line.startswith(("lifecycle ", "dvc "))]
    assert commands[0] == "lifecycle resolve"


def test_what_is_collected_persists_so_that_an_audit_can_take_it() -> None:
    assert {"data/raw", str(paths.PROVENANCE)} <= set(names(STAGES["collect"], "persist"))
