"""A Git repository with two small projects in folders, made from the template: one environment and engine for both."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builders import picks
from builders.projects import TOP, copy_project, copy_template, git, make_project

from lifecycle.io.hashes import hash_sha256

NAMES = ("churn", "prices")
SOURCE = '''\
"""The project's own source: orders, as the engine generates them."""

from lifecycle.sources import generated


def describe_origin(*, rows: int, months: int, seed: int):
    return generated.describe_origin(rows=rows, months=months, seed=seed)


def is_bundled(*, rows: int, months: int, seed: int) -> bool:
    return True


def read(*, rows: int, months: int, seed: int):
    return generated.read(rows=rows, months=months, seed=seed)
'''
CHEAP = {
    "conf/search/bayesian.yaml": {r"^trials: .*": "trials: 2"},
    "conf/gate/floors.yaml": {r"^resamples: .*": "resamples: 50"},
    "conf/problem/generated.yaml": {r"floor: 0\.8": "floor: 0.5", r"floor: 0\.2": "floor: 0.3"},
}


@dataclass(frozen=True)
class Project:
    """A project's folder, and the variables of commands that run there."""

    folder: Path
    environment: dict[str, str]

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """A command that runs there."""
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=pipe, stderr=pipe, text=True)

    def run(self, *command: str) -> "tuple[int, str, str]":
        """The exit code of a command, what it says, and what it says of errors."""
        process = self.start(*command)
        said, errors = process.communicate()
        return process.returncode, said, errors

    def must(self, *command: str) -> str:
        """What a command says that succeeds."""
        code, said, errors = self.run(*command)
        assert code == 0, said + errors
        return said.strip()

    def lifecycle(self, *arguments: str) -> str:
        """What a command of the engine says that succeeds."""
        return self.must("lifecycle", *arguments)

    def outputs(self) -> dict[str, str]:
        """The hash of every file that stages wrote."""
        files = [path for top in ("data", "models", "reports") for path in sorted((self.folder / top).rglob("*"))]
        return {
            path.relative_to(self.folder).as_posix(): hash_sha256(path)
            for path in files
            if path.is_file() and path.stem != "review"
        }


def found(company: Path) -> None:
    """The repository with both projects, none of them built."""
    template = copy_template(company.with_name("engine"))
    make_project(template, company, {"layout": "monorepo", "name": "company"})
    git(company, "config", "user.name", "A Tester")
    git(company, "config", "user.email", "tester@example.org")
    for seed, name in enumerate(NAMES, start=1):
        copy_project(template, company / "projects" / name, {"layout": "member", "name": name})
        give_rows(company / "projects" / name, name, seed)


def give_rows(folder: Path, name: str, seed: int) -> None:
    """The problem of a project whose rows are its own."""
    (folder / "src" / name / "source.py").write_text(SOURCE, encoding="utf-8")
    for problem in TOP.glob("conf/*/generated.yaml"):
        (folder / "conf" / problem.parent.name).mkdir(exist_ok=True)
        shutil.copy2(problem, folder / "conf" / problem.parent.name)
    picks.write_picks(folder, candidates=["baseline", "linear"], seed=seed)
    (folder / "conf/source/generated.yaml").write_text(
        f"_target_: {name}.source.read\nrows: 600\nmonths: 12\nseed: {seed}\n", encoding="utf-8"
    )
    edit(folder, CHEAP)


def edit(folder: Path, changes: Mapping[str, Mapping[str, str]]) -> None:
    """Replace what stands in files of a project."""
    for name, patterns in changes.items():
        text = (folder / name).read_text(encoding="utf-8")
        for pattern, replacement in patterns.items():
            text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
            assert count, f"{pattern} is not in {name}"
        (folder / name).write_text(text, encoding="utf-8")


def environment(company: Path) -> dict[str, str]:
    """The variables of commands in a project, as after `. .venv/bin/activate` in the repository."""
    around = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    path = os.pathsep.join((str(company / ".venv/bin"), str(Path(sys.executable).parent), os.environ["PATH"]))
    return around | {"PYTHONPATH": "src", "DVC_NO_ANALYTICS": "1", "PIP_NO_INDEX": "1", "PATH": path}
