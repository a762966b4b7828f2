"""What the cache may lose: nothing that the workspace, a tag or the tip of a branch needs, and it is said what goes."""

import subprocess
from pathlib import Path

import pytest

from lifecycle.cli import gc, verify
from lifecycle.errors import MissingFile
from lifecycle.versioning import dvc_storage, revisions


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture
def alone(toy: Path) -> Path:
    """The toy repository without tags and without a remote, on its third version."""
    for tag in ("one", "two", "three"):
        run("git", "tag", "--delete", tag)
    run("dvc", "remote", "remove", "store")
    run("git", "commit", "--quiet", "--all", "--message", "no remote")
    return toy


def is_cached(name: str) -> bool:
    return dvc_storage.object_path(revisions.cache_folder(), name).exists()


def models() -> list[str]:
    """The objects of the models of the first, second and third version."""
    return [revisions.hash_outputs(f"HEAD~{back}")[Path("models/model.skops")] for back in (3, 2, 1)]


def test_the_tip_of_a_local_and_of_a_remote_branch_is_kept(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = models()
    run("git", "branch", "colleague", "HEAD~3")
    run("git", "update-ref", "refs/remotes/origin/theirs", "HEAD~2")
    assert gc.main([]) == 0
    assert capsys.readouterr().out.startswith("gc: 0 objects removed")
    run("git", "update-ref", "-d", "refs/remotes/origin/theirs")
    assert gc.main([]) == 0
    said = capsys.readouterr().out
    assert is_cached(first), "the branch colleague needs it"
    assert not is_cached(second)
    assert is_cached(third)
    owner = run("git", "show", "--no-patch", "--format=%h (%cs, two)", "HEAD~2")
    assert any("models/model.skops" in line and f"of {owner}: " in line for line in said.splitlines())


def test_a_dry_run_names_the_same_and_removes_nothing(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gc.main(["--dry"]) == 0
    dry = capsys.readouterr().out
    assert all(map(is_cached, models()))
    assert gc.main([]) == 0
    assert capsys.readouterr().out == dry.replace("would go", "removed")
    assert [is_cached(name) for name in models()] == [False, False, True]
    assert verify.main([]) == 0


def test_an_object_of_no_commit_is_said_to_be_so(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stray = dvc_storage.object_path(revisions.cache_folder(), "00" + "1" * 30)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"12345")
    assert gc.main([]) == 0
    assert "removed  objects of no commit: 1 object, 5 B" in capsys.readouterr().out
    assert not stray.exists()


def test_a_branch_whose_list_is_nowhere_stops_before_anything_goes(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "fetch", lambda revision, names: None)
    second = models()[1]
    run("git", "branch", "colleague", "HEAD~3")
    listing = next(str(out["md5"]) for out in revisions.list_outputs("colleague") if out["path"] == "data/raw")
    dvc_storage.object_path(revisions.cache_folder(), listing).unlink()
    with pytest.raises(MissingFile, match="nothing tells what refs/heads/colleague needs") as caught:
        gc.main([])
    assert "lifecycle gc --only-tags" in caught.value.todo
    assert is_cached(second)
    assert gc.main(["--only-tags"]) == 0
    assert not is_cached(second)
