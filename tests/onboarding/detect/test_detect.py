"""What is seen of an address without being told, and the entry that reads it again."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lifecycle.errors import LifecycleError, SourceError, UnknownName, WrongValue
from lifecycle.onboarding.detect import DetectedFormat, detect_format
from lifecycle.sources import files


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("data"))


def seen(data: bytes | str, name: str = "a.csv", **hints: Any) -> DetectedFormat:
    """What is seen of a file; its entry must read the same rows again."""
    Path(name).write_bytes(data if isinstance(data, bytes) else data.encode())
    found = detect_format(name, **hints)
    (batch,) = files.read(tables={"t": json.loads(json.dumps(found.reading))})
    pd.testing.assert_frame_equal(batch.rows.astype("str"), found.table)
    assert {str(kind) for kind in found.table.dtypes} <= {"str"}
    return found


def told(found: DetectedFormat) -> dict[str, Any]:
    """The entry without path and format, and without what a plain CSV file has."""
    plain = {"path": "a.csv", "format": "csv", "delimiter": ",", "decimal": ".", "encoding": "utf-8"}
    return {key: value for key, value in found.reading.items() if plain.get(key) != value}


def cells(found: DetectedFormat) -> dict[str, list[str | None]]:
    """The columns, with None where missing."""
    return {name: [None if pd.isna(cell) else cell for cell in found.table[name]] for name in found.table.columns}


def notes(found: DetectedFormat) -> list[str]:
    """What was noted."""
    return [note.what for note in found.notes]


def test_a_plain_file_has_a_plain_entry() -> None:
    found = seen("id,name, price\n1, Bob ,\n2,Eve, 3\n")
    assert found.reading == {"path": "a.csv", "format": "csv", "delimiter": ",", "decimal": ".", "encoding": "utf-8"}
    assert cells(found) == {"id": ["1", "2"], "name": ["Bob", "Eve"], "price": [None, "3"]}
    assert [(note.what, note.why) for note in found.notes] == [("delimiter ','", "every row has 2 of them")]


@pytest.mark.parametrize(
    ("data", "entry"),
    [
        ("a;b\n1,5;x\n2,5;y\n", {"delimiter": ";", "decimal": ","}),
        ("1,5;2,5\n3,5;4,5\n", {"delimiter": ";", "decimal": ",", "header": False}),
        ("a\tb\n1\t2\n", {"delimiter": "\t"}),
        ("a|b|c\n1|2|x,y\n", {"delimiter": "|"}),
        ("a;b\n1.234,50;2\n5;6\n", {"delimiter": ";", "decimal": ",", "thousands": "."}),
        ('a,b\n"$1,715.0",x\n"2,000",y\n', {"thousands": ","}),
        ('a,b\n"1,234",x\n', {"thousands": ","}),
        ("a;b\n1,234;x\n", {"delimiter": ";", "decimal": ","}),
        ("a;b\n0,125;x\n", {"delimiter": ";", "decimal": ","}),
        ("a;b\n1 234;x\n", {"delimiter": ";", "thousands": " "}),
        ('a,b\n"x\ny",2\n"say ""hi""",3\n', {}),
        ('a,b\n"x\\"y",2\n', {"escape": "\\"}),
        ('a,b\n"x" y,2\n', {"quote": ""}),
        ("Report 2013\n\nid,x,y\n1,2,3\n4,5,6\n", {"skip": 1}),
        ("# made by X\n# on 3 May\nid,x\n1,2\n", {"skip": 2}),
        ("Report;;\nid;x;y\n1;2;3\n", {"delimiter": ";", "skip": 1}),
        ("#id,x\n1,2\n", {}),
        ("country,2010,2011\nA,1,2\nB,3,4\n", {}),
        ("1,2013-01-05,x\n2,2013-01-06,y\n", {"header": False}),
        ("Paris,Yes\nRome,No\nParis,Yes\n", {"header": False}),
        ("city,answer\nRome,No\nParis,Yes\n", {}),
        ("x\n1\n2\n", {}),
        ("sep=;\na;b\n1;x\n2;y\n", {"delimiter": ";", "skip": 1}),
        ("a,b\r1,x\r2,y\r", {}),
        ("a,b\n1,x\n\n   \n2,y\n", {}),
        ("a,b,c\n1,x,\n2,y,\n", {}),
        ("a,b\n1,x,\n2,y,\n", {"extra": "last"}),
        ("a,b,\n1,x,\n2,y,\n", {"extra": "last"}),
        ("a,b\nr1,1,x\nr2,2,y\n", {"extra": "first"}),
        ("a,b\n1,1,x\n2,2,y\n", {"extra": "first", "drop": ["column_1"]}),
        (",a,b\n0,1,x\n1,2,y\n", {"drop": ["column_1"]}),
        ("a,b,Unnamed: 0\n1,x,17\n2,y,4\n", {"drop": ["Unnamed: 0"]}),
        ("id,Sales,\n,net,gross\nk,1,2\nl,3,4\n", {"header": 2}),
        ("Report,,\nid,Sales,\n,net,gross\nk,1,2\nl,3,4\n", {"header": 2, "skip": 1}),
        ("a b c\n1 2 x\n3 4 y\n", {"delimiter": " "}),
        ('a,b\n1,"yes\n2,"no\n', {"quote": ""}),
    ],
)
def test_csv_is_seen_for_what_it_is(data: str, entry: dict[str, Any]) -> None:
    assert told(seen(data)) == entry


@pytest.mark.parametrize(
    ("encoding", "said", "noted"),
    [
        ("utf-8", "utf-8", []),
        ("utf-8-sig", "utf-8-sig", ["encoding utf-8-sig"]),
        ("utf-16", "utf-16", ["encoding utf-16"]),
        ("utf-16-le", "utf-16-le", ["encoding utf-16-le"]),
        ("utf-16-be", "utf-16-be", ["encoding utf-16-be"]),
        ("utf-32", "utf-32", ["encoding utf-32"]),
        ("cp1252", "cp1252", ["encoding cp1252, a guess"]),
        ("latin-1", "cp1252", ["encoding cp1252, a guess"]),
    ],
)
def test_encodings(encoding: str, said: str, noted: list[str]) -> None:
    found = seen("näme,city\nJörg,Köln\n".encode(encoding))
    assert found.reading["encoding"] == said
    assert cells(found) == {"näme": ["Jörg"], "city": ["Köln"]}
    assert notes(found)[:-1] == noted


def test_a_guessed_encoding_shows_a_word_to_judge_it_by() -> None:
    (note, _) = seen("city,x\nKöln,1\n".encode("cp1252")).notes
    assert note.why == (
        "it is not UTF-8 and nothing says what else it is; "
        "look whether 'Köln,1' is right, else add --read encoding=NAME"
    )


def test_corrected_names_are_noted() -> None:
    found = seen('a , a,,"x\ny",a_2\n1,2,3,4,5\n')
    assert list(found.table.columns) == ["a", "a_3", "column_3", "x y", "a_2"]
    assert [(note.what, note.why) for note in found.notes[1:]] == [
        ("column 1 is called 'a'", "there are blanks around or in 'a '"),
        ("column 2 is called 'a_3'", "the name 'a' comes again"),
        ("column 3 is called 'column_3'", "its name is empty"),
        ("column 4 is called 'x y'", "there are blanks around or in 'x\\ny'"),
    ]


def test_what_is_skipped_is_noted() -> None:
    assert notes(seen("Report 2013\nid,x,y\n1,2,3\n"))[1:] == ["1 line above the table left out"]
    assert notes(seen("1,2\n3,4\n5,6\n"))[1:] == []
    assert notes(seen("1,2\n7,4\n5,6\n", header=False))[1:] == ["no header: columns are column_1 to column_2"]


def test_numbers_that_may_be_read_either_way_are_noted() -> None:
    assert notes(seen('a,b\n"1,234",x\n'))[1] == "decimal '.', a guess"
    assert notes(seen("a;b;c\n1,5;2.5;x\n"))[1] == "decimal '.', a guess"


def test_hints_come_before_what_is_seen() -> None:
    found = seen("a,b;c\n1,5;2\n", delimiter=",", decimal=".", encoding="latin-1", format="csv")
    assert told(found) == {"encoding": "latin-1"}
    assert cells(found) == {"a": ["1"], "b;c": ["5;2"]}


def test_every_reading_option_can_be_told_as_text() -> None:
    found = seen("x\ny\na;b\n1;?\n2;'p;q'\n", skip="2", quote="'", missing="?,-", drop="a")
    assert told(found) == {"delimiter": ";", "skip": 2, "quote": "'", "missing": ["?", "-"], "drop": ["a"]}
    assert cells(found) == {"b": [None, "p;q"]}
    assert told(seen("a;b\n1;2\n", header="false", delimiter=";"))["header"] is False
    assert cells(seen("a.b,c\n1.5,2\n", thousands=".", decimal=",")) == {"a.b": ["1.5"], "c": ["2"]}
    assert list(seen("a,b\n1,2\n3,4\n5,6\n", header="2").table.columns) == ["a 1", "b 2"]
    record = {"data": [{"id": 1, "lines": [{"n": 1}, {"n": 2}]}], "more": [{"x": 1}]}
    found = seen(json.dumps(record), "a.json", records="data", each="lines", columns='{"line": "lines.n"}')
    assert cells(found) == {"line": ["1", "2"]}


def test_rows_equal_to_the_header_are_noted_with_their_lines() -> None:
    found = seen("a,b\n1,x\na,b\n2,y\n a , b\n")
    assert cells(found) == {"a": ["1", "2"], "b": ["x", "y"]}
    assert [(note.what, note.why) for note in found.notes[1:]] == [
        ("2 rows equal to the header left out", "lines 3, 5")
    ]


def test_infinite_numbers_are_missing_and_counted() -> None:
    found = seen('[{"a": 1.5}, {"a": Infinity}, {"a": -Infinity}]', "a.json")
    assert cells(found) == {"a": ["1.5", None, None]}
    assert [(note.what, note.why) for note in found.notes] == [("2 infinite values are missing", "in a")]


def test_an_index_of_parquet_is_left_out() -> None:
    pd.DataFrame({"a": [1.5, 2.5]}, index=[4, 2]).to_parquet("a.parquet")
    found = seen(Path("a.parquet").read_bytes(), "a.parquet")
    assert (found.reading, cells(found)) == ({"path": "a.parquet", "format": "parquet"}, {"a": ["1.5", "2.5"]})
    assert notes(found) == ["column '__index_level_0__' left out"]


def test_two_rows_of_names_on_a_page() -> None:
    frame = pd.DataFrame([[1, 2, "x"]] * 2, columns=pd.MultiIndex.from_tuples([("s", "a"), ("s", "b"), ("t", "c")]))
    found = seen(frame.to_html(), "a.html")
    assert (found.reading["header"], found.reading["drop"]) == (2, ["column_1"])
    assert cells(found) == {"s a": ["1", "1"], "s b": ["2", "2"], "t c": ["x", "x"]}


def test_a_column_of_formulas_without_values_is_refused_unless_it_is_dropped() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Report", None, None], ["Shop", "Sales", None], [None, "net", "gross"], ["a", 1, "=B4*2"]):
        book.active.append(row)
    book.active.append(["b", 2, "=B5*2"])
    book.save("a.xlsx")
    data = Path("a.xlsx").read_bytes()
    with pytest.raises(SourceError) as caught:
        seen(data, "a.xlsx")
    assert str(caught.value).splitlines() == [
        "error: 2 cells of 'Sales gross' hold a formula and no saved value",
        "where: a.xlsx, first cell C4",
        "next:  open the workbook in Excel or LibreOffice and save it, or export the sheet as CSV; to do without the "
        "column: --read 'drop=Sales gross'",
    ]
    found = seen(data, "a.xlsx", drop="Sales gross")
    assert cells(found) == {"Shop": ["a", "b"], "Sales net": ["1", "2"]}
    assert cells(seen(data, "a.xlsx", skip="2", header="true", drop="gross")) == {
        "column_1": ["a", "b"],
        "net": ["1", "2"],
    }


def test_more_rows_skipped_than_there_are_is_said() -> None:
    pytest.importorskip("openpyxl")
    pd.DataFrame({"a": [1], "b": [2]}).to_excel("a.xlsx", index=False)
    with pytest.raises(WrongValue) as caught:
        seen(Path("a.xlsx").read_bytes(), "a.xlsx", skip="9")
    assert caught.value.todo == "skip is less than 2"
    with pytest.raises(SourceError):
        seen("a,b\n1,2\n", skip="9")


def test_json_and_its_list_of_records() -> None:
    record = {"id": "a", "properties": {"mag": 2}, "geometry": {"coordinates": [1.5, 2, 3]}}
    found = seen(json.dumps({"type": "x", "meta": {"n": [1]}, "features": [record]}), "a.txt")
    assert found.reading == {"path": "a.txt", "format": "json", "records": "features"}
    assert list(found.table.columns) == [
        "id",
        "properties.mag",
        "geometry.coordinates.0",
        "geometry.coordinates.1",
        "geometry.coordinates.2",
    ]
    assert cells(found)["geometry.coordinates.0"] == ["1.5"]
    assert seen(json.dumps([record]), "a.json").reading == {"path": "a.json", "format": "json"}
    assert seen('{"a": 1}\n{"a": 2}\n', "a.txt").reading["format"] == "json_lines"
    assert seen('{"a": 1}\n', "a.jsonl").reading["format"] == "json_lines"
    both = {"a": [{"x": 1}], "b": {"c": [{"x": 2}]}}
    assert cells(seen(json.dumps(both), "a.json", records="b.c")) == {"x": ["2"]}
    with pytest.raises(SourceError, match=r"the file holds 2 lists of objects: a, b\.c"):
        detect_format("a.json")


def test_parquet_and_sqlite_are_detected_by_their_content() -> None:
    pd.DataFrame({"a": [1, None], "b": [True, False]}).to_parquet("a.dat")
    found = detect_format("a.dat")
    assert found.reading == {"path": "a.dat", "format": "parquet"}
    assert cells(found) == {"a": ["1.0", None], "b": ["True", "False"]}
    with sqlite3.connect("b.dat") as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 a, 'x' b")
    connection.close()
    for address in ("b.dat", "sqlite:///b.dat"):
        found = detect_format(address)
        assert found.reading == {"path": "b.dat", "format": "sqlite", "table": "t"}
        assert cells(found) == {"a": ["1"], "b": ["x"]}
    asked = detect_format("b.dat", query="SELECT b FROM t")
    assert asked.reading == {"path": "b.dat", "format": "sqlite", "query": "SELECT b FROM t"}


def test_a_database_of_several_tables_names_them() -> None:
    with sqlite3.connect("b.sqlite") as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("CREATE TABLE u (a)")
    connection.close()
    with pytest.raises(SourceError) as caught:
        detect_format("b.sqlite")
    assert (caught.value.what, caught.value.todo) == (
        "the database has 2 tables: t, u",
        "add --table t, or --query with an SQL query",
    )


def test_placeholders_stay_in_the_entry_as_hydra_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from omegaconf import OmegaConf

    with sqlite3.connect("b.sqlite") as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 a")
    connection.close()
    monkeypatch.setenv("SHOP", "sqlite:///b.sqlite")
    found = detect_format("${SHOP}")
    assert found.reading == {"path": r"\${SHOP}", "format": "sql", "table": "t"}
    composed = OmegaConf.to_container(OmegaConf.create({"t": found.reading}), resolve=True)
    (batch,) = files.read(tables=composed)
    assert batch.rows["a"].to_list() == [1]


def test_the_largest_table_of_a_page() -> None:
    page = "<meta charset=latin-1><table><tr><td>menu</table><table><tr><th>a<th>b<tr><td>é<td>2</table>"
    found = seen(page.encode("latin-1"), "a.html")
    assert found.reading == {"path": "a.html", "format": "html", "table": 2, "encoding": "latin-1"}
    assert cells(found) == {"a": ["é"], "b": ["2"]}
    assert notes(found) == ["table 2 of 2"]


@pytest.mark.parametrize("place", [0, 3, "3"])
def test_a_table_that_the_page_has_not_says_which_it_has(place: int | str) -> None:
    rows = "<tr><td>a<td>b<tr><td>1<td>2"
    page = f"<!doctype html><table>{rows}</table><table>{rows}<tr><td>3<td>4</table>"
    assert seen(page, "a.html", table="1").reading["table"] == 1
    with pytest.raises(WrongValue) as caught:
        seen(page, "a.html", table=place)
    assert caught.value.todo == "add --table 1, or another up to --table 2"


def test_the_first_worksheet_that_has_rows() -> None:
    pytest.importorskip("openpyxl")
    with pd.ExcelWriter("a.xlsx", engine="openpyxl") as book:
        pd.DataFrame().to_excel(book, sheet_name="empty", index=False)
        pd.DataFrame({"id": [1, 2], "x": ["a", "b"]}).to_excel(book, sheet_name="data", index=False)
        pd.DataFrame({"y": [1]}).to_excel(book, sheet_name="more", index=False)
    found = detect_format("a.xlsx")
    assert found.reading == {"path": "a.xlsx", "format": "excel", "table": "data"}
    assert cells(found) == {"id": ["1", "2"], "x": ["a", "b"]}
    assert notes(found) == ["worksheet 'data'"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", "a,b,c\n1,2,3\n4,5\n6,7,8\n", "line 3 has 2 cells, the first row has 3"),
        ("a.csv", 'a,b\n"x,y",2\n3,4\n"5,6\n7,8\n', "line 5 cannot be read: unexpected end of data"),
        ("a.csv", "", "the file is empty"),
        ("a.csv", b"\0\1\2\3" * 9, "the file is neither text nor a format known here"),
        ("a.csv", b"%PDF-1.7", "the file is a PDF"),
        ("a.csv.gz", b"\x1f\x8b\x08", "the file is compressed with gzip"),
        ("a.zip", b"PK\x03\x04", "the file is a ZIP archive"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "the file is an old Office file"),
        ("a.parquet", "x", "this is no complete Parquet file"),
        ("a.parquet", b"PAR1PAR1", "this is no complete Parquet file"),
        ("a.json", '{"a": ', "this is not JSON"),
        ("a.json", '{"a": 1}', "the file holds 0 lists of objects"),
        ("a.jsonl", '{"a": 1}\n{"a"', "this is not JSON"),
        ("a.html", "<!doctype html><p>x", "the page has no table"),
        ("a.html", "<table></table>", "the page has no table with rows"),
    ],
)
def test_what_cannot_be_read_is_a_three_line_error(name: str, data: bytes | str, said: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        seen(data, name)
    assert caught.value.what.startswith(said)
    assert [line[:6] for line in str(caught.value).splitlines()] == ["error:", "where:", "next: "]


@pytest.mark.parametrize(
    ("hints", "todo"),
    [({"delimeter": ";"}, "use 'delimiter'"), ({"format": "cvs"}, "use 'csv'"), ({"table": "t"}, "use one of ")],
)
def test_a_hint_that_does_not_exist_names_the_nearest(hints: dict[str, str], todo: str) -> None:
    with pytest.raises(UnknownName) as caught:
        seen("a,b\n1,2\n", **hints)
    assert caught.value.todo.startswith(todo)


def test_a_decimal_sign_that_is_none_is_rejected() -> None:
    with pytest.raises(WrongValue) as caught:
        seen("a,b\n1,2\n", decimal="x")
    assert str(caught.value).splitlines() == [
        "error: 'x' is no decimal sign",
        "where: command line, --read decimal",
        "next:  --read decimal=, or --read decimal=.",
    ]


LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\r\t;,|\"'\\")
NARROW = st.characters(codec="cp1252", exclude_categories=["Cc"], include_characters="\n;,|\"'\\")
DELIMITERS = st.sampled_from([",", ";", "\t", "|"])


def tables(letters: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Rows of equally many texts."""
    texts = st.text(letters, max_size=6)
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), max_size=5)
    )


def as_csv(rows: list[list[str]], delimiter: str, quoting: int) -> str:
    """The rows as a CSV file with names."""
    stream = io.StringIO()
    width = len(rows[0]) if rows else 2
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)
    writer.writerows([[f"name_{place}" for place in range(width)], *rows])
    return stream.getvalue()


def expected(rows: list[list[str]]) -> list[list[str | None]]:
    """The texts as they are read: without blanks around them, None where nothing is left."""
    return [[cell.strip() or None for cell in row] for row in rows]


def read_back(table: pd.DataFrame) -> list[list[str | None]]:
    """The rows of a table."""
    return [[None if pd.isna(cell) else cell for cell in row] for row in table.to_numpy()]


WITHIN = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@WITHIN
@given(tables(LETTERS), DELIMITERS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
@example([["a;b", "c\td"], ["", '"']], ",", "utf-16")
def test_any_quoted_table_is_seen_and_read_back(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    found = seen(as_csv(rows, delimiter, csv.QUOTE_ALL).encode(encoding), header=True)
    assert read_back(found.table) == expected(rows)


@WITHIN
@given(tables(NARROW), DELIMITERS)
def test_any_quoted_table_of_single_bytes_is_seen_and_read_back(rows: list[list[str]], delimiter: str) -> None:
    found = seen(as_csv(rows, delimiter, csv.QUOTE_ALL).encode("cp1252"), header=True, encoding="cp1252")
    assert read_back(found.table) == expected(rows)


@WITHIN
@given(tables(LETTERS), DELIMITERS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]))
def test_any_table_is_read_back_with_its_entry(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    Path("a.csv").write_bytes(as_csv(rows, delimiter, csv.QUOTE_MINIMAL).encode(encoding))
    entry = {"path": "a.csv", "format": "csv", "delimiter": delimiter, "encoding": encoding}
    (batch,) = files.read(tables={"t": entry})
    assert read_back(batch.rows) == expected(rows)


@WITHIN
@given(st.binary(min_size=1, max_size=60))
@example(b"\xef\xbb\xbf")
@example(b"PK\x03\x04xl/workbook.xml")
@example(b"{\n")
@example(b"[[[")
@example(b"<table><tr><td colspan=x>")
def test_any_bytes_are_read_or_rejected_in_three_lines(data: bytes) -> None:
    try:
        found = seen(data)
    except LifecycleError as error:
        assert len(str(error).splitlines()) >= 3
    else:
        assert len(found.table.columns) >= 1


@WITHIN
@given(st.text(st.sampled_from('ab12,;\t|"\n#.-{}[]:<>'), min_size=1, max_size=40))
def test_any_text_is_read_or_rejected_in_three_lines(text: str) -> None:
    try:
        found = seen(text)
    except LifecycleError as error:
        assert error.todo
    else:
        assert len(found.table.columns) >= 1
