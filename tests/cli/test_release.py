"""A release rebuilds the model: what no check of the results can see, a forged training, shows in the hashes."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # whole rebuilds

TOP = Path(__file__).parents[2]
REBUILT = ["train", "evaluate", "test", "monitor", "package", "present"]


def must(repository: Repository, *command: str) -> str:
    done = repository.run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def commit(repository: Repository, message: str) -> None:
    must(repository, "git", "add", "--all")
    must(repository, "git", "commit", "--quiet", "--message", message)


@pytest.fixture(scope="module")
def committed(small: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The small repository with a commit of it."""
    repository = small.copy(tmp_path_factory.mktemp("committed") / "repository")
    for name in (".gitignore", ".dvc/.gitignore"):
        shutil.copy2(TOP / name, repository.folder / name)
    must(repository, "git", "config", "user.name", "A Tester")
    must(repository, "git", "config", "user.email", "tester@example.org")
    commit(repository, "The first version")
    return repository


def forge_training(repository: Repository) -> None:
    """Another model than the winner's recipe makes, with all that follows from it, committed as the stages' own."""
    winner = repository.folder / "reports/winner.json"
    true = winner.read_text(encoding="utf-8")
    record = json.loads(true)
    assert record["candidate"] == "linear"
    record["recipe"]["estimator"]["arguments"]["C"] *= 0.5
    winner.write_text(json.dumps(record), encoding="utf-8")
    stages = repository.yaml("dvc.lock")["stages"]
    for name in REBUILT:
        must(repository, *shlex.split(stages[name]["cmd"]))
        winner.write_text(true, encoding="utf-8")
    must(repository, "dvc", "commit", "--force", "--quiet")
    commit(repository, "Forged")


def test_what_was_rebuilt_with_the_same_hashes_is_tagged(committed: Repository, tmp_path: Path) -> None:
    repository = committed.copy(tmp_path / "copy")
    before = repository.locked()
    done = repository.lifecycle("release")
    assert done.returncode == 0, done.stdout + done.stderr
    *_, rebuilt, released, following = done.stdout.splitlines()
    assert rebuilt.startswith("rebuilt in a copy, with the hashes in dvc.lock: train, evaluate, ")
    assert sorted(rebuilt.split(": ")[1].split(", ")) == sorted(REBUILT)
    assert (released, following) == (
        "released model@v1.0.0",
        "next: dvc push && git push origin model@v1.0.0",
    )
    assert "rebuild: 1/6 train" in done.stdout.splitlines()
    assert must(repository, "git", "tag", "--list") == "model@v1.0.0"
    assert must(repository, "git", "status", "--porcelain") == ""
    assert repository.locked() == before


def test_a_forged_training_passes_the_gate_and_is_not_released(committed: Repository, tmp_path: Path) -> None:
    repository = committed.copy(tmp_path / "copy")
    true = repository.locked()["train: models/model.skops"]
    forge_training(repository)
    forged = repository.locked()["train: models/model.skops"]
    assert forged != true
    gate = repository.lifecycle("gate")
    assert gate.returncode == 0, gate.stderr
    done = repository.lifecycle("release")
    assert done.returncode == 3, done.stdout + done.stderr
    what, where, todo = done.stderr.splitlines()
    assert f"train: models/model.skops: dvc.lock says {forged}, the rebuild gave {true}" in what
    assert where == "where: a copy of this repository, from train on; its log is runs/release.log"
    assert todo.startswith("next:  ")
    assert must(repository, "git", "tag", "--list") == ""


@pytest.mark.parametrize("name", ["models/model.skops", "reports/train.json"])
def test_a_missing_output_releases_nothing(committed: Repository, tmp_path: Path, name: str) -> None:
    repository = committed.copy(tmp_path / "copy")
    (repository.folder / name).unlink()
    done = repository.lifecycle("release")
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == f"error: {name} is not here (make pull, or make repro)"


def test_forged_results_and_a_forged_hash_release_nothing(committed: Repository, tmp_path: Path) -> None:
    results = committed.copy(tmp_path / "results")
    report = results.folder / "reports/test.json"
    record = json.loads(report.read_text(encoding="utf-8"))
    record["kpis"]["roc_auc"]["model"]["value"] = 0.999
    report.write_text(json.dumps(record), encoding="utf-8")
    must(results, "dvc", "commit", "--force", "--quiet")
    commit(results, "Forged")
    done = results.lifecycle("release")
    assert done.returncode == 3
    assert done.stderr.startswith("error: KPI roc_auc: model.value is reported as 0.999, recomputed as 0.")
    hashed = committed.copy(tmp_path / "hashed")
    hashed.edit("dvc.lock", {hashed.locked()["train: models/model.skops"]: "f" * 32})
    commit(hashed, "Forged")
    done = hashed.lifecycle("release")
    assert done.returncode == 3
    assert done.stderr.startswith("error: models/model.skops has another hash than dvc.lock\n")
    assert must(hashed, "git", "tag", "--list") == ""


def test_a_missed_floor_releases_nothing(committed: Repository, tmp_path: Path) -> None:
    repository = committed.copy(tmp_path / "copy")
    repository.edit("conf/problem/generated.yaml", {r"floor: 0\.8$": "floor: 0.999"})
    repository.repro()
    commit(repository, "A higher floor")
    done = repository.lifecycle("release")
    assert done.returncode == 3
    assert done.stderr.startswith("error: 1 of 2 KPIs missed: roc_auc (roc_auc: value 0.")


def test_frozen_stages_are_released_knowingly_and_named_as_not_rebuilt(committed: Repository, tmp_path: Path) -> None:
    repository = committed.copy(tmp_path / "copy")
    for name in ("train", "evaluate", "package"):
        repository.edit("dvc.yaml", {rf"^  {name}:$": f"  {name}:\n    frozen: true"})
    commit(repository, "Frozen")
    done = repository.lifecycle("release")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].endswith("lifecycle release --accept frozen")
    done = repository.lifecycle("release", "--accept", "frozen")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not rebuilt, since frozen: train, evaluate, package" in done.stdout.splitlines()
    assert "rebuilt in a copy, with the hashes in dvc.lock: test, monitor, present" in done.stdout.splitlines()
