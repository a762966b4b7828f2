"""The tasks that copier runs in a new project."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from builders.projects import TOP, run, share_environment

TASKS = TOP / "template-tasks"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    share_environment(tmp_path / "shop")
    return tmp_path / "shop"


def pin(project: Path, origin: str, code: int = 0) -> str:
    done: subprocess.CompletedProcess[str] = run(
        project, sys.executable, str(TASKS / "pin_engine.py"), str(TOP), origin, code=code
    )
    return done.stdout + done.stderr


def test_a_wheel_of_a_folder_is_kept_and_pinned_by_its_hash(project: Path) -> None:
    import hashlib

    pin(project, "")
    (built,) = (project / "wheels").iterdir()
    (project / "elsewhere").mkdir()
    kept = built.rename(project / "elsewhere" / built.name)
    assert f"engine.lock pins {kept.name}" in pin(project, "elsewhere")
    assert (project / "wheels" / kept.name).read_bytes() == kept.read_bytes()
    version = kept.name.split("-")[1]
    assert (project / "engine.lock").read_text(encoding="utf-8").splitlines()[-1] == (
        f"lifecycle=={version} --hash=sha256:{hashlib.sha256(kept.read_bytes()).hexdigest()}"
    )


def test_the_same_source_builds_the_same_wheel(project: Path, tmp_path: Path) -> None:
    share_environment(tmp_path / "other")
    for folder in (project, tmp_path / "other"):
        pin(folder, "")
    assert (project / "engine.lock").read_bytes() == (tmp_path / "other" / "engine.lock").read_bytes()


def test_an_engine_that_is_nowhere_is_said_in_three_lines(project: Path) -> None:
    lines = pin(project, "nowhere", code=2).splitlines()[-3:]
    assert lines[0].startswith("error: there is no wheel of lifecycle ")
    assert lines[0].endswith(" from nowhere")
    assert lines[1] == "where: the answer to engine, nowhere"
    assert lines[2].startswith("next:  give a folder or page that has the wheel")
    assert not (project / "wheels").exists()


def join(project: Path, code: int) -> list[str]:
    command = (sys.executable, str(TASKS / "join_monorepo.py"), str(TOP))
    return run(project, *command, code=code).stderr.splitlines()


def test_a_member_needs_a_monorepo_with_the_engine_of_the_template(tmp_path: Path) -> None:
    member = tmp_path / "company/projects/churn"
    member.mkdir(parents=True)
    lines = join(member, code=2)
    assert lines[0] == "error: a member of a monorepo stands two folders below its top, and there is no engine.lock"
    assert lines[1] == f"where: {tmp_path / 'company/engine.lock'}"
    lock = tmp_path / "company/engine.lock"
    lock.write_text("--no-index\nlifecycle==0.0.1 --hash=sha256:0\n", encoding="utf-8")
    lines = join(member, code=2)
    assert lines[0].startswith("error: the monorepo pins lifecycle 0.0.1, and this template is of ")
    assert lines[2] == "next:  make upgrade there, or give copier the template's version: --vcs-ref v0.0.1"
    version = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    lock.write_text(f"lifecycle=={version} --hash=sha256:0\n", encoding="utf-8")
    assert join(member, code=0) == []
