from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import yaml

from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_table

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.slow  # whole rebuilds

STAGES = ("trace", "collect", "clean", "split")


@pytest.fixture(scope="module")
def begun(small: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The small repository with its first stages only: each audit rebuilds every stage there is."""
    repository = small.copy(tmp_path_factory.mktemp("begun") / "copy")
    declared, locked = repository.yaml("dvc.yaml"), repository.yaml("dvc.lock")
    declared = {"stages": {name: declared["stages"][name] for name in STAGES}}
    locked["stages"] = {name: locked["stages"][name] for name in STAGES}
    for name, content in {"dvc.yaml": declared, "dvc.lock": locked}.items():
        (repository.folder / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return repository


def test_an_untouched_repository_passes(begun: Repository) -> None:
    done = begun.lifecycle("audit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "audit: 10 outputs rebuilt in another place, all with the hash in dvc.lock\n"


def test_a_tampered_output_and_a_tampered_hash_are_named(
    begun: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("tampered")
    output, lock = begun.copy(folder / "output"), begun.copy(folder / "lock")
    table = output.folder / "data/table.parquet"
    content = table.read_bytes()
    table.unlink()
    table.write_bytes(content + b" ")
    right = begun.locked()["clean: data/rejected.parquet"]
    lock.edit("dvc.lock", {right: "f" * 32})
    audits = [one.start("python", "-m", "lifecycle", "audit") for one in (output, lock)]
    said = [audit.communicate()[0] for audit in audits]
    assert [audit.returncode for audit in audits] == [1, 1], said
    assert said[0].splitlines() == [
        "data/table.parquet: the file here has another hash than dvc.lock says",
        "audit: 1 differences",
    ]
    assert f"clean: data/rejected.parquet: dvc.lock says {'f' * 32}, the rebuild gave {right}" in said[1].splitlines()


def test_a_lock_that_dvc_cannot_read_is_rejected_in_three_lines(
    begun: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repository = begun.copy(tmp_path_factory.mktemp("broken") / "copy")
    repository.edit("dvc.lock", {r"md5: [0-9a-f]{32}$": "md5: 17"})
    done = repository.lifecycle("audit")
    assert done.returncode == 2
    what, where, todo = done.stderr.splitlines()
    assert what.startswith("error: DVC cannot read this repository (")
    assert where == "where: dvc.yaml, dvc.lock"
    assert todo.startswith("next:  dvc status")


def test_without_a_lock_there_is_nothing_to_audit(begun: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    repository = begun.copy(tmp_path_factory.mktemp("unlocked") / "copy")
    (repository.folder / "dvc.lock").unlink()
    done = repository.lifecycle("audit")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["error: dvc.lock does not exist", "where: dvc.lock", "next:  make repro"]


@pytest.fixture(scope="module")
def outside(begun: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Customers from a file beside the repository, which is gone; the version is committed."""
    folder = tmp_path_factory.mktemp("outside")
    repository = begun.copy(folder / "copy")
    generator = np.random.default_rng(0)
    months = generator.integers(1, 60, 400)
    leaves = months + generator.normal(scale=8, size=400) < 20
    table = {"customer": [f"C-{number:05d}" for number in range(400)], "months": months}
    table |= {"Churn": np.where(leaves, "Yes", "No")}
    pd.DataFrame(table).to_csv(folder / "customers.csv", index=False)
    new = repository.lifecycle("new", "churn", "--data", str(folder / "customers.csv"), "--target", "Churn")
    assert new.returncode == 0, new.stderr
    repository.edit("params.yaml", {"^problem: .*": "problem: churn"})
    repository.repro()
    (folder / "customers.csv").unlink()
    (repository.folder / ".gitignore").write_text("runs/\n.site-copy/\n", encoding="utf-8")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c")
    for command in (("add", "--all"), ("commit", "--quiet", "--message", "customers")):
        assert repository.run(*git, *command).returncode == 0
    return repository


def name_batch(repository: Repository) -> str:
    (one,) = repository.json("data/provenance.json")["batches"]
    return str(one["batch"])


TAKEN = (
    "collect: 1 batch taken from data/raw by the recorded hash; "
    "source lifecycle.sources.files.read cannot be asked again"
)


def test_what_a_source_outside_gave_is_taken_by_its_hash(outside: Repository) -> None:
    done = outside.lifecycle("audit")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        TAKEN,
        "audit: 10 outputs rebuilt in another place, all with the hash in dvc.lock",
    ]


def test_batches_that_are_not_here_are_taken_from_the_cache(outside: Repository, tmp_path: Path) -> None:
    repository = outside.copy(tmp_path / "copy")
    shutil.rmtree(repository.folder / "data/raw")
    done = repository.lifecycle("audit")
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.rmtree(repository.folder / ".dvc/cache")
    done = repository.lifecycle("audit")
    assert done.returncode == 2
    what, _, todo = done.stderr.splitlines()
    assert what.startswith("error: neither the cache nor a remote has data/raw")
    assert todo.startswith("next:  ")


def test_another_batch_than_the_recorded_one_is_named(outside: Repository, tmp_path: Path) -> None:
    forged, renamed = outside.copy(tmp_path / "forged"), outside.copy(tmp_path / "renamed")
    name = name_batch(forged)
    right = forged.json("data/provenance.json")["batches"][0]["sha256"]
    forged.edit("data/provenance.json", {right: "f" * 64})
    renamed.edit("data/provenance.json", {'"licence": "not stated"': '"licence": "CC0 1.0"'})
    audits = [one.start("python", "-m", "lifecycle", "audit") for one in (forged, renamed)]
    said = [audit.communicate()[0].splitlines() for audit in audits]
    assert [audit.returncode for audit in audits] == [1, 1], said
    assert (
        f"data/raw/{name}: data/provenance.json says SHA-256 {'f' * 64}, the batch that dvc.lock records has {right}"
        in said[0]
    )
    assert any(line.startswith(f"data/raw/{name}: the file says that it is from ") for line in said[1])
    for lines in said:
        assert "data/provenance.json: the file here has another hash than dvc.lock says" in lines


def test_a_batch_from_before_origins_were_in_files_passes(begun: Repository, tmp_path: Path) -> None:
    repository = begun.copy(tmp_path / "copy")
    record = repository.json("data/provenance.json")
    for one in record["batches"]:
        path = repository.folder / "data/raw" / one["batch"]
        rows = pd.read_parquet(path)
        path.unlink()
        write_table(path, rows)
        one["sha256"] = hash_sha256(path)
    write_json(repository.folder / "data/provenance.json", record)
    assert repository.run("dvc", "commit", "--force").returncode == 0
    repository.repro()
    done = repository.lifecycle("audit")
    assert done.returncode == 0, done.stdout + done.stderr
