"""CSV and its variants: cells as text, exactly as between the delimiters."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lifecycle.errors import SourceError, TooLarge, WrongValue
from lifecycle.io.budget import advise, must_fit_columns, read_budget
from lifecycle.options import options
from lifecycle.sources.formats.cells import Extra, Layout, build_table
from lifecycle.sources.formats.entry import Entry, ReadResult

if TYPE_CHECKING:
    from _csv import Reader

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
TOO_LONG = "field larger than field limit"  # what the csv module says of a cell


@options
class CsvEntry(Entry):
    """The dialect of a CSV file.

    `skip` lines precede the header, or the first row if there is no `header`; `header` may also be the number of rows
    whose names are joined. `extra` says which cell rows have more than the header: the `first`, which has no name, or
    the `last`, which is empty as it follows a delimiter at the line's end. `quote` and `escape` are one character or
    empty. `decimal` and `thousands` are the number format; cells remain text,
    and the step `lifecycle.data.steps.values.parse_numbers` takes the same two to parse them.
    """

    delimiter: str = ","
    decimal: str = "."
    thousands: str = ""
    encoding: str = "utf-8"
    quote: str = '"'
    escape: str = ""
    header: bool | int = True
    skip: int = 0
    extra: Extra = ""


def read(data: bytes, entry: CsvEntry) -> ReadResult:
    """The file's columns as text; raises SourceError for another encoding, an open quote or a ragged row.

    Raises TooLarge for more columns, or a longer cell, than the budget has.
    """
    lines = read_cells(decode_text(data, entry.encoding, entry.path), entry)
    rows = ((number, [cell.strip() or None for cell in row]) for number, row in lines)
    return build_table(rows, layout=Layout(entry.header, entry.extra), cells="str", where=entry.path, packed=len(data))


def decode_text(data: bytes, encoding: str, where: str) -> str:
    """The bytes as text."""
    try:
        return data.decode(encoding)
    except LookupError as cause:
        raise WrongValue(
            f"encoding {encoding!r} does not exist", where=where, todo="use utf-8, utf-16, cp1252 or latin-1"
        ) from cause
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise SourceError(
            f"byte {cause.start:,} ({data[cause.start : cause.start + 1]!r}) is not {encoding}: {cause.reason}",
            where=f"{where}, line {line}",
            todo="another encoding: in conf/source/, --read encoding=cp1252 at the command line; or latin-1 or utf-16",
        ) from cause


def read_cells(text: str, entry: CsvEntry) -> Iterator[tuple[int, list[str]]]:
    """The unchanged cells of each row that is not blank, with the number of its last line."""
    lines = islice(split_lines(text), entry.skip, None)
    budget = read_budget()
    before = csv.field_size_limit(budget.cell_bytes)
    rows = open_reader(lines, entry)
    try:
        for row in rows:
            if len(row) > budget.columns:
                must_fit_columns(len(row), f"{entry.path}, line {entry.skip + rows.line_num}")
            if row:
                yield entry.skip + rows.line_num, row
    except csv.Error as cause:
        if TOO_LONG in str(cause):
            raise build_length_error(entry, entry.skip + rows.line_num, budget.cell_bytes) from cause
        raise SourceError(
            f"line {entry.skip + rows.line_num} cannot be read: {cause}",
            where=f"{entry.path}, line {entry.skip + rows.line_num}",
            todo=f"close the quote that is open there, or set quote: '' if {entry.quote} is an ordinary character",
        ) from cause
    finally:
        csv.field_size_limit(before)


def build_length_error(entry: CsvEntry, line: int, most: int) -> TooLarge:
    """The error for a cell that is too long, often because its quote is never closed."""
    return TooLarge(
        f"the cell that ends in or behind line {line} has more than {most:,} characters, and may have as many",
        where=f"{entry.path}, line {line}",
        todo="close the quote that is open there; or keep such texts in files of their own; "
        + advise("cell_mib", 16 * most),
    )


def split_lines(text: str) -> Iterator[str]:
    """The lines with their ends, one at a time: a buffer of the whole text would take four bytes for each sign."""
    return (line[0] for line in LINE.finditer(text)) if "\r" in text else split_at_newlines(text)


def split_at_newlines(text: str) -> Iterator[str]:
    """The lines of a text whose lines end with a newline alone; a long one is found many times as fast."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def open_reader(lines: Iterator[str], entry: CsvEntry) -> Reader:
    """The standard library's reader with the entry's dialect."""
    if len(entry.delimiter) != 1 or len(entry.quote) > 1 or len(entry.escape) > 1:
        raise WrongValue(
            f"delimiter {entry.delimiter!r}, quote {entry.quote!r}, escape {entry.escape!r}: each is one character",
            where=entry.path,
            todo="set delimiter: to one character such as ',' and leave quote: and escape: out",
        )
    return csv.reader(
        lines,
        delimiter=entry.delimiter,
        quotechar=entry.quote or None,
        quoting=csv.QUOTE_MINIMAL if entry.quote else csv.QUOTE_NONE,
        escapechar=entry.escape or None,
        skipinitialspace=True,
        strict=True,
    )
