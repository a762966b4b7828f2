"""Detection of the format of a file, a web address or a database."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from lifecycle.errors import SourceError, UnknownName, WrongValue, suggest_name
from lifecycle.io.json_values import must_be_shallow
from lifecycle.onboarding.detect.csv_dialect import describe_dialect, detect_dialect
from lifecycle.onboarding.detect.encoding import detect_encoding, detect_page_encoding
from lifecycle.onboarding.detect.extra_cells import align_rows, detect_extra
from lifecycle.onboarding.detect.file_format import detect_file_format
from lifecycle.onboarding.detect.finding import DetectedFormat
from lifecycle.onboarding.detect.header import (
    Cells,
    count_header_rows,
    describe_header,
    describe_skipped,
    find_first_row,
    find_usual_width,
)
from lifecycle.onboarding.detect.number_format import detect_number_format
from lifecycle.onboarding.detect.reading_options import convert_options
from lifecycle.onboarding.detect.row_numbers import describe_row_numbers, find_row_numbers
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, quote_option, shorten_text
from lifecycle.sources import files
from lifecycle.sources.fetch import read_contents, to_local_path
from lifecycle.sources.formats.csv_text import decode_text
from lifecycle.sources.formats.entry import ReadResult
from lifecycle.sources.formats.excel import read_worksheets
from lifecycle.sources.formats.html_table import parse_tables
from lifecycle.sources.formats.json_records import get_path
from lifecycle.sources.formats.normalize import render_texts
from lifecycle.sources.formats.parquet import list_row_numbers, read_schema
from lifecycle.sources.formats.sql import read_table_names
from lifecycle.sources.http import open_session
from lifecycle.sources.reading_notes import describe_reading
from lifecycle.sources.secrets import PLACEHOLDER, mask_secrets, must_hide_passwords
from lifecycle.sources.sql_engine import SQLITE

DATABASES = ("postgresql", "mysql", "mariadb", "oracle", "mssql", "sqlite")
Hints = Mapping[str, Any]
Detected = tuple[dict[str, Any], list[Note]]


def detect_format(address: str, **hints: Any) -> DetectedFormat:
    """The table in a file, at a URL or in a database, and the entry of conf/source/ that reads it again.

    Hints override detection: `format`, and the keys of an entry of that format. Raises SourceError for what cannot be
    read, UnknownName and WrongValue for an invalid hint or address.
    """
    format, data = read_format_and_bytes(address, hints.get("format"))
    given = convert_options(format, {name: value for name, value in hints.items() if name != "format"})
    must_be_decimal(given.get("decimal", "."))
    path = strip_sqlite_prefix(address)
    detected, notes = DETECTORS[format](data, path, given)
    reading = {"path": PLACEHOLDER.sub(r"\\${\1}", path), "format": format, **detected, **given}
    entry = files.parse_entry("table", reading, mask_secrets(address))
    result = files.parse_table(entry, data)
    must_have_values(result, mask_secrets(address))
    notes = [*notes, *(Note(what, why) for what, why in describe_reading(result))]
    rows = result.rows
    if "drop" not in given and (leftover := find_row_numbers(rows, bool(reading.get("header", True)))):
        rows, reading = rows.drop(columns=leftover), {**reading, "drop": leftover}
        notes += [describe_row_numbers(name) for name in leftover]
    if format == "csv":
        numbers, more = detect_number_format(rows, str(reading["delimiter"]), str(given.get("decimal", "")))
        return DetectedFormat({**reading, **numbers, **given}, rows, [*notes, *more])
    return DetectedFormat(reading, convert_to_text(rows), notes)


def must_be_decimal(sign: str) -> None:
    """Raise WrongValue for a sign that is neither a comma nor a point."""
    if sign not in (".", ","):
        raise WrongValue(
            f"{mask_secrets(sign)!r} is no decimal sign",
            where="command line, --read decimal",
            todo="--read decimal=, or --read decimal=.",
        )


def must_have_values(result: ReadResult, where: str) -> None:
    """Raise SourceError for a column half of whose cells are formulas without a saved value."""
    for name, cells in result.unsaved.items():
        if 2 * len(cells) >= len(result.rows):
            raise SourceError(
                f"{format_count(len(cells), 'cell')} of {shorten_text(name)!r} hold a formula and no saved value",
                where=f"{where}, first cell {cells[0]}",
                todo="open the workbook in Excel or LibreOffice and save it, or export the sheet as CSV; to do without "
                f"the column: {quote_option('--read', 'drop', name)}",
            )


def convert_to_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Every column as text: integers in digits, other numbers in the shortest exact form, True and False."""
    return rows.astype("str")


def read_format_and_bytes(address: str, requested: str | None) -> tuple[str, bytes]:
    """The format and the bytes; a database behind an address has none."""
    if is_database(address):
        must_hide_passwords(address)
        return ("sqlite" if address.startswith(SQLITE) else "sql"), b""
    data = read_contents(address)
    format = requested or detect_file_format(data, mask_secrets(address))
    if format not in DETECTORS:
        raise UnknownName(
            f"there is no format {format!r}", where=mask_secrets(address), todo=suggest_name(format, DETECTORS)
        )
    return format, data


def is_database(address: str) -> bool:
    """Whether the address is an SQLAlchemy URL, or a placeholder for one."""
    return bool(PLACEHOLDER.fullmatch(address)) or parse_scheme(address) in DATABASES


def parse_scheme(address: str) -> str:
    """The scheme before `://`, without the driver; empty for a path."""
    scheme, mark, _ = address.partition("://")
    return scheme.partition("+")[0] if mark else ""


def strip_sqlite_prefix(address: str) -> str:
    """The address as an entry has it: the file itself for `sqlite:///file`."""
    return address.removeprefix(SQLITE) if address.startswith(SQLITE) else address


def detect_csv(data: bytes, path: str, hints: Hints) -> Detected:
    """Encoding, dialect, header and first row."""
    encoding, notes = (hints["encoding"], []) if "encoding" in hints else detect_encoding(data)
    dialect = detect_dialect(decode_text(data, encoding, mask_secrets(path)), path, hints)
    rows = [strip_cells(cells) for _, cells in dialect.rows]
    if not rows:
        raise SourceError("there are no rows", where=mask_secrets(path), todo="choose a file with rows")
    place = 0 if "skip" in hints else find_first_row(rows, dialect.width)
    extra, more = detect_extra(rows[place:], hints, mask_secrets(path), dialect.rows[place][0])
    header = detect_header([*align_rows(rows[place:], extra)], hints)
    last = dialect.count_lines(place + header - 1)
    first = [*align_rows([cells for _, cells in dialect.rows[place : place + max(header, 1)]], extra)]
    keys = {"delimiter": dialect.delimiter, "decimal": ".", "encoding": encoding}
    keys |= {"quote": dialect.quote} if dialect.quote != '"' else {}
    keys |= {"escape": dialect.escape} if dialect.escape else {}
    keys |= build_header_keys(header, dialect.count_lines(place) if place else 0)
    keys |= {"extra": extra} if extra else {}
    return keys, [
        *notes,
        *describe_dialect(dialect),
        *describe_skipped(rows, place, "line"),
        *more,
        *describe_header(first, header, last),
    ]


def strip_cells(cells: list[str]) -> list[str | None]:
    """The cells without blanks around them, None where empty."""
    return [cell.strip() or None for cell in cells]


def build_header_keys(header: int, skip: int) -> dict[str, Any]:
    """The keys `header` and `skip`, where they differ from their defaults."""
    return ({} if header == 1 else {"header": header or False}) | ({"skip": skip} if skip else {})


def detect_header(rows: Sequence[Cells], hints: Hints, marked: int = 0) -> int:
    """How many of the first rows hold names; `marked` of them are marked so."""
    return int(hints.get("header", marked or count_header_rows([row for row in rows if any(row)] or rows)))


def detect_place(rows: list[Cells], hints: Hints, marked: int = 0) -> Detected:
    """Where the table begins among the rows of a worksheet or a page, and its header."""
    place = int(hints.get("skip", 0 if marked else find_first_row(rows, find_usual_width(rows))))
    if place >= len(rows):
        raise WrongValue(
            f"skip is {place}, and there are {format_count(len(rows), 'row')}",
            where="command line, --read skip",
            todo=f"skip is less than {len(rows)}",
        )
    header = detect_header(rows[place:], hints, marked)
    notes = [] if "skip" in hints else describe_skipped(rows, place, "row")
    return build_header_keys(header, place), [*notes, *describe_header(rows[place:], header, place + header - 1)]


def detect_page(data: bytes, path: str, hints: Hints) -> Detected:
    """The largest table of the page."""
    encoding, notes = (hints["encoding"], []) if "encoding" in hints else detect_page_encoding(data)
    where = mask_secrets(path)
    tables = parse_tables(decode_text(data, encoding, where), where)
    grids = [table.grid(len(data), where) for table in tables]
    sizes = [len(grid) * len(grid[0]) if grid else 0 for grid in grids]
    if not any(sizes):
        raise SourceError("the page has no table with rows", where=mask_secrets(path), todo="choose another page")
    place = int(hints.get("table", sizes.index(max(sizes)) + 1))
    if not 1 <= place <= len(grids) or not grids[place - 1]:
        raise WrongValue(
            f"there is no table {place}",
            where=mask_secrets(path),
            todo=f"add --table 1, or another up to --table {len(grids)}",
        )
    if len(grids) > 1 and "table" not in hints:
        notes = [
            *notes,
            Note(f"table {place} of {len(grids)}", f"it is the largest, with {len(grids[place - 1])} rows"),
        ]
    keys, more = detect_place(list(grids[place - 1]), hints, tables[place - 1].header)
    return {"table": place, "encoding": encoding, **keys}, [*notes, *more]


def detect_workbook(data: bytes, path: str, hints: Hints) -> Detected:
    """The requested worksheet, or the first that has rows."""
    sheets = {name: rows for name, rows in read_worksheets(data, mask_secrets(path)).items() if rows}
    if not sheets:
        raise SourceError("no worksheet has rows", where=mask_secrets(path), todo="choose another workbook")
    name = hints.get("table", next(iter(sheets)))
    if name not in sheets:
        raise UnknownName(
            f"there is no worksheet {name!r}", where=mask_secrets(path), todo=suggest_name(str(name), sheets)
        )
    several = len(sheets) > 1 and "table" not in hints
    notes = [Note(f"worksheet {name!r}", f"it is the first of {', '.join(sheets)}")] if several else []
    keys, more = detect_place([render_texts(row) for row in sheets[name]], hints)
    return {"table": name, **keys}, [*notes, *more]


def detect_json(data: bytes, path: str, hints: Hints) -> Detected:
    """The list of records in the file."""
    encoding = hints.get("encoding", detect_encoding(data)[0])
    keys = {} if encoding in ("utf-8", "utf-8-sig") else {"encoding": encoding}
    text = decode_text(data, "utf-8-sig" if not keys else encoding, mask_secrets(path))
    must_be_shallow(text, mask_secrets(path))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return keys, []  # the reader raises the error with the place
    if not keys and (paging := detect_paging(path, content)):
        keys = {"format": "rest", "paging": paging}
    paging_note = Note(
        f"pages by {keys.get('paging', {}).get('by')}", "the response holds the address of the next page"
    )
    more = [paging_note] if "paging" in keys else []
    if isinstance(content, list) or "records" in hints:
        return keys, more
    lists = [name for name, _ in find_lists(content)]
    if len(lists) != 1:
        raise SourceError(
            f"the file holds {len(lists)} lists of objects{': ' if lists else ''}{', '.join(lists[:8])}",
            where=mask_secrets(path),
            todo=f"add --read records={lists[0]}" if lists else "choose a file with a list of objects",
        )
    return keys | {"records": lists[0]}, [
        Note(f"records at {lists[0]!r}", "it is the only list of objects in the file"),
        *more,
    ]


def detect_paging(path: str, content: Any) -> dict[str, str]:
    """The paging that the response of a web address declares; empty without one."""
    if parse_scheme(path) not in ("http", "https"):
        return {}
    with open_session(path) as session:
        if session.get().following:
            return {"by": "link"}
    candidates = ("next", "links.next", "meta.next", "paging.next")
    paths = [place for place in candidates if str(get_path(content, place)).startswith(("http://", "https://", "/"))]
    return {"by": "cursor", "next": paths[0]} if paths else {}


def find_lists(value: Any, prefix: str = "") -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects inside an object, by dotted path; those within other lists are left out."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, list) and inner and all(isinstance(entry, dict) for entry in inner):
            yield f"{prefix}{key}", inner
        yield from find_lists(inner, f"{prefix}{key}.")


def detect_json_lines(data: bytes, path: str, hints: Hints) -> Detected:
    """The encoding of JSON lines; they have no other option."""
    encoding = hints.get("encoding", detect_encoding(data)[0])
    return ({} if encoding in ("utf-8", "utf-8-sig") else {"encoding": encoding}), []


def detect_parquet(data: bytes, path: str, hints: Hints) -> Detected:
    """Parquet files describe themselves."""
    return {}, [describe_row_numbers(name) for name in list_row_numbers(read_schema(data, mask_secrets(path)))]


def detect_database(data: bytes, path: str, hints: Hints) -> Detected:
    """The only table, unless a table or a query is requested."""
    if "table" in hints or "query" in hints:
        return {}, []
    address = path if is_database(path) else SQLITE + str(to_local_path(path))
    names = read_table_names(address)
    if len(names) != 1:
        raise SourceError(
            f"the database has {len(names)} tables{': ' if names else ''}{', '.join(names[:30])}",
            where=mask_secrets(path),
            todo=f"add {quote_option('--table', names[0])}, or --query with an SQL query"
            if names
            else "choose a database with a table",
        )
    return {"table": names[0]}, [Note(f"table {names[0]!r}", "the database has no other")]


DETECTORS: Mapping[str, Callable[[bytes, str, Hints], Detected]] = {
    "csv": detect_csv,
    "excel": detect_workbook,
    "html": detect_page,
    "json": detect_json,
    "json_lines": detect_json_lines,
    "parquet": detect_parquet,
    "sql": detect_database,
    "sqlite": detect_database,
}
