"""What changed between two versions as text, Markdown and JSON, and the errors where they cannot be compared."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from lifecycle.__main__ import main
from lifecycle.cli.diff import DataDiff, render_markdown
from lifecycle.versioning.data_diff import BatchChanges, ColumnShift, PartOverlap, TableChanges

pytestmark = pytest.mark.slow  # versions in Git and DVC

BEFORE = {
    "id": ["a", "b", "c", "d"],
    "paid": [1.0, 2.0, None, 4.0],
    "shop|city": ["Rome", "Rome", "Oslo", "Oslo"],
    "zone": [1, 1, 2, 2],
    "old": [0, 0, 0, 0],
}
AFTER = {
    "id": ["b", "c", "d", "e", "f"],
    "paid": [2.5, None, 4.0, 8.0, None],
    "shop|city": ["Rome", "Oslo", "Oslo", "Oslo", "Oslo"],
    "zone": ["1", "2", "2", "2", "2"],
    "new": [0, 0, 0, 0, 0],
}
SCHEMA = "columns:\n  id: {role: id}\n  paid: {role: feature}\n"
STAGES = """
  clean:
    cmd: cp given/table data/table.parquet
    deps: [given/table]
    outs: [data/table.parquet]

  split:
    cmd: cp given/split data/split.parquet
    deps: [given/split]
    outs: [data/split.parquet]

metrics:"""


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def batch(name: str, rows: int, sha256: str) -> dict[str, Any]:
    """What the provenance says of a batch."""
    return {"batch": f"orders/{name}.parquet", "rows": rows, "sha256": sha256}


def version(word: str, rows: dict[str, list[Any]], opened: list[str], batches: list[dict[str, Any]]) -> None:
    """Build and commit a version with these rows, of which the opened ones are train or valid."""
    pd.DataFrame(rows).to_parquet("given/table")
    pd.DataFrame({"id": opened}).to_parquet("given/split")
    run("dvc", "repro", "--quiet", "clean", "split")
    Path("data/provenance.json").write_text(json.dumps({"batches": batches}))
    run("git", "add", "--all")
    run("git", "commit", "--quiet", "--message", word)
    run("git", "tag", word)


@pytest.fixture(scope="module")
def built(toy_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy repository with two versions of a table, named before and after."""
    folder = tmp_path_factory.mktemp("diff") / "toy"
    shutil.copytree(toy_built, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setenv("DVC_SITE_CACHE_DIR", str(folder.parent / "site"))
        stages = Path("dvc.yaml").read_text()
        Path("dvc.yaml").write_text(stages.replace("\nmetrics:", STAGES))
        Path("conf/schema").mkdir()
        Path("conf/schema/toy.yaml").write_text(SCHEMA)
        version("before", BEFORE, ["a", "b", "c"], [batch("1", 2, "x"), batch("2", 2, "y")])
        version("after", AFTER, ["b", "d"], [batch("2", 2, "z"), batch("3", 3, "w")])
    return folder


@pytest.fixture
def versions(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of that repository, made the working folder."""
    folder = tmp_path / "toy"
    shutil.copytree(built, folder, symlinks=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    yield folder
    shutil.rmtree(folder)


def rejected(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """The three lines of an error."""
    assert main(["diff", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return [line[7:] for line in err.splitlines()]


def test_text(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "before", "after"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "from before to after",
        "",
        "batches      1 added, 1 removed, 0 unchanged",
        "  added      orders/3.parquet, 3 rows",
        "  removed    orders/1.parquet, 2 rows",
        "  changed    orders/2.parquet",
        "rows         4 before, 5 after: 2 added, 1 removed, 1 changed",
        "new columns  new",
        "lost columns old",
        "retyped      zone: int64 before, large_string after",
        "parts        1 of 3 test rows after were train or valid before, "
        "1 of 1 test rows before are train or valid after",
        "",
        "columns, largest shift first: the rows added against those before",
        "  column                                     size    p-value            missing",
        "  paid                          d 5.246, KS 1.000     0.5000     25.0% to 50.0%",
        "  shop|city                   TV 0.500, PSI 4.604          -       0.0% to 0.0%",
    ]


def test_markdown(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--markdown", "after", "before"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "### Data from `after` to `before`",
        "",
        "- batches: 1 added, 1 removed, 0 unchanged",
        "- added: orders/1.parquet, 2 rows",
        "- removed: orders/3.parquet, 3 rows",
        "- changed: orders/2.parquet",
        "- rows: 5 before, 4 after: 1 added, 2 removed, 1 changed",
        "- new columns: old",
        "- lost columns: new",
        "- retyped: zone: large_string before, int64 after",
        "- parts: 1 of 1 test rows after were train or valid before, 1 of 3 test rows before are train or valid after",
        "",
        "Columns, largest shift first: the rows added against those before.",
        "",
        "| column | size | p-value | missing |",
        "|---|---|---|---|",
        "| paid | d -1.907, KS 1.000 | 0.5000 | 40.0% to 0.0% |",
        "| shop\\|city | TV 0.800, PSI 8.476 | - | 0.0% to 0.0% |",
        "",
    ]


def test_json(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--json", "before", "after"]) == 0
    found = json.loads(capsys.readouterr().out)
    columns = {column.pop("name"): column for column in found["table"].pop("columns")}
    assert found == {
        "before": "before",
        "after": "after",
        "batches": {
            "added": {"orders/3.parquet": 3},
            "removed": {"orders/1.parquet": 2},
            "changed": ["orders/2.parquet"],
            "same": 0,
            "rows_before": 4,
            "rows_after": 5,
        },
        "overlap": {"test_before": 1, "test_after": 3, "test_opened": 1, "test_seen_before": 1},
        "table": {
            "before": 4,
            "after": 5,
            "added": 2,
            "removed": 1,
            "changed": 1,
            "compared": "added",
            "new_columns": ["new"],
            "lost_columns": ["old"],
            "retyped": {"zone": ["int64", "large_string"]},
        },
    }
    assert (columns["paid"]["means"], columns["paid"]["missing"]) == ([2.33333, 8.0], [0.25, 0.5])
    assert (columns["shop|city"]["size"], columns["shop|city"]["p_value"]) == (0.5, None)


def test_a_revision_is_the_same_as_itself(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "after", "after"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == [
        "batches      0 added, 0 removed, 2 unchanged",
        "rows         5 before, 5 after: 0 added, 0 removed, 0 changed",
    ]
    assert lines[6] == "columns, largest shift first: all rows, which have the same ids: no test is possible"
    assert [line.split()[-4] for line in lines[8:]] == ["-"] * 4


def test_without_a_revision_the_workspace_is_held_against_head(
    versions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("data/table.parquet").unlink()
    pd.DataFrame(AFTER).iloc[:3].to_parquet("data/table.parquet")
    assert main(["diff"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "from HEAD to workspace"
    assert lines[3] == "rows         5 before, 3 after: 0 added, 2 removed, 0 changed"
    assert lines[6] == "columns, largest shift first: the rows removed against those left"


def test_many_columns_are_counted_and_not_all_shown(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/table.parquet").unlink()
    wide = pd.DataFrame({"id": ["a", "b"], **{f"column {place}": [0.0, 1.0] for place in range(22)}})
    wide.to_parquet("data/table.parquet")
    pd.DataFrame({"id": ["a"]}).to_parquet("given/split")
    wide.to_parquet("given/table")
    run("dvc", "repro", "--quiet", "clean", "split")
    run("git", "commit", "--quiet", "--all", "--message", "wide")
    assert main(["diff"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "and 2 columns with smaller shifts; --json has all"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["befor", "after"], ["there is no revision 'befor'", "Git", "use 'before'"]),
        (
            ["one", "after"],  # a version that had no table yet
            ["one has no conf/schema/toy.yaml", "one:dvc.lock", "git show one:dvc.lock lists what it has"],
        ),
        (
            ["before", "after", "HEAD"],
            ["3 revisions are given", "command line", "lifecycle diff [--markdown | --json] [REV] [REV]"],
        ),
    ],
)
def test_a_revision_that_cannot_be_compared_is_rejected(
    versions: Path, capsys: pytest.CaptureFixture[str], asked: list[str], said: list[str]
) -> None:
    assert rejected(capsys, *asked) == said


def test_one_shape_at_a_time(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rejected(capsys, "--json", "--markdown")[0] == "argument --markdown: not allowed with argument --json"


def test_a_file_of_the_workspace_that_is_missing_is_named(versions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/split.parquet").unlink()
    assert rejected(capsys) == [
        "data/split.parquet does not exist",
        "data/split.parquet",
        "dvc repro data/split.parquet",
    ]


def test_bytes_that_are_nowhere_are_named_with_their_version(
    versions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(".dvc/cache")
    run("dvc", "remote", "remove", "store")
    what, where, todo = rejected(capsys, "before", "after")
    assert what == "neither the cache nor a remote has data/table.parquet of before"
    assert where.startswith(str(versions / ".dvc/cache/files/md5"))
    assert "git worktree add ../earlier before" in todo


def test_versions_whose_rows_have_other_names_are_not_compared(
    versions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("conf/schema/toy.yaml").write_text("columns:\n  number: {role: id}\n")
    assert rejected(capsys)[:2] == [
        "rows are identified by id in HEAD and by number in workspace",
        "conf/schema/, role id",
    ]


HALF = "columns:\n  number: {role: id}\n  paid: {role: feature}\n"


@pytest.fixture
def half_built(versions: Path) -> Path:
    """Two more versions of another schema: `half` was committed with the tables of the one before, `whole` rebuilt."""
    Path("conf/schema/toy.yaml").write_text(HALF)
    run("git", "commit", "--quiet", "--all", "--message", "half")
    run("git", "tag", "half")
    rows = {name: AFTER[name] for name in AFTER if name != "id"} | {"number": AFTER["id"]}
    pd.DataFrame(rows).to_parquet("given/table")
    run("dvc", "repro", "--quiet", "clean")
    run("git", "commit", "--quiet", "--all", "--message", "table")
    run("git", "tag", "table")
    pd.DataFrame({"number": ["b", "d"]}).to_parquet("given/split")
    run("dvc", "repro", "--quiet", "split")
    run("git", "commit", "--quiet", "--all", "--message", "whole")
    run("git", "tag", "whole")
    return versions


REBUILT = "name a revision that was rebuilt before it was committed: git log --oneline -- dvc.lock"


@pytest.mark.usefixtures("half_built")
@pytest.mark.parametrize(
    ("asked", "path", "columns"),
    [
        (["half", "whole"], "data/table.parquet", "id, paid, shop|city, zone, new"),
        (["whole", "half"], "data/table.parquet", "id, paid, shop|city, zone, new"),
        (["table", "whole"], "data/split.parquet", "id"),
    ],
)
def test_a_version_that_was_committed_half_built_is_named(
    capsys: pytest.CaptureFixture[str], asked: list[str], path: str, columns: str
) -> None:
    (half,) = (name for name in asked if name != "whole")
    assert rejected(capsys, *asked) == [
        f"{half} is half built: its schema identifies rows by number, and its {path} has no such column",
        f"{half}:{path}, whose columns are {columns}",
        REBUILT,
    ]


@pytest.mark.usefixtures("half_built")
def test_a_workspace_that_is_half_built_is_rebuilt_first(capsys: pytest.CaptureFixture[str]) -> None:
    run("git", "checkout", "--quiet", "half")
    run("dvc", "checkout", "--quiet")
    assert rejected(capsys, "whole")[::2] == [
        "workspace is half built: its schema identifies rows by number, and its data/table.parquet has no such column",
        "dvc repro",
    ]


@pytest.mark.parametrize("schema", ["columns:\n  paid: {role: feature}\n", "", "columns:\n  paid: {}\n"])
def test_a_schema_without_an_id_is_named(versions: Path, capsys: pytest.CaptureFixture[str], schema: str) -> None:
    Path("conf/schema/toy.yaml").write_text(schema)
    assert rejected(capsys, "after")[:2] == [
        "no column of workspace has the role id, which identifies rows",
        "workspace:conf/schema/toy.yaml, key columns",
    ]


def test_no_name_in_the_markdown_acts() -> None:
    name = "<img src=x> ![a](https://b.example) @all `c` | \x1b[31m"
    made = render_markdown(
        DataDiff(
            before=f"`{name}",
            after=name,
            batches=BatchChanges(added={name: 1}, removed={}, changed=[name], same=0, rows_before=0, rows_after=1),
            table=TableChanges(
                before=0, after=1, added=1, removed=0, changed=0, new_columns=[name], lost_columns=[], retyped={},
                compared="added", columns=[ColumnShift(name=name, kind="values", missing=(0.0, 0.0))],
            ),
            overlap=PartOverlap(test_before=0, test_after=0, test_opened=0, test_seen_before=0),
        )
    )  # fmt: skip
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(made)
    inner = [one for token in tokens for one in token.children or []]
    assert {one.type for one in inner} <= {"text", "text_special", "code_inline"}
    assert not [one for one in inner if one.type == "text" and ("@all" in one.content or "https:" in one.content)]
    assert "\x1b" not in made
    assert len([token for token in tokens if token.type == "td_open"]) == 4
