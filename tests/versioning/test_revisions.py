import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle.errors import CorruptFile, MissingFile, UnknownName
from lifecycle.versioning import dvc_internals, revisions

STAGES = """
stages:
  make:
    cmd: mkdir -p data/raw reports/tree && cp word data/word && cp word data/raw/a && cp word reports/tree/leaf
    deps: [word]
    outs:
    - data/word
    - data/raw
    - reports/tree:
        cache: false
"""


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def version(word: str) -> None:
    Path("word").write_text(word, encoding="utf-8")
    run("dvc", "repro", "--quiet")
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", word)


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of a word, the first one tagged; a remote that has both."""
    folder, remote = tmp_path_factory.mktemp("words") / "repository", tmp_path_factory.mktemp("remote")
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setenv("DVC_SITE_CACHE_DIR", str(folder.parent / "site"))
        run("git", "init", "--quiet", "--initial-branch", "main")
        run("git", "config", "user.name", "A Tester")
        run("git", "config", "user.email", "tester@example.org")
        run("dvc", "init", "--quiet")
        run("dvc", "remote", "add", "--quiet", "--default", "store", str(remote))
        Path("dvc.yaml").write_text(STAGES, encoding="utf-8")
        version("one")
        run("git", "tag", "first")
        version("two")
        run("dvc", "push", "--quiet", "--all-commits")
    return folder


@pytest.fixture
def words(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "words"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    return folder


def test_a_revision_is_a_commit(words: Path) -> None:
    assert revisions.resolve_revision("first") == run("git", "rev-parse", "HEAD~1").strip()
    with pytest.raises(UnknownName, match=r"there is no revision 'frist'") as caught:
        revisions.resolve_revision("frist")
    assert caught.value.todo == "use 'first'"


def test_an_option_of_git_is_no_revision(words: Path) -> None:
    with pytest.raises(UnknownName):
        revisions.resolve_revision("--all")


def test_small_files_come_from_git_and_outputs_from_the_cache(words: Path) -> None:
    assert revisions.read_bytes("first", Path("word")) == b"one"
    assert revisions.read_bytes("first", Path("data/word")) == b"one"
    assert revisions.read_bytes("HEAD", Path("data/raw/a")) == b"two"
    assert revisions.read_tracked("first", Path("data/word")) is None
    assert Path("data/word").read_text(encoding="utf-8") == "two"


def test_every_output_has_its_hash(words: Path) -> None:
    paths = ("data/word", "data/raw/a", "reports/tree/leaf")
    assert revisions.hash_outputs("first") == {Path(path): md5("one") for path in paths}


@pytest.mark.parametrize("path", ["data/word", "data/raw/a"])
def test_what_the_cache_lost_comes_from_the_remote(words: Path, path: str) -> None:
    shutil.rmtree(".dvc/cache")
    assert revisions.read_bytes("first", Path(path)) == b"one"


def empty_remote(folder: Path) -> None:
    """Another remote than the version named, which is gone."""
    folder.mkdir()
    run("dvc", "remote", "modify", "store", "url", str(folder))


def no_remote(folder: Path) -> None:
    run("dvc", "remote", "remove", "store")


def lose_earlier_remote(patch: pytest.MonkeyPatch) -> None:
    """Earlier versions named no remote: their folder serves the other tests."""
    patch.setattr(dvc_internals, "parse_remotes", lambda text: [])


@pytest.mark.parametrize("lose", [no_remote, empty_remote])
def test_what_nobody_has_is_named(
    words: Path, tmp_path: Path, lose: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(tmp_path / "empty")
    lose_earlier_remote(monkeypatch)
    shutil.rmtree(".dvc/cache")
    with pytest.raises(MissingFile, match=r"neither the cache nor a remote has data/word of first"):
        revisions.locate("first", Path("data/word"))


def test_a_remote_that_cannot_be_reached_is_named(words: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("dvc", "remote", "modify", "store", "url", "http://127.0.0.1:9/words")
    lose_earlier_remote(monkeypatch)
    shutil.rmtree(".dvc/cache")
    with pytest.raises(MissingFile, match=r"the remote 'store' cannot be used: ") as caught:
        revisions.locate("first", Path("data/word"))
    assert caught.value.where == ".dvc/config"


def test_what_a_revision_never_had_is_said(words: Path) -> None:
    with pytest.raises(MissingFile, match=r"first has no data/other"):
        revisions.read_bytes("first", Path("data/other"))


def test_a_record_that_is_none_is_said(words: Path) -> None:
    Path("broken.json").write_text("{", encoding="utf-8")
    run("git", "add", "broken.json")
    run("git", "commit", "--quiet", "--message", "broken")
    assert revisions.read_record("HEAD", Path("dvc.yaml"))["stages"]["make"]["deps"] == ["word"]
    with pytest.raises(CorruptFile, match=r"broken\.json of HEAD cannot be read"):
        revisions.read_record("HEAD", Path("broken.json"))
