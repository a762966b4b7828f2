"""Going back: the whole version, its data or its model, checked, tried, and taken back when anything fails."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle.cli import rollback as command
from lifecycle.errors import FileError, LifecycleError, MissingFile, WrongValue
from lifecycle.io.hashes import hash_md5
from lifecycle.release import smoke_test
from lifecycle.versioning import dvc_internals, dvc_storage, git_trees, revisions, rollback

KINDS = ("all", "data", "model")
QUESTION = Path(smoke_test.__file__).read_text(encoding="utf-8")
OUTPUTS = ("data", "models", "reports", "given", "dvc.lock", "dvc.yaml", "params.yaml")


def run(*asked: str) -> str:
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def files() -> dict[str, str]:
    """The hash of every file of the workspace."""
    tops = [Path(name) for name in OUTPUTS]
    found = [path for top in tops for path in ([top] if top.is_file() else top.rglob("*")) if path.is_file()]
    return {path.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(found)}


def state() -> tuple[dict[str, str], str]:
    return files(), run("git", "status", "--porcelain")


def at(revision: str) -> dict[str, str]:
    """The MD5 of every output of a revision."""
    return {path.as_posix(): name for path, name in revisions.hash_outputs(revision).items()}


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prediction, which takes seconds, is left out."""
    monkeypatch.setattr(rollback, "run_smoke_test", lambda trial: "not tried")


def roll(kind: rollback.Kind, revision: str, discard: bool = False) -> rollback.RollbackResult:
    return rollback.roll_back(rollback.make_plan(kind, revision), discard, QUESTION)


def test_a_whole_version_comes_back_with_nothing_to_build(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["one"]) == 0
    *lines, commit, or_back = capsys.readouterr().out.splitlines()
    assert lines[0] == f"rolled back to one ({revisions.resolve_revision('one')[:12]}): data, model and code"
    assert lines[2] == "hashes  8 files checked, each has the MD5 in dvc.lock"
    assert (
        lines[3] == "smoke   0.7310585786300049, 0.2689414213699951; 0.5, 0.5; 0.2689414213699951, 0.7310585786300049"
    )
    assert commit == f'next    git commit --message "Back to one ({revisions.resolve_revision("one")[:12]})"'
    assert or_back == "or      lifecycle rollback --discard HEAD"
    assert {name: hash_md5(Path(name)) for name in at("one")} == at("one")
    assert run("git", "diff", "one") == ""
    assert "up to date" in run("dvc", "status")
    assert "Running" not in run("dvc", "repro")
    run("git", "commit", "--message", "Back to one")
    assert run("git", "rev-parse", "HEAD^{tree}") == run("git", "rev-parse", "one^{tree}")


def test_the_data_alone_come_back_and_the_rest_is_to_be_built(toy: Path, untried: None) -> None:
    done = roll("data", "one")
    assert done.stale == ["evaluate", "featurize", "test", "train"]
    assert sorted(path.name for path in Path("data/raw/orders").iterdir()) == ["1.parquet"]
    assert Path("params.yaml").read_text() == "problem: toy # one word\nthrough: '1' # the last day\n"
    assert hash_md5(Path("models/model.skops")) == at("three")["models/model.skops"]
    assert "Running stage 'collect'" not in run("dvc", "repro")
    assert json.loads(Path("reports/test.json").read_text())["days"] == 1
    assert "up to date" in run("dvc", "status")


def test_the_model_alone_comes_back_and_is_tested_on_the_data_of_today(toy: Path, untried: None) -> None:
    done = roll("model", "one")
    assert done.stale == ["test"]
    wanted = at("one")
    for name in (
        "models/model.skops",
        "reports/train.json",
        "reports/evaluate/threshold.json",
        "data/predictions/valid",
    ):
        assert hash_md5(Path(name)) == wanted[name]
    assert len(list(Path("data/raw/orders").iterdir())) == 3
    earlier = json.loads(run("git", "show", "one:reports/test.json"))
    said = run("dvc", "repro")
    assert "Running stage 'test'" in said
    assert "Running stage 'train'" not in said
    tested = json.loads(Path("reports/test.json").read_text())
    assert (tested["model"], tested["days"]) == (earlier["model"], 3)
    assert "frozen: true" in Path("dvc.yaml").read_text()


def test_a_version_comes_back_after_the_model_of_another_was_taken(toy: Path, untried: None) -> None:
    before = files()
    roll("model", "one")
    roll("all", "HEAD", discard=True)
    assert files() == before
    assert run("git", "status", "--porcelain") == ""


@pytest.mark.parametrize("kind", KINDS)
def test_work_that_no_commit_has_is_not_touched(toy: Path, untried: None, kind: rollback.Kind) -> None:
    for path, text in (("make.sh", "mine"), ("data/features.parquet", "mine")):
        run("dvc", "checkout", "--force")
        run("git", "checkout", ".")
        Path(path).unlink()
        Path(path).write_text(text, encoding="utf-8")
        before = state()
        with pytest.raises(WrongValue, match=f"there is work that no commit has: {path}"):
            roll(kind, "one")
        assert state() == before
        assert not rollback.JOURNAL.exists()


def test_a_strangers_file_where_an_output_goes_is_not_touched(toy: Path, untried: None) -> None:
    run("git", "rm", "--quiet", "--cached", "given/word")
    run("git", "commit", "--quiet", "--message", "without")
    Path("given/word").write_text("mine", encoding="utf-8")
    with pytest.raises(WrongValue, match="given/word"):
        roll("all", "one")
    assert Path("given/word").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(("removed", "mine"), [("given/word", "given/word/mine"), ("given", "given")])
def test_a_stranger_of_another_kind_where_a_file_goes_is_not_touched(
    toy: Path, untried: None, removed: str, mine: str
) -> None:
    run("git", "rm", "--quiet", "-r", "--cached", removed)
    run("git", "commit", "--quiet", "--message", "without")
    rollback.remove_path(Path(removed))
    Path(mine).parent.mkdir(exist_ok=True)
    Path(mine).write_text("mine", encoding="utf-8")
    before = state()
    with pytest.raises(WrongValue, match=rf"there is work that no commit has: {mine}\n"):
        roll("all", "one")
    assert Path(mine).read_text(encoding="utf-8") == "mine"
    assert state() == before
    roll("all", "one", discard=True)
    assert run("git", "diff", "one") == ""


def test_a_stranger_of_another_kind_comes_back_when_the_rollback_fails(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("git", "rm", "--quiet", "--cached", "given/word")
    run("git", "commit", "--quiet", "--message", "without")
    Path("given/word").unlink()
    Path("given/word").mkdir()
    Path("given/word/mine").write_text("mine", encoding="utf-8")
    before = state()
    monkeypatch.setattr(rollback, "run_smoke_test", fails)
    with pytest.raises(FileError, match="the rollback failed and was undone"):
        roll("all", "one", discard=True)
    assert state() == before


def test_staged_bytes_that_stand_nowhere_else_are_not_touched(toy: Path, untried: None) -> None:
    text = Path("make.sh").read_text(encoding="utf-8")
    Path("make.sh").write_text("staged", encoding="utf-8")
    run("git", "add", "make.sh")
    Path("make.sh").write_text(text, encoding="utf-8")
    with pytest.raises(WrongValue, match=r"there is work that no commit has: make\.sh"):
        roll("all", "one")
    assert run("git", "show", ":make.sh") == "staged"
    done = roll("all", "one", discard=True)
    assert run("git", "show", f"{done.discarded}^2:make.sh") == "staged"


def test_discarded_work_stays_in_a_stash(toy: Path, untried: None) -> None:
    Path("make.sh").write_text("mine", encoding="utf-8")
    Path("data/features.parquet").unlink()
    Path("data/features.parquet").write_text("mine", encoding="utf-8")
    done = roll("all", "one", discard=True)
    assert run("git", "show", f"{done.discarded}:make.sh") == "mine"
    assert run("git", "diff", "one") == ""
    assert "up to date" in run("dvc", "status")


def fails(*arguments: object) -> str:
    raise OSError("the disk is gone")


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("all", "check_out"),
        ("all", "check_hashes"),
        ("all", "run_smoke_test"),
        ("data", "run_smoke_test"),
        ("model", "check_out"),
    ],
)
def test_a_step_that_fails_undoes_everything(
    toy: Path, monkeypatch: pytest.MonkeyPatch, kind: rollback.Kind, step: str
) -> None:
    Path("make.sh").write_text("mine", encoding="utf-8")
    run("git", "add", "make.sh")
    Path("params.yaml").write_text("problem: toy\nthrough: '3'\n", encoding="utf-8")
    Path("data/features.parquet").unlink()
    Path("data/features.parquet").write_text("mine", encoding="utf-8")
    before = state()
    monkeypatch.setattr(rollback, "run_smoke_test", lambda trial: "not tried")
    monkeypatch.setattr(rollback, step, fails)
    with pytest.raises(FileError, match="the rollback failed and was undone: the disk is gone"):
        roll(kind, "one", discard=True)
    assert state() == before
    assert not rollback.PLACE.exists()


def test_a_model_that_never_answers_is_taken_back(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "TRIAL_SECONDS", 0.5)
    before, plan = state(), rollback.make_plan("model", "one")
    with pytest.raises(FileError, match=r"did not end within 0\.5 seconds"):
        rollback.roll_back(plan, False, "while True: pass")
    assert state() == before


def test_a_model_that_does_not_answer_is_taken_back(toy: Path) -> None:
    before = state()
    with pytest.raises(FileError, match=r"the model does not predict \(KeyError: .*'x'.*\); the rollback was undone"):
        rollback.roll_back(broken_plan(), False, QUESTION)
    assert state() == before


def broken_plan() -> rollback.RollbackPlan:
    """Back to a version whose features lack what its model takes."""
    import pandas as pd

    run("git", "checkout", "--quiet", "-b", "other", "one")
    pd.DataFrame({"id": ["a"], "y": [1.0]}).to_parquet("given/features")
    run("dvc", "checkout", "--quiet")
    run("dvc", "repro", "--quiet")
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", "other")
    run("git", "checkout", "--quiet", "main")
    run("dvc", "checkout", "--quiet")
    return rollback.make_plan("all", "other")


def test_an_empty_cache_pulls_what_is_missing_and_no_more(toy: Path, tmp_path: Path, untried: None) -> None:
    shutil.rmtree(".dvc/cache")
    done = roll("data", "one")
    assert done.fetched.fetched == done.fetched.objects == 2
    at_first = {path.name for path in Path(".dvc/cache/files/md5").rglob("*") if path.is_file()}
    assert {hash_md5(Path("data/raw/orders/1.parquet"))[2:]} < at_first
    wanted = {
        str(name)
        for name, _ in dvc_storage.list_named_objects(
            "two", dvc_storage.list_dvc_outputs(revisions.resolve_revision("two"))
        )
    }
    assert not {name[2:] for name in wanted} <= at_first


def test_a_fresh_clone_goes_back_with_only_the_remote(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untried: None
) -> None:
    run("git", "clone", "--quiet", str(toy), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    done = roll("all", "one")
    assert done.fetched.fetched == done.fetched.objects == 6
    assert {name: hash_md5(Path(name)) for name in at("one")} == at("one")
    assert "up to date" in run("dvc", "status")


@pytest.mark.parametrize("kind", ["data", "model"])
def test_a_fresh_clone_tries_what_comes_back_beside_what_is_of_today(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: rollback.Kind
) -> None:
    run("git", "clone", "--quiet", str(toy), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    done = roll(kind, "one")
    assert done.predicted.count(";") == 2
    wanted = {"models/model.skops": {"data": "three", "model": "one"}[kind], "data/features.parquet": "three"}
    assert {name: hash_md5(Path(name)) for name in wanted} == {name: at(which)[name] for name, which in wanted.items()}


def test_without_cache_and_remote_nothing_changes(toy: Path, untried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dvc_internals, "parse_remotes", lambda text: [])  # the version named none
    before = state()
    shutil.rmtree(".dvc/cache")
    run("dvc", "remote", "modify", "--local", "store", "url", "../nowhere")
    with pytest.raises(MissingFile, match="neither the cache nor a remote has"):
        roll("all", "one")
    assert state() == before


def test_a_corrupt_object_of_the_cache_is_repaired_from_the_remote(toy: Path, untried: None) -> None:
    name = at("one")["models/model.skops"]
    place = dvc_storage.object_path(revisions.cache_folder(), name)
    place.chmod(0o644)
    place.write_bytes(b"broken")
    done = roll("all", "one")
    assert done.fetched.repaired == [f"models/model.skops ({name})"]
    assert hash_md5(Path("models/model.skops")) == name


def test_the_remote_of_today_stays(toy: Path, untried: None) -> None:
    run("dvc", "remote", "add", "--quiet", "--force", "--default", "later", "../later")
    run("git", "commit", "--quiet", "--all", "--message", "another remote")
    roll("all", "one")
    assert "later" in Path(".dvc/config").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "change", "what"),
    [
        ("data", {"params.yaml": "problem: other\nthrough: '1'\n"}, "the problem of one is toy, today's is other"),
        ("model", {"dvc.yaml": ("reports/train.json", "reports/trained.json")}, "train wrote other files at one"),
    ],
)
def test_a_version_that_does_not_fit_is_rejected(
    toy: Path, kind: rollback.Kind, change: dict[str, str | tuple[str, str]], what: str
) -> None:
    for name, new in change.items():
        text = new if isinstance(new, str) else Path(name).read_text(encoding="utf-8").replace(*new)
        Path(name).write_text(text, encoding="utf-8")
    run("git", "commit", "--quiet", "--all", "--message", "another")
    with pytest.raises(WrongValue, match=what) as caught:
        rollback.make_plan(kind, "one")
    assert "lifecycle rollback one" in caught.value.todo


def test_a_revision_without_a_lock_is_rejected(toy: Path) -> None:
    run("git", "rm", "--quiet", "dvc.lock")
    run("git", "commit", "--quiet", "--message", "nothing built")
    with pytest.raises(MissingFile, match=r"HEAD has no dvc\.lock"):
        rollback.make_plan("all", "HEAD")


def test_a_mistaken_command_line_is_answered_in_three_lines(toy: Path) -> None:
    with pytest.raises(WrongValue, match="not allowed with"):
        command.main(["--data", "--model", "one"])


POINTS: list[tuple[str, Callable[..., object]]] = [
    ("journal written", rollback.begin),
    ("files of Git in place", git_trees.check_out_tree),
    ("outputs in place", rollback.check_out),
    ("tried", rollback.run_smoke_test),
    ("taken back", git_trees.restore_tree),
]
KILLED = """
import os, signal, sys
from lifecycle.versioning import git_trees, rollback
module, name, kind = sys.argv[1:]
owner = {"rollback": rollback, "git_trees": git_trees}[module]
real = getattr(owner, name)
def then_die(*arguments):
    real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
def wrong(*arguments):
    raise OSError("so that it is taken back")
rollback.run_smoke_test = lambda trial: "not tried"
if name == "restore_tree":
    rollback.run_smoke_test = wrong
elif name == "run_smoke_test":
    real = lambda *arguments: None
setattr(owner, name, then_die)
rollback.roll_back(rollback.make_plan(kind, "one"), False, "")
"""


@pytest.mark.parametrize(
    ("point", "kind"), [*((name, "all") for name, _ in POINTS), ("outputs in place", "model"), ("tried", "data")]
)
def test_killed_anywhere_a_retry_ends_right(toy: Path, untried: None, kind: rollback.Kind, point: str) -> None:
    function = dict(POINTS)[point]
    module = function.__module__.rpartition(".")[2]
    source = Path(rollback.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, module, function.__name__, kind],
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert rollback.JOURNAL.exists()
    roll(kind, "two")
    assert not rollback.PLACE.exists()
    found = state()
    run("git", "reset", "--quiet", "--hard")
    run("dvc", "checkout", "--quiet", "--force")
    roll(kind, "two")
    assert state() == found


def test_what_was_edited_after_a_kill_is_not_touched(toy: Path, untried: None) -> None:
    with dvc_storage.lock_repository() as repo:
        rollback.begin(repo, rollback.make_plan("all", "one"), False)
    Path("make.sh").write_text("mine", encoding="utf-8")
    with pytest.raises(WrongValue, match=r"make\.sh"):
        roll("all", "one")
    assert Path("make.sh").read_text(encoding="utf-8") == "mine"


def test_what_was_committed_after_a_kill_stays(toy: Path, untried: None) -> None:
    plan = rollback.make_plan("all", "one")
    with dvc_storage.lock_repository() as repo:
        rollback.begin(repo, plan, False)
        git_trees.check_out_tree(plan.tree)
        rollback.check_out(repo, plan)
    Path("make.sh").write_text(Path("make.sh").read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    run("git", "commit", "--quiet", "--all", "--message", "Back to one, and mine")
    before = state()
    rollback.undo_interrupted(False)
    assert state() == before
    assert not rollback.PLACE.exists()
    roll("all", "HEAD")
    assert "# mine" in Path("make.sh").read_text(encoding="utf-8")


def test_what_was_set_aside_before_a_kill_comes_back_where_nothing_stands(toy: Path, untried: None) -> None:
    run("git", "rm", "--quiet", "--cached", "given/word", "given/model")
    run("git", "commit", "--quiet", "--message", "without")
    for name in ("given/word", "given/model"):
        Path(name).write_text("mine", encoding="utf-8")
    with dvc_storage.lock_repository() as repo:
        rollback.begin(repo, rollback.make_plan("all", "one"), True)
    Path("given/model").write_text("later", encoding="utf-8")
    run("git", "commit", "--quiet", "--allow-empty", "--message", "something else")
    rollback.undo_interrupted(False)
    assert Path("given/word").read_text(encoding="utf-8") == "mine"
    assert Path("given/model").read_text(encoding="utf-8") == "later"
    assert not rollback.PLACE.exists()


def test_a_file_half_written_at_the_kill_is_no_edit(toy: Path, untried: None) -> None:
    with dvc_storage.lock_repository() as repo:
        rollback.begin(repo, rollback.make_plan("all", "one"), False)
    text = Path("params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(text[:10], encoding="utf-8")
    roll("all", "one")
    assert run("git", "diff", "one") == ""


def test_two_at_once_leave_one_version_whole(toy: Path) -> None:
    source = Path(rollback.__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(source)}
    asked = [[sys.executable, "-m", "lifecycle", "rollback", "--discard", word] for word in ("one", "two")]
    running = [
        subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for words in asked
    ]
    said = [process.communicate()[1] for process in running]
    codes = [process.returncode for process in running]
    assert set(codes) <= {0, 2}
    assert 0 in codes, said
    assert [words for words in ("one", "two") if run("git", "diff", words) == ""]
    assert "up to date" in run("dvc", "status")
    assert not rollback.PLACE.exists()


def test_a_running_stage_is_waited_for(toy: Path, untried: None) -> None:
    Path("make.sh").write_text("sleep 30\n", encoding="utf-8")
    running = subprocess.Popen(["dvc", "repro", "--quiet"], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        noted = Path(".dvc/tmp/rwlock")
        until = time.monotonic() + 60
        while not (noted.exists() and '"pid"' in noted.read_text()) and time.monotonic() < until:
            time.sleep(0.1)
        with pytest.raises(LifecycleError, match=r"a stage runs in this repository|another DVC command runs"):
            roll("all", "one", discard=True)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
