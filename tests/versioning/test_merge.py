"""A merge in Git: which it is, which files stages write, and this side of them kept, with and without the driver."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from builders.team import git, introduce, unmerged
from builders.versions import inside, run

from lifecycle import paths
from lifecycle.errors import UnknownName
from lifecycle.versioning import merge
from lifecycle.versioning.merge import Conflicts

TOP = Path(__file__).resolve().parents[2]
LINES = "".join(f"line {number}\n" for number in range(20))


def commit(message: str, **files: str | bytes | None) -> str:
    """A commit of these files, by their names with / for __; None removes one."""
    for name, content in files.items():
        path = Path(NAMES[name])
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", message)
    return run("git", "rev-parse", "HEAD").strip()


NAMES = {
    "lock": "dvc.lock",
    "record": "data/provenance.json",
    "report": "reports/test.json",
    "picture": "reports/evaluate/roc.png",
    "ignored": "reports/.gitignore",
    "params": "params.yaml",
    "note": "note.txt",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with two branches that changed the same lines of what stages write; the branch is main."""
    monkeypatch.chdir(tmp_path)
    run("git", "init", "--quiet", "--initial-branch", "main")
    introduce("Ann", driver=False)
    Path(".gitattributes").write_bytes((TOP / ".gitattributes").read_bytes())
    Path(".gitignore").write_text("runs/\n")
    commit("base", lock=LINES, report='{"a": 1}\n', picture=b"\x89PNG\0base", params="depth: 1\n", record="{}\n")
    run("git", "switch", "--quiet", "--create", "theirs")
    commit("theirs", lock=LINES.replace("line 9", "theirs"), report='{"a": 3}\n', picture=b"\x89PNG\0theirs")
    run("git", "switch", "--quiet", "main")
    commit("ours", lock=LINES.replace("line 9", "ours"), report='{"a": 2}\n', picture=b"\x89PNG\0ours")
    return tmp_path


def state() -> list[bytes]:
    return [Path(NAMES[name]).read_bytes() for name in ("lock", "report", "picture")]


def test_with_the_driver_what_stages_write_never_conflicts(folder: Path) -> None:
    ours = state()
    run("git", "config", "merge.generated.driver", "true")
    assert git("merge", "--quiet", "--no-edit", "theirs").returncode == 0
    assert state() == ours
    found = merge.find_merge()
    assert found is not None
    revisions = [run("git", "rev-parse", name).strip() for name in ("HEAD^1", "HEAD^2", "HEAD~2")]
    assert [found.ours, found.theirs, found.base, found.end] == [*revisions[:2], revisions[2], ""]
    assert merge.find_conflicts() == Conflicts([], [])


def test_without_the_driver_this_side_is_kept(folder: Path) -> None:
    ours = state()
    assert git("merge", "--quiet", "--no-edit", "theirs").returncode == 1
    assert unmerged() == sorted(NAMES[name] for name in ("lock", "report", "picture"))
    conflicts = merge.find_conflicts()
    assert (list(map(str, conflicts.generated)), conflicts.own) == (unmerged(), [])
    merge.keep_our_side(conflicts.generated)
    assert (state(), unmerged(), merge.find_conflicts()) == (ours, [], Conflicts([], []))
    found = merge.find_merge()
    assert found is not None and found.end == merge.find_end() == "git commit"
    assert git("commit", "--quiet", "--no-edit").returncode == 0
    assert merge.find_end() == ""


def test_a_report_that_one_side_removed_and_the_other_changed_is_as_on_this_side(folder: Path) -> None:
    run("git", "config", "merge.generated.driver", "true")
    run("git", "switch", "--quiet", "theirs")
    commit("without the picture", picture=None)
    run("git", "switch", "--quiet", "main")
    assert git("merge", "--quiet", "--no-edit", "theirs").returncode == 1
    merge.keep_our_side(merge.find_conflicts().generated)
    assert Path(NAMES["picture"]).read_bytes() == b"\x89PNG\0ours"
    run("git", "merge", "--abort")
    run("git", "switch", "--quiet", "theirs")
    assert git("merge", "--quiet", "--no-edit", "main").returncode == 1
    merge.keep_our_side(merge.find_conflicts().generated)
    assert not Path(NAMES["picture"]).exists()
    assert unmerged() == []


def test_files_of_a_person_are_named_and_left_as_they_are(folder: Path) -> None:
    run("git", "switch", "--quiet", "theirs")
    commit("deeper", params="depth: 3\n", note="theirs\n")
    run("git", "switch", "--quiet", "main")
    commit("less deep", params="depth: 2\n", note="ours\n")
    assert git("merge", "--quiet", "--no-edit", "theirs").returncode == 1
    assert merge.find_conflicts().own == [Path("note.txt"), Path("params.yaml")]
    merge.keep_our_side(merge.find_conflicts().generated)
    assert unmerged() == ["note.txt", "params.yaml"]
    assert "<<<<<<< " in Path("params.yaml").read_text()


def test_lines_of_both_sides_in_what_a_stage_wrote_are_put_back(folder: Path) -> None:
    run("git", "switch", "--quiet", "theirs")
    commit("apart", lock=LINES.replace("line 1\n", "theirs\n"), report='{"a": 1}\n', picture=b"\x89PNG\0base")
    run("git", "switch", "--quiet", "main")
    commit("own words", params="depth: 2\n")
    run("git", "switch", "--quiet", "theirs")
    commit("other words", params="depth: 3\n")
    run("git", "switch", "--quiet", "main")
    ours = state()
    assert git("merge", "--quiet", "--no-edit", "theirs").returncode == 1
    assert unmerged() == ["params.yaml"]
    assert state() != ours
    found = merge.find_merge()
    assert found is not None
    assert merge.find_mixed(found) == [Path("dvc.lock")]
    merge.keep_our_side(merge.find_mixed(found))
    assert state() == ours
    assert merge.find_mixed(found) == []


def test_marks_that_were_committed_are_found_and_the_first_side_is_kept(folder: Path) -> None:
    assert git("merge", "--quiet", "--no-edit", "theirs").returncode == 1
    commit("with marks")
    assert merge.find_conflicts().generated == [Path("dvc.lock"), Path("reports/test.json")]
    merge.keep_our_side(merge.find_conflicts().generated)
    assert Path("dvc.lock").read_text() == LINES.replace("line 9", "ours")
    assert Path("reports/test.json").read_text() == '{"a": 2}\n'
    assert merge.find_conflicts() == Conflicts([], [])


def test_marks_in_a_file_that_commands_do_not_read_are_its_own_matter(folder: Path) -> None:
    commit("a note on merges", note="<<<<<<< HEAD\n", params="<<<<<<< HEAD\n")
    assert merge.find_conflicts() == Conflicts([], [Path("params.yaml")])


def test_a_merge_counts_until_something_was_collected(folder: Path) -> None:
    run("git", "config", "merge.generated.driver", "true")
    run("git", "merge", "--quiet", "--no-edit", "theirs")
    first = merge.find_merge()
    assert first is not None
    commit("a word", note="a word\n")
    assert merge.find_merge() == first
    commit("a month", record='{"batches": []}\n')
    assert merge.find_merge() is None


def test_without_a_merge_there_is_none(folder: Path) -> None:
    assert merge.find_merge() is None
    assert merge.find_end() == ""


def test_a_rebase_that_was_ended_is_a_merge_of_what_the_branch_had(folder: Path) -> None:
    run("git", "config", "merge.generated.driver", "true")
    before, base = (run("git", "rev-parse", name).strip() for name in ("HEAD", "HEAD~1"))
    run("git", "rebase", "--quiet", "theirs")
    found = merge.find_merge()
    assert found is not None
    assert (found.theirs, found.base, found.end) == (before, base, "")
    assert found.ours == run("git", "rev-parse", "HEAD").strip()
    commit("a word", note="a word\n")
    assert merge.find_merge() is None


def test_within_a_rebase_only_what_stages_write_is_settled(folder: Path) -> None:
    assert git("rebase", "--quiet", "theirs").returncode == 1
    assert (merge.find_end(), merge.find_merge()) == ("git rebase --continue", None)
    merge.keep_our_side(merge.find_conflicts().generated)
    assert unmerged() == []


def test_what_was_settled_is_remembered_after_the_commit_too(folder: Path) -> None:
    assert git("merge", "--quiet", "--no-edit", "theirs").returncode == 1
    found = merge.find_merge()
    assert found is not None and not merge.is_settled(found)
    merge.note_settled(found)
    merge.keep_our_side(merge.find_conflicts().generated)
    run("git", "commit", "--quiet", "--no-edit")
    after = merge.find_merge()
    assert after is not None and after != found
    assert merge.is_settled(after)
    assert (paths.RUNS / "merge.json").exists()


def test_a_revision_that_does_not_exist_is_rejected(folder: Path) -> None:
    with pytest.raises(UnknownName, match="there is no revision 'their'"):
        merge.make_merge("HEAD", "their")


def test_outside_of_git_and_before_the_first_commit_there_is_no_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert not merge.is_repository()
    run("git", "init", "--quiet")
    assert not merge.is_repository()


def test_in_a_folder_of_a_larger_repository_only_its_own_files_count(folder: Path) -> None:
    inner = folder / "shop"
    inner.mkdir()
    Path("shop/.gitattributes").write_bytes((TOP / ".gitattributes").read_bytes())
    with inside(inner):
        commit("a project in a folder", lock=LINES, report='{"a": 1}\n')
        run("git", "switch", "--quiet", "--create", "inner")
        commit("inner", lock=LINES.replace("line 9", "inner"), report='{"a": 5}\n')
        run("git", "switch", "--quiet", "main")
        commit("outer", lock=LINES.replace("line 9", "outer"), report='{"a": 6}\n')
        assert git("merge", "--quiet", "--no-edit", "inner").returncode == 1
        assert merge.find_conflicts() == Conflicts([Path("dvc.lock"), Path("reports/test.json")], [])
        merge.keep_our_side(merge.find_conflicts().generated)
        assert Path("dvc.lock").read_text() == LINES.replace("line 9", "outer")
        assert unmerged() == []


def entry(dep: str, other: str, out: str) -> dict[str, Any]:
    deps = [{"path": "a", "hash": "md5", "md5": dep}, {"path": "b", "hash": "md5", "md5": other}]
    return {"cmd": "make it", "deps": deps, "outs": [{"path": "o", "hash": "md5", "md5": out}]}


@pytest.mark.parametrize(
    ("here", "mixed"),
    [
        (entry("1", "1", "1"), False),
        (entry("2", "1", "2"), False),
        (entry("1", "2", "3"), False),
        (entry("2", "2", "3"), True),
        (entry("2", "2", "2"), True),
        (entry("2", "2", "4"), False),
    ],
)
def test_an_entry_is_mixed_where_no_side_and_no_run_can_have_written_it(here: dict[str, Any], mixed: bool) -> None:
    ours, theirs = entry("2", "1", "2"), entry("1", "2", "3")
    assert merge.is_mixed(here, ours, theirs) is mixed
    assert not merge.is_mixed(here, entry("2", "1", "2"), entry("1", "2", "2"))


def test_stages_that_a_host_mixed_are_found_in_the_merge_commit_alone(folder: Path) -> None:
    def lock(dep: str, other: str, out: str) -> str:
        return yaml.safe_dump({"schema": "2.0", "stages": {"make": entry(dep, other, out)}}, sort_keys=False)

    commit("a stage", note="a stage\n", lock=lock("1", "1", "1"))
    Path("dvc.yaml").write_text("stages:\n  make:\n    cmd: make it\n    deps: [a, b]\n    outs: [o]\n")
    commit("its definition")
    run("git", "switch", "--quiet", "--create", "host")
    commit("their run", lock=lock("1", "2", "3"))
    run("git", "switch", "--quiet", "main")
    commit("our run, with the same output", lock=lock("2", "1", "1"))
    assert git("merge", "--quiet", "--no-edit", "host").returncode == 0
    assert Path("dvc.lock").read_text() == lock("2", "2", "3")
    found = merge.find_merge()
    assert found is not None
    assert merge.find_mixed_stages(found) == ["make"]
    Path("dvc.lock").write_text(lock("2", "2", "5"))
    assert merge.find_mixed_stages(found) == []
    commit("a run")
    assert merge.find_mixed_stages(found) == []
