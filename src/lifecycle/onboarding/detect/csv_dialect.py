"""Delimiter, quote and escape characters of a CSV file."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lifecycle.errors import SourceError
from lifecycle.onboarding.detect.header import find_usual_width
from lifecycle.onboarding.note import Note
from lifecycle.sources.formats.csv_text import CsvEntry, read_cells

DELIMITERS = (",", ";", "\t", "|")
QUOTING = (('"', ""), ('"', "\\"), ("", ""))
ENOUGH = 1000  # rows that are read


@dataclass(frozen=True)
class CsvDialect:
    """The dialect, and the first rows read with it: the line that ends each, and its cells."""

    delimiter: str
    quote: str
    escape: str
    rows: Sequence[tuple[int, list[str]]]

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


def detect_dialect(text: str, path: str, delimiter: str = "") -> CsvDialect:
    """The dialect in which most rows have the same number of cells; a given delimiter is kept.

    Quoting follows RFC 4180, or uses backslashes if that fails, or is off if every row is equally wide
    then; otherwise raises SourceError with the line whose quote is not closed.
    """
    for quote, escape in QUOTING:
        dialects = [try_dialect(text, sign, quote, escape) for sign in ([delimiter] if delimiter else DELIMITERS)]
        readable = [one for one in dialects if one is not None]
        if not quote:
            single = not any(sign in text for sign in DELIMITERS)
            readable = [one for one in readable if one.share == 1.0 and (one.width > 1 or single)]
        several = [one for one in readable if one.width > 1 and one.share >= 0.5]
        if several:
            return max(several, key=lambda one: (round(one.share, 2), round(one.clean, 2), one.width))
        if readable:
            return max(readable, key=lambda one: one.share if one.width == 1 else 0.0)
    return CsvDialect(
        delimiter or DELIMITERS[0], *QUOTING[0], read_rows(text, delimiter or DELIMITERS[0], *QUOTING[0], path)
    )


def try_dialect(text: str, delimiter: str, quote: str, escape: str) -> CsvDialect | None:
    """The first rows in this dialect, or None if they cannot be read."""
    try:
        return CsvDialect(delimiter, quote, escape, read_rows(text, delimiter, quote, escape, ""))
    except SourceError:
        return None


def read_rows(text: str, delimiter: str, quote: str, escape: str, path: str) -> list[tuple[int, list[str]]]:
    """The first rows; raises SourceError if they cannot be read."""
    entry = CsvEntry(path=path, format="csv", delimiter=delimiter, quote=quote, escape=escape)
    return list(islice(read_cells(text, entry), ENOUGH))


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
