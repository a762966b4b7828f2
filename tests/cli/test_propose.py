"""A data version becomes a pull request or a note: a real remote of Git and of DVC on disk, `gh` a stand-in."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import versions

from lifecycle.__main__ import main
from lifecycle.retraining import proposals

pytestmark = pytest.mark.slow  # Git servers and whole commands

run, orders, edit = versions.run, versions.orders, versions.edit

DAYS = versions.DAYS
# Records what it is asked and the text that it is given; knows the pull request that the file OPEN names.
GH = """#!/bin/sh
printf '%s\\n' "$*" >> "{folder}/asked"
case "$1 $2" in
"pr list") cat "{folder}/open" 2>/dev/null || true ;;
"pr create"|"pr edit")
  while [ $# -gt 0 ]; do [ "$1" = --body-file ] && cp "$2" "{folder}/body"; shift; done
  echo https://example.org/pull/12 ;;
*) echo "no such thing: $*" >&2; exit 1 ;;
esac
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = versions.first_version(tmp_path_factory.mktemp("orders") / "repository")
    return folder


@pytest.fixture
def repository(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The branch main with a remote of Git, and one of DVC, beside it; and a `gh` that writes down what it is asked."""
    folder: Path = versions.opened(made, tmp_path, monkeypatch)
    run("git", "switch", "--quiet", "main")
    run("git", "init", "--quiet", "--bare", "--initial-branch", "main", str(tmp_path / "origin"))
    run("git", "remote", "add", "origin", str(tmp_path / "origin"))
    run("dvc", "remote", "add", "--quiet", "--default", "store", str(tmp_path / "store"))
    versions.commit("A remote")
    run("git", "push", "--quiet", "origin", "main")
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin" / "gh"
    gh.write_text(GH.format(folder=tmp_path), encoding="utf-8")
    gh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return folder


def rebuild(blind: float, days: int = DAYS + 20) -> None:
    """What advance and repro would have made, not committed; with a page that no earlier version had."""
    edit("params.yaml", "^through: .*", "through: '2013-10-31'")
    versions.write_version(orders(days), 30, blind=blind, seed=2, months=3)
    Path("reports/explore").mkdir(exist_ok=True)
    Path("reports/explore/new.md").write_text("new\n", encoding="utf-8")
    versions.lock()


def origin(*arguments: str) -> str:
    return str(run("git", "--git-dir", "../origin", *arguments)).strip()


def asked() -> list[str]:
    path = Path("../asked")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def test_a_better_version_becomes_a_pull_request_with_its_review(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rebuild(blind=0.0)
    before = run("git", "rev-parse", "main")
    assert main(["propose"]) == 0
    text = "--title The data through 2013-10-31 --body-file reports/review.md"
    assert asked() == [
        "pr list --head data-2013-10-31 --state open --json number --jq .[].number",
        f"pr create --head data-2013-10-31 --base main {text}",
    ]
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "https://example.org/pull/12"
    assert told[1].startswith("Proposed as a pull request from data-2013-10-31: better. brier goes from 0.")
    body = Path("../body").read_text(encoding="utf-8")
    assert body.startswith("# 🟢 Better\n\nbrier goes from 0.")
    assert "**Gate: open.**" in body
    note = Path("runs/proposal.md").read_text(encoding="utf-8")
    assert note.startswith("> [!NOTE]\n> Proposed as a pull request from data-2013-10-31: better.")
    assert note.endswith(f"\n\n{body}")
    assert origin("log", "--format=%s", "main..data-2013-10-31") == "The data through 2013-10-31"
    assert "reports/explore/new.md" in origin("ls-tree", "-r", "--name-only", "data-2013-10-31")
    assert origin("rev-parse", "main") == before.strip() == run("git", "rev-parse", "main").strip()
    assert run("git", "status", "--porcelain") == ""


def test_what_it_pushes_can_be_pulled_elsewhere(repository: Path, tmp_path: Path) -> None:
    rebuild(blind=0.0)
    assert main(["propose"]) == 0
    run("git", "clone", "--quiet", "--branch", "data-2013-10-31", str(tmp_path / "origin"), str(tmp_path / "clone"))
    built = Path("data/predictions/test.parquet").read_bytes()
    os.chdir(tmp_path / "clone")
    run("dvc", "pull", "--quiet")
    assert Path("data/predictions/test.parquet").read_bytes() == built


def test_an_open_pull_request_gets_the_new_review(repository: Path, tmp_path: Path) -> None:
    rebuild(blind=0.0)
    (tmp_path / "open").write_text("12\n", encoding="utf-8")
    assert main(["propose"]) == 0
    assert asked()[1:] == ["pr edit 12 --title The data through 2013-10-31 --body-file reports/review.md"]


def test_a_version_without_a_significant_difference_is_proposed_too(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rebuild(blind=0.5, days=DAYS)
    assert main(["propose"]) == 0
    assert "Proposed as a pull request from data-2013-10-31: no significant difference. " in capsys.readouterr().out
    assert asked()[1].startswith("pr create ")


def test_a_worse_version_becomes_a_note_that_says_why_and_the_next_one_is_tried_after_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rebuild(blind=1.0)
    assert main(["propose"]) == 0
    (told,) = capsys.readouterr().out.splitlines()
    assert told.startswith("Rejected, no pull request: worse. roc_auc goes from 0.")
    assert asked() == []
    assert origin("log", "-1", "--format=%B", "data-2013-10-31") == f"The data through 2013-10-31 is rejected\n\n{told}"
    assert Path("runs/proposal.md").read_text(encoding="utf-8").startswith("> [!NOTE]\n> Rejected, no pull request: ")
    run("git", "switch", "--quiet", "main")
    assert main(["advance"]) == 0
    assert capsys.readouterr().out == (
        "through 2013-09-30 → 2013-11-30 (origin/data-2013-10-31 was proposed before); next: make repro\n"
    )


def test_a_version_that_cannot_be_compared_is_neither_proposed_nor_rejected(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rebuild(blind=0.0)
    run("dvc", "remote", "remove", "store")
    (repository / ".dvc/cache").rename(tmp_path / "elsewhere")
    assert main(["propose"]) == 3
    assert capsys.readouterr().err.startswith(
        "error: the data through 2013-10-31 could not be judged, and nothing was pushed: "
    )
    assert origin("branch", "--list", "data-*") == ""
    assert asked() == []


def test_without_a_new_version_nothing_happens(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["propose"]) == 0
    assert capsys.readouterr().out == "nothing new: HEAD has the data through 2013-09-30\n"
    assert run("git", "branch", "--show-current") == "main\n"


def test_another_day_with_the_same_batches_is_nothing_new(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rebuild(blind=0.0)
    assert main(["propose"]) == 0
    run("git", "switch", "--quiet", "main")
    rebuild(blind=0.0)
    edit("params.yaml", "^through: .*", "through: '2013-11-30'")
    capsys.readouterr()
    assert main(["propose"]) == 0
    assert capsys.readouterr().out == "nothing new: origin/data-2013-10-31 has the same batches\n"
    run("git", "checkout", "--quiet", "data/provenance.json")
    assert main(["propose"]) == 0
    assert capsys.readouterr().out == "nothing new: HEAD has the same batches\n"
    assert len(asked()) == 2


def test_a_remote_that_rejects_is_an_error_in_three_lines(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rebuild(blind=0.0)
    assert main(["propose", "--remote", "nowhere"]) == 2
    what, where, _ = capsys.readouterr().err.splitlines()
    assert what.startswith("error: git ended with exit code 128: ")
    assert where.endswith(" push --quiet --force nowhere data-2013-10-31")
    assert asked() == []


def test_only_branches_of_a_day_are_versions(repository: Path) -> None:
    for name in ("data-2013-10-31", "data-2013-10-32", "data-", "data-tomorrow", "other-2013-12-31"):
        run("git", "update-ref", f"refs/remotes/origin/{name}", "main")
    assert list(proposals.list_proposed().values()) == ["origin/data-2013-10-31"]


def make(target: str) -> subprocess.CompletedProcess[str]:
    """A target of the Makefile as it is, in the working folder, without setting up."""
    files = [f"--include-dir={versions.TOP}", f"--file={versions.TOP / 'Makefile'}"]
    command = ["make", "--no-print-directory", "--old-file=setup", *files, target]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Path]:
    """What clones the remote, without the first one's cache, and makes the clone the working folder."""

    def cloned() -> Path:
        folder = tmp_path / "clone"
        run("git", "clone", "--quiet", str(tmp_path / "origin"), str(folder))
        monkeypatch.chdir(folder)
        return folder

    return cloned


def test_make_pull_takes_what_the_remote_has(clone: Callable[[], Path]) -> None:
    run("dvc", "push", "--quiet")
    folder = clone()
    assert make("pull").returncode == 0
    assert (folder / "data/predictions/test.parquet").is_file()


def test_make_pull_goes_on_where_the_remote_lacks_something_and_says_so(
    clone: Callable[[], Path], tmp_path: Path
) -> None:
    run("dvc", "push", "--quiet", "data/predictions/test.parquet")
    folder = clone()
    done = make("pull")
    assert done.returncode == 0
    assert "the remote did not give everything: make repro" in done.stdout
    assert (folder / "data/predictions/test.parquet").is_file()
    assert not (folder / "models/model.skops").exists()


def test_make_pull_without_a_remote_says_what_to_do(clone: Callable[[], Path]) -> None:
    clone()
    run("dvc", "remote", "remove", "store")
    done = make("pull")
    assert (done.returncode, done.stdout) == (0, "no remote is set: make repro\n")


def test_make_propose_is_the_command(repository: Path) -> None:
    rebuild(blind=0.0)
    done = make("propose")
    assert done.returncode == 0, done.stderr
    assert "Proposed as a pull request" in done.stdout
    assert [one.split(" --")[0] for one in asked()] == ["pr list", "pr create"]
