"""Excel: one worksheet of a workbook."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from zipfile import ZipFile

from lifecycle.errors import SourceError, TooLarge, suggest_name
from lifecycle.io.archives import DAMAGE
from lifecycle.io.budget import CELL, must_fit_bytes, must_fit_table
from lifecycle.options import options
from lifecycle.sources.formats.cells import Layout, build_table
from lifecycle.sources.formats.entry import Entry, ReadResult
from lifecycle.sources.formats.formulas import list_unsaved_formulas
from lifecycle.sources.formats.normalize import is_missing, normalize_table

# What openpyxl raises for a workbook that is damaged, in its archive or in its XML.
MALFORMED = (*DAMAGE, SyntaxError, TypeError, AttributeError, ArithmeticError, AssertionError)
LAST_ROW = 1_048_576  # that a worksheet has


@options
class ExcelEntry(Entry):
    """`table` names the worksheet; `skip` of its rows precede the header, or the first row; blank rows are none.

    `header` may also be the number of rows whose names are joined.
    """

    table: str
    header: bool | int = True
    skip: int = 0


def read(data: bytes, entry: ExcelEntry) -> ReadResult:
    """The worksheet's columns; raises SourceError for a missing worksheet, TooLarge for more than the budget has."""
    sheets = read_worksheets(data, entry.path)
    if entry.table not in sheets:
        raise SourceError(
            f"there is no worksheet {entry.table!r}",
            where=f"{entry.path}, key table",
            todo=suggest_name(entry.table, sheets),
        )
    rows = [
        (number, row)
        for number, row in enumerate(sheets[entry.table], start=1)
        if number > entry.skip and any_filled(row)
    ]
    where = f"{entry.path}, {entry.table}"
    result = build_table(rows, layout=Layout(entry.header), cells="object", where=where, packed=len(data))
    return replace(
        result, rows=normalize_table(result.rows), unsaved=find_unsaved(data, entry, list(result.rows.columns))
    )


def any_filled(row: Sequence[Any]) -> bool:
    """Whether a cell of the row is filled; a blank row is none, like a blank line of a text."""
    return any(cell is not None for cell in row)


def find_unsaved(data: bytes, entry: ExcelEntry, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The addresses of the cells below the header that have a formula and no saved value, by column."""
    above = entry.skip + int(entry.header)
    cells = [
        (names[one.column - 1], one.address)
        for one in list_unsaved_formulas(data, entry.table)
        if one.row > above and one.column <= len(names)
    ]
    return {name: tuple(address for other, address in cells if other == name) for name in dict(cells)}


def read_worksheets(data: bytes, where: str) -> dict[str, list[list[Any]]]:
    """The cells of every worksheet by its name; an empty cell is None, an empty one has no rows.

    Raises SourceError for no workbook, TooLarge for one that unpacks to, or whose sheets reach, more than the budget.
    """
    try:
        return read_sheets(data, where)
    except ImportError as cause:
        raise SourceError(
            "Excel files are read by the package openpyxl, which is not installed",
            where=where,
            todo="pip install lifecycle[excel], or save the sheet as CSV",
        ) from cause
    except MALFORMED as cause:
        raise SourceError(
            f"this is no complete Excel workbook: {' '.join(str(cause).split())[:120]}",
            where=f"{where}, {len(data):,} bytes",
            todo=f"save {where} again as .xlsx, or as CSV",
        ) from cause


def must_unpack(data: bytes, where: str) -> None:
    """Raise TooLarge where the archive's directory states more than the budget has; no more than that is unpacked."""
    with ZipFile(io.BytesIO(data)) as archive:
        must_fit_bytes(sum(entry.file_size for entry in archive.infolist()), len(data), where)


def read_sheets(data: bytes, where: str) -> dict[str, list[list[Any]]]:
    """The cells of every worksheet by its name; those of all sheets together are within the budget."""
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    must_unpack(data, where)
    found: dict[str, list[list[Any]]] = {}
    book, cells = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False), 0
    try:
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what it states of its size may be wrong either way
            found[str(sheet.title)] = read_rows(sheet.rows, cells, len(data), f"{where}, {sheet.title}")
            cells += sum(map(len, found[str(sheet.title)]))
        return found
    finally:
        book.close()


def read_rows(rows: Iterable[Sequence[Any]], before: int, packed: int, where: str) -> list[list[Any]]:
    """The cells of a worksheet in equally long rows, without the empty ones at its end.

    Raises TooLarge where these, and the cells before them, are more than the budget: one cell far away spans them all.
    """
    kept: list[list[Any]] = []
    width = 0
    for number, row in enumerate(rows, start=1):
        if number > LAST_ROW:
            raise TooLarge("a cell stands behind the last row that a worksheet has", where=where, todo="save it again")
        cells = [convert_cell(cell) for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            width = max(width, len(cells))
            must_fit_table(number, width, packed, where, is_all=False)
            must_fit_bytes(CELL * (before + number * width), packed, where, is_all=False)
            kept += [[] for _ in range(number - 1 - len(kept))]
            kept.append(cells)
    for one in kept:
        one.extend([None] * (width - len(one)))
    return kept


def convert_cell(cell: Any) -> Any:
    """The value of a cell; None for an empty one, blanks alone and an error, whole numbers without a point."""
    value, kind = cell.value, cell.data_type
    if value is None or kind == "e" or (isinstance(value, str) and not value.strip()):
        return None
    if kind == "n" and isinstance(value, float) and value.is_integer():
        return int(value)
    return None if is_missing(value) else value
