"""HTML: one table of a web page, read without running or loading anything."""

from html.parser import HTMLParser

from lifecycle.errors import SourceError
from lifecycle.io.budget import OBJECT, must_fit_bytes, must_fit_cell, must_fit_table
from lifecycle.options import options
from lifecycle.sources.formats.cells import Layout, build_table
from lifecycle.sources.formats.csv_text import decode_text
from lifecycle.sources.formats.entry import Entry, ReadResult

LARGEST_SPAN = 1000  # the HTML standard's own limit for columns
PIECE = 65_536  # characters of a page that are parsed at once

Grid = list[list[str | None]]


@options
class HtmlEntry(Entry):
    """`table` is the number of the table on the page, from 1; `skip` of its rows precede the header.

    `header` may also be the number of rows whose names are joined.
    """

    table: int
    encoding: str = "utf-8"
    header: bool | int = True
    skip: int = 0


def read(data: bytes, entry: HtmlEntry) -> ReadResult:
    """The table's columns as text; raises SourceError for a missing table, TooLarge for more than the budget has."""
    tables = parse_tables(decode_text(data, entry.encoding, entry.path), entry.path)
    if not 1 <= entry.table <= len(tables):
        raise SourceError(
            f"there is no table {entry.table}: the page has {len(tables)}",
            where=f"{entry.path}, key table",
            todo=f"set table: to a number from 1 to {len(tables)}" if tables else "choose a page with a table",
        )
    where = f"{entry.path}, table {entry.table}"
    rows = list(enumerate(tables[entry.table - 1].grid(len(data), where), start=1))[entry.skip :]
    return build_table(rows, layout=Layout(entry.header), cells="str", where=where, packed=len(data))


class HtmlTable:
    """One table while it is read: rows of cells with how many rows and columns each spans."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[list[str], int, int]]] = []
        self.marked: list[bool] = []  # whether every cell of a row names a column
        self.open = False

    def start_row(self) -> None:
        """Begin a row."""
        self.rows.append([])
        self.marked.append(True)
        self.open = False

    def start_cell(self, tag: str, attributes: dict[str, str | None]) -> None:
        """Begin a cell; a row with a `td` does not name the columns."""
        if not self.rows:
            self.start_row()
        self.marked[-1] &= tag == "th"
        self.rows[-1].append(([], parse_span(attributes.get("rowspan")), parse_span(attributes.get("colspan"))))
        self.open = True

    def add(self, text: str) -> None:
        """Add text to the cell that is open, if any."""
        if self.open:
            self.rows[-1][-1][0].append(text)

    @property
    def header(self) -> int:
        """How many rows at the top hold names alone."""
        marked = [mark for row, mark in zip(self.rows, self.marked, strict=True) if row]
        return next((place for place, mark in enumerate(marked) if not mark), 0)

    def grid(self, packed: int, where: str) -> Grid:
        """The cells in equally long rows: one that spans several places stands in each, an empty one is None.

        Raises TooLarge where they are more than a page of `packed` bytes may have.
        """
        places: dict[tuple[int, int], str | None] = {}
        filled = [row for row in self.rows if row]
        for down, row in enumerate(filled):
            across = 0
            for parts, high, wide in row:
                while (down, across) in places:
                    across += 1
                text = " ".join("".join(parts).split()) or None
                last = min(down + high, len(filled))
                must_fit_bytes(OBJECT * (len(places) + (last - down) * wide), packed, where, is_all=False)
                places |= {(y, x): text for y in range(down, last) for x in range(across, across + wide)}
                across += wide
        width = 1 + max((across for _, across in places), default=-1)
        must_fit_table(len(filled), width, packed, where)
        return [[places.get((down, across)) for across in range(width)] for down in range(len(filled))]


def parse_span(text: str | None) -> int:
    """How many rows or columns a cell covers."""
    return min(int(text), LARGEST_SPAN) if text and text.isdecimal() and int(text) else 1


class HtmlTableParser(HTMLParser):
    """Collects the tables of a page in the order in which they begin."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[HtmlTable] = []
        self.within: list[HtmlTable] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self.found.append(HtmlTable())
            self.within.append(self.found[-1])
        elif self.within and tag == "tr":
            self.within[-1].start_row()
        elif self.within and tag in ("td", "th"):
            self.within[-1].start_cell(tag, dict(attrs))
        elif self.within and tag in ("br", "p", "div", "li"):
            self.within[-1].add(" ")

    def handle_endtag(self, tag: str) -> None:
        """End a table or a cell."""
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif self.within and tag == "table":
            self.within.pop()
        elif self.within and tag in ("td", "th", "tr"):
            self.within[-1].open = False

    def handle_data(self, data: str) -> None:
        """Text of the cell that is open in the innermost table."""
        if self.within and not self.silent:
            self.within[-1].add(data)


def parse_tables(text: str, where: str) -> list[HtmlTable]:
    """The tables of a page; raises TooLarge for a tag, or a text, that is longer than a cell may be.

    The parser is fed in pieces: what it cannot end it would look through again and again.
    """
    page = HtmlTableParser()
    for start in range(0, len(text), PIECE):
        page.feed(text[start : start + PIECE])
        must_fit_cell(len(page.rawdata), where)
    page.close()
    return page.found
