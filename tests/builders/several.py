"""A Git repository with two small projects in folders, one environment for both, and an engine that is installed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builders import picks, versions

from lifecycle.io.hashes import hash_sha256

TOP = Path(__file__).resolve().parents[2]
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
IGNORED = "runs/\ndata/served/\n__pycache__/\nreports/review.md\nreports/review.json\n"
CHEAP = {
    "conf/search/bayesian.yaml": {r"^trials: .*": "trials: 2"},
    "conf/gate/floors.yaml": {r"^resamples: .*": "resamples: 50"},
    "conf/problem/generated.yaml": {r"floor: 0\.8": "floor: 0.5", r"floor: 0\.2": "floor: 0.3"},
    "dvc.yaml": {r"^    - (engine|requirements)\.lock$": r"    - ../../\1.lock"},
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
        return self.must(sys.executable, "-m", "lifecycle", *arguments)

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
    company.mkdir()
    for name in ("engine.lock", "requirements.lock"):
        shutil.copy2(TOP / name, company)
    (company / "README.md").write_text("# The company's models\n", encoding="utf-8")
    with versions.inside(company):
        versions.run("git", "init", "--quiet", "--initial-branch", "main")
        versions.run("git", "config", "user.name", "A Tester")
        versions.run("git", "config", "user.email", "tester@example.org")
    for seed, name in enumerate(NAMES, start=1):
        add_project(company / "projects" / name, name, seed)


def add_project(folder: Path, name: str, seed: int) -> None:
    """A project whose rows are its own."""
    package = folder / "src" / name
    package.mkdir(parents=True)
    (folder / "data/erased").mkdir(parents=True)
    (folder / "data/erased/README.md").write_text("Records of erasures.\n", encoding="utf-8")
    (package / "__init__.py").write_text(f'"""What is {name} alone."""\n', encoding="utf-8")
    (package / "source.py").write_text(SOURCE, encoding="utf-8")
    (folder / "pyproject.toml").write_text(f'[tool.lifecycle]\npackages = ["{name}"]\n', encoding="utf-8")
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    shutil.copytree(TOP / "conf", folder / "conf")
    for file in ("dvc.yaml", ".gitattributes"):
        shutil.copy2(TOP / file, folder / file)
    picks.write_picks(folder, candidates=["baseline", "linear"], seed=seed)
    (folder / "conf/source/generated.yaml").write_text(
        f"_target_: {name}.source.read\nrows: 600\nmonths: 12\nseed: {seed}\n", encoding="utf-8"
    )
    edit(folder, CHEAP)
    with versions.inside(folder):
        versions.run("dvc", "init", "--quiet", "--subdir")


def edit(folder: Path, changes: Mapping[str, Mapping[str, str]]) -> None:
    """Replace what stands in files of a project."""
    for name, patterns in changes.items():
        text = (folder / name).read_text(encoding="utf-8")
        for pattern, replacement in patterns.items():
            text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
            assert count, f"{pattern} is not in {name}"
        (folder / name).write_text(text, encoding="utf-8")


def environment() -> dict[str, str]:
    """The variables of commands in a project: its own code, then the engine of this repository as the installed one."""
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(("src", str(TOP / "src"))),
        "DVC_NO_ANALYTICS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
