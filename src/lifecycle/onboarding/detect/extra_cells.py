"""Rows of a CSV file with more cells than the header: a delimiter at their end, or names of rows at their start."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from lifecycle.errors import SourceError
from lifecycle.onboarding.detect.header import Cells, has_names, is_value
from lifecycle.onboarding.naming import names_a_row, names_entity, split_words
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, shorten_text
from lifecycle.sources.formats.cells import Extra, cut_empty_end

NAMING = (["name"], ["names"], ["title"], ["label"])


def detect_extra(rows: Sequence[Cells], hints: Any, where: str, line: int) -> tuple[Extra, list[Note]]:
    """Which cell every row has more than the header, with a note; raises SourceError where it has others.

    An extra last cell is always empty; an extra first one names the row.
    `line` is that of the header.
    """
    first, *below = [row for row in rows if any(row)] or [[]]
    width, lengths = len(cut_empty_end(first, 0)), {len(row) for row in below}
    if "extra" in hints or hints.get("header", True) is False or not below or min(lengths) < width:
        return hints.get("extra", ""), []
    if {len(first), *lengths} != {width} and all(len(cut_empty_end(row, 0)) <= width for row in below):
        return "last", [describe_last(width)]
    if len(lengths) > 1 or len(first) in lengths or len(below) == 1 or not has_names([["", *first], *below]):
        return "", []
    if lengths == {width + 1} and width == len(first) and name_the_rows(below, first):
        return "first", [describe_first()]
    raise SourceError(
        f"every row has {min(lengths)} cells, the header has {len(first)}{describe_gaps(below)}",
        where=f"{where}, line {line}",
        todo=("--read extra=first, if the first cell is the one without a name; or " if width + 1 in lengths else "")
        + f"give every column a name; or leave the names out: --read header=false --read skip={line}",
    )


def describe_gaps(rows: Sequence[Cells]) -> str:
    """How many of the rows have a last cell, where most have none, and the first of these; else empty."""
    filled = [str(row[-1]) for row in rows if row[-1]]
    if not filled or len(filled) * 2 > len(rows):
        return ""
    return f"; the last one is empty in all but {format_count(len(filled), 'row')}, with {shorten_text(filled[0])!r}"


def name_the_rows(rows: Sequence[Cells], header: Cells) -> bool:
    """Whether the first cells certainly are names of rows and have none themselves.

    They are words or count up, no two are equal, and what they name is not what the first name of the header says; and
    the last cells are filled, as those behind a delimiter at the end are not.
    """
    names, second = [row[0] or "" for row in rows], [row[1] or "" for row in rows]
    if not all(names) or len({*names}) < len(names) or sum(not row[-1] for row in rows) * 2 >= len(rows):
        return False
    if names_a_row(str(header[0])) or names_entity(str(header[0])) or split_words(str(header[0]))[-1:] in NAMING:
        return are_counted(names) and len({*second}) == len(second) and not any(map(is_value, second))
    return are_counted(names) or not any(map(is_value, names))


def are_counted(names: Sequence[str]) -> bool:
    """Whether texts are whole numbers, each above the one before."""
    if not all(name.isdecimal() for name in names):
        return False
    return all(int(one) < int(following) for one, following in pairwise(names))


def align_rows(rows: Sequence[Cells], extra: Extra) -> Iterator[Cells]:
    """The rows as the header counts them: without the empty end, or with an empty name at the start of the first."""
    width = len(cut_empty_end(rows[0], 0))
    for place, row in enumerate(rows):
        if extra == "last":
            yield cut_empty_end(row, width)
        else:
            yield [None, *row] if extra == "first" and not place else row


def describe_last(width: int) -> Note:
    """The note on delimiters at the end of rows."""
    return Note("empty cells at the end of lines left out", f"lines end with a delimiter behind the {width} columns")


def describe_first() -> Note:
    """The note on names of rows."""
    return Note("the header has one name less than rows have cells", "the first cell of each row is its name")
