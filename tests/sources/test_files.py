"""Entries of conf/source/: each is read exactly as it says, and rejected where it cannot be."""

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lifecycle.errors import LifecycleError, SourceError, UnknownName, WrongValue
from lifecycle.options import Call
from lifecycle.sources import files, interface

READ = "lifecycle.sources.files.read"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(name: str, data: bytes | str) -> str:
    """A file in the working folder."""
    Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return name


def rows(**entry: Any) -> pd.DataFrame:
    """The rows of one entry."""
    (batch,) = files.read(tables={"t": entry})
    return batch.rows


def cells(table: pd.DataFrame) -> dict[str, list[Any]]:
    """The columns, with None where missing."""
    return {name: [None if pd.isna(cell) else cell for cell in table[name]] for name in table.columns}


def test_csv_stays_text_and_codes_become_missing() -> None:
    path = written("a.csv", "id,price\n007, 1.50 \n008,?\n009,\n")
    found = rows(path=path, format="csv", missing=["?"])
    assert cells(found) == {"id": ["007", "008", "009"], "price": ["1.50", None, None]}
    assert set(map(str, found.dtypes)) == {"str"}


def test_csv_is_read_with_the_signs_that_the_entry_gives() -> None:
    path = written("a.csv", "Prices\nÖl;'1;5'\n".encode("latin-1"))
    found = rows(path=path, format="csv", delimiter=";", quote="'", encoding="latin-1", header=False, skip=1)
    assert cells(found) == {"column_1": ["Öl"], "column_2": ["1;5"]}


def test_a_long_file_keeps_its_rows_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lifecycle.sources.formats.cells.CHUNK", 3)
    path = written("a.csv", "n\n" + "".join(f"{number}\n" for number in range(10)))
    assert rows(path=path, format="csv")["n"].to_list() == [str(number) for number in range(10)]


def test_a_batch_is_named_by_its_rows() -> None:
    path = written("a.csv", "x\n1\n?\n")
    names = [
        next(files.read(tables={"t": {"path": path, "format": "csv", **more}})).name
        for more in ({}, {}, {"quote": ""}, {"missing": ["?"]})
    ]
    assert names[0] == names[1] == names[2]
    assert names[0] != names[3]
    assert [len(name) for name in names] == [len("t/123456789012.parquet")] * 4


def test_the_origin_names_each_file_with_its_hash() -> None:
    path = written("a.csv", "x\n1\n")
    tables = {
        "b": {"path": "https://example.org/b.csv?t=${TOKEN}", "format": "csv", "licence": "CC0 1.0"},
        "a": {"path": path, "format": "csv", "publisher": "the shop"},
    }
    found = interface.describe_origin(Call(target=READ, arguments={"tables": tables}), "conf/source/")
    digest = sha256(b"x\n1\n").hexdigest()
    assert found.source == f"a: a.csv (SHA-256 {digest}); b: https://example.org/b.csv?t=${{TOKEN}}"
    assert (found.licence, found.publisher) == ("not stated; CC0 1.0", "the shop; not stated")


def test_json_is_flattened() -> None:
    record = {"id": 1, "at": {"place": "A", "xyz": [1, 2.5]}, "tags": ["x"], "ok": True, "none": None}
    other = {"id": 2, "at": {"place": None, "xyz": None}, "tags": [], "ok": None, "more": 1.5}
    path = written("a.json", json.dumps({"data": {"items": [record, other]}}))
    found = rows(path=path, format="json", records="data.items")
    assert cells(found) == {
        "id": [1, 2],
        "at.place": ["A", None],
        "at.xyz.0": [1, None],
        "at.xyz.1": [2.5, None],
        "tags": ['["x"]', "[]"],
        "ok": [True, None],
        "none": [None, None],
        "more": [None, 1.5],
    }
    assert found.dtypes.astype(str).to_list()[:4] == ["Int64", "str", "Int64", "float64"]


def test_json_lines() -> None:
    path = written("a.jsonl", '{"a": 1}\n\n{"a": "x"}\n')
    assert cells(rows(path=path, format="json_lines")) == {"a": ["1", "x"]}


def test_parquet_keeps_numbers_and_turns_times_into_text() -> None:
    table = pd.DataFrame(
        {
            "integer": pd.Series([1, None], dtype="Int64"),
            "at": pd.to_datetime(["2013-01-01T05:00+01:00", None], utc=True),
            "clock": pd.to_datetime(["2013-01-01T05:00", "2013-01-01T05:00:00.5"], format="ISO8601"),
            "text": [" a ", ""],
            "list": [[1, 2], None],
            "class": pd.Categorical(["x", None]),
        }
    )
    table.set_axis([5, 6]).to_parquet("a.parquet")
    assert cells(rows(path="a.parquet", format="parquet"))["integer"] == [1, None]
    assert cells(rows(path="a.parquet", format="parquet").drop(columns="integer")) == {
        "at": ["2013-01-01T04:00:00Z", None],
        "clock": ["2013-01-01T05:00:00.000000", "2013-01-01T05:00:00.500000"],
        "text": ["a", None],
        "list": ["[1,2]", None],
        "class": ["x", None],
    }


PAGE = """<p>Banks <table><tr><td>menu</table>
<table id=x><thead><tr><th>Bank</th><th colspan=2>Place</th></tr></thead>
<tr><td rowspan="2">A &amp; B</td><td> New<br>York </td><td><script>x()</script></td></tr>
<tr><td>Rome<table><tr><td>inner</td></tr></table></td><td>IT</td></tr></table>"""


def test_html_spans_and_inner_tables() -> None:
    path = written("a.html", PAGE)
    assert cells(rows(path=path, format="html", table=2)) == {
        "Bank": ["A & B", "A & B"],
        "Place": ["New York", "Rome"],
        "Place_2": [None, "IT"],
    }


def test_excel_worksheets_are_read_by_name() -> None:
    pytest.importorskip("openpyxl")
    table = pd.DataFrame({"id": [1, 2], "price": ["$1,715.0", "NA"], "day": pd.to_datetime(["2013-01-01", None])})
    with pd.ExcelWriter("a.xlsx", engine="openpyxl") as book:
        table.to_excel(book, sheet_name="other", index=False, startrow=2)
        table.to_excel(book, sheet_name="prices", index=False)
    expected = {"id": [1, 2], "price": ["$1,715.0", "NA"], "day": ["2013-01-01T00:00:00", None]}
    assert cells(rows(path="a.xlsx", format="excel", table="prices")) == expected
    assert cells(rows(path="a.xlsx", format="excel", table="other", skip=2)) == expected
    with pytest.raises(SourceError, match="there is no worksheet 'price'"):
        rows(path="a.xlsx", format="excel", table="price")


def test_excel_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(SourceError) as caught:
        rows(path=written("a.xlsx", b"PK"), format="excel", table="x")
    assert caught.value.todo == "pip install lifecycle[excel], or save the sheet as CSV"


@pytest.mark.parametrize(
    ("name", "data", "entry", "said"),
    [
        ("a.csv", "a,b\n1,2\n3\n", {}, "line 3 has 1 cells, the first row has 2"),
        ("a.csv", 'a,b\n"x\ny",2\n3\n', {}, "line 4 has 1 cells, the first row has 2"),
        ("a.csv", "t\na,b\n1,2,3\n", {"skip": 1}, "line 3 has 3 cells, the first row has 2"),
        ("a.csv", 'a,b\n1,"2\n3,4\n', {}, "line 3 cannot be read: unexpected end of data"),
        ("a.csv", b"a\n\n\xff\n", {}, "byte 3 (b'\\xff') is not utf-8: invalid start byte"),
        ("a.csv", "a\n", {"encoding": "utf8000"}, "encoding 'utf8000' does not exist"),
        ("a.csv", "a\n", {"delimiter": "::"}, "delimiter '::', quote '\"', escape '': each is one character"),
        ("a.csv", "a\n", {"skip": 1}, "there are no rows"),
        ("a.csv", " \n", {}, "the file is empty"),
        ("a.json", "{", {"format": "json"}, "this is not JSON: Expecting property name"),
        ("a.json", "[1]", {"format": "json"}, "entry 1 is '1', not an object"),
        ("a.json", "[]", {"format": "json"}, "the list is empty"),
        ("a.json", '{"a": []}', {"format": "json", "records": "b"}, "there is no list at 'b'"),
        ("a.jsonl", '{"a":1}\n{', {"format": "json_lines"}, "this is not JSON"),
        ("a.parquet", b"PAR1PAR1", {"format": "parquet"}, "this is no complete Parquet file"),
        ("a.html", "<table></table>", {"format": "html", "table": 2}, "there is no table 2: the page has 1"),
        (
            "a.sqlite",
            "no database" * 100,
            {"format": "sqlite", "table": "t"},
            "the database reports: file is not a database",
        ),
        ("a.csv", "x", {"path": "b.csv"}, "there is no such file"),
        ("a.csv", "x", {"path": "."}, "this is a folder, not a file"),
        ("a.csv", "x", {"path": "gopher://a/b"}, "gopher:// is no file, no web page and no storage"),
    ],
)
def test_what_cannot_be_read_is_a_three_line_error(
    name: str, data: bytes | str, entry: dict[str, Any], said: str
) -> None:
    path = written(name, data)
    with pytest.raises(LifecycleError) as caught:
        rows(**{"path": path, "format": "csv", **entry})
    assert caught.value.what.startswith(said)
    lines = str(caught.value).splitlines()
    assert [line[:6] for line in lines] == ["error:", "where:", "next: "]


def test_a_missing_file_names_the_nearest() -> None:
    written("prices.csv", "x")
    with pytest.raises(SourceError) as caught:
        rows(path="price.csv", format="csv")
    assert caught.value.todo == "use 'prices.csv' in ."


@pytest.mark.parametrize(
    ("entry", "kind", "what", "todo"),
    [
        ({"format": "cvs"}, UnknownName, "format is 'cvs'", "use 'csv'"),
        ({"format": "csv", "delimeter": ";"}, UnknownName, "unknown key 'delimeter'", "use 'delimiter'"),
        ({"format": "parquet", "delimiter": ";"}, UnknownName, "unknown key 'delimiter'", "use one of "),
        ({"format": "csv", "skip": "1"}, WrongValue, "skip: Input should be a valid integer", "correct skip:"),
        ({"format": "excel"}, WrongValue, "table is missing", "add the key table:"),
        ({"format": "sqlite"}, WrongValue, "there is neither table: nor query:", "write table: or query:"),
        ({"format": "csv", "missing": [1]}, WrongValue, "missing.0: Input should be a valid string", "correct missing"),
    ],
)
def test_an_entry_is_held_to_its_format(entry: dict[str, Any], kind: type, what: str, todo: str) -> None:
    with pytest.raises(kind) as caught:
        rows(path="a", **entry)
    assert caught.value.what.startswith(what)
    assert caught.value.todo.startswith(todo)
