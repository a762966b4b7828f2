"""Formulas of a worksheet whose values were not saved: programs that write workbooks do not calculate them."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
PLACE = re.compile(r"([A-Z]+)(\d+)")


class UnsavedFormula(NamedTuple):
    """The row and the column of a cell, from 1, and its address, such as D4."""

    row: int
    column: int
    address: str


def list_unsaved_formulas(data: bytes, sheet: str) -> list[UnsavedFormula]:
    """The cells of a worksheet with a formula and no value, row by row; none for a sheet that is not there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = find_part(archive, sheet)
        content = archive.read(part) if part in archive.namelist() else b""
    return list(find_unsaved(content)) if b"<f" in content else []


def find_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The file of a worksheet in the workbook; empty without one."""
    from openpyxl.xml.functions import fromstring  # type: ignore[import-untyped]

    if "xl/_rels/workbook.xml.rels" not in archive.namelist():
        return ""
    sheets = fromstring(archive.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
    number = next((one.get(RELATION) for one in sheets if one.get("name") == sheet), None)
    links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next((link.get("Target", "") for link in links if number and link.get("Id") == number), "")
    return posixpath.normpath(posixpath.join("xl", target)).lstrip("/") if target else ""


def find_unsaved(content: bytes) -> Iterator[UnsavedFormula]:
    """The cells with a formula that have no value; an empty text is one."""
    from openpyxl.xml.functions import iterparse

    for _, cell in iterparse(io.BytesIO(content)):
        if cell.tag == f"{MAIN}row":
            cell.clear()
        if cell.tag != f"{MAIN}c" or cell.find(f"{MAIN}f") is None or cell.get("t") == "str":
            continue
        place = PLACE.fullmatch(cell.get("r", ""))
        if place and not cell.findtext(f"{MAIN}v"):
            yield UnsavedFormula(int(place[2]), number_of_letters(place[1]), place[0])


def number_of_letters(letters: str) -> int:
    """The number of a column from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
