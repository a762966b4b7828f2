"""Two projects in one Git repository, with one environment: what is done in one leaves the other as it was."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml
from builders import several
from builders.asked import find_free_port
from builders.projects import commit, git
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
    around = several.environment(folder) | {"DVC_SITE_CACHE_DIR": str(folder.parent / "site")}
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


def test_erasing_in_one_leaves_what_the_other_needs_until_it_erases_too(company: Company, tmp_path: Path) -> None:
    churn, before = company.churn, describe(company.prices)
    ids = tmp_path / "ids"
    ids.write_text("2013-01-0000\n", encoding="utf-8")
    code, said, errors = churn.run("lifecycle", "erase", "--ids", str(ids))
    assert code == 2
    assert "left    project projects/prices: it needs" in said
    assert "not everything is erased yet: project projects/prices" in errors
    assert describe(company.prices) == before
    company.prices.lifecycle("verify", "--remote", "first")
    assert "record  data/erased/" in company.prices.lifecycle("erase", "--ids", str(ids))
    assert "nothing holds these rows any more" in churn.lifecycle("erase", "--ids", str(ids))


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


def run_steps(company: Company, workflow: str, *left_out: str) -> str:
    """What the commands of a workflow print at the top of the repository, in the order of its steps."""
    top = company.churn.folder.parents[1]
    jobs = yaml.safe_load((top / f".github/workflows/{workflow}.yaml").read_text(encoding="utf-8"))["jobs"]
    steps = [step["run"] for step in jobs[workflow]["steps"] if "run" in step]
    steps = [step for step in steps if not step.startswith(left_out)]
    assert len(steps) > 2
    return Project(top, company.churn.environment).must("bash", "-e", "-c", "\n".join(steps))


def test_the_workflow_of_reviews_takes_what_a_pull_request_touches(company: Company, tmp_path: Path) -> None:
    churn, before = company.churn, describe(company.prices)
    several.edit(churn.folder, {"conf/model/linear.yaml": {r"low: 0\.0003": "low: 0.002"}})
    churn.must("dvc", "repro")
    churn.must("git", "commit", "--quiet", "--message", "another search", ".")
    summary = tmp_path / "summary"
    churn.environment.update(BASE="HEAD^1", LABELS="[]", GITHUB_STEP_SUMMARY=str(summary))
    said = run_steps(company, "review")
    assert re.findall("^== (.+)", said, flags=re.MULTILINE) == [
        f"projects/churn: make {target}" for target in ("pull", "repro", "review", "gate")
    ]
    assert "conf/model/linear.yaml" in summary.read_text(encoding="utf-8")
    assert describe(company.prices) == before


def test_the_workflow_of_releases_takes_the_project_of_the_tag(company: Company) -> None:
    company.churn.environment.update(TAG="projects/churn=model@v1.0.0", BASE="HEAD", LABELS="accept:frozen")
    said = run_steps(company, "release", "make publish")
    assert set(re.findall("^== (.+): make", said, flags=re.MULTILINE)) == {"projects/churn"}
    company.churn.environment["TAG"] = "projects/sales=model@v1.0.0"
    code, _, errors = Project(company.churn.folder.parents[1], company.churn.environment).run("make", "pull")
    assert code == 2
    assert "error: no project stands in projects/sales" in errors


def test_a_failure_in_one_project_stops_no_other_and_is_the_result(company: Company) -> None:
    (company.churn.folder / "params.yaml").write_text("problem: [\n", encoding="utf-8")
    code, said, _ = Project(company.churn.folder.parents[1], company.churn.environment).run("make", "summary")
    assert code == 2
    assert "== projects/prices: make summary\n" in said
    assert "winner   " in said.split("== projects/prices", 1)[1]


def test_one_command_upgrades_the_engine_of_all(company: Company, built: Path) -> None:
    engine, top = built.with_name("engine"), company.churn.folder.parents[1]
    several.edit(engine, {"pyproject.toml": {'^version = ".*"': 'version = "0.2.0"'},
                          "conf/gate/floors.yaml": {"^resamples: .*": "resamples: 400 # more"},
                          "conf/ensemble/greedy.yaml": {r"\Z": "# later\n"}})  # fmt: skip
    commit(engine, "version 0.2.0")
    git(engine, "tag", "v0.2.0")
    company.prices.must("git", "checkout", "--quiet", "--", ".")
    company.prices.must("git", "rm", "--force", "--quiet", "staged")
    (company.prices.folder / "new").unlink()
    git(top, "commit", "--quiet", "--allow-empty", "--message", "before")
    code, said, errors = Project(top, company.churn.environment).run("make", "upgrade")
    assert code == 2  # the project's own number of resamples is on a line that the later version changed
    assert "engine 0.1.0 → 0.2.0" in said
    assert "error: 1 file changed here and in the later version: conf/gate/floors.yaml" in errors
    assert "error: a merge is not completed in 1 file: projects/churn/conf/gate/floors.yaml" in errors
    company.churn.must("git", "checkout", "--ours", "--quiet", "conf/gate/floors.yaml")
    company.churn.must("git", "add", "conf/gate/floors.yaml")
    code, _, errors = company.prices.run("make", "upgrade")
    assert "error: 1 file changed here and in the later version: conf/gate/floors.yaml" in errors
    for one in (company.churn, company.prices):
        assert (one.folder / "conf/ensemble/greedy.yaml").read_text(encoding="utf-8").endswith("# later\n")
        assert "_commit: v0.2.0" in (one.folder / ".copier-answers.yml").read_text(encoding="utf-8")
    assert [path.name for path in (top / "wheels").iterdir()] == ["lifecycle-0.2.0-py3-none-any.whl"]
    assert not (company.churn.folder / "wheels").exists()


def test_a_project_in_a_folder_is_served_from_it_and_watched(company: Company) -> None:
    churn, before = company.churn, describe(company.prices)
    port = find_free_port()
    server = churn.start("lifecycle", "serve", f"serve.port={port}")
    try:
        assert server.stdout
        assert f":{port}" in server.stdout.readline()
        page = httpx.get(f"http://127.0.0.1:{port}/openapi.json").json()["paths"]["/predict"]["post"]["requestBody"]
        row = page["content"]["application/json"]["example"]
        assert httpx.post(f"http://127.0.0.1:{port}/predict", json=row).status_code == 200
    finally:
        server.terminate()
        server.communicate()
    assert [path.parent for path in churn.folder.rglob("*.jsonl")] == [churn.folder / "data/served"]
    assert "0 of 1 predictions have a label" in churn.lifecycle("monitor", "--served")
    assert describe(company.prices) == before
