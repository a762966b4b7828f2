"""Which projects of a repository a change touches: by files of their own, and by what they read beside them."""

import subprocess
from pathlib import Path

import pytest

from lifecycle.__main__ import main
from lifecycle.errors import UnknownName, WrongValue
from lifecycle.versioning.projects import check_alone, list_projects, list_touched

FILES = {
    "README.md": "the company's\n",
    "requirements.lock": "pandas==3.1.1\n",
    "shared/steps.py": "ONE = 1\n",
    "projects/churn/dvc.yaml": "stages:\n  trace:\n    cmd: a\n    deps: [../../requirements.lock, src]\n",
    "projects/churn/src/churn/steps.py": "",
    "projects/prices/dvc.yaml": "stages:\n  a:\n    foreach: [a]\n    do: {cmd: a, deps: [../../shared]}\n  odd: 7\n",
    "projects/prices/dvc.lock": "stages:\n  make:\n    deps:\n    - {path: ../../shared/rows.csv, md5: a}\n",
    "projects/own/dvc.yaml": "stages: {}\n",
    "projects/own/requirements.lock": "pandas==3.1.0\n",
    "projects/own/inner/dvc.yaml": "stages: [\n",
    "projects/none/readme": "not a project\n",
}
ALL = ["projects/churn", "projects/own", "projects/own/inner", "projects/prices"]


def git(*arguments: str) -> None:
    identity = ("-c", "user.name=A Tester", "-c", "user.email=tester@example.org")
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    git("init", "--quiet", "--initial-branch", "main")
    git("add", "--all")
    git("commit", "--quiet", "--message", "first")
    return tmp_path


def change(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        with Path(name).open("a", encoding="utf-8") as stream:
            stream.write("# changed\n")
    git("add", "--all")
    git("commit", "--quiet", "--message", "second")


def name_touched() -> list[str]:
    return [folder.as_posix() for folder in list_touched("HEAD~1", "HEAD")]


def test_a_project_is_a_folder_with_a_pipeline(company: Path) -> None:
    assert [folder.as_posix() for folder in list_projects("HEAD")] == ALL


def test_projects_that_are_not_committed_are_here_too(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("projects/new").mkdir()
    Path("projects/new/dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    assert main(["projects"]) == 0
    assert capsys.readouterr().out.split() == sorted([*ALL, "projects/new"])


def test_a_tag_names_the_folder_of_its_project(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["projects", "--tag", "projects/own/inner=model@v1.0.0"]) == 0
    assert capsys.readouterr().out.split() == ["projects/own/inner"]
    for tag, place in (("model@v1.0.0", "the top of the repository"), ("projects/none=model@v1.0.0", "projects/none")):
        assert main(["projects", "--tag", tag]) == 2
        assert capsys.readouterr().err.splitlines()[:2] == [
            f"error: no project stands in {place}",
            f"where: the tag {tag}",
        ]


@pytest.mark.parametrize(
    ("changed", "touched"),
    [
        (["projects/churn/src/churn/steps.py"], ["projects/churn"]),
        (["projects/prices/conf/model/new.yaml"], ["projects/prices"]),
        (["projects/own/inner/rows.csv"], ["projects/own/inner"]),
        (["projects/own/requirements.lock"], ["projects/own", "projects/own/inner"]),
        (["requirements.lock"], ["projects/churn", "projects/prices"]),
        (["shared/steps.py"], ["projects/prices"]),
        (["README.md", "projects/none/readme"], []),
        (["projects/churn/a", "projects/prices/a"], ["projects/churn", "projects/prices"]),
    ],
)
def test_a_change_touches_the_projects_that_have_or_read_the_file(
    company: Path, changed: list[str], touched: list[str]
) -> None:
    change(*changed)
    assert name_touched() == touched


def test_a_dependency_that_only_the_lock_records_counts(company: Path) -> None:
    Path("projects/prices/dvc.yaml").write_text("stages: {make: {cmd: a, deps: ['${rows}']}}\n", encoding="utf-8")
    change("projects/prices/dvc.yaml")
    change("shared/rows.csv")
    assert name_touched() == ["projects/prices"]


def test_a_project_that_came_is_touched_and_one_that_went_is_not_listed(company: Path) -> None:
    git("rm", "-r", "--quiet", "projects/churn")
    change("projects/new/dvc.yaml")
    assert name_touched() == ["projects/new"]


def test_a_project_at_the_top_has_what_no_inner_one_has(company: Path) -> None:
    change("dvc.yaml")
    change("README.md")
    assert name_touched() == ["."]
    change("projects/churn/a")
    assert name_touched() == ["projects/churn"]


def test_a_project_around_others_is_rejected_where_it_would_take_them_along(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("projects/churn")
    check_alone()
    monkeypatch.chdir("../own")
    with pytest.raises(WrongValue, match="another project stands in inner, and this would take its files along"):
        check_alone()


def test_a_revision_that_is_unknown_is_rejected(company: Path) -> None:
    with pytest.raises(UnknownName, match="there is no revision 'mian'"):
        list_touched("mian", "HEAD")


def test_the_command_prints_a_folder_per_line_wherever_it_runs(
    company: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change("projects/churn/a", "projects/prices/a")
    monkeypatch.chdir("projects/own")
    assert main(["projects", "--base", "HEAD~1"]) == 0
    assert capsys.readouterr().out == "projects/churn\nprojects/prices\n"
    assert main(["projects"]) == 0
    assert capsys.readouterr().out.splitlines() == ALL
    assert main(["projects", "--base", "HEAD"]) == 0
    assert capsys.readouterr().out == ""
