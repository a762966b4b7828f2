"""What the template renders: with the flights' answers the files of this repository, byte for byte."""

import filecmp
import sys
from pathlib import Path

import pytest
import yaml
from builders.projects import TOP, copy_template, run

FLIGHTS = {"name": "flights", "problem": "flight_delay", "through": "2013-09-30", "question": "Will it arrive late?"}
# What a project has of its own kind, since its engine is not beside it, and its example of a metric.
OTHERWISE = {
    ".dockerignore",
    "Dockerfile",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    ".copier-answers.yml",
    "conf/metric/lift.yaml",
}
OWN = ("src/", "tests/")
# The groups whose options are a problem's own.
PROBLEM = {"problem", "source", "schema", "clean", "features"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_template(tmp_path_factory.mktemp("template"))


def render(template: Path, folder: Path, answers: dict[str, str]) -> Path:
    data = [part for key, value in answers.items() for part in ("--data", f"{key}={value}")]
    options = ["--skip-tasks", "--trust", "--defaults", "--quiet", *data]
    run(folder.parent, sys.executable, "-m", "copier", "copy", *options, str(template), str(folder))
    return folder


def list_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def flights(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(template, tmp_path_factory.mktemp("flights") / "flights", FLIGHTS)


def test_the_flights_are_such_a_project(flights: Path) -> None:
    names = sorted(name for name in list_files(flights) - OTHERWISE if not name.startswith(OWN))
    assert len(names) > 100
    assert [name for name in names if not filecmp.cmp(flights / name, TOP / name, shallow=False)] == []


def test_no_file_is_a_link_and_none_names_the_flights(flights: Path, template: Path, tmp_path: Path) -> None:
    churn = render(template, tmp_path / "churn", {"name": "churn"})
    assert [path for path in churn.rglob("*") if path.is_symlink()] == []
    texts = {name: (churn / name).read_text(encoding="utf-8") for name in list_files(churn)}
    assert [name for name, text in texts.items() if "flight" in text.lower()] == []


def test_every_option_of_the_engine_comes_along(flights: Path) -> None:
    options = {path.relative_to(TOP).as_posix() for path in TOP.glob("conf/*/*.yaml")}
    assert {name for name in options if name.split("/")[1] not in PROBLEM} <= list_files(flights)


@pytest.mark.parametrize(
    ("answers", "there", "not_there"),
    [
        ({"host": "github"}, ".github/workflows/review.yaml", ".gitlab-ci.yml"),
        ({"host": "gitlab"}, ".gitlab-ci.yml", ".github/workflows/review.yaml"),
        ({"host": "none", "licence": "Apache-2.0"}, "LICENSE", ".github/workflows/review.yaml"),
        ({"licence": "MIT"}, "LICENSE", "engine.lock"),
        ({"licence": "none"}, "README.md", "LICENSE"),
    ],
)
def test_answers_decide_what_is_there(
    template: Path, tmp_path: Path, answers: dict[str, str], there: str, not_there: str
) -> None:
    files = list_files(render(template, tmp_path / "churn", {"name": "churn", **answers}))
    assert there in files
    assert not_there not in files


def test_the_remote_is_in_the_configuration_of_dvc(template: Path, tmp_path: Path) -> None:
    churn = render(template, tmp_path / "churn", {"name": "churn", "remote": "s3://bucket/churn"})
    assert (churn / ".dvc/config").read_text(encoding="utf-8").splitlines()[-3:] == [
        "    remote = store",
        "['remote \"store\"']",
        "    url = s3://bucket/churn",
    ]


def test_a_monorepo_has_what_its_members_share_and_they_have_the_rest(template: Path, tmp_path: Path) -> None:
    company = render(template, tmp_path / "company", {"layout": "monorepo", "name": "company", "licence": "MIT"})
    shared = list_files(company)
    assert {"Makefile", "requirements.lock", ".github/workflows/review.yaml", "LICENSE", ".gitignore"} <= shared
    workflows = [name for name in shared if name.startswith(".github/workflows/")]
    assert [name for name in workflows if not filecmp.cmp(company / name, TOP / name, shallow=False)] == []
    (company / "projects").mkdir()
    churn = render(template, company / "projects/churn", {"layout": "member", "name": "churn"})
    own = list_files(churn)
    alone = list_files(render(template, tmp_path / "churn", {"name": "churn"}))
    assert alone - own == {
        "requirements.lock",
        "requirements-dev.lock",
        ".pre-commit-config.yaml",
        *(name for name in alone if name.startswith(".github/")),
    }
    assert alone - own < shared
    pipeline = (churn / "dvc.yaml").read_text(encoding="utf-8")
    assert pipeline.replace("- ../../", "- ") == (TOP / "dvc.yaml").read_text(encoding="utf-8")
    assert pipeline.count("- ../../requirements.lock") == 2


@pytest.mark.parametrize("name", ["Churn", "1st", "lifecycle", "a-b", "a.b", ""])
def test_a_name_that_is_no_package_is_rejected(template: Path, tmp_path: Path, name: str) -> None:
    options = ["--skip-tasks", "--trust", "--defaults", "--quiet", "--data", f"name={name}"]
    command = [sys.executable, "-m", "copier", "copy", *options, str(template), "churn"]
    assert "small letters" in run(tmp_path, *command, code=1).stderr
    assert not (tmp_path / "churn").exists()


def test_a_question_with_quotes_stays_one_text(template: Path, tmp_path: Path) -> None:
    import tomllib

    asked = 'Which "VIPs" leave: next month? # soon \\'
    churn = render(template, tmp_path / "churn", {"name": "churn", "question": asked})
    project = tomllib.loads((churn / "pyproject.toml").read_text(encoding="utf-8"))
    answers = yaml.safe_load((churn / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert (project["project"]["description"], answers["question"]) == (asked, asked)
