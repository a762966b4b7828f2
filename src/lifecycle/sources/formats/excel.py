"""Excel: one worksheet of a workbook."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from lifecycle.errors import SourceError, suggest_name
from lifecycle.options import options
from lifecycle.sources.formats.cells import Layout, build_table
from lifecycle.sources.formats.entry import Entry, ReadResult
from lifecycle.sources.formats.formulas import list_unsaved_formulas
from lifecycle.sources.formats.normalize import is_missing, normalize_table


@options
class ExcelEntry(Entry):
    """`table` names the worksheet; `skip` of its rows precede the header, or the first row; blank rows are none.

    `header` may also be the number of rows whose names are joined.
    """

    table: str
    header: bool | int = True
    skip: int = 0


def read(data: bytes, entry: ExcelEntry) -> ReadResult:
    """The worksheet's columns; raises SourceError for a missing worksheet."""
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
    result = build_table(rows, layout=Layout(entry.header), cells="object", where=f"{entry.path}, {entry.table}")
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
    """The cells of every worksheet by its name; an empty cell is None, an empty one has no rows."""
    try:
        sheets = pd.read_excel(
            io.BytesIO(data), engine="openpyxl", sheet_name=None, header=None, dtype=object, na_filter=False
        )
    except ImportError as cause:
        raise SourceError(
            "Excel files are read by the package openpyxl, which is not installed",
            where=where,
            todo="pip install lifecycle[excel], or save the sheet as CSV",
        ) from cause
    except (BadZipFile, KeyError, ValueError, OSError, SyntaxError) as cause:
        raise SourceError(
            f"this is no complete Excel workbook: {' '.join(str(cause).split())[:120]}",
            where=f"{where}, {len(data):,} bytes",
            todo=f"save {where} again as .xlsx, or as CSV",
        ) from cause
    return {
        str(name): [blank_empty_cells(row) for row in sheet.to_numpy(dtype=object)] for name, sheet in sheets.items()
    }


def blank_empty_cells(row: Any) -> list[Any]:
    """The cells of a row, None where empty."""
    return [None if is_missing(cell) or (isinstance(cell, str) and not cell.strip()) else cell for cell in row]
