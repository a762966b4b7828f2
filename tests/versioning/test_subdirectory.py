"""A project in a folder of a larger Git repository, and another one beside it: every command minds its own."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lifecycle.cli import due, gc, promote, rollback, verify
from lifecycle.cli import lineage as lineage_command
from lifecycle.errors import WrongValue
from lifecycle.versioning import lineage, registry, revisions, workspace
from lifecycle.versioning import rollback as going_back
from lifecycle.versioning.version import Version

WORDS = ("one", "two")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture
def shop(toy_built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two projects, `shop/churn` and `shop/fraud`, in one Git repository with two commits; churn is the one here."""
    top = tmp_path / "company"
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    monkeypatch.setattr(going_back, "run_smoke_test", lambda trial: "not tried")
    top.mkdir()
    monkeypatch.chdir(top)
    run("git", "init", "--quiet", "--initial-branch", "main")
    run("git", "config", "user.name", "A Tester")
    run("git", "config", "user.email", "tester@example.org")
    Path("README").write_text("the company's\n", encoding="utf-8")
    for name in ("churn", "fraud"):
        folder = top / "shop" / name
        shutil.copytree(toy_built, folder, ignore=shutil.ignore_patterns(".git", ".dvc", "dvc.lock", "raw"))
        monkeypatch.chdir(folder)
        run("dvc", "init", "--quiet", "--subdir")
    for day, word in enumerate(WORDS, start=1):
        for name in ("churn", "fraud"):
            monkeypatch.chdir(top / "shop" / name)
            Path("given/word").write_text(f'"{name} {word}"\n', encoding="utf-8")
            params = Path("params.yaml")
            params.write_text(f"problem: toy # one word\nthrough: '{day}' # the last day\n", encoding="utf-8")
            run("dvc", "repro", "--quiet")
        run("git", "add", "--all", ":/")
        run("git", "commit", "--quiet", "--message", word)
        run("git", "tag", word)
    monkeypatch.chdir(top / "shop" / "churn")
    return top


def test_files_of_a_revision_are_those_of_this_project(shop: Path) -> None:
    assert revisions.read_bytes("one", Path("given/word")) == b'"churn one"\n'
    assert revisions.read_record("one", Path("reports/train.json")) == "churn one"
    assert set(revisions.read_lock("one")["stages"]) == {"collect", "featurize", "train", "evaluate", "test"}
    assert len(revisions.hash_outputs("two")) == 9
    assert Version("base", revisions.resolve_revision("one")).read_text(Path("given/word")) == '"churn one"\n'


def test_objects_are_found_and_hashed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([]) == 0
    assert not capsys.readouterr().out.startswith("verify: 0 objects")


def test_going_back_leaves_the_other_project_alone(shop: Path) -> None:
    other = shop / "shop" / "fraud"
    (other / "given" / "word").write_text("work in progress", encoding="utf-8")
    (shop / "README").write_text("edited\n", encoding="utf-8")
    assert rollback.main(["one"]) == 0
    assert Path("reports/train.json").read_text(encoding="utf-8") == '"churn one"\n'
    assert len(list(Path("data/raw/orders").iterdir())) == 1
    assert (other / "given" / "word").read_text(encoding="utf-8") == "work in progress"
    assert (other / "reports" / "train.json").read_text(encoding="utf-8") == '"fraud two"\n'
    assert (shop / "README").read_text(encoding="utf-8") == "edited\n"
    staged = run("git", "diff", "--cached", "--name-only").splitlines()
    assert staged
    assert all(name.startswith("shop/churn/") for name in staged)
    assert rollback.main(["--discard", "HEAD"]) == 0
    assert run("git", "status", "--porcelain", "--", ".") == ""
    assert (other / "given" / "word").read_text(encoding="utf-8") == "work in progress"


@pytest.mark.parametrize("kind", ["--data", "--model"])
def test_data_or_model_alone_come_back(shop: Path, kind: str) -> None:
    assert rollback.main([kind, "one"]) == 0
    days = len(list(Path("data/raw/orders").iterdir()))
    assert days == (1 if kind == "--data" else 2)
    assert run("git", "status", "--porcelain", "--", "../fraud") == ""


def test_a_failed_step_is_undone(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(trial: str) -> str:
        raise WrongValue("no", where="here", todo="nothing")

    monkeypatch.setattr(going_back, "run_smoke_test", fail)
    with pytest.raises(WrongValue):
        rollback.main(["one"])
    assert run("git", "status", "--porcelain") == ""
    assert Path("reports/train.json").read_text(encoding="utf-8") == '"churn two"\n'


def test_lineage_is_that_of_this_project(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = lineage.trace_lineage("HEAD", Path("models/model.skops"))
    assert set(found.stages) == {"train", "collect"}
    assert lineage_command.main([]) == 0
    assert "given/model" in capsys.readouterr().out


def test_garbage_of_the_other_project_stays(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("git", "tag", "--delete", "one")
    assert gc.main([]) == 0
    assert "of " in capsys.readouterr().out
    assert verify.main([]) == 0
    assert any((shop / "shop/fraud/.dvc/cache").rglob("*"))


def test_each_project_has_releases_of_its_own(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry.name_tag("v1.0.0") == "shop/churn=model@v1.0.0"
    registry.register_version("v1.0.0")
    assert registry.list_releases() == ["v1.0.0"]
    assert run("git", "tag", "--list", "*model@*") == "shop/churn=model@v1.0.0"
    assert promote.main(["v1.0.0", "prod"]) == 0
    assert registry.find_served_version("prod") == "v1.0.0"
    monkeypatch.chdir(shop / "shop" / "fraud")
    assert registry.list_releases() == []
    assert registry.choose_next_version() == "v1.0.0"
    assert registry.find_served_version("prod") is None
    with pytest.raises(WrongValue, match=r"shop/churn=model@v1\.0\.0 is a version of the project in shop/churn"):
        registry.check_own_tag("shop/churn=model@v1.0.0")
    registry.check_own_tag("shop/fraud=model@v1.0.0")
    monkeypatch.chdir(shop)
    registry.check_own_tag("model@v1.0.0")
    with pytest.raises(WrongValue, match="and this is that in \\."):
        registry.check_own_tag("shop/churn=model@v1.0.0")
    monkeypatch.chdir(shop / "shop" / "churn")
    with pytest.raises(WrongValue, match="is a version of the project in \\.,"):
        registry.check_own_tag("model@v1.0.0")
    assert due.find_last_release() == "shop/churn=model@v1.0.0"


def test_work_of_the_other_project_that_is_staged_survives_a_rollback_that_was_killed(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(trial: str) -> str:
        raise SystemExit

    Path("given/word").write_text("given up", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(going_back, "run_smoke_test", kill)
        patch.setattr(going_back, "undo", lambda repo, journal: None)
        with pytest.raises(SystemExit):
            rollback.main(["--discard", "one"])
    other = shop / "shop" / "fraud" / "given" / "word"
    other.write_text("work in progress", encoding="utf-8")
    run("git", "add", str(other))
    assert rollback.main(["--discard", "HEAD"]) == 0
    assert run("git", "diff", "--cached", "--name-only") == "shop/fraud/given/word"
    assert Path("reports/train.json").read_text(encoding="utf-8") == '"churn two"\n'


def test_a_stash_has_the_work_of_this_project_alone(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = shop / "shop" / "fraud" / "given" / "word"
    other.write_text("work in progress", encoding="utf-8")
    Path("given/word").write_text("given up", encoding="utf-8")
    Path("given/more").write_text("staged", encoding="utf-8")
    run("git", "add", "given/more")
    assert rollback.main(["--discard", "one"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[-2].endswith('" .')
    stash = said.partition("git stash apply ")[2].split()[0]
    assert run("git", "diff", "--name-only", "HEAD", stash).splitlines() == [
        "shop/churn/given/more",
        "shop/churn/given/word",
    ]
    assert rollback.main(["--discard", "HEAD"]) == 0
    run("git", "stash", "apply", stash)
    assert Path("given/word").read_text(encoding="utf-8") == "given up"
    assert Path("given/more").read_text(encoding="utf-8") == "staged"
    assert other.read_text(encoding="utf-8") == "work in progress"


def test_in_a_shared_cache_garbage_is_what_no_project_needs(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("churn", "fraud"):
        monkeypatch.chdir(shop / "shop" / name)
        run("dvc", "cache", "dir", "../../../cache")
        run("dvc", "commit", "--force")
        Path("given/word").write_text(f'"{name} three"\n', encoding="utf-8")
        run("dvc", "repro", "--quiet")
        run("git", "add", "--all", ".")
        run("git", "commit", "--quiet", "--message", "three")
        run("dvc", "repro", "--quiet", "--force", "evaluate")
    run("git", "tag", "--delete", "one", "two")
    Path("stray").write_text("of no commit", encoding="utf-8")
    run("dvc", "add", "--quiet", "stray")
    Path("stray.dvc").unlink()
    monkeypatch.chdir(shop / "shop" / "churn")
    folder = revisions.cache_folder()
    others = [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.read_bytes() in (b'"fraud two"\n', b'"fraud three"\n')
    ]
    assert len(others) == 2
    assert gc.main([]) == 0
    said = capsys.readouterr().out
    gone = [path for path in others if not path.exists()]
    assert gone == []
    assert "that other projects of this repository need kept" in said
    assert "of no commit kept: the cache lies outside of this project" in said
    monkeypatch.chdir(shop / "shop" / "fraud")
    assert verify.main(["HEAD"]) == 0


def test_dvc_of_the_whole_repository_is_rejected(shop: Path) -> None:
    shutil.rmtree(".dvc")
    Path("../../.dvc").mkdir()
    Path("../../.dvc/config").touch()
    with pytest.raises(WrongValue, match="of which this folder is a part") as raised:
        verify.main([])
    assert raised.value.todo.startswith("for a project of its own: dvc init --subdir")


def test_a_copy_stands_as_deep_as_the_project_with_what_it_reads_beside_it(shop: Path, tmp_path: Path) -> None:
    Path("requirements.lock").unlink()
    (shop / "requirements.lock").write_text("pandas==3.1.1\n", encoding="utf-8")
    (shop / "shared").mkdir()
    (shop / "shared/rows.csv").write_text("a\n", encoding="utf-8")
    Path("dvc.lock").write_text("stages: {a: {deps: [{path: ../../shared}, {path: ../../../out}]}}\n", encoding="utf-8")
    copy = workspace.copy_sources(tmp_path / "copy")
    assert copy == tmp_path / "copy" / "shop" / "churn"
    files = {
        path.relative_to(tmp_path / "copy").as_posix() for path in (tmp_path / "copy").rglob("*") if path.is_file()
    }
    assert {"requirements.lock", "shared/rows.csv", "shop/churn/dvc.yaml"} <= files
    assert not any(name.startswith("shop/fraud") for name in files)
    assert (tmp_path / "copy/.git").is_dir()


def test_a_merge_of_the_other_project_does_not_hide_that_of_this_one(shop: Path) -> None:
    from lifecycle.versioning import merge

    first = run("git", "rev-parse", "HEAD")
    for name in ("churn", "fraud"):
        run("git", "checkout", "--quiet", "-b", name, first)
        Path(f"../{name}/given/extra").write_text(name, encoding="utf-8")
        run("git", "add", "--all", ":/")
        run("git", "commit", "--quiet", "--message", name)
    run("git", "checkout", "--quiet", "main")
    for name in ("churn", "fraud"):
        run("git", "merge", "--quiet", "--no-ff", "--message", name, name)
    assert merge.find_last_merge() == merge.Merge(first, run("git", "rev-parse", "churn"), first)
