from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

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
    assert done.stdout == "audit: 9 outputs rebuilt in another place, all with the hash in dvc.lock\n"


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
