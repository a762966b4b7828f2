"""Delimiter, quote and escape characters of a CSV file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from lifecycle.errors import SourceError, TooLarge
from lifecycle.onboarding.detect.header import find_usual_width
from lifecycle.onboarding.note import Note
from lifecycle.sources.formats.csv_text import CsvEntry, read_cells

DELIMITERS = (",", ";", "\t", "|")
BLANK = " "
QUOTING = (('"', ""), ('"', "\\"), ("", ""))
ENOUGH = 1000  # rows that are read


@dataclass(frozen=True)
class CsvDialect:
    """The dialect, and the first rows read with it below `skip` lines: the line that ends each, and its cells."""

    delimiter: str
    quote: str
    escape: str
    rows: Sequence[tuple[int, list[str]]]
    skip: int = 0

    def count_lines(self, rows: int) -> int:
        """How many lines of the file precede the row at a place."""
        return self.rows[min(rows, len(self.rows)) - 1][0] if rows > 0 else self.skip

    @property
    def width(self) -> int:
        """The number of cells that most rows have."""
        return find_usual_width([cells for _, cells in self.rows])

    @property
    def share(self) -> float:
        """The share of rows that have this number of cells."""
        return sum(len(cells) == self.width for _, cells in self.rows) / max(len(self.rows), 1)

    @property
    def clean(self) -> float:
        """The share of cells without another delimiter in them; commas are common in cells and do not count."""
        others = [sign for sign in DELIMITERS[1:] if sign != self.delimiter]
        cells = [cell for _, row in self.rows for cell in row]
        return sum(not any(sign in cell for sign in others) for cell in cells) / max(len(cells), 1)


def detect_dialect(text: str, path: str, given: Mapping[str, Any]) -> CsvDialect:
    """The dialect in which most rows have the same number of cells; `delimiter`, `quote` and `escape` given are kept.

    Quoting follows RFC 4180, or uses backslashes if that fails, or is off if every row is equally wide
    then; otherwise raises SourceError with the line whose quote is not closed. Blanks delimit where nothing else does
    and all rows have the same number of them. The lines of `skip` are no rows.
    """
    delimiters = [str(given["delimiter"])] if given.get("delimiter") else DELIMITERS
    tried = [CsvDialect(delimiters[0], *pair, (), int(given.get("skip", 0))) for pair in list_quoting(given)]
    fallback: list[CsvDialect] = []
    for one in tried:
        readable = select_readable(text, one, delimiters, given)
        wide = [dialect for dialect in readable if dialect.width > 1 and dialect.share >= 0.5]
        if wide:
            return max(wide, key=lambda dialect: (round(dialect.share, 2), round(dialect.clean, 2), dialect.width))
        fallback = fallback or readable
        if len(readable) == len(delimiters):
            break
    must_fit_some(text, tried[0], delimiters, path)
    spaced = None if given.get("delimiter") else try_dialect(text, replace(tried[0], delimiter=BLANK))
    if spaced and is_spaced(spaced, text):
        return spaced
    if fallback:
        return max(fallback, key=lambda dialect: dialect.share if dialect.width == 1 else 0.0)
    return read_first_rows(text, tried[0], path)


def select_readable(
    text: str, dialect: CsvDialect, delimiters: Sequence[str], given: Mapping[str, Any]
) -> list[CsvDialect]:
    """The dialects of this quoting that can be read; without quotes only those of which every row is equally wide."""
    tried = [try_dialect(text, replace(dialect, delimiter=sign)) for sign in delimiters]
    readable = [one for one in tried if one is not None]
    if dialect.quote or "quote" in given:
        return readable
    single = not any(sign in text for sign in DELIMITERS)
    return [one for one in readable if one.share == 1.0 and (one.width > 1 or single)]


def is_spaced(dialect: CsvDialect, text: str) -> bool:
    """Whether blanks delimit at least three cells in every row; a header as R quotes it may have one less."""
    first, *widths = [len(cells) for _, cells in dialect.rows] or [0]
    fewer = int(text.startswith('"'))
    return dialect.width > 2 and {*widths} == {dialect.width} and first in (dialect.width, dialect.width - fewer)


def list_quoting(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The pairs of quote and escape that are tried, the given ones alone where both are given."""
    pairs = [(str(given.get("quote", quote)), str(given.get("escape", escape))) for quote, escape in QUOTING]
    return [*dict.fromkeys(pairs)]


def must_fit_some(text: str, dialect: CsvDialect, delimiters: Sequence[str], path: str) -> None:
    """Raise TooLarge where rows that no dialect splits evenly are too wide for one: with others they are no table."""
    for sign in delimiters:
        try:
            read_first_rows(text, replace(dialect, delimiter=sign), path)
        except SourceError:
            continue


def try_dialect(text: str, dialect: CsvDialect) -> CsvDialect | None:
    """The dialect with the first rows in it, or None if they cannot be read."""
    try:
        return read_first_rows(text, dialect, "")
    except (SourceError, TooLarge):  # with other delimiters or quotes its rows or cells may be short
        return None


def read_first_rows(text: str, dialect: CsvDialect, path: str) -> CsvDialect:
    """The dialect with the first rows in it; raises SourceError if they cannot be read."""
    entry = CsvEntry(
        path=path,
        format="csv",
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.escape,
        skip=dialect.skip,
    )
    return replace(dialect, rows=list(islice(read_cells(text, entry), ENOUGH)))


def describe_dialect(dialect: CsvDialect) -> list[Note]:
    """The evidence for the dialect."""
    same = "every row has" if dialect.share == 1.0 else f"{dialect.share:.0%} of the rows have"
    if dialect.width == 1:
        notes = [Note("one column", "no delimiter occurs equally often in most rows")]
    else:
        notes = [Note(f"delimiter {dialect.delimiter!r}", f"{same} {dialect.width - 1} of them")]
    if dialect.escape:
        notes.append(Note(f"escape {dialect.escape!r}", "it precedes quotes within cells"))
    if not dialect.quote:
        notes.append(Note("no quote", "quotes are part of the cells"))
    return notes
