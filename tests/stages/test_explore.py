"""The explore stage: what it shows of a table typed by hand, and that it always shows the same."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import lifecycle
from lifecycle import config, paths
from lifecycle.errors import UnfitTable
from lifecycle.io.tables import read_csv, write_table
from lifecycle.stages import explore

ROWS = 300

PROBLEM = {
    "question": "Will the parcel be late?",
    "decision": {"who": "the shop", "how": "tells the customer"},
    "unit": "one parcel",
    "task": "binary",
    "target": "late",
    "positive": "arrives after the promised day",
    "split": "by_time",
    "prediction_time": {"description": "when it is sent", "column": "sent"},
    "block": "sent",
    "score": "roc_auc",
    "costs": {"false_positive": 1.0, "false_negative": 1.0},
    "kpis": [{"metric": "roc_auc", "floor": 0.5, "why": "more than guessing"}],
    "minimum": {"rows": 1, "positives": 1, "interval": 1.0},
    "budget": {"minutes": 1.0, "memory_gib": 1.0, "disk_gib": 1.0},
    "slices": ["depot", "returned"],
}

COLUMNS = {
    "id": {"type": "text", "role": "id"},
    "sent": {"type": "time", "role": "time"},
    "late": {"type": "boolean", "role": "target"},
    "weight": {"type": "number", "role": "feature", "unit": "kg"},
    "pieces": {"type": "integer", "role": "feature"},
    "a/b c": {"type": "category", "role": "feature"},
    "void": {"type": "number", "role": "feature"},
    "same": {"type": "category", "role": "feature"},
    "note": {"type": "text", "role": "feature"},
    "depot": {"type": "category", "role": "context"},
    "returned": {"type": "boolean", "role": "forbidden"},
}


def parcels() -> pd.DataFrame:
    """300 parcels over 300 days, every second one of kind y, and those late; the last 100 weigh 1000 kg."""
    place = np.arange(ROWS)
    kind = np.where(place % 2 == 1, "y", "n | `quoted`")
    return pd.DataFrame(
        {
            "id": [f"p{number:03}" for number in place],
            "sent": pd.date_range("2020-01-01", periods=ROWS, freq="D", tz="UTC").as_unit("us"),
            "late": pd.Series(place % 2 == 1, dtype="boolean"),
            "weight": np.where(place >= 200, 1000.0, place % 7),
            "pieces": pd.Series([None if number % 10 == 0 else number % 5 for number in place], dtype="Int64"),
            "a/b c": pd.Series(kind, dtype="str"),
            "void": np.nan,
            "same": "x",
            "note": [f"free text {number}" for number in place],
            "depot": [f"d{number % 3}" for number in place],
            "returned": pd.Series(place % 2 == 1, dtype="boolean"),
        }
    )


def prepare(folder: Path, table: pd.DataFrame, columns: dict, train: int = 200, problem: dict = PROBLEM) -> None:
    """A repository with a table whose first rows are train, and its configuration."""
    described = {name: {"description": f"the {name}"} | entry for name, entry in columns.items()}
    for group, content in (("problem", problem), ("schema", {"columns": described, "tables": {}})):
        (folder / "conf" / group).mkdir(parents=True)
        (folder / "conf" / group / "parcel.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    (folder / "params.yaml").write_text("problem: parcel\n")
    write_table(folder / paths.TABLE, table)
    parts = np.where(np.arange(len(table)) < train, "train", "valid")
    write_table(folder / paths.SPLIT, pd.DataFrame({"id": table["id"], "part": parts}))


def explored() -> tuple[str, str]:
    """What the stage says, and the README, in the current folder."""
    said = explore.run(config.load(explore.Config))
    return said, (paths.EXPLORE / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two folders in which the stage ran, with another hash seed and another number of threads."""
    folders = []
    for seed, threads in (("1", "1"), ("2", "4")):
        folder = tmp_path_factory.mktemp(f"run{seed}")
        prepare(folder, parcels(), COLUMNS)
        source = str(Path(lifecycle.__file__).parents[1])
        chosen = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "PYTHONPATH": source}
        command = [sys.executable, "-W", "error", "-m", "lifecycle.stages.explore"]
        subprocess.run(command, check=True, env=os.environ | chosen, cwd=folder)
        folders.append(folder)
    return folders


@pytest.fixture(scope="module")
def readme(runs):
    return (runs[0] / paths.EXPLORE / "README.md").read_text(encoding="utf-8")


def hashes(folder: Path) -> dict[str, str]:
    files = [path for path in sorted((folder / "reports").rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.slow
def test_same_bytes_in_other_processes(runs):
    assert hashes(runs[0]) == hashes(runs[1])


def test_files(runs):
    assert sorted(hashes(runs[0])) == [
        "reports/explore.html",
        "reports/explore/README.md",
        "reports/explore/correlations.png",
        "reports/explore/histograms.png",
        "reports/explore/missing.png",
        "reports/explore/rate_by_a_b_c_904d1d86.png",
        "reports/explore/rate_by_depot.png",
        "reports/explore/rate_by_same.png",
        "reports/explore/rate_over_time.png",
        "reports/explore/scatter.png",
        "reports/explore/summary.csv",
        "reports/explore/texts.png",
    ]


def test_readme_shows_every_plot(runs, readme):
    shown = re.findall(r"!\[[^]]*\]\(([^)]+)\)", readme)
    assert sorted(shown) == sorted(path.name for path in (runs[0] / paths.EXPLORE).glob("*.png"))


def test_readme_starts_with_the_facts(readme):
    assert readme.startswith("# The data at a glance\n\n> Will the parcel be late?\n")
    assert "| rows | 200, each one parcel |" in readme
    assert "| period | 2020-01-01 to 2020-07-18 (UTC), `sent` |" in readme
    assert "| target | `late`: arrives after the promised day |" in readme
    assert "| target rate | 50.0%, 100 rows |" in readme
    assert "| columns | 6 features, 1 for context |" in readme


def test_readme_has_the_captions(readme):
    assert "From 0.0% at `n | 'quoted'` (100 rows) to 100.0% at `y` (100 rows)." in readme
    assert "`same` has a single level, so it carries no information." in readme
    assert "2 of 9 columns have missing values; `void` has most, in 100.0% of rows." in readme


def test_readme_tables(readme):
    assert "| `a/b c` | 1.000 | 100.0% at `y` | 0.0% at `n \\| 'quoted'` | the a/b c |" in readme
    assert "| `void` | 200 | 100.00% | 50.0% |  |" in readme
    assert "| `pieces` | 20 | 10.00% | 0.0% | 55.6% |" in readme
    assert "| `weight` | kg | 7 | 2.97 | 2.002 | 0 | 1 | 3 | 5 | 6 |" in readme


def test_only_the_train_part_is_read(runs):
    summary = read_csv(runs[0] / paths.EXPLORE / "summary.csv").set_index("column")
    assert (summary["rows"] == 200).all()
    assert summary.loc["weight", "maximum"] == 6
    assert summary.loc["sent", "last"] == "2020-07-18 00:00:00+00:00"


def test_what_is_known_later_is_nowhere(runs):
    for name in ("README.md", "summary.csv"):
        assert "returned" not in (runs[0] / paths.EXPLORE / name).read_text(encoding="utf-8")
    assert "returned" not in (runs[0] / paths.EXPLORE_PAGE).read_text(encoding="utf-8")
    assert not (runs[0] / paths.EXPLORE / "rate_by_returned.png").exists()


def test_little_is_enough(tmp_path, monkeypatch):
    columns = {name: COLUMNS[name] for name in ("id", "sent", "late")}
    prepare(tmp_path, parcels()[list(columns)], columns, train=2)
    monkeypatch.chdir(tmp_path)
    said, readme = explored()
    assert said == "2 plots of 2 train rows (open reports/explore/README.md)"
    assert "No value is missing." in readme
    assert "| columns | 0 features, 0 for context |" in readme


@pytest.mark.parametrize(
    ("sent", "period"), [("day", "2020-01-01 to 2020-01-30, `sent`"), ("integer", "0 to 29, `sent`")]
)
def test_other_kinds_of_time(tmp_path, monkeypatch, sent, period):
    table = parcels()[["id", "sent", "late", "void", "weight"]]
    values = table["sent"].dt.strftime("%Y-%m-%d") if sent == "day" else pd.Series(range(ROWS), dtype="Int64")
    columns = {name: COLUMNS[name] for name in table} | {"sent": {"type": sent, "role": "time"}}
    prepare(tmp_path, table.assign(sent=values), columns, train=30)
    monkeypatch.chdir(tmp_path)
    _, readme = explored()
    assert f"| period | {period} |" in readme
    assert ("rate_over_time.png" in readme) == (sent == "day")


def test_one_label_and_unknown_labels(tmp_path, monkeypatch):
    late = pd.Series([None if place % 2 else False for place in range(ROWS)], dtype="boolean")
    prepare(tmp_path, parcels().assign(late=late), COLUMNS, train=60)
    monkeypatch.chdir(tmp_path)
    _, readme = explored()
    assert "| target rate | 0.0%, 0 rows |" in readme


def test_plots_of_earlier_columns_are_removed(tmp_path, monkeypatch):
    columns = {name: COLUMNS[name] for name in ("id", "sent", "late")}
    prepare(tmp_path, parcels()[list(columns)], columns)
    monkeypatch.chdir(tmp_path)
    paths.EXPLORE.mkdir(parents=True)
    (paths.EXPLORE / "rate_by_old.png").write_bytes(b"")
    (paths.EXPLORE / "notes.txt").write_text("mine")
    explored()
    assert sorted(path.name for path in paths.EXPLORE.iterdir()) == [
        "README.md",
        "missing.png",
        "notes.txt",
        "rate_over_time.png",
        "summary.csv",
    ]


@pytest.mark.parametrize(("train", "rows"), [(0, 300), (300, 200)])
def test_a_split_that_does_not_fit_is_rejected(tmp_path, monkeypatch, train, rows):
    prepare(tmp_path, parcels(), COLUMNS, train=train)
    write_table(tmp_path / paths.TABLE, parcels().head(rows))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnfitTable, match=f"{train} rows are assigned to train, {min(train, rows)} of them") as caught:
        explored()
    assert caught.value.todo == "dvc repro split"
    assert not paths.EXPLORE.exists()


@pytest.mark.parametrize(
    ("task", "target", "files"),
    [
        ("multiclass", "a/b c", {"target.png", "classes_over_time.png", "classes_by_depot.png"}),
        ("regression", "weight", {"target.png", "mean_over_time.png", "mean_by_depot.png"}),
        ("clustering", None, {"rows_over_time.png", "rows_by_depot.png"}),
    ],
)
@pytest.mark.slow
def test_every_task_is_explored(tmp_path, monkeypatch, task, target, files):
    chosen = {"task": task, "target": target, "prediction_time": None, "block": None, "costs": None}
    columns = COLUMNS | {"a/b c": COLUMNS["a/b c"] | {"categories": ["n | `quoted`", "y"]}}
    prepare(tmp_path, parcels(), columns, problem=PROBLEM | chosen)
    monkeypatch.chdir(tmp_path)
    said, readme = explored()
    drawn = {path.name for path in paths.EXPLORE.glob("*.png")}
    assert files | {"histograms.png", "texts.png", "missing.png"} <= drawn
    assert said.startswith(f"{len(drawn)} plots of 200 train rows")
    assert "`late`" not in readme
    assert "Columns that no model may see are left out." in readme


def test_odd_names_without_time(tmp_path, monkeypatch):
    odd = {"weight": "😀 $\\frac$", "pieces": "new\nline", "a/b c": "a|b", "depot": " ", "note": "self", "same": '"<b>'}
    table = parcels().drop(columns=["sent", "returned"]).rename(columns=odd)
    columns = {odd.get(name, name): COLUMNS[name] for name in parcels() if name not in ("sent", "returned")}
    columns[" "] = {"type": "category", "role": "feature"}
    prepare(
        tmp_path, table, columns, train=50, problem=PROBLEM | {"prediction_time": None, "block": None, "slices": [" "]}
    )
    monkeypatch.chdir(tmp_path)
    _, readme = explored()
    assert "| `new line` |" in readme
    assert "## By `(blank)`: the" in readme
    assert "`😀 $\\frac$`" in readme


@pytest.mark.slow
def test_hundreds_of_columns(tmp_path, monkeypatch):
    names = [f"n{place:03}" for place in range(200)]
    more = pd.DataFrame({name: np.arange(ROWS) % (3 + place) for place, name in enumerate(names)}).astype("float64")
    columns = {name: COLUMNS[name] for name in ("id", "late")}
    columns |= {name: {"type": "number", "role": "feature"} for name in names}
    prepare(tmp_path, pd.concat([parcels()[["id", "late"]], more], axis=1), columns, problem=PROBLEM | {"slices": []})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(explore, "PAGE_COLUMNS", 3)
    _, readme = explored()
    assert "the plots show the 24 of 200 numeric features most strongly associated with the target." in readme
    assert "(train part, all 200 rows, 3 of 201 columns; download it" in readme
    assert "3 of 201 columns</title>" in paths.EXPLORE_PAGE.read_text(encoding="utf-8")


def test_the_page_says_when_it_shows_a_sample():
    assert explore.format_extent((5, 2), (5, 2)) == "Train part, all 5 rows"
    assert explore.format_extent((1, 2), (1, 2)) == "Train part, its only row"
    assert explore.format_extent((5, 2), (5, 3)) == "Train part, all 5 rows, 2 of 3 columns"
    expected = "Train part, 200,000 of 1,000,000 rows, by their id"
    assert explore.format_extent((200_000, 2), (1_000_000, 2)) == expected
