"""Excel: one worksheet of a workbook."""

import io
from typing import Any
from zipfile import BadZipFile

import pandas as pd

from lifecycle.errors import SourceError, suggest_name
from lifecycle.options import options
from lifecycle.sources.formats.cells import build_table
from lifecycle.sources.formats.entry import Entry
from lifecycle.sources.formats.normalize import is_missing, normalize_table


@options
class ExcelEntry(Entry):
    """`table` names the worksheet; `skip` of its rows precede the header, or the first row."""

    table: str
    header: bool = True
    skip: int = 0


def read(data: bytes, entry: ExcelEntry) -> pd.DataFrame:
    """The worksheet's columns; raises SourceError for a missing worksheet."""
    sheets = read_worksheets(data, entry.path)
    if entry.table not in sheets:
        raise SourceError(
            f"there is no worksheet {entry.table!r}",
            where=f"{entry.path}, key table",
            todo=suggest_name(entry.table, sheets),
        )
    rows = list(enumerate(sheets[entry.table], start=1))[entry.skip :]
    return normalize_table(build_table(rows, header=entry.header, cells="object", where=f"{entry.path}, {entry.table}"))


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
