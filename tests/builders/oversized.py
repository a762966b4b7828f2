"""Small files that become large, deep, wide, long or endless once they are read: one of each kind, made on the spot."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

MIB = 2**20
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def write_workbook(path: Path, rows: str, **more: str) -> None:
    """A workbook with one sheet, whose rows are XML, and further parts of its archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": SHEET.format(rows), **more}.items():
            archive.writestr(name, text)


def write_parquet(path: Path, table: pa.Table, repeat: int = 1, **more: object) -> None:
    """A table, its one row group several times over."""
    with pq.ParquetWriter(path, table.schema, compression="zstd", **more) as writer:
        for _ in range(repeat):
            writer.write_table(table)


def parquet_of_constants(path: Path) -> None:
    columns = {f"x{place}": pa.nulls(MIB, pa.int64()).fill_null(1) for place in range(8)}
    write_parquet(path, pa.table(columns), repeat=20)


def parquet_of_one_long_text(path: Path) -> None:
    write_parquet(path, pa.table({"x": pa.DictionaryArray.from_arrays([0] * 20_000, ["a" * MIB])}))


def parquet_of_prefixes(path: Path) -> None:
    table = pa.table({"x": ["a" * 100_000] * 8_000})
    write_parquet(path, table, column_encoding={"x": "DELTA_BYTE_ARRAY"}, use_dictionary=False)


def parquet_of_columns(path: Path) -> None:
    write_parquet(path, pa.table({f"x{place}": [1] for place in range(20_000)}))


def workbook_with_a_far_cell(path: Path) -> None:
    first = "".join(f'<row r="{n}">{CELL.format(f"A{n}", "x")}</row>' for n in (1, 2))
    write_workbook(path, f'{first}<row r="1048576">{CELL.format("XFD1048576", "x")}</row>')


def workbook_of_wide_rows(path: Path) -> None:
    write_workbook(path, "".join(f'<row r="{n}">{CELL.format(f"XFD{n}", "x")}</row>' for n in range(1, 100_000)))


def workbook_with_a_row_behind_the_last(path: Path) -> None:
    write_workbook(path, f'<row r="99999999999">{CELL.format("A99999999999", "x")}</row>')


def workbook_of_blanks(path: Path) -> None:
    write_workbook(path, f'<row r="1">{CELL.format("A1", "x")}</row>' + " " * (600 * MIB))


def workbook_with_entities(path: Path) -> None:
    names = [f'<!ENTITY e{n} "{"".join(f"&e{n - 1};" for _ in range(10)) if n else "lol"}">' for n in range(10)]
    text = f"<!DOCTYPE x [{''.join(names)}]>" + SHEET.format(f'<row r="1">{CELL.format("A1", "&e9;")}</row>')
    write_workbook(path, "", **{"xl/worksheets/sheet1.xml": text})


def workbook_that_climbs(path: Path) -> None:
    write_workbook(path, "", **{"../../climbed.txt": "x", "/climbed.txt": "x"})


def csv_of_columns(path: Path) -> None:
    path.write_text("\n".join([",".join(f"x{n}" for n in range(60_000)), *[",".join(["1"] * 60_000)] * 20]))


def csv_with_a_long_cell(path: Path) -> None:
    path.write_text(f"a,b\n1,{'x' * (50 * MIB)}\n2,y\n")


def csv_with_an_open_quote(path: Path) -> None:
    path.write_text('a,b\n1,"x\n' + "2,y\n" * 300_000)


def csv_of_commas(path: Path) -> None:
    path.write_text(("," * 4_999 + "\n") * 4_000)


def csv_of_cells_in_limits(path: Path, sign: str = "1") -> None:
    path.write_text("a,b\n" + "\n".join(f"{n},{sign * (900 * 1024 - n)}" for n in range(40)))


def json_that_is_deep(path: Path) -> None:
    path.write_text('[{"a":' + "[" * 100_000 + "]" * 100_000 + "}]")


def json_that_is_rather_deep(path: Path) -> None:
    path.write_text('[{"a":' + '{"b":' * 900 + "1" + "}" * 900 + "}]")


def json_that_is_sparse(path: Path) -> None:
    path.write_text(json.dumps([{f"k{n}": n} for n in range(9_900)]))


def json_of_columns(path: Path) -> None:
    path.write_text(json.dumps([{f"k{n}": n for n in range(60_000)}]))


def json_lines_with_a_long_text(path: Path) -> None:
    path.write_text("".join(json.dumps({"a": n, "b": "x" * size}) + "\n" for n, size in enumerate((1, 50 * MIB))))


def page_of_spans(path: Path) -> None:
    row = '<tr><td rowspan="1000" colspan="1000">x</td></tr>'
    path.write_text(f"<html><table>{row * 2_000}</table></html>")


def page_of_columns(path: Path) -> None:
    path.write_text(f"<html><table><tr>{'<td>x</td>' * 60_000}</tr>{'<tr><td>y</td></tr>' * 60_000}</table></html>")


def page_without_an_end(path: Path) -> None:
    path.write_text("<html><table><tr><td>" + "<a " * (4 * MIB))


def page_of_tables(path: Path) -> None:
    path.write_text("<html>" + "<table><tr><td>" * 200_000)


def write_database(path: Path, *statements: str) -> None:
    """A database in a file."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


COUNTING = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


def database_that_counts(path: Path) -> None:
    write_database(path, f"CREATE VIEW v AS {COUNTING} SELECT count(*) AS n FROM c")


def database_of_rows(path: Path) -> None:
    write_database(path, f"CREATE VIEW v AS {COUNTING} SELECT x, hex(x) AS y, x * 2 AS z FROM c")


def database_of_blobs(path: Path) -> None:
    write_database(path, f"CREATE VIEW v AS {COUNTING} SELECT x, zeroblob(1000000000) AS y FROM c")


def database_of_texts(path: Path) -> None:
    write_database(path, f"CREATE VIEW v AS {COUNTING} SELECT x, hex(zeroblob(400000)) AS y FROM c")


def zip_in_a_zip(path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "a,b\n" * MIB)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.zip", inner.getvalue())


def noise(path: Path) -> None:
    path.write_bytes(random.Random(3).randbytes(MIB))


OVERSIZED: dict[str, Callable[[Path], None]] = {
    "constants.parquet": parquet_of_constants,
    "text.parquet": parquet_of_one_long_text,
    "prefixes.parquet": parquet_of_prefixes,
    "columns.parquet": parquet_of_columns,
    "far.xlsx": workbook_with_a_far_cell,
    "wide.xlsx": workbook_of_wide_rows,
    "behind.xlsx": workbook_with_a_row_behind_the_last,
    "blanks.xlsx": workbook_of_blanks,
    "entities.xlsx": workbook_with_entities,
    "climbs.xlsx": workbook_that_climbs,
    "columns.csv": csv_of_columns,
    "long.csv": csv_with_a_long_cell,
    "quote.csv": csv_with_an_open_quote,
    "commas.csv": csv_of_commas,
    "digits.csv": csv_of_cells_in_limits,
    "blanks.csv": lambda path: csv_of_cells_in_limits(path, " a"),
    "signs.csv": lambda path: csv_of_cells_in_limits(path, "-1.,"),
    "deep.json": json_that_is_deep,
    "rather.json": json_that_is_rather_deep,
    "sparse.json": json_that_is_sparse,
    "columns.json": json_of_columns,
    "long.jsonl": json_lines_with_a_long_text,
    "spans.html": page_of_spans,
    "columns.html": page_of_columns,
    "endless.html": page_without_an_end,
    "tables.html": page_of_tables,
    "counts.sqlite": database_that_counts,
    "rows.sqlite": database_of_rows,
    "blobs.sqlite": database_of_blobs,
    "texts.sqlite": database_of_texts,
    "nested.zip": zip_in_a_zip,
    "noise.csv": noise,
}
