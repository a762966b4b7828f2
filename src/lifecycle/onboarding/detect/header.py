"""The first row of a table among rows of cells, and how many of its rows are a header."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count
from lifecycle.sources.formats.cells import join_names, repeats_titles
from lifecycle.sources.formats.normalize import make_names_unique

NO_NAMES = {"na", "n/a", "#n/a", "nan", "null", "none", "nil", "unknown", "missing", "-", "--", "?", "."}
ENOUGH = 200  # rows below the first that are compared with it
NUMBER = re.compile(r"[($€£¥+\- ]*\d[\d.,' \u00a0\u202f]*([eE][+-]?\d+)?[%€)$£ ]*")
DELIMITER = re.compile(r"sep=.?", re.IGNORECASE)
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
        if not is_title(row, list_following(rows[place + 1 : place + 1 + ENOUGH]), width):
            return place
    return 0


def list_following(rows: Sequence[Cells]) -> list[Cells]:
    """The next two rows with several cells filled, as titles and blank rows have not."""
    several = (row for row in rows if sum(map(bool, row)) > 1)
    return [*islice(several, 2)]


def is_title(row: Cells, following: Sequence[Cells], width: int) -> bool:
    """Whether a row is certainly above the table.

    It says the delimiter, as Excel reads it, it is narrower with one cell filled, it is a comment beside the width or
    above names, or it fills the first cell alone above rows of names.
    """
    filled = [cell for cell in row if cell]
    if len(filled) == 1 and DELIMITER.fullmatch(filled[0]):
        return True
    if len(row) != width:
        return len(filled) <= 1 or str(row[0]).startswith("#")
    if width < 2:
        return bool(filled) and filled[0].startswith("#")
    return are_names(following, width) and (
        bool(filled and filled[0].startswith("# ")) or (len(filled) <= 1 and width > 2)
    )


def are_names(rows: Sequence[Cells], width: int) -> bool:
    """Whether the first of the rows has no value and names every column, or does so together with the second."""
    if not rows or len(rows[0]) != width or any(is_value(cell) for cell in rows[0]):
        return False
    return all(rows[0]) or (len(rows) > 1 and len(rows[1]) == width and all(join_names(rows[:2])))


def count_header_rows(rows: Sequence[Cells]) -> int:
    """How many of the first rows hold names: none, one, or several that are read together."""
    if len(rows) > 2 and is_second_header(rows):
        return 3 if len(rows) > 3 and names_first_columns(rows[2], rows[3]) else 2
    return int(has_names(rows))


def is_second_header(rows: Sequence[Cells]) -> bool:
    """Whether the second row certainly goes on with the names of the first.

    It has words above columns of values, or fills just the gaps of the first row above full columns; and the first row
    has titles of groups, or is full of names of which the second one says the units. None of its words is a code for
    missing, or comes again below.
    """
    first, second, *below = rows[: ENOUGH + 2]
    if len(second) != len(first):
        return False
    named = names_first_columns(below[0], below[1] if len(below) > 1 else ())
    below = [row for row in below[named:] if not repeats_titles(row, (first, second))]
    columns = list_columns(below, len(first))
    if any(cell in column for cell, column in zip(second, columns, strict=True) if cell):
        return False
    above = [cell for cell, value in zip(second, are_valued(columns), strict=True) if value and cell]
    words = [cell for cell in above if not is_value(cell) and cell.lower() not in NO_NAMES]
    if has_groups(first, second):
        gaps = [place for place, cell in enumerate(first) if not cell]
        full = [len(columns[place]) == len(below) for place, cell in enumerate(second) if not cell]
        return (bool(words) and words == above) or (bool(gaps) and bool(full) and all(full))
    return are_names([first], len(first)) and len({*words}) > 1 and words == above


def has_groups(first: Cells, second: Cells) -> bool:
    """Whether titles stand for several columns, with a name of its own for each of them."""
    joined = join_names([first, second])
    if not all(joined[1:]) or len({*joined}) < len(joined):
        return False
    pairs = zip(first[:-1], first[1:], second[1:], strict=True)
    return any(left and name and right in (None, left) for left, right, name in pairs)


def names_first_columns(row: Cells, following: Cells) -> bool:
    """Whether a row has a word in its first cell alone, as the name of an index has, above one that is filled."""
    first, *others = row or [None]
    return bool(first) and len(row) > 2 and not is_value(first) and not any(others) and sum(map(bool, following)) > 1


def has_names(rows: Sequence[Cells]) -> bool:
    """Whether the first of the rows holds the columns' names.

    A row is a header if words are above numbers or dates. A first row of values above values is none, unless
    its numbers count up by one, such as years; nor is one whose words recur below in half of the columns.
    """
    first, *below = rows[: ENOUGH + 1]
    others = [row for row in below if not repeats_titles(row, [first])]
    valued = are_valued(list_columns(others, len(first)))
    words = sum(value and bool(cell) and not is_value(cell) for cell, value in zip(first, valued, strict=True))
    values = 0 if counts_up(first) else sum(is_value(cell) for cell in first)
    columns = list_columns(below, len(first))
    again = sum(cell in column for cell, column in zip(first, columns, strict=True) if cell)
    if words or values:
        return words > values
    return again * 2 < max(len(first), 1)


def list_columns(rows: Sequence[Cells], width: int) -> list[list[str]]:
    """The filled cells of each column."""
    return [[cell for row in rows if len(row) > place and (cell := row[place])] for place in range(width)]


def are_valued(columns: Sequence[Sequence[str]]) -> list[bool]:
    """Whether each column has cells that are all numbers, dates or times."""
    return [bool(column) and all(is_value(cell) for cell in column) for column in columns]


def counts_up(row: Cells) -> bool:
    """Whether the row's values are at least two consecutive integers."""
    values = [cell for cell in row if is_value(cell)]
    if len(values) < 2 or not all(str(value).isdecimal() for value in values):
        return False
    numbers = [int(str(value)) for value in values]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def describe_header(rows: Sequence[Cells], header: int, last: int = 0) -> list[Note]:
    """Notes on the first rows: that there is no header, how its rows were joined, which names were corrected.

    `last` lines precede the last row of names.
    """
    if not header:
        return [Note(f"no header: columns are column_1 to column_{len(rows[0])}", "the first row holds values")]
    names = [cell or "" for cell in rows[0]] if header == 1 else join_names(rows[:header])
    unique = make_names_unique(names)
    notes = [
        Note(f"column {place} is called {new!r}", explain_rename(old, names[: place - 1]))
        for place, (old, new) in enumerate(zip(names, unique, strict=True), start=1)
        if old != new
    ]
    return notes if header == 1 else [describe_joined(unique, header, last), *notes]


def describe_joined(names: Sequence[str], header: int, last: int) -> Note:
    """The note on several rows of names."""
    longest = max((name for name in names if " " in name), key=len, default=names[0])
    return Note(
        f"{header} header rows are joined, such as {longest!r}",
        f"--read skip={last} --read header=true takes the last of them alone",
    )


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
    return [
        Note(
            f"{format_count(place, unit)} above the table left out",
            f"the first one, {text!r}, is not part of the columns",
        )
    ]
