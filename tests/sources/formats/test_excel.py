"""Worksheets: several rows of names, blank rows, and formulas whose values were not saved."""

import io
from typing import Any

import pytest

from lifecycle.sources.formats import excel
from lifecycle.sources.formats.entry import ReadResult
from lifecycle.sources.formats.excel import ExcelEntry
from lifecycle.sources.formats.formulas import list_unsaved_formulas

openpyxl = pytest.importorskip("openpyxl")


def write(rows: list[list[Any]], merged: str = "") -> bytes:
    """A workbook with an empty sheet and these rows on another one."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("rows & more")
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def read(rows: list[list[Any]], merged: str = "", **keys: Any) -> ReadResult:
    """What is read of such a workbook."""
    return excel.read(write(rows, merged), ExcelEntry(path="a.xlsx", format="excel", table="rows & more", **keys))


ROWS: list[list[Any]] = [
    ["Report", None, None],
    ["Shop", "Sales", None],
    [None, "net", "gross"],
    ["a", 1, "=B4*1.2"],
    [None, None, None],
    ["b", 2, "=B6*1.2"],
]


def test_merged_titles_over_names_are_joined() -> None:
    found = read(ROWS, "B2:C2", skip=1, header=2)
    assert list(found.rows.columns) == ["Shop", "Sales net", "Sales gross"]
    assert found.rows["Sales net"].to_list() == [1, 2]


def test_formulas_without_a_saved_value_are_named_by_column() -> None:
    assert read(ROWS, skip=1, header=2).unsaved == {"Sales gross": ("C4", "C6")}
    assert read([["a", "b"], [1, 2]]).unsaved == {}


def test_the_place_of_a_formula_is_that_of_its_cell() -> None:
    data = write([[None] * 27 + ["=1+1"]])
    assert list_unsaved_formulas(data, "rows & more") == [(1, 28, "AB1")]
    assert list_unsaved_formulas(data, "Sheet") == list_unsaved_formulas(data, "none") == []


def test_rows_equal_to_the_header_are_left_out() -> None:
    found = read([["id", "n"], ["a", 1], ["id", "n"], ["b", 2]])
    assert found.rows.to_dict("list") == {"id": ["a", "b"], "n": [1, 2]}
    assert found.left_out == {"equal to the header": (3,)}
