"""Files for people who join: what they name exists, and they agree with each other."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from lifecycle.__main__ import COMMANDS
from lifecycle.versioning.projects import check_alone, list_projects

ROOT = Path(__file__).parents[1]
NAMES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
TEMPLATES = [*(ROOT / ".github").glob("*.md"), *(ROOT / ".github/ISSUE_TEMPLATE").iterdir()]
PAGES = [*(ROOT / name for name in NAMES), *sorted((ROOT / "docs").glob("*.md")), *sorted(TEMPLATES)]
MAKEFILE = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "tasks.mk"))
TARGETS = set(re.findall(r"^([\w-]+):", MAKEFILE, flags=re.MULTILINE))
OF_A_PROJECT = (ROOT / "template/Makefile").read_text(encoding="utf-8")  # beside those that all have
# Outputs, which a fresh clone does not have.
OUTPUTS = ("data/", "models/", "reports/")
OF_THE_FLIGHTS = "flight"  # in the names of the bundled problem's files, which tests/flights/ looks at
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)(?:#[^)]*)?\)")  # not to another site
PATH = re.compile(r"`((?:\.github|\.devcontainer|benchmarks|conf|data|deploy|docs|models|reports|src|tests)/[^`\s]*)`")


def is_example(name: str) -> bool:
    """Whether a path is a pattern, or names an option that a reader writes."""
    return bool(re.search(r"[<>{}*…:=]|NAME|churn|shuttles|companies|orders|newest", name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_linked_files_exist(page: Path) -> None:
    links = [page.parent / link for link in LINK.findall(page.read_text(encoding="utf-8"))]
    assert [link for link in links if not link.exists() and not is_elsewhere(link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_paths_exist(page: Path) -> None:
    named = [ROOT / name for name in PATH.findall(page.read_text(encoding="utf-8")) if not is_example(name)]
    assert [path for path in named if not path.exists() and not is_elsewhere(path)] == []


def is_elsewhere(path: Path) -> bool:
    """Whether a file is an output, or one of the flights."""
    name = Path(os.path.normpath(path)).relative_to(ROOT).as_posix()
    return f"{name}/".startswith(OUTPUTS) or OF_THE_FLIGHTS in name


@pytest.mark.parametrize("page", [*PAGES, ROOT / ".pre-commit-config.yaml", ROOT / ".devcontainer/devcontainer.json"])
def test_named_make_targets_exist(page: Path) -> None:
    named = re.findall(r"(?:`|\$ |entry: [^#\n]*|: \"|run: )make ([a-z][\w-]*)", page.read_text(encoding="utf-8"))
    known = TARGETS | set(re.findall(r"^([\w-]+):", OF_A_PROJECT, flags=re.MULTILINE))
    assert sorted(set(named) - (known if page.name in ("start.md", "CHANGELOG.md") else TARGETS)) == []


def test_every_make_target_is_phony_and_described() -> None:
    phony = set(" ".join(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.MULTILINE)).split())
    described = set(re.findall(r"^([\w-]+):[^=\n]*## \S", MAKEFILE, flags=re.MULTILINE))
    assert phony == described == TARGETS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_commands_exist(page: Path) -> None:
    named = re.findall(r"(?:`|^\$ |^)lifecycle ([a-z][\w-]*)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(set(named) - set(COMMANDS)) == []


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["title"], citation["version"], citation["license"]) == (
        project["name"],
        project["version"],
        project["license"],
    )


def test_the_dev_container_runs_a_supported_python() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f">={container['image'].removeprefix('python:')}" == project["requires-python"]
    assert container["postCreateCommand"] == "make setup"


@pytest.mark.parametrize(
    "file", [".github/dependabot.yml", ".github/ISSUE_TEMPLATE/bug.yaml", ".github/ISSUE_TEMPLATE/feature.yaml",
             ".github/ISSUE_TEMPLATE/config.yml", ".gitlab-ci.yml", "CITATION.cff"],
)  # fmt: skip
def test_make_check_validates_the_file(file: str) -> None:
    done = subprocess.run(["make", "--dry-run", "check"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert any("check-jsonschema" in line and file in line for line in done.stdout.splitlines())


def test_fields_of_an_issue_form_have_ids_of_their_own() -> None:
    for form in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yaml")):
        fields = yaml.safe_load(form.read_text(encoding="utf-8"))["body"]
        ids = [field["id"] for field in fields if field["type"] != "markdown"]
        assert len(ids) == len(set(ids)), form.name


def test_dependabot_watches_folders_that_exist() -> None:
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert [one["directory"] for one in updates if not (ROOT / one["directory"].lstrip("/")).is_dir()] == []


def test_this_repository_is_one_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert list_projects("HEAD") == [Path()]
    check_alone()
