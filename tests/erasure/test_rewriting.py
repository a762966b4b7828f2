"""Files without the rows that go: what stays is byte for byte what it was."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.erasure.rewriting import filter_file, is_made_of_rows, rewrite_file
from lifecycle.erasure.search import make_search
from lifecycle.io.tables import write_table

SEARCH = make_search("customer", "order", ["7"], ["17"])


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.csv", "customer,note\n1,a\n7,b\n8,c\n", "customer,note\n1,a\n8,c\n"),
        ("a.csv", 'note,customer\r\n"a\r\nb",1\r\n"c\r\nd",7\r\ne,8', 'note,customer\r\n"a\r\nb",1\r\ne,8'),
        ("a.jsonl", '{"customer": 1}\n{"customer": 7}\n{"cust', '{"customer": 1}\n{"cust'),
        (
            "a.jsonl",
            '{"id": "17", "prediction": 1}\n{"id": "18", "prediction": 1}\n',
            '{"id": "18", "prediction": 1}\n',
        ),
    ],
)
def test_lines_go_and_all_others_stay(tmp_path: Path, name: str, before: str, after: str) -> None:
    path = tmp_path / name
    path.write_bytes(before.encode())
    assert filter_file(path, SEARCH).removed == 1
    rewrite_file(path, SEARCH)
    assert path.read_bytes() == after.encode()


def test_rows_of_a_table_go_with_its_types_and_metadata_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = pd.DataFrame({"customer": pd.Categorical(["1", "7", "8"]), "weight": pd.array([1, None, 3], dtype="Int64")})
    write_table(path, rows)
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"origin": b"the shop"}), path)
    left = filter_file(path, SEARCH)
    assert (left.removed, left.rows) == (1, 3)
    rewrite_file(path, SEARCH)
    after = pq.read_table(path)
    assert after.schema == table.schema
    assert after.schema.metadata[b"origin"] == b"the shop"
    assert after.column("weight").to_pylist() == [1, 3]
    assert after.column("customer").to_pandas().cat.categories.to_list() == ["1", "8"]


def test_a_file_without_a_row_left_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("customer\n7\n", encoding="utf-8")
    rewrite_file(path, SEARCH)
    assert not path.exists()


def test_a_csv_with_a_cell_that_is_too_long_is_taken_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    long = "x" * 200_000
    path.write_text(f"customer,note\n1,{long}\n8,C-1029384\n9,b\n", encoding="utf-8")
    rewrite_file(path, make_search("customer", "order", ["C-1029384"]))
    assert path.read_text(encoding="utf-8") == f"customer,note\n1,{long}\n9,b\n"


def test_texts_in_other_columns_are_found_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"message": ["broken: C-1029384", "broken", None]}), path)
    rewrite_file(path, make_search("customer", "order", ["C-1029384"]))
    assert pq.read_table(path).column("message").to_pylist() == ["broken", None]


def test_only_tables_and_lines_can_be_written_again() -> None:
    assert [is_made_of_rows(Path(name)) for name in ("a.parquet", "a.csv", "a.jsonl", "a.html", "a.skops")] == [
        *(True, True, True, False, False)
    ]
