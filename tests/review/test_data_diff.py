"""What differs in the data of two versions, on tables typed by hand."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lifecycle.data.schema import Column, Schema
from lifecycle.io.atomic import require_file
from lifecycle.review.data_diff import compare_provenance, compare_raw_columns, compare_schemas, find_shifts
from lifecycle.review.versions import HEAD, Gaps
from lifecycle.versioning.version import Version

COLUMNS = {
    "id": Column(role="id", type="text", description=""),
    "price": Column(role="feature", type="number", description=""),
    "shop": Column(role="feature", type="text", description=""),
    "note": Column(role="forbidden", type="text", description=""),
    "late": Column(role="target", type="boolean", description=""),
}


class Before(Version):
    """A version whose table is another file of the workspace."""

    def locate(self, path: Path) -> Path:
        return path.with_name("before.parquet")


def write(name, ids, prices, shops, late):
    Path("data").mkdir(exist_ok=True)
    table = pd.DataFrame({"id": ids, "price": prices, "shop": shops, "note": ids, "late": late})
    table.to_parquet(f"data/{name}.parquet")


def test_schema_changes_are_named_by_column_and_key():
    before = {"a": {"type": "number"}, "b": {"type": "text", "low": 0}}
    after = {"b": {"type": "category", "low": 0}, "c": {}}
    assert compare_schemas(before, after) == ["c added", "a removed", "b: type text → category"]


def test_features_and_target_that_shift_by_a_tenth_are_found_the_largest_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    schema = Schema(columns=COLUMNS, tables={})
    old = [f"old {number}" for number in range(20)]
    write("before", old, [float(number) for number in range(20)], ["a", "b"] * 10, [False] * 20)
    write("table", [*old, "new 1", "new 2"], [*[float(number) for number in range(20)], 100.0, None],
          [*["a", "b"] * 10, "a", "a"], [*[False] * 20, False, False])  # fmt: skip
    compared, shifted = find_shifts(Before("base"), HEAD, schema)
    assert compared == "added"
    assert [(column.name, column.moved) for column in shifted] == [("price", 1.0), ("shop", pytest.approx(0.5))]


def test_a_base_without_the_id_is_a_gap(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("table", ["x"], [1.0], ["a"], [True])
    pd.DataFrame({"price": [1.0]}).to_parquet("data/before.parquet")
    gaps = Gaps()
    schema = Schema(columns=COLUMNS, tables={})
    assert gaps.attempt(Before("base"), "distributions", lambda one: find_shifts(one, HEAD, schema)) is None
    assert [gap.what for gap in gaps.found] == [
        "base: distributions not compared: column 'id' is missing, which identifies rows"
    ]


class Earlier(Version):
    """A version whose raw batches stand in another folder, and are nowhere where there is none."""

    def locate(self, path: Path) -> Path:
        return require_file(Path("earlier") / path)

    def read_record(self, path: Path) -> Any:
        return json.loads((Path("earlier") / path).read_text())


def collect(top: str, batches: dict[str, list[str]]) -> None:
    """Raw batches with these columns below a folder, and their record."""
    for name, columns in batches.items():
        path = Path(top) / "data/raw" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame({column: ["x"] for column in columns}).to_parquet(path)
    record = {"batches": [{"batch": f"{name}.parquet", "rows": 1, "sha256": name} for name in batches]}
    (Path(top) / "data/provenance.json").write_text(json.dumps(record))


def read_changes(gaps: Gaps) -> list[str]:
    """The raw columns that came or went since the earlier version."""
    base = Earlier("base")
    return compare_raw_columns(base, HEAD, compare_provenance(base, HEAD, gaps))


def test_raw_columns_that_came_or_went_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    collect("earlier", {"rents/a": ["area", "rent"], "rents/b": ["area", "rent", "lift"], "shops/all": ["name"]})
    collect(".", {"rents/a": ["area", "rent"], "rents/c": ["area", "rent", "colour"], "shops/all": ["name"]})
    gaps = Gaps()
    assert read_changes(gaps) == ["rents: colour is new", "rents: lift is gone"]
    (tmp_path / "earlier/data/raw/rents/b.parquet").unlink()
    assert read_changes(gaps) == ["rents: not compared, earlier/data/raw/rents/b.parquet does not exist"]
    assert gaps.found == []


def test_without_other_batches_no_raw_file_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for top in ("earlier", "."):
        collect(top, {"rents/a": ["area"]})
    shutil.rmtree("data/raw")
    assert read_changes(Gaps()) == []
