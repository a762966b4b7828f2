import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecycle import workspace

TOP = Path(__file__).resolve().parents[1]
CANDIDATES = ("baseline", "linear", "boosted")
SMALL = {
    "params.yaml": {
        r"^problem: .*": "problem: generated",
        r"^through: .*": "through: '2013-08-31'",
        r"^candidates: .*": f"candidates: [{', '.join(CANDIDATES)}]",
    },
    "conf/search/bayesian.yaml": {r"^trials: .*": "trials: 2", r"^rows: .*": "rows: 300"},
    "conf/split/by_time.yaml": {r"^folds: .*": "folds: 2"},
    "conf/gate/floors.yaml": {r"^resamples: .*": "resamples: 50"},
    "conf/model/boosted.yaml": {
        r"^n_estimators: .*": "n_estimators: 40",
        r"^min_child_samples: .*": "min_child_samples: 10",
    },
}
VARIABLES = ("LIFECYCLE_DEBUG", "PYTHONHASHSEED", "OMP_NUM_THREADS", "PYTHONWARNINGS")


@dataclass(frozen=True)
class Repository:
    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, **more
        )

    def stage(self, name: str, *overrides: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", f"lifecycle.stages.{name}", *overrides, **more)

    def lifecycle(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "lifecycle", *arguments)

    def repro(self, *arguments: str) -> str:
        done = self.run("dvc", "repro", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self, *command: str, **more: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **more,
        )

    def edit(self, name: str, changes: Mapping[str, str]) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        for pattern, replacement in changes.items():
            text, count = re.subn(pattern, lambda _, new=replacement: new, text, flags=re.MULTILINE)
            assert count, f"{pattern} is not in {name}"
        path.write_text(text, encoding="utf-8")

    def yaml(self, name: str) -> Any:
        return yaml.safe_load((self.folder / name).read_text(encoding="utf-8"))

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def locked(self) -> dict[str, str]:
        stages = self.yaml("dvc.lock")["stages"]
        return {f"{name}: {out['path']}": out["md5"] for name, entry in stages.items() for out in entry["outs"]}

    def outputs(self) -> dict[str, str]:
        files = [path for top in ("data", "models", "reports") for path in (self.folder / top).rglob("*")]
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(files)
            if path.is_file() and path.name != ".gitignore"
        }

    def copy(self, folder: Path, **environment: str) -> "Repository":
        shutil.copytree(self.folder, folder, symlinks=True)
        return at(folder, **environment)


def at(folder: Path, **more: str) -> Repository:
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": "src",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(folder.parent / f".site-{folder.name}"),
    }
    return Repository(folder, kept | own | more)


def make(folder: Path, **environment: str) -> Repository:
    before = Path.cwd()
    os.chdir(TOP)
    try:
        workspace.copy_sources(folder)
    finally:
        os.chdir(before)
    (folder / "dvc.lock").unlink(missing_ok=True)
    repository = at(folder, **environment)
    for name, changes in SMALL.items():
        repository.edit(name, changes)
    return repository


def reproduce(repositories: Sequence[Repository]) -> None:
    running = [repository.start("dvc", "repro") for repository in repositories]
    for process in running:
        said, _ = process.communicate()
        assert process.returncode == 0, said


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file run in one process, and those that share the small repository in one: it is built once."""
    for item in items:
        shared = {"small", "twins"} & set(getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group("small" if shared else str(item.path)))


@pytest.fixture
def repository_at() -> Callable[..., Repository]:
    """A repository in a folder, with more variables of the environment."""
    return at


@pytest.fixture(scope="session")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Repository]:
    """The small repository built twice: in folders of other names, with other orders of sets and other threads."""
    one = make(tmp_path_factory.mktemp("one") / "small", PYTHONHASHSEED="1", OMP_NUM_THREADS="1")
    other = make(tmp_path_factory.mktemp("other") / "another place", PYTHONHASHSEED="2", OMP_NUM_THREADS="3")
    reproduce([one, other])
    return one, other


@pytest.fixture(scope="session")
def small(twins: tuple[Repository, Repository]) -> Repository:
    """A small repository, built; a test that changes it takes a copy."""
    return at(twins[0].folder)


@pytest.fixture
def changed(small: Repository, tmp_path: Path) -> Iterator[Repository]:
    """A copy of the small repository that a test may change."""
    folder = tmp_path / "copy"
    yield small.copy(folder)
    shutil.rmtree(folder)
