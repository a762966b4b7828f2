"""Two people change data and settings at once: a merge loses nothing of either, and one rebuild makes it right."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from builders import team
from builders.team import FIRST, collect_rows, commit, git, read_rows, share, unmerged
from builders.versions import edit, inside, run

from lifecycle.__main__ import main
from lifecycle.sources.provenance import read_provenance

pytestmark = pytest.mark.slow  # clones of whole repositories

LATER = {**FIRST, "d": "4"}
CORRECTED = {**FIRST, "b": "20"}


@dataclass(frozen=True)
class Team:
    folder: Path
    ann: Path
    bob: Path


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first version and the clones of two people, of which one has set no merge driver."""
    folder = tmp_path_factory.mktemp("team")
    with pytest.MonkeyPatch.context() as patch:
        team.prepare(patch, folder)
        team.found(folder)
        team.join(folder, "Bob")
    return folder


@pytest.fixture
def people(begun: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """Copies of the clones and of what they share; the working folder is Ann's."""
    folder = tmp_path / "team"
    shutil.copytree(begun, folder, symlinks=True)
    team.prepare(monkeypatch, tmp_path)
    for name in ("ann", "bob"):
        for settings in (".git/config", ".dvc/config"):
            path = folder / name / settings
            path.write_text(path.read_text().replace(str(begun), str(folder)))
    monkeypatch.chdir(folder / "ann")
    yield Team(folder, folder / "ann", folder / "bob")


@pytest.fixture(params=["with the driver", "without it"])
def driver(request: pytest.FixtureRequest, people: Team) -> bool:
    """Whether Ann's clone has the merge driver."""
    if request.param != "with the driver":
        run("git", "config", "--unset", "merge.generated.driver")
    return bool(request.param == "with the driver")


def bob_does(people: Team, change: Callable[[], None], message: str = "What Bob did") -> None:
    with inside(people.bob):
        change()
        commit(message)
        share()


def pull(*more: str) -> int:
    return git("pull", "--quiet", "--no-rebase", "--no-edit", *more, "origin", "main").returncode


def rebuild() -> None:
    run("dvc", "repro", "--quiet")


def tune(depth: int) -> None:
    edit("params.yaml", "^depth: .*", f"depth: {depth}")
    rebuild()


def add_month() -> None:
    edit("params.yaml", "^through: .*", "through: '2013-02-28'")
    collect_rows(LATER)


def must_be_right(rows: dict[str, str]) -> None:
    """One rebuild makes the version right: its rows, and a report that another rebuild would write."""
    rebuild()
    assert read_rows() == rows
    assert team.stale_stages() == []
    before = Path("reports/report.json").read_bytes()
    run("dvc", "repro", "--quiet", "--force", "--single-item", "report")
    assert Path("reports/report.json").read_bytes() == before
    commit("Merged")
    assert main(["resolve"]) == 0


def test_one_tunes_and_the_other_adds_a_month(people: Team, driver: bool, capfd: pytest.CaptureFixture[str]) -> None:
    bob_does(people, add_month)
    tune(2)
    commit("Deeper")
    assert pull() == (0 if driver else 1)
    assert unmerged() == ([] if driver else ["dvc.lock", "reports/picture.png", "reports/report.json"])
    capfd.readouterr()
    assert main(["resolve"]) == 0
    said = capfd.readouterr().out.splitlines()
    if not driver:
        assert said.pop(0) == "kept     this side of 3 files that stages write"
    assert said[0].startswith("batches  1 batch, as ")
    assert said[-1] == "next     make repro && git add --all . && git commit"
    assert unmerged() == []
    (people.ann / "data/incoming/customers.csv").unlink()  # Ann need not have Bob's table, nor her own any more
    assert team.stale_stages() == ["report"]
    must_be_right(LATER)
    text = Path("params.yaml").read_text()
    assert "through: '2013-02-28'\n" in text and "depth: 2\n" in text


def test_both_add_a_month(people: Team, driver: bool, capfd: pytest.CaptureFixture[str]) -> None:
    bob_does(people, lambda: collect_rows({**FIRST, "d": "4"}))
    collect_rows({**FIRST, "e": "5"})
    commit("Ann's month")
    assert pull() == (0 if driver else 1)
    capfd.readouterr()
    assert main(["resolve"]) == 0
    said = capfd.readouterr().out.splitlines()
    (one,) = read_provenance().batches
    assert f"merged   {one.batch}, row by row, of {' and '.join(one.merged)}" in said
    must_be_right({**FIRST, "d": "4", "e": "5"})


def test_both_add_a_month_and_a_third_file_conflicts(people: Team, capfd: pytest.CaptureFixture[str]) -> None:
    def add_deeper_month() -> None:
        edit("params.yaml", "^depth: .*", "depth: 3")
        add_month()

    bob_does(people, add_deeper_month)
    edit("params.yaml", "^depth: .*", "depth: 2")
    collect_rows({**FIRST, "e": "5"})
    commit("Ann's month")
    assert pull() == 1
    assert unmerged() == ["params.yaml"]
    capfd.readouterr()
    assert main(["resolve"]) == 2
    assert capfd.readouterr().err.splitlines() == [
        "error: 1 file that no stage writes conflicts: params.yaml",
        "where: the merge that is not ended: git status",
        "next:  correct by hand, then: git add params.yaml && make repro && git add --all . && git commit",
    ]
    Path("params.yaml").write_text(team.PARAMS.replace("01-31", "02-28").replace("depth: 1", "depth: 3"))
    run("git", "add", "params.yaml")
    assert main(["resolve"]) == 0
    assert main(["resolve"]) == 0
    must_be_right({**LATER, "e": "5"})


@pytest.mark.parametrize("who", ["Ann", "Bob"])
def test_a_correction_and_a_month_are_both_kept(people: Team, driver: bool, who: str) -> None:
    theirs, ours = (CORRECTED, LATER) if who == "Bob" else (LATER, CORRECTED)
    bob_does(people, lambda: collect_rows(theirs))
    collect_rows(ours)
    commit("What Ann did")
    pull()
    assert main(["resolve"]) == 0
    must_be_right({**LATER, "b": "20"})
    run("dvc", "repro", "--quiet", "--force", "collect")  # from Ann's own table, which is in the merged one
    assert read_rows() == {**LATER, "b": "20"}
    collect_rows({"a": "7"})  # another table takes its place
    assert read_rows() == {"a": "7"}


def test_what_one_side_left_out_stays_out(people: Team, driver: bool) -> None:
    bob_does(people, lambda: collect_rows({"a": "1", "c": "3"}))
    collect_rows(LATER)
    commit("Ann's month")
    pull()
    assert main(["resolve"]) == 0
    must_be_right({"a": "1", "c": "3", "d": "4"})


def test_a_merge_that_the_host_made_is_put_right_by_whoever_rebuilds_first(
    people: Team, capfd: pytest.CaptureFixture[str]
) -> None:
    with inside(people.bob):
        run("git", "switch", "--quiet", "--create", "month")
    bob_does(people, lambda: collect_rows(LATER))
    collect_rows(CORRECTED)
    commit("A correction")
    share()
    host = people.folder / "host"
    run("git", "clone", "--quiet", str(people.folder / "origin"), str(host))
    with inside(host):
        team.introduce("Host")
        run("git", "merge", "--quiet", "--no-edit", "origin/month")
        run("git", "push", "--quiet", "origin", "HEAD")
    third = team.join(people.folder, "Cem")
    with inside(third):
        capfd.readouterr()
        assert main(["resolve"]) == 0
        assert "merged   customers/" in capfd.readouterr().out
        must_be_right({**LATER, "b": "20"})
        share()
        capfd.readouterr()
        assert main(["resolve"]) == 0
        assert capfd.readouterr().out == ""
    fourth = team.join(people.folder, "Dea")
    with inside(fourth):
        assert main(["resolve"]) == 0
        assert capfd.readouterr().out == ""
        assert team.stale_stages() == []


def test_a_rebase_loses_nothing(people: Team, driver: bool) -> None:
    bob_does(people, lambda: collect_rows(LATER))
    collect_rows(CORRECTED)
    commit("A correction")
    run("git", "fetch", "--quiet", "origin")
    assert git("rebase", "--quiet", "origin/main").returncode == (0 if driver else 1)
    if not driver:
        assert main(["resolve"]) == 0
        assert unmerged() == []
        git("-c", "core.editor=true", "rebase", "--continue")
    assert main(["resolve"]) == 0
    must_be_right({**LATER, "b": "20"})


def test_the_batches_of_a_revision_are_taken_in_when_asked_for(people: Team, driver: bool) -> None:
    bob_does(people, lambda: collect_rows(LATER))
    collect_rows(CORRECTED)
    commit("A correction")
    run("git", "fetch", "--quiet", "origin")
    assert main(["resolve"]) == 0
    assert read_rows() == CORRECTED
    assert main(["resolve", "origin/main"]) == 0
    must_be_right({**LATER, "b": "20"})


def test_a_batch_that_was_not_pushed_is_named(people: Team, capfd: pytest.CaptureFixture[str]) -> None:
    with inside(people.bob):
        collect_rows(LATER)
        commit("A month that only Bob has")
        run("git", "push", "--quiet", "origin", "HEAD")
    tune(2)
    commit("Deeper")
    pull()
    capfd.readouterr()
    assert main(["resolve"]) == 2
    what, _, todo = capfd.readouterr().err.splitlines()
    assert what.startswith("error: neither the cache nor a remote has data/raw")
    assert todo.startswith("next:  ")


def test_there_is_nothing_to_say_where_there_is_nothing_to_do(people: Team, capfd: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and ".git/" not in str(path)}
    assert main(["resolve"]) == 0
    assert capfd.readouterr() == ("", "")
    assert before == {
        path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and ".git/" not in str(path)
    }


def test_two_months_of_a_bundled_source_need_no_bytes_of_the_other(people: Team) -> None:
    def generate(day: str) -> None:
        arguments = {"rows": 90, "months": 3, "seed": 1}
        source = {"_target_": "lifecycle.sources.generated.read", **arguments}
        Path("conf/source/shop.yaml").write_text(json.dumps(source))
        edit("params.yaml", "^through: .*", f"through: '{day}'")
        team.build()

    with inside(people.bob):
        generate("2013-03-31")
        commit("Three months")
        run("git", "push", "--quiet", "origin", "HEAD")  # no data
    generate("2013-02-28")
    commit("Two months")
    assert pull() == 1
    run("git", "checkout", "--theirs", "params.yaml")
    run("git", "add", "params.yaml")
    assert main(["resolve"]) == 0
    rebuild()
    assert [one.batch for one in read_provenance().batches] == [f"orders/2013-0{month}.parquet" for month in (1, 2, 3)]
    assert team.stale_stages() == []


MARKED = ("dvc.lock", "dvc.yaml", "params.yaml", "conf/source/shop.yaml", "data/provenance.json")
READS = {
    "picks": ("dvc.yaml", "params.yaml"),
    "gate": MARKED[:4],
    "audit": MARKED,
    "rollback HEAD": MARKED[:3],
    "advance": MARKED[2:],
    "verify": MARKED[:3],
    "prune": MARKED[:3],
    "gc --dry": MARKED[:3],
}


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("command", READS)
def test_every_command_that_meets_the_marks_names_the_merge(
    people: Team, capfd: pytest.CaptureFixture[str], name: str, command: str
) -> None:
    path = Path(name)
    path.write_text(f"<<<<<<< HEAD\n{path.read_text()}=======\nother: 1\n>>>>>>> month\n")
    code = main(command.split())
    said = capfd.readouterr().err.splitlines()
    what = f"error: {name} holds both sides of a merge that was not ended: HEAD and month"
    assert (what in said) == (name in READS[command]), said
    if what in said:
        assert (code, len(said)) == (2, 3)
        assert said[2].startswith("next:  lifecycle resolve")
