"""What changed between two tables: rows by id, columns, values; both stream."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.errors import CorruptFile, UnfitTable
from lifecycle.versioning import data_diff
from lifecycle.versioning.data_diff import ColumnShift, PartOverlap, shift_cells


def table(path: Path, rows: dict[str, list[Any]]) -> Path:
    pq.write_table(pa.table(rows), path)
    return path


def test_rows_are_distinguished_by_id_and_content(tmp_path: Path) -> None:
    before = table(tmp_path / "a", {"id": ["a", "b", "c"], "x": [1.0, 2.0, None], "old": [1, 2, 3], "t": [1, 2, 3]})
    after = table(
        tmp_path / "b", {"id": ["d", "c", "b"], "x": [1.0, None, 2.5], "new": [1, 2, 3], "t": ["1", "2", "3"]}
    )
    found = data_diff.compare_tables(before, after, "id")
    assert (found.before, found.after, found.added, found.removed, found.changed) == (3, 3, 1, 1, 1)
    assert (found.new_columns, found.lost_columns) == (["new"], ["old"])
    assert found.retyped == {"t": ("int64", "string")}
    assert found.compared == "added"


def test_the_same_rows_in_another_order_and_encoding_are_the_same(tmp_path: Path) -> None:
    before = table(tmp_path / "a", {"id": [1, 2], "day": ["x", None], "boolean": [True, None]})
    after = table(tmp_path / "b", {"id": [2, 1], "day": [None, "x"], "boolean": [None, True]})
    found = data_diff.compare_tables(before, after, "id")
    assert (found.added, found.removed, found.changed, found.compared) == (0, 0, 0, "all")
    assert [column.p_value for column in found.columns] == [None, None]


def test_added_rows_are_compared_with_those_before(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    calm, moved = generator.normal(0, 1, 400), generator.normal(2, 1, 200)
    shops = list(generator.choice(["a", "b"], 400))
    before = table(tmp_path / "a", {"id": list(range(400)), "x": list(calm), "shop": shops, "y": list(calm)})
    after = {
        "id": list(range(600)),
        "x": [*calm, *moved],
        "shop": [*shops, *["a"] * 200],
        "y": [*calm, *generator.normal(0, 1, 200)],
    }
    found = data_diff.compare_tables(before, table(tmp_path / "b", after), "id")
    x, shop, y = found.columns
    assert [x.name, shop.name, y.name] == ["x", "shop", "y"]
    assert x.size == pytest.approx(2.0, abs=0.2)
    assert x.means == pytest.approx((calm.mean(), moved.mean()))
    assert shop.size == pytest.approx(shops.count("b") / 400)
    assert x.p_value is not None and shop.p_value is not None and y.p_value is not None
    assert max(x.p_value, shop.p_value) < 1e-6 < 0.05 < y.p_value


def test_removed_rows_are_compared_with_those_left(tmp_path: Path) -> None:
    before = table(tmp_path / "a", {"id": [1, 2, 3, 4], "x": [1.0, 2.0, 9.0, 10.0]})
    after = table(tmp_path / "b", {"id": [1, 2], "x": [1.0, 2.0]})
    found = data_diff.compare_tables(before, after, "id")
    assert found.compared == "removed"
    assert found.columns[0].means == (9.5, 1.5)


def test_missing_shares_are_of_the_rows_compared(tmp_path: Path) -> None:
    before = table(tmp_path / "a", {"id": [1, 2], "x": [1.0, None], "word": ["a", "b"]})
    after = table(tmp_path / "b", {"id": [1, 2, 3, 4], "x": [1.0, None, None, None], "word": ["a", "b", None, "a"]})
    found = {column.name: column.missing for column in data_diff.compare_tables(before, after, "id").columns}
    assert found == {"x": (0.5, 1.0), "word": (0.0, 0.5)}


def test_a_table_without_the_id_is_rejected(tmp_path: Path) -> None:
    path = table(tmp_path / "a", {"x": [1.0]})
    with pytest.raises(UnfitTable, match="column 'id' is missing"):
        data_diff.compare_tables(path, path, "id")


def test_an_empty_table_has_only_added_rows(tmp_path: Path) -> None:
    kinds = pa.schema([("id", pa.string()), ("x", pa.float64())])
    pq.write_table(kinds.empty_table(), tmp_path / "a")
    after = table(tmp_path / "b", {"id": ["a"], "x": [1.0]})
    found = data_diff.compare_tables(tmp_path / "a", after, "id")
    assert (found.before, found.added, found.removed) == (0, 1, 0)


@settings(deadline=None, max_examples=50)
@given(
    before=st.dictionaries(st.integers(0, 30), st.text(max_size=2)),
    after=st.dictionaries(st.integers(0, 30), st.text(max_size=2)),
)
def test_counts_are_those_of_plain_sets(
    tmp_path_factory: pytest.TempPathFactory, before: dict[int, str], after: dict[int, str]
) -> None:
    folder = tmp_path_factory.mktemp("sets")
    for name, rows in (("a", before), ("b", after)):
        frame = pd.DataFrame(
            {"id": pd.Series(list(rows), dtype="int64"), "x": pd.Series(list(rows.values()), dtype="str")}
        )
        frame.to_parquet(folder / name)
    found = data_diff.compare_tables(folder / "a", folder / "b", "id")
    shared = before.keys() & after.keys()
    assert found.added == len(after) - len(shared)
    assert found.removed == len(before) - len(shared)
    assert found.changed == sum(before[key] != after[key] for key in shared)


def test_many_batches_are_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"id": list(range(50)), "x": [float(number % 7) for number in range(50)], "s": list("abcde" * 10)}
    before, after = table(tmp_path / "a", rows), table(tmp_path / "b", {key: value[5:] for key, value in rows.items()})
    at_once = data_diff.compare_tables(before, after, "id")
    monkeypatch.setattr(data_diff, "ROWS", 3)
    streamed = data_diff.compare_tables(before, after, "id")
    for one, other in zip(at_once.columns, streamed.columns, strict=True):
        assert one.means == pytest.approx(other.means)
        assert one.size == pytest.approx(other.size)
        assert replace(one, means=None, size=None) == replace(other, means=None, size=None)
    assert replace(at_once, columns=[]) == replace(streamed, columns=[])


def test_test_rows_of_one_version_that_the_other_learns_from_are_counted(tmp_path: Path) -> None:
    tables = [table(tmp_path / f"t{one}", {"id": list(range(count))}) for one, count in enumerate((4, 6))]
    opened = [table(tmp_path / f"s{one}", {"id": list(range(count))}) for one, count in enumerate((2, 5))]
    parts = [data_diff.split_ids(one, "id", other, "id") for one, other in zip(tables, opened, strict=True)]
    assert data_diff.count_overlap(parts[0], parts[1]) == PartOverlap(
        test_before=2, test_after=1, test_opened=2, test_seen_before=0
    )


def test_batches_are_compared_by_name_and_hash() -> None:
    before = [{"batch": "1", "rows": 2, "sha256": "x"}, {"batch": "2", "rows": 3, "sha256": "y"}]
    after = [before[0], {"batch": "2", "rows": 4, "sha256": "z"}, {"batch": "3", "rows": 5, "sha256": "w"}]
    found = data_diff.compare_batches(before, after)
    assert (found.added, found.removed, found.changed, found.same) == ({"3": 5}, {}, ["2"], 1)
    assert (found.before, found.after, found.rows_before, found.rows_after) == (2, 3, 5, 11)


@pytest.mark.parametrize(
    ("shift", "moved"),
    [
        (ColumnShift(name="x", kind="number", missing=(0.0, 0.0), size=3.0, distance=0.4), 0.4),
        (ColumnShift(name="x", kind="values", missing=(0.0, 0.1), size=0.3), 0.3),
        (ColumnShift(name="x", kind="values", missing=(0.75, 0.25), size=0.3), 0.5),
        (ColumnShift(name="x", kind="number", missing=(0.0, 0.0)), 0.0),
    ],
)
def test_a_column_moved_by_its_distribution_or_its_missing_share(shift: ColumnShift, moved: float) -> None:
    assert shift.moved == moved


def test_a_shift_is_shown_in_four_cells() -> None:
    shift = ColumnShift(name="x", kind="number", missing=(0.0, 0.125), size=-0.5, distance=0.25, p_value=0.00001)
    assert shift_cells(shift) == ("x", "d -0.500, KS 0.250", "<0.0001", "0.0% to 12.5%")
    assert shift_cells(ColumnShift(name="x", kind="values", missing=(0.0, 0.0))) == ("x", "-", "-", "0.0% to 0.0%")


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no table", encoding="utf-8")
    with pytest.raises(CorruptFile, match="cannot be read as Parquet"):
        data_diff.compare_tables(tmp_path / "a", tmp_path / "a", "id")
