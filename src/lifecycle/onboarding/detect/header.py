"""The first row of a table among rows of cells, and whether it is a header."""

import re
from collections import Counter
from collections.abc import Sequence

from lifecycle.onboarding.note import Note
from lifecycle.sources.formats.normalize import make_names_unique

ENOUGH = 200  # rows below the first that are compared with it
NUMBER = re.compile(r"[($€£¥+\- ]*\d[\d.,' \u00a0\u202f]*([eE][+-]?\d+)?[%€)$£ ]*")
TIME = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{1,2}:\d{2}(:\d{2})?(\.\d+)?")

Cells = Sequence[str | None]


def is_value(cell: str | None) -> bool:
    """Whether a cell is a number, a date or a time, and so hardly a name."""
    return cell is not None and bool(NUMBER.fullmatch(cell) or TIME.fullmatch(cell))


def find_usual_width(rows: Sequence[Cells]) -> int:
    """The number of cells that most rows have; the larger one of two equally frequent."""
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def find_first_row(rows: Sequence[Cells], width: int) -> int:
    """The place of the first row that is no title and no comment."""
    for place, row in enumerate(rows):
        if not is_title(row, rows[place + 1] if place + 1 < len(rows) else (), width):
            return place
    return 0


def is_title(row: Cells, following: Cells, width: int) -> bool:
    """Whether a row is certainly above the table.

    It is narrower with one cell filled, it is a comment beside the width or above names, or it fills the
    first cell alone above a row that is filled throughout.
    """
    filled = [cell for cell in row if cell]
    if len(row) != width:
        return len(filled) <= 1 or str(row[0]).startswith("#")
    if width < 2:
        return bool(filled) and filled[0].startswith("#")
    full = len(following) == width and all(following) and not any(is_value(cell) for cell in following)
    return full and (bool(filled and filled[0].startswith("# ")) or (len(filled) <= 1 and width > 2))


def has_names(rows: Sequence[Cells]) -> bool:
    """Whether the first of the rows holds the columns' names.

    A row is a header if words are above numbers or dates. A first row of values above values is none, unless
    its numbers count up by one, such as years; nor is one whose words recur below in half of the columns.
    """
    first, *below = rows[: ENOUGH + 1]
    columns = [[row[place] for row in below if len(row) > place and row[place]] for place in range(len(first))]
    valued = [bool(column) and all(is_value(cell) for cell in column) for column in columns]
    words = sum(value and bool(cell) and not is_value(cell) for cell, value in zip(first, valued, strict=True))
    values = 0 if counts_up(first) else sum(is_value(cell) for cell in first)
    again = sum(cell in column for cell, column in zip(first, columns, strict=True) if cell)
    if words or values:
        return words > values
    return again * 2 < max(len(first), 1)


def counts_up(row: Cells) -> bool:
    """Whether the row's values are at least two consecutive integers."""
    values = [cell for cell in row if is_value(cell)]
    if len(values) < 2 or not all(str(value).isdecimal() for value in values):
        return False
    numbers = [int(str(value)) for value in values]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def describe_header(names: Sequence[str], header: bool) -> list[Note]:
    """Notes on the first row: that it is no header, or which names were corrected."""
    if not header:
        return [Note(f"no header: columns are column_1 to column_{len(names)}", "the first row holds values")]
    unique = make_names_unique(names)
    return [
        Note(f"column {place} is called {new!r}", explain_rename(old, names[: place - 1]))
        for place, (old, new) in enumerate(zip(names, unique, strict=True), start=1)
        if old != new
    ]


def explain_rename(name: str, before: Sequence[str]) -> str:
    """Why a name was corrected."""
    cleaned = " ".join(name.split())
    if not cleaned:
        return "its name is empty"
    if cleaned in [" ".join(other.split()) for other in before]:
        return f"the name {cleaned!r} comes again"
    return f"there are blanks around or in {name!r}"


def describe_skipped(rows: Sequence[Cells], place: int, unit: str) -> list[Note]:
    """The note on rows above the table, with their first words."""
    if not place:
        return []
    text = " ".join(cell for cell in rows[0] if cell)[:40]
    return [Note(f"{place} {unit} above the table left out", f"the first one, {text!r}, is not part of the columns")]
