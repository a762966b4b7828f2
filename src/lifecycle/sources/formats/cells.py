"""A table from rows of cells, as in CSV files, worksheets and web pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, zip_longest
from typing import Any, Literal

import pandas as pd

from lifecycle.errors import SourceError
from lifecycle.io.budget import must_fit_columns, must_fit_table
from lifecycle.sources.formats.entry import ReadResult
from lifecycle.sources.formats.normalize import make_names_unique

# Rows, and cells, converted to columns at once, so that few cells exist as Python objects.
CHUNK, CHUNK_CELLS = 50_000, 2_000_000
BLANK: list[Any] = [None]  # a line of blanks alone
REPEATED = "equal to the header"

Row = tuple[int, Sequence[Any]]
Extra = Literal["", "first", "last"]


@dataclass(frozen=True)
class Layout:
    """Where the names of a table are, among its rows of cells.

    The first `header` rows hold the names, one row if True, none if False or 0. `extra` is the cell that rows have
    more than the header: the `first` one, which has no name, or the `last` one, which is empty.
    """

    header: bool | int = True
    extra: Extra = ""


@dataclass
class Body:
    """The rows below the header: those that are rows are yielded, the lines of all others are kept by reason."""

    titles: list[list[Any]]
    width: int
    extra: Extra
    where: str
    left_out: dict[str, list[int]] = field(default_factory=dict)

    def select_rows(self, rows: Iterable[Row]) -> Iterator[Sequence[Any]]:
        """The cells of each row; raises SourceError for a row that has more or fewer than `width`."""
        for number, cells in rows:
            row = cut_empty_end(cells, self.width) if self.extra == "last" else list(cells)
            if repeats_titles(row, self.titles):
                self.left_out.setdefault(REPEATED, []).append(number)
            elif row != BLANK or self.width == 1:
                must_have_width(number, row, self.width, self.where)
                yield row


def repeats_titles(row: Sequence[Any], titles: Iterable[Sequence[Any]]) -> bool:
    """Whether a row is one of the header again, in upper or lower case where it has several cells."""
    return any(row == title or (len(title) > 1 and equal_in_any_case(row, title)) for title in titles)


def equal_in_any_case(row: Sequence[Any], title: Sequence[Any]) -> bool:
    """Whether two rows have the same words, blanks around them and their case aside."""
    return len(row) == len(title) and all(map(fold_equal, row, title))


def fold_equal(cell: Any, name: Any) -> bool:
    """Whether two cells are equal, or are texts that differ in case or in blanks around them alone."""
    if isinstance(cell, str) and isinstance(name, str):
        return cell.strip().casefold() == name.strip().casefold()
    return bool(cell == name)


def build_table(
    rows: Iterable[Row], *, layout: Layout, cells: Literal["str", "object"], where: str, packed: int
) -> ReadResult:
    """The table of numbered rows of cells: the first rows hold the names, or these are `column_1`…

    Rows below that are equal to a row of the header, its case aside, are left out. Raises SourceError for no rows, and
    for a row with another number of cells than the first; TooLarge for more than one file of `packed` bytes may become.
    """
    waiting = iter(rows)
    top = list(islice(waiting, max(int(layout.header), 1)))
    if len(top) < max(int(layout.header), 1):
        raise SourceError("there are no rows", where=where, todo="choose a file with rows, or lower skip: or header:")
    titles = [list(cells) for _, cells in top] if layout.header else []
    names = build_names(titles, layout.extra) if titles else [""] * len(top[0][1])
    repeated = [title for title in titles if sum(cell is not None for cell in title)]
    body = Body([cut_empty_end(title, len(names)) for title in repeated], len(names), layout.extra, where)
    must_fit_columns(len(names), where)
    kept = body.select_rows(waiting if titles else chain(top, waiting))
    unique = make_names_unique(names)
    chunks: list[pd.DataFrame] = []
    for chunk in split_into_chunks(kept, len(names)):
        chunks.append(build_columns(chunk, unique, cells))
        must_fit_table(sum(map(len, chunks)), len(names), packed, where, is_all=False)
    table = join_chunks(chunks) if chunks else build_columns([], unique, cells)
    return ReadResult(table, left_out={reason: tuple(lines) for reason, lines in body.left_out.items()})


def join_chunks(chunks: list[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all chunks, which are let go column by column, so that few cells are there twice."""
    names, parts = list(chunks[0].columns), [dict(chunk.items()) for chunk in chunks]
    chunks.clear()
    return pd.DataFrame({name: pd.concat([part.pop(name) for part in parts], ignore_index=True) for name in names})


def build_names(titles: Sequence[Sequence[Any]], extra: Extra) -> list[str]:
    """The name of each column of the rows below."""
    names = join_names(titles)
    if extra == "last":
        return cut_empty_end(names, 0)
    return ["", *names] if extra == "first" else names


def join_names(titles: Sequence[Sequence[Any]]) -> list[str]:
    """One name for each column from the rows of the header, their words joined by blanks.

    A title of a group, as merged cells leave it, also counts for the empty cells right of it, if it has a name below.
    A third row with a word in its first cell alone names the index, whatever stands above it.
    """
    texts = [["" if cell is None else str(cell).strip() for cell in row] for row in titles]
    if len(texts) > 2 and texts[-1][0] and not any(texts[-1][1:]):
        texts = [*(["", *row[1:]] for row in texts[:-1]), texts[-1]]
    below = [["".join(column) for column in zip_longest(*texts[place:], fillvalue="")] for place in range(len(texts))]
    spread = [spread_titles(row, below) for row, below in zip(texts, [*below[1:], []], strict=True)]
    return [" ".join(dict.fromkeys(word for word in column if word)) for column in zip_longest(*spread, fillvalue="")]


def spread_titles(row: Sequence[str], below: Sequence[str]) -> list[str]:
    """The titles of a row, each repeated over the empty cells on its right while there are names `below`."""
    spread: list[str] = []
    title = ""
    for text, name in zip_longest(row, below, fillvalue=""):
        title = (text or title) if name else ""
        spread.append(text or title)
    return spread


def cut_empty_end(cells: Sequence[Any], width: int) -> list[Any]:
    """The cells without the empty ones at the end, but at least `width` of them where there are as many."""
    last = len(cells)
    while last > width and not cells[last - 1]:
        last -= 1
    return list(cells[:last])


def must_have_width(number: int, row: Sequence[Any], width: int, where: str) -> None:
    """Raise SourceError for a row that has more or fewer cells than the header."""
    if len(row) != width:
        raise SourceError(
            f"line {number} has {len(row)} cells, the first row has {width}",
            where=f"{where}, line {number}",
            todo=f"correct line {number}: put a cell that holds the delimiter in quotes; or another delimiter: in "
            "conf/source/, --read delimiter= at the command line",
        )


def split_into_chunks(rows: Iterator[Sequence[Any]], width: int) -> Iterator[list[Sequence[Any]]]:
    """The rows, of so many cells, in lists of at most CHUNK rows and about CHUNK_CELLS cells."""
    count = max(1, min(CHUNK, CHUNK_CELLS // max(width, 1)))
    while chunk := list(islice(rows, count)):
        yield chunk


def build_columns(rows: Sequence[Sequence[Any]], names: Sequence[str], cells: str) -> pd.DataFrame:
    """The rows as columns of one dtype."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pd.DataFrame(
        {name: pd.Series(list(values), dtype=cells) for name, values in zip(names, columns, strict=True)}
    )
