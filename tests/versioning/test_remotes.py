"""Remotes that move, that are down and that refuse: earlier versions stay within reach, and errors are three lines."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.object_store import KEYS, serve_bucket

from lifecycle.cli import remote as remote_command
from lifecycle.cli import rollback as rollback_command
from lifecycle.cli import verify
from lifecycle.errors import MissingFile
from lifecycle.versioning import dvc_internals, dvc_storage, remotes, revisions, rollback


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def commit(message: str) -> None:
    run("git", "commit", "--quiet", "--all", "--message", message)


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The address of a folder in a bucket of an S3 server on loopback, and that server's address."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with serve_bucket("lifecycle") as address:
        yield f"s3://lifecycle/{tmp_path.name}", address


def move_to_s3(s3: tuple[str, str]) -> None:
    """What a team does: another address for everybody, and everything pushed there."""
    assert remote_command.main([s3[0]]) == 0
    run("dvc", "remote", "modify", "store", "endpointurl", s3[1])
    commit("Data in S3")
    for tag in ("one", "two", "three"):
        assert verify.main(["--remote", "--repair", tag]) == 0
    run("dvc", "push", "--quiet")


def empty_cache() -> None:
    shutil.rmtree(revisions.cache_folder())


def test_an_empty_cache_reaches_versions_of_before_the_remote_moved_to_s3(
    toy: Path, tmp_path: Path, s3: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run("dvc", "config", "remote.store.url"), tmp_path / "folder")
    assert remote_command.main([str(tmp_path / "folder")]) == 0
    commit("Data in a folder")
    run("git", "tag", "folder")
    move_to_s3(s3)
    shutil.rmtree(tmp_path / "folder")
    empty_cache()
    monkeypatch.setattr(rollback, "run_smoke_test", lambda trial: "not tried")
    assert rollback_command.main(["folder"]) == 0
    assert len(list(Path("data/raw/orders").iterdir())) == 3
    assert rollback_command.main(["--discard", "one"]) == 0
    assert len(list(Path("data/raw/orders").iterdir())) == 1


def test_what_todays_remote_lacks_comes_from_the_remote_that_the_version_named(
    toy: Path, tmp_path: Path, s3: tuple[str, str]
) -> None:
    before = revisions.hash_outputs("one")[Path("data/features.parquet")]
    assert remote_command.main([s3[0]]) == 0
    run("dvc", "remote", "modify", "store", "endpointurl", s3[1])
    commit("Data in S3, where nobody has pushed")
    empty_cache()
    assert revisions.ensure_cached(before, "one", Path("data/features.parquet")).exists()


def test_a_second_remote_of_today_is_asked_too(toy: Path, tmp_path: Path) -> None:
    address = run("dvc", "config", "remote.store.url")
    run("dvc", "remote", "remove", "store")
    run("dvc", "remote", "add", "archive", address)
    run("dvc", "remote", "add", "--default", "store", str(tmp_path / "empty"))
    empty_cache()
    assert revisions.locate("two", Path("data/features.parquet")).exists()


def test_a_relative_folder_of_an_earlier_version_counts_from_here(toy: Path) -> None:
    named = dvc_internals.parse_remotes(
        b"[core]\n    remote = b\n['remote \"a\"']\n    url = ../x\n"
        b"['remote \"b\"']\n    url = s3://y/z\n    endpointurl = http://h\n"
    )
    assert [(one.name, one.address) for one in named] == [("b", "s3://y/z"), ("a", str(toy / "x"))]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def set_remote_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    run("dvc", "remote", "remove", "store")
    run("dvc", "remote", "add", "--default", "store", "s3://lifecycle/down")
    run("dvc", "remote", "modify", "store", "endpointurl", f"http://127.0.0.1:{free_port()}")


def test_a_remote_that_is_down_is_said_in_three_lines(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_remote_that_is_down(monkeypatch)
    with pytest.raises(MissingFile, match="cannot be used") as caught:
        verify.main(["--remote", "HEAD"])
    assert caught.value.exit_code == 2
    empty_cache()
    commit("a remote that is down")
    with pytest.raises(MissingFile, match="cannot be used") as caught:
        rollback.roll_back(rollback.make_plan("all", "HEAD"), False, smoke_test="")
    assert str(caught.value).count("\n") == 2


def test_a_remote_that_refuses_is_said_in_three_lines(toy: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("", encoding="utf-8")
    run("dvc", "remote", "modify", "store", "url", str(blocked / "remote"))
    with pytest.raises(MissingFile, match="cannot be used") as caught:
        verify.main(["--remote", "HEAD"])
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize("mistake", [TypeError, KeyError, AssertionError])
def test_a_mistake_in_code_is_not_blamed_on_a_remote(mistake: type[Exception]) -> None:
    with pytest.raises(mistake), remotes.translate_errors("the remote"):
        raise mistake("ours")


def test_without_a_remote_verify_does_not_advise_one(toy: Path) -> None:
    run("dvc", "remote", "remove", "store")
    name = revisions.hash_outputs("HEAD")[Path("data/features.parquet")]
    dvc_storage.object_path(revisions.cache_folder(), name).unlink()
    with pytest.raises(Exception, match="1 object missing") as caught:
        verify.main([])
    assert "--remote" not in str(caught.value)
    assert "rebuild it: dvc repro --force data/features.parquet" in str(caught.value)
