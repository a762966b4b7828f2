"""What DVC's own classes answer is read as DVC gives it: changes, running stages, outputs and the text of dvc.lock."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo
from dvc.rwlock import rwlock

from lifecycle.versioning import dvc_internals
from lifecycle.versioning.dvc_internals import Change, Repository

STAGES = """
stages:
  make:
    cmd: "true"
    deps: [given]
    params: [problem]
    outs:
    - made
    - noted: {cache: false}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A repository whose one stage is fresh."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path.parent / "site"))
    for name, text in {"given": "1", "made": "2", "noted": "3", "params.yaml": "problem: one\n"}.items():
        Path(name).write_text(text, encoding="utf-8")
    Path("dvc.yaml").write_text(STAGES, encoding="utf-8")
    with Repo.init(no_scm=True) as made:
        made.commit(force=True)
    with dvc_internals.open_repository() as opened:
        yield opened


def test_a_fresh_stage_has_no_status(repository: Repository) -> None:
    assert repository.status() == {}


def test_each_change_has_its_kind_name_and_state(repository: Repository) -> None:
    Path("given").write_text("4", encoding="utf-8")
    Path("params.yaml").write_text("problem: two\n", encoding="utf-8")
    Path("made").unlink()
    Path("dvc.yaml").write_text(STAGES.replace('"true"', '"false"'), encoding="utf-8")
    repository.reload()
    assert repository.status() == {
        "make": [
            Change("dep", "given", "modified"),
            Change("dep", "params.yaml"),
            Change("out", "made", "deleted"),
            Change("changed command"),
        ]
    }


def test_outputs_say_where_they_stand_and_whether_they_are_as_locked(repository: Repository) -> None:
    Path("made").write_text("5", encoding="utf-8")
    seen = [(out.path, out.is_cached, out.is_locked, out.exists, out.differs()) for out in repository.outputs()]
    assert seen == [(Path("made"), True, True, True, True), (Path("noted"), False, True, True, False)]
    repository.check_out(["made"])
    assert Path("made").read_text(encoding="utf-8") == "2"


def test_an_object_is_copied_from_store_to_store(repository: Repository, tmp_path: Path) -> None:
    name = yaml.safe_load(Path("dvc.lock").read_text(encoding="utf-8"))["stages"]["make"]["outs"][0]["md5"]
    assert repository.default_remote is None
    repository.set_default_remote("store", str(tmp_path / "remote"))
    with dvc_internals.open_repository() as again:
        assert again.default_remote == "store"
        remote = again.open_remote("store")
    remote.copy_from(repository.cache, name)
    with remote.open(name) as stream:
        assert stream.read() == b"2"
    assert remote.folder == str(tmp_path / "remote" / "files" / "md5")
    remote.delete(name)
    with pytest.raises(FileNotFoundError):
        remote.open(name).__enter__()


def test_the_processes_that_run_stages_are_noted(repository: Repository) -> None:
    assert repository.running() == set()
    inner = repository.inner
    with rwlock(inner.tmp_dir, inner.fs, "make", [str(Path("given").resolve())], [], hardlink=False):
        assert repository.running() == {os.getpid()}
    assert repository.running() == set()
    repository.running_file.write_text("{", encoding="utf-8")
    assert repository.running() == set()


def test_a_lock_is_written_as_dvc_writes_it(repository: Repository) -> None:
    text = Path("dvc.lock").read_text(encoding="utf-8")
    assert dvc_internals.lock_text(yaml.safe_load(text)) == text


def test_the_lock_keeps_others_out(repository: Repository) -> None:
    with (
        dvc_internals.hold_lock(repository),
        dvc_internals.open_repository() as other,
        pytest.raises(dvc_internals.lock_error()),
        dvc_internals.hold_lock(other),
    ):
        pass
    assert issubclass(dvc_internals.lock_error(), dvc_internals.dvc_error())


def test_warnings_are_left_out_for_a_while(repository: Repository) -> None:
    before = [logging.getLogger(name).level for name in dvc_internals.LOGGERS]
    with pytest.raises(RuntimeError), dvc_internals.without_warnings():
        assert not logging.getLogger("dvc.repo").isEnabledFor(logging.WARNING)
        raise RuntimeError
    assert [logging.getLogger(name).level for name in dvc_internals.LOGGERS] == before


def test_what_a_stage_reads_beside_its_project_is_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "company" / "churn"
    (tmp_path / "company" / ".git").mkdir(parents=True)
    project.mkdir()
    monkeypatch.chdir(project)
    states = {str(tmp_path / "company" / "requirements.lock"): "modified", "/elsewhere": "modified", "src": "modified"}
    assert list(dvc_internals.changes_of([{"changed deps": states}])) == [
        Change("dep", "../requirements.lock", "modified"),
        Change("dep", "/elsewhere", "modified"),
        Change("dep", "src", "modified"),
    ]
