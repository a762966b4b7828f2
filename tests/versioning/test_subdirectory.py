"""A project in a folder of a larger Git repository, and another one beside it: every command minds its own."""

import shutil
import subprocess
from pathlib import Path

import pytest

from lifecycle.cli import gc, promote, rollback, verify
from lifecycle.cli import lineage as lineage_command
from lifecycle.errors import WrongValue
from lifecycle.versioning import lineage, registry, revisions
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
