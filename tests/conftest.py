import fcntl
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
from builders import picks, warm
from hypothesis import settings

from lifecycle.io import processor
from lifecycle.versioning import workspace

settings.register_profile("no_deadline", deadline=None)  # a busy machine takes longer, and is no failure
settings.load_profile("no_deadline")
processor.set_environment()  # before a test imports numpy, as stages and commands do
TOP = Path(__file__).resolve().parents[1]
SMALL = {
    "conf/search/bayesian.yaml": {
        r"^trials: .*": "trials: 2",
        r"^rows: .*": "rows: 300",
        r"^values: .*": "values: 0",
        r"^final_values: .*": "final_values: 0",
    },
    "conf/split/by_time.yaml": {r"^folds: .*": "folds: 2"},
    "conf/gate/floors.yaml": {r"^resamples: .*": "resamples: 50"},
    "conf/model/lightgbm.yaml": {
        r"^n_estimators: .*": "n_estimators: 40",
        r"^min_child_samples: .*": "min_child_samples: 10",
    },
}
DVC_CONFIG = "[core]\n    analytics = false\n    check_update = false\n"
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
        if more:
            return self.run(sys.executable, "-m", f"lifecycle.stages.{name}", *overrides, **more)
        return warm.run(f"lifecycle.stages.{name}", overrides, self.folder, self.environment)

    def lifecycle(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return warm.run("lifecycle.__main__", arguments, self.folder, self.environment)

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
    (folder / ".dvc/config").write_text(DVC_CONFIG, encoding="utf-8")  # without the remotes of this repository
    picks.forget_data(folder)
    picks.write_picks(folder)
    repository = at(folder, **environment)
    for name, changes in SMALL.items():
        repository.edit(name, changes)
    return repository


def reproduce(repositories: Sequence[Repository]) -> None:
    running = [repository.start("dvc", "repro") for repository in repositories]
    for process in running:
        said, _ = process.communicate()
        assert process.returncode == 0, said


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file run in one process, so that what they share is made once; those of a whole build are slow."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path)))
        if {"small", "twins"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def repository_at() -> Callable[..., Repository]:
    """A repository in a folder, with more variables of the environment."""
    return at


@pytest.fixture(scope="session")
def make_repository() -> Callable[..., Repository]:
    """A small repository in a folder, not yet built, with more variables of the environment."""
    return make


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A small repository, built once for all processes of the run; a test that changes it takes a copy."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "small"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "built").exists():
            reproduce([make(shared / "small", PYTHONHASHSEED="1", OMP_NUM_THREADS="1")])
            (shared / "built").touch()
    return at(shared / "small")


@pytest.fixture(scope="session")
def twins(small: Repository, tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Repository]:
    """The small repository, and a second build in a folder of another name, with other orders of sets and threads."""
    other = make(tmp_path_factory.mktemp("other") / "another place", PYTHONHASHSEED="2", OMP_NUM_THREADS="3")
    reproduce([other])
    return small, other


@pytest.fixture
def changed(small: Repository, tmp_path: Path) -> Iterator[Repository]:
    """A copy of the small repository that a test may change."""
    folder = tmp_path / "copy"
    yield small.copy(folder)
    shutil.rmtree(folder)


TOY = {
    "dvc.yaml": """\
stages:
  collect:
    cmd: sh make.sh collect source=${problem} through=${through}
    deps:
    - make.sh
    params:
    - conf/source/${problem}.yaml:
    outs:
    - data/raw:
        persist: true
    - data/provenance.json:
        cache: false

  featurize:
    cmd: sh make.sh featurize
    deps:
    - data/raw
    - given/features
    outs:
    - data/features.parquet

  train:
    cmd: sh make.sh train
    deps:
    - data/raw
    - given/model
    outs:
    - models/model.skops
    - reports/train.json:
        cache: false

  evaluate:
    cmd: sh make.sh evaluate
    deps:
    - data/raw
    - models/model.skops
    outs:
    - data/predictions
    - reports/evaluate:
        cache: false

  test:
    cmd: sh make.sh test
    deps:
    - data/raw
    - models/model.skops
    - reports/evaluate
    outs:
    - reports/test.json:
        cache: false

metrics:
- reports/test.json
""",
    "make.sh": """\
set -e
mkdir -p data/raw/orders data/predictions models reports/evaluate
case $1 in
collect)
  last=${3#through=}
  for day in $(seq 1 $last); do echo "orders of day $day" > data/raw/orders/$day.parquet; done
  echo "{\\"through\\": $last}" > data/provenance.json ;;
featurize) cp given/features data/features.parquet ;;
train) cp given/model models/model.skops; cat given/word > reports/train.json ;;
evaluate) cat given/word > data/predictions/valid; cat given/word > reports/evaluate/threshold.json ;;
test)
  model=$(cksum < models/model.skops | cut -d' ' -f1)
  days=$(ls data/raw/orders | wc -l)
  echo "{\\"passed\\": true, \\"kpis\\": {}, \\"model\\": $model, \\"days\\": $days}" > reports/test.json ;;
esac
""",
    "params.yaml": "problem: toy # one word\nthrough: '1' # the last day\n",
    "conf/source/toy.yaml": "shop: north\n",
    "requirements.lock": "",
    ".gitignore": "runs/\n",
}


def fitted(slope: float) -> bytes:
    """A model's file: the probability grows with `x`."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from lifecycle.modeling.persistence import write_model

    model = LogisticRegression()
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), np.array([[slope]]), np.array([0.0])
    model.n_features_in_, model.feature_names_in_ = 1, np.array(["x"], dtype=object)
    path = Path("runs") / "model.skops"
    write_model(path, {"pipeline": make_pipeline(model), "contract": {"features": ["x"]}})
    return path.read_bytes()


def said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def toy_version(through: int, word: str, slope: float) -> None:
    """Build and commit a version of the toy repository with a tag of that word."""
    for name, content in {"word": f'"{word}"\n'.encode(), "model": fitted(slope)}.items():
        Path("given", name).write_bytes(content)
    params = Path("params.yaml")
    params.write_text(re.sub(r"through: '\d+'", f"through: '{through}'", params.read_text()))
    said("dvc", "repro", "--quiet")
    said("git", "add", "--all")
    said("git", "commit", "--quiet", "--message", word)
    said("git", "tag", word)


@pytest.fixture(scope="session")
def toy_built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions of a repository whose stages take no time; a remote beside it that has the outputs of all."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("toy") / "toy"
    with pytest.MonkeyPatch.context() as patch:
        folder.mkdir()
        patch.chdir(folder)
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setenv("DVC_SITE_CACHE_DIR", str(folder.parent / "site"))
        for name, text in TOY.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        Path("given").mkdir()
        pd.DataFrame({"id": ["a", "b", "c"], "x": [-1.0, 0.0, 1.0]}).to_parquet("given/features")
        said("git", "init", "--quiet", "--initial-branch", "main")
        said("git", "config", "user.name", "A Tester")
        said("git", "config", "user.email", "tester@example.org")
        said("dvc", "init", "--quiet")
        said("dvc", "remote", "add", "--quiet", "--default", "store", str(folder.parent / "remote"))
        for through, word, slope in ((1, "one", 1.0), (2, "two", 2.0), (3, "three", 3.0)):
            toy_version(through, word, slope)
        said("dvc", "push", "--quiet", "--all-commits")
    return folder


@pytest.fixture
def toy(toy_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the toy repository, made the working folder; the remote is that of all copies."""
    folder = tmp_path / "toy"
    shutil.copytree(toy_built, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    return folder
