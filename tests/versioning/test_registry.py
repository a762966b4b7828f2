"""Releases and the stages they serve in are tags, made only of what is committed, built and passed."""

import subprocess
from pathlib import Path

import pytest

from lifecycle.cli import gc, promote
from lifecycle.errors import FileError, GateClosed, UnknownName, WrongValue
from lifecycle.versioning import dvc_storage, registry, revisions, rollback


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_a_release_is_a_tag_and_the_next_one_is_counted(toy: Path) -> None:
    assert registry.create_release(registry.choose_next_version()) == "model@v1.0.0"
    assert registry.list_releases() == ["v1.0.0"]
    assert registry.choose_next_version() == "v1.1.0"
    assert revisions.resolve_revision("model@v1.0.0") == revisions.resolve_revision("HEAD")
    with pytest.raises(WrongValue, match=r"v1\.0\.0 is released already"):
        registry.create_release("v1.0.0")


@pytest.mark.parametrize("version", ["1.0.0", "v1", "latest", "v1.0.0 --force"])
def test_what_is_no_version_is_rejected(toy: Path, version: str) -> None:
    with pytest.raises(WrongValue, match="is no version"):
        registry.create_release(version)


def test_uncommitted_work_and_a_stale_lock_release_nothing(toy: Path) -> None:
    Path("make.sh").write_text(Path("make.sh").read_text() + "# more\n", encoding="utf-8")
    with pytest.raises(WrongValue, match=r"there is work that no commit has: make\.sh"):
        registry.create_release("v1.0.0")
    run("git", "commit", "--quiet", "--all", "--message", "not built")
    with pytest.raises(WrongValue, match=r"dvc\.lock is stale: collect"):
        registry.create_release("v1.0.0")
    assert registry.list_releases() == []


def test_frozen_stages_are_released_only_knowingly(toy: Path) -> None:
    text = Path("dvc.yaml").read_text(encoding="utf-8")
    Path("dvc.yaml").write_text(text.replace("  train:\n", "  train:\n    frozen: true\n"), encoding="utf-8")
    run("git", "commit", "--quiet", "--all", "--message", "frozen")
    with pytest.raises(GateClosed, match="stage train is frozen") as caught:
        registry.create_release("v1.0.0")
    assert "lifecycle release --accept frozen" in caught.value.todo
    assert registry.list_releases() == []
    assert registry.create_release("v1.0.0", ["frozen"]) == "model@v1.0.0"
    assert registry.list_releases() == ["v1.0.0"]


def test_a_version_is_promoted_once_and_back(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registry.create_release("v1.0.0")
    run("git", "commit", "--quiet", "--allow-empty", "--message", "again")
    registry.create_release("v1.1.0")
    assert promote.main(["v1.0.0", "prod"]) == 0
    assert promote.main(["v1.1.0", "prod"]) == 0
    assert registry.find_served_version("prod") == "v1.1.0"
    with pytest.raises(WrongValue, match=r"v1\.1\.0 is in prod already"):
        promote.main(["v1.1.0", "prod"])
    assert promote.main(["v1.0.0", "prod"]) == 0
    assert registry.find_served_version("prod") == "v1.0.0"
    assert capsys.readouterr().out.splitlines()[-1] == "next: git push origin 'model#prod#3'"
    assert registry.find_served_version("staging") is None


def test_a_tag_of_a_stage_that_is_not_counted_says_nothing(toy: Path) -> None:
    registry.create_release("v1.0.0")
    run("git", "tag", "model#prod#old", "one")
    assert registry.find_served_version("prod") is None
    assert promote.main(["v1.0.0", "prod"]) == 0
    assert registry.list_stage_tags("prod") == ["model#prod#1"]


def test_without_a_name_in_git_a_tag_is_rejected_in_three_lines(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.create_release("v1.0.0")
    nobody(tmp_path, monkeypatch)
    for command in (lambda: registry.create_release("v1.1.0"), lambda: promote.main(["v1.0.0", "prod"])):
        with pytest.raises(FileError, match="Git does not know who makes the tag") as caught:
            command()
        assert caught.value.todo.startswith("git config user.name ")
    assert registry.list_releases() == ["v1.0.0"]


def nobody(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Git with no name and no address of who works here."""
    for key in ("user.name", "user.email"):
        run("git", "config", "--unset", key)
    run("git", "config", "user.useConfigOnly", "true")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        patch.delenv(name, raising=False)
    patch.setenv("HOME", str(folder / "home"))
    patch.setenv("XDG_CONFIG_HOME", str(folder / "home"))
    patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    patch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")


def test_what_is_not_released_is_not_promoted(toy: Path) -> None:
    registry.create_release("v1.0.0")
    with pytest.raises(UnknownName, match=r"v1\.0\.1 is not released") as caught:
        promote.main(["v1.0.1", "prod"])
    assert caught.value.todo == "use 'v1.0.0'"
    with pytest.raises(WrongValue, match="names no stage"):
        promote.main(["v1.0.0", "Prod 1"])


def test_collecting_garbage_keeps_what_a_release_needs(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("git", "tag", "model@v1.0.0", "one")
    for tag in ("one", "two"):
        run("git", "tag", "--delete", tag)
    run("dvc", "remote", "remove", "store")
    second = revisions.resolve_revision("HEAD~1")
    model = revisions.hash_outputs(second)[Path("models/model.skops")]
    assert gc.main([]) == 0
    short = run("git", "show", "--no-patch", "--format=%h (%cs, two)", second)
    assert f"of {short}: " in capsys.readouterr().out
    assert not dvc_storage.object_path(revisions.cache_folder(), model).exists()
    run("git", "commit", "--quiet", "--all", "--message", "no remote")
    monkeypatch.setattr(rollback, "run_smoke_test", lambda trial: "not tried")
    rollback.roll_back(rollback.make_plan("all", "model@v1.0.0"), False, smoke_test="")
    assert "up to date" in run("dvc", "status")


def test_collecting_garbage_keeps_what_head_needs_beside_an_uncommitted_rebuild(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for tag in ("one", "two", "three"):
        run("git", "tag", "--delete", tag)
    run("git", "checkout", "HEAD~2", "--", "dvc.lock")
    needed = dvc_storage.list_needed_objects("HEAD")
    assert gc.main(["--dry", "--only-tags"]) == 0
    dry = capsys.readouterr().out
    assert gc.main(["--only-tags"]) == 0
    assert dry.replace("would go", "removed") == capsys.readouterr().out
    assert "gc: 0 objects" not in dry
    assert all(dvc_storage.object_path(revisions.cache_folder(), name).exists() for name in needed)


def test_no_garbage_is_collected_beside_an_interrupted_rollback(toy: Path) -> None:
    with dvc_storage.lock_repository() as repo:
        rollback.begin(repo, rollback.make_plan("all", "one"), False)
    with pytest.raises(WrongValue, match="a rollback was interrupted"):
        gc.main([])
