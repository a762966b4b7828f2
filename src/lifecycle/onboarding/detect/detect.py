"""Look at an address and say how it is to be read."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from lifecycle.errors import SourceError, UnknownName, WrongValue, nearest
from lifecycle.onboarding.detect.csv_dialect import dialect_notes, dialect_of
from lifecycle.onboarding.detect.encoding import encoding_of, encoding_of_page
from lifecycle.onboarding.detect.file_format import kind_of
from lifecycle.onboarding.detect.finding import Found, Note
from lifecycle.onboarding.detect.header import Cells, first_row, has_names, header_notes, skipped, usual_width
from lifecycle.onboarding.detect.number_format import notation
from lifecycle.reporting.text import pasted
from lifecycle.sources import files
from lifecycle.sources.fetch import contents, local
from lifecycle.sources.formats.csv_text import decoded
from lifecycle.sources.formats.excel import worksheets
from lifecycle.sources.formats.html_table import tables
from lifecycle.sources.formats.json_records import at_path
from lifecycle.sources.formats.normalize import texts
from lifecycle.sources.formats.sql import table_names
from lifecycle.sources.http import visiting
from lifecycle.sources.secrets import PLACEHOLDER, must_hide_passwords, shown
from lifecycle.sources.sql_engine import SQLITE

DATABASES = ("postgresql", "mysql", "mariadb", "oracle", "mssql", "sqlite")
HINTS = ("format", "delimiter", "decimal", "encoding", "table", "query", "records", "header")

Hints = Mapping[str, Any]
Seen = tuple[dict[str, Any], list[Note]]


def look(address: str, **hints: Any) -> Found:
    """What stands at a file, a URL or in a database, and the entry of conf/source/ that reads it again.

    Hints (`format`, `delimiter`, `decimal`, `encoding`, `table`, `query`, `records`, `header`) come before
    what is seen. Raises SourceError for what cannot be read, UnknownName and WrongValue for a hint or an
    address that cannot be.
    """
    for name in hints:
        if name not in HINTS:
            raise UnknownName(f"there is no hint {name!r}", where=shown(address), todo=nearest(name, HINTS))
    if hints.get("decimal", ".") not in (".", ","):
        raise WrongValue(
            f"{shown(str(hints['decimal']))!r} is no decimal sign",
            where="command line, --read decimal",
            todo="--read decimal=, or --read decimal=.",
        )
    kind, data = kind_and_bytes(address, hints.get("format"))
    path = entry_path(address)
    seen, notes = SEERS[kind](data, path, hints)
    given = {name: value for name, value in hints.items() if name != "format" and (kind, name) != ("html", "table")}
    reading = {"path": PLACEHOLDER.sub(r"\\${\1}", path), "format": kind, **seen, **given}
    entry = files.entry_of("table", reading, shown(address))
    rows = files.table(entry, data)
    if kind == "csv":
        numbers, more = notation(rows, str(reading["delimiter"]), str(hints.get("decimal", "")))
        return Found({**reading, **numbers}, rows, [*notes, *more])
    return Found(reading, as_text(rows), notes)


def as_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Every column as text: whole numbers in digits, others in the fewest that tell them apart, True and False."""
    return rows.astype("str")


def kind_and_bytes(address: str, asked: str | None) -> tuple[str, bytes]:
    """The format and the bytes; a database behind an address has none."""
    if is_database(address):
        must_hide_passwords(address)
        return ("sqlite" if address.startswith(SQLITE) else "sql"), b""
    data = contents(address)
    kind = asked or kind_of(data, shown(address))
    if kind not in SEERS:
        raise UnknownName(f"there is no format {kind!r}", where=shown(address), todo=nearest(kind, SEERS))
    return kind, data


def is_database(address: str) -> bool:
    """Whether the address is SQLAlchemy's; one that the environment holds as a whole is."""
    return bool(PLACEHOLDER.fullmatch(address)) or scheme_of(address) in DATABASES


def scheme_of(address: str) -> str:
    """What stands before `://`, without the driver; empty for a path."""
    scheme, mark, _ = address.partition("://")
    return scheme.partition("+")[0] if mark else ""


def entry_path(address: str) -> str:
    """The address as an entry has it: the file itself for `sqlite:///file`."""
    return address.removeprefix(SQLITE) if address.startswith(SQLITE) else address


def see_csv(data: bytes, path: str, hints: Hints) -> Seen:
    """Encoding, signs, and where the table begins."""
    encoding, notes = (hints["encoding"], []) if "encoding" in hints else encoding_of(data)
    found = dialect_of(decoded(data, encoding, shown(path)), path, hints.get("delimiter", ""))
    rows = [stripped(cells) for _, cells in found.rows]
    if not rows:
        raise SourceError("there are no rows", where=shown(path), todo="choose a file with rows")
    place = first_row(rows, found.width)
    header = hints.get("header", has_names(rows[place:]))
    seen = {"delimiter": found.delimiter, "decimal": ".", "encoding": encoding}
    seen |= {"quote": found.quote} if found.quote != '"' else {}
    seen |= {"escape": found.escape} if found.escape else {}
    seen |= top(header, found.rows[place - 1][0] if place else 0)
    return seen, [
        *notes,
        *dialect_notes(found),
        *skipped(rows, place, "lines"),
        *header_notes(found.rows[place][1], header),
    ]


def stripped(cells: list[str]) -> list[str | None]:
    """The cells without blanks around them, None where empty."""
    return [cell.strip() or None for cell in cells]


def top(header: bool, skip: int) -> dict[str, Any]:
    """The keys that say where the table begins, where that is not the first row with names."""
    return ({} if header else {"header": False}) | ({"skip": skip} if skip else {})


def see_cells(rows: list[Cells], hints: Hints, named: bool = False) -> Seen:
    """Where the table begins among the rows of a worksheet or a page; `named` if the first row is marked so."""
    place = 0 if named else first_row(rows, usual_width(rows))
    header = hints.get("header", named or has_names(rows[place:]))
    names = [cell or "" for cell in rows[place]]
    return top(header, place), [*skipped(rows, place, "rows"), *header_notes(names, header)]


def see_page(data: bytes, path: str, hints: Hints) -> Seen:
    """The largest table of the page."""
    encoding, notes = (hints["encoding"], []) if "encoding" in hints else encoding_of_page(data)
    found = tables(decoded(data, encoding, shown(path)))
    grids = [table.grid() for table in found]
    sizes = [len(grid) * len(grid[0]) if grid else 0 for grid in grids]
    if not any(sizes):
        raise SourceError("the page has no table with rows", where=shown(path), todo="choose another page")
    asked = str(hints.get("table", sizes.index(max(sizes)) + 1))
    place = int(asked) if asked.isdecimal() else 0
    if not 1 <= place <= len(grids) or not grids[place - 1]:
        raise WrongValue(
            f"there is no table {asked!r}",
            where=shown(path),
            todo=f"add --table 1, or another up to --table {len(grids)}",
        )
    if len(grids) > 1 and "table" not in hints:
        notes = [
            *notes,
            Note(f"table {place} of {len(grids)}", f"it is the largest, with {len(grids[place - 1])} rows"),
        ]
    seen, more = see_cells(list(grids[place - 1]), hints, found[place - 1].named)
    return {"table": place, "encoding": encoding, **seen}, [*notes, *more]


def see_workbook(data: bytes, path: str, hints: Hints) -> Seen:
    """The worksheet asked for, or the first that has rows."""
    found = {name: rows for name, rows in worksheets(data, shown(path)).items() if rows}
    if not found:
        raise SourceError("no worksheet has rows", where=shown(path), todo="choose another workbook")
    name = hints.get("table", next(iter(found)))
    if name not in found:
        raise UnknownName(f"there is no worksheet {name!r}", where=shown(path), todo=nearest(str(name), found))
    several = len(found) > 1 and "table" not in hints
    notes = [Note(f"worksheet {name!r}", f"it is the first of {', '.join(found)}")] if several else []
    seen, more = see_cells([texts(row) for row in found[name]], hints)
    return {"table": name, **seen}, [*notes, *more]


def see_json(data: bytes, path: str, hints: Hints) -> Seen:
    """The list of records in the file."""
    encoding = hints.get("encoding", encoding_of(data)[0])
    keys = {} if encoding in ("utf-8", "utf-8-sig") else {"encoding": encoding}
    try:
        found = json.loads(decoded(data, "utf-8-sig" if not keys else encoding, shown(path)))
    except (ValueError, RecursionError):
        return keys, []  # the reader says what is wrong, and where
    if not keys and (paging := paging_of(path, found)):
        keys = {"format": "rest", "paging": paging}
    more = (
        [Note(f"pages by {keys['paging']['by']}", "the answer says where the next one is")] if "paging" in keys else []
    )
    if isinstance(found, list) or "records" in hints:
        return keys, more
    lists = [name for name, _ in lists_in(found)]
    if len(lists) != 1:
        raise SourceError(
            f"the file holds {len(lists)} lists of objects{': ' if lists else ''}{', '.join(lists[:8])}",
            where=shown(path),
            todo=f"add --read records={lists[0]}" if lists else "choose a file with a list of objects",
        )
    return keys | {"records": lists[0]}, [
        Note(f"records at {lists[0]!r}", "it is the only list of objects in the file"),
        *more,
    ]


def paging_of(path: str, answer: Any) -> dict[str, str]:
    """How the pages after this one are asked for, where the answer of a web address says so; empty otherwise."""
    if scheme_of(path) not in ("http", "https"):
        return {}
    with visiting(path) as visitor:
        if visitor.get().following:
            return {"by": "link"}
    places = ("next", "links.next", "meta.next", "paging.next")
    found = [place for place in places if str(at_path(answer, place)).startswith(("http://", "https://", "/"))]
    return {"by": "cursor", "next": found[0]} if found else {}


def lists_in(value: Any, prefix: str = "") -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects inside an object, by dotted path; those within other lists are left out."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, list) and inner and all(isinstance(entry, dict) for entry in inner):
            yield f"{prefix}{key}", inner
        yield from lists_in(inner, f"{prefix}{key}.")


def see_lines(data: bytes, path: str, hints: Hints) -> Seen:
    """JSON lines need nothing but their encoding."""
    encoding = hints.get("encoding", encoding_of(data)[0])
    return ({} if encoding in ("utf-8", "utf-8-sig") else {"encoding": encoding}), []


def see_parquet(data: bytes, path: str, hints: Hints) -> Seen:
    """Parquet files describe themselves."""
    return {}, []


def see_database(data: bytes, path: str, hints: Hints) -> Seen:
    """The only table, unless a table or a query is asked for."""
    if "table" in hints or "query" in hints:
        return {}, []
    address = path if is_database(path) else SQLITE + str(local(path))
    names = table_names(address)
    if len(names) != 1:
        raise SourceError(
            f"the database has {len(names)} tables{': ' if names else ''}{', '.join(names[:30])}",
            where=shown(path),
            todo=f"add {pasted('--table', names[0])}, or --query with an SQL query"
            if names
            else "choose a database with a table",
        )
    return {"table": names[0]}, [Note(f"table {names[0]!r}", "the database has no other")]


SEERS: Mapping[str, Callable[[bytes, str, Hints], Seen]] = {
    "csv": see_csv,
    "excel": see_workbook,
    "html": see_page,
    "json": see_json,
    "json_lines": see_lines,
    "parquet": see_parquet,
    "sql": see_database,
    "sqlite": see_database,
}
