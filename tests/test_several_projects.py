"""Two projects in one Git repository, with one environment: what is done in one leaves the other as it was."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import several
from builders.several import Project

pytestmark = pytest.mark.slow  # whole rebuilds


@dataclass(frozen=True)
class State:
    """What must not change of a project: its files with their hashes, its tags, and what of it is staged or edited."""

    files: dict[str, str]
    lock: bytes
    tags: str
    changes: str


def describe(project: Project) -> State:
    name = project.folder.name
    return State(
        files=project.outputs(),
        lock=(project.folder / "dvc.lock").read_bytes(),
        tags=project.must("git", "tag", "--list", f"projects/{name}=*"),
        changes=project.must("git", "status", "--porcelain", "--", "."),
    )


@dataclass(frozen=True)
class Company:
    churn: Project
    prices: Project


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both projects, built side by side, pushed to one remote and committed under the tag first."""
    folder = tmp_path_factory.mktemp("several") / "company"
    several.found(folder)
    projects = open_company(folder)
    running = [one.start("dvc", "repro") for one in (projects.churn, projects.prices)]
    for process in running:
        said, errors = process.communicate()
        assert process.returncode == 0, said + errors
    for one in (projects.churn, projects.prices):
        one.lifecycle("remote", str(folder.parent / "store"))
        one.must("dvc", "push", "--quiet")
    projects.churn.must("git", "add", "--all", ":/")
    projects.churn.must("git", "commit", "--quiet", "--message", "first")
    projects.churn.must("git", "tag", "first")
    return folder


def open_company(folder: Path) -> Company:
    around = several.environment() | {"DVC_SITE_CACHE_DIR": str(folder.parent / "site")}
    return Company(*(Project(folder / "projects" / name, around) for name in several.NAMES))


@pytest.fixture
def company(built: Path, tmp_path: Path) -> Company:
    """A copy of both projects in which somebody works on prices: edited, staged and new files."""
    shutil.copytree(built, tmp_path / "company", symlinks=True)
    found = open_company(tmp_path / "company")
    with (found.prices.folder / "params.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# work in progress\n")
    (found.prices.folder / "staged").write_text("staged\n", encoding="utf-8")
    found.prices.must("git", "add", "staged")
    (found.prices.folder / "new").write_text("new\n", encoding="utf-8")
    return found


def test_a_change_of_one_is_built_reviewed_released_and_rolled_back_without_the_other(company: Company) -> None:
    churn, before = company.churn, describe(company.prices)
    assert "stale" not in churn.lifecycle("summary")
    first = churn.outputs()
    several.edit(churn.folder, {"conf/model/linear.yaml": {r"low: 0\.0003": "low: 0.002"}})
    assert "these numbers are outdated" in churn.lifecycle("summary")
    assert "Running stage 'collect'" not in (said := churn.must("dvc", "repro"))
    assert "Running stage 'tune@linear'" in said
    assert churn.lifecycle("prune") == churn.lifecycle("resolve") == ""
    churn.must("git", "commit", "--quiet", "--message", "another search", ".")
    assert churn.must("git", "show", "--name-only", "--format=").splitlines()
    assert churn.lifecycle("projects", "--base", "first") == "projects/churn"
    assert churn.lifecycle("projects") == "projects/churn\nprojects/prices"

    assert "gate open" in churn.lifecycle("review", "--base", "first")
    page = (churn.folder / "reports/review.md").read_text(encoding="utf-8")
    assert "conf/model/linear.yaml" in page
    assert "prices" not in page
    churn.lifecycle("gate", "--base", "first")
    assert "released projects/churn=model@v1.0.0" in churn.lifecycle("release")
    assert "tag projects/churn=model#prod#1" in churn.lifecycle("promote", "v1.0.0", "prod")
    assert "environment ../../requirements.lock" in churn.lifecycle("lineage")
    assert describe(company.prices) == before

    assert "rolled back to first" in churn.lifecycle("rollback", "first")
    assert churn.outputs() == first
    staged = churn.must("git", "diff", "--cached", "--name-only").splitlines()
    assert [name for name in staged if not name.startswith("projects/churn/")] == ["projects/prices/staged"]
    churn.lifecycle("rollback", "--discard", "HEAD")
    churn.lifecycle("rollback", "--model", "first")
    churn.lifecycle("rollback", "--discard", "projects/churn=model@v1.0.0")
    assert churn.must("git", "status", "--porcelain", "--", ".") == ""
    churn.lifecycle("verify", "--remote", "first")
    churn.lifecycle("gc", "--only-tags")
    assert describe(company.prices) == before
    company.prices.lifecycle("verify")


def test_the_environment_of_both_makes_both_stale(company: Company) -> None:
    lock = company.churn.folder / "../../requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8") + "# another\n", encoding="utf-8")
    for one in (company.churn, company.prices):
        assert "../../requirements.lock" in one.lifecycle("summary")
    company.churn.must("git", "commit", "--quiet", "--message", "another environment", "../../requirements.lock")
    assert company.churn.lifecycle("projects", "--base", "first") == "projects/churn\nprojects/prices"


def test_an_audit_rebuilds_one_project_in_a_copy(company: Company) -> None:
    before = describe(company.prices)
    assert company.churn.lifecycle("audit").endswith("outputs rebuilt in another place, all with the hash in dvc.lock")
    assert describe(company.prices) == before


def test_erasing_in_one_leaves_what_the_other_needs_until_it_erases_too(company: Company, tmp_path: Path) -> None:
    churn, before = company.churn, describe(company.prices)
    ids = tmp_path / "ids"
    ids.write_text("2013-01-0000\n", encoding="utf-8")
    code, said, errors = churn.run(sys.executable, "-m", "lifecycle", "erase", "--ids", str(ids))
    assert code == 2
    assert "left    project projects/prices: it needs" in said
    assert "not everything is erased yet: project projects/prices" in errors
    assert describe(company.prices) == before
    company.prices.lifecycle("verify", "--remote", "first")


def test_a_proposal_has_the_files_of_one_project_and_a_branch_of_its_own(company: Company, tmp_path: Path) -> None:
    churn = company.churn
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin" / "gh"
    gh.write_text('#!/bin/sh\n[ "$2" = list ] || echo "$*"\n', encoding="utf-8")
    gh.chmod(0o755)
    churn.environment["PATH"] = f"{gh.parent}:{churn.environment['PATH']}"
    churn.must("git", "init", "--quiet", "--bare", str(tmp_path / "origin"))
    churn.must("git", "remote", "add", "origin", str(tmp_path / "origin"))
    before = describe(company.prices)
    assert "through 2013-08-31 → 2013-09-30" in churn.lifecycle("advance", "--today", "2013-12-01")
    churn.must("dvc", "repro")
    branch = "projects/churn=data-2013-09-30"
    assert branch in churn.lifecycle("propose")
    named = churn.must("git", "diff", "--name-only", f"first..{branch}").splitlines()
    assert named
    assert all(name.startswith("projects/churn/") for name in named)
    assert describe(company.prices) == before
    assert "through 2013-08-31 → 2013-09-30" in company.prices.lifecycle("advance", "--today", "2013-12-01")
