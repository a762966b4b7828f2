"""What differs in the data of two versions, on tables typed by hand."""

from pathlib import Path

import pandas as pd
import pytest

from lifecycle.data.schema import Column, Schema
from lifecycle.review.data_diff import compare_schemas, find_shifts
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
