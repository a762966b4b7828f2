"""Projects made from the template of this repository, each with an environment that shares the packages of this one."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

TOP = Path(__file__).parents[2]


def copy_template(folder: Path) -> Path:
    """The files of this repository that Git knows or would take, in a new Git repository with one commit."""
    names = git(TOP, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    for name in filter(None, names):
        if not name.startswith(("tests/", "docs/", "reports/", "benchmarks/")) and os.path.lexists(TOP / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name, follow_symlinks=False)
    git(folder, "init", "--quiet")
    commit(folder, "the engine and its template")
    return folder


def make_project(template: Path, folder: Path, answers: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """A project made by copier with these answers, in a folder that gets an environment first."""
    share_environment(folder)
    return copy_project(template, folder, answers)


def copy_project(template: Path, folder: Path, answers: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """A project made by copier with these answers, whose environment is there already."""
    folder.parent.mkdir(exist_ok=True)
    data = [part for key, value in answers.items() for part in ("--data", f"{key}={value}")]
    command = ["-m", "copier", "copy", "--trust", "--defaults", "--quiet", *data, str(template), str(folder)]
    return run(folder.parent, sys.executable, *command)


def share_environment(folder: Path) -> None:
    """An environment in .venv that has this one's packages, but for the engine beside them."""
    run(folder.parent, sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv"))
    packages = next((folder / ".venv").glob("lib/*/site-packages"))
    (packages / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")


def run(folder: Path, *command: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    """A command in a folder, as in a terminal of its own; fails with what it printed unless it ends with the code."""
    shell = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")}
    environment = {**shell, "PWD": str(folder), "DVC_NO_ANALYTICS": "1", "PIP_NO_INDEX": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, (
        f"{command} ended with {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    )
    return done


def git(folder: Path, *command: str) -> str:
    """What a Git command prints, under a name of its own."""
    return run(folder, "git", "-c", "user.name=team", "-c", "user.email=team@example.org", *command).stdout


def commit(folder: Path, message: str) -> None:
    """All that is in the folder, committed."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
