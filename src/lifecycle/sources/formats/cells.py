"""A table from rows of cells, as in CSV files, worksheets and web pages."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Literal

import pandas as pd

from lifecycle.errors import SourceError
from lifecycle.sources.formats.normalize import make_names_unique

CHUNK = 50_000  # rows converted to columns at once, so that few cells exist as Python objects

Row = tuple[int, Sequence[Any]]


def build_table(rows: Iterable[Row], *, header: bool, cells: Literal["str", "object"], where: str) -> pd.DataFrame:
    """The table of numbered rows of cells: the first row holds the names if `header`, else they are `column_1`…

    Raises SourceError for no rows, and for a row with another number of cells than the first.
    """
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        raise SourceError("there are no rows", where=where, todo="choose a file with rows, or lower skip:")
    names = make_names_unique(str(cell) if header and cell is not None else "" for cell in first[1])
    body = check_widths(waiting if header else chain([first], waiting), len(names), where)
    chunks = [build_columns(chunk, names, cells) for chunk in split_into_chunks(body)]
    return pd.concat(chunks, ignore_index=True) if chunks else build_columns([], names, cells)


def check_widths(rows: Iterable[Row], width: int, where: str) -> Iterator[Sequence[Any]]:
    """The cells of each row; raises SourceError for a row that has more or fewer than `width`."""
    for number, row in rows:
        if len(row) != width:
            raise SourceError(
                f"line {number} has {len(row)} cells, the first row has {width}",
                where=f"{where}, line {number}",
                todo=f"correct line {number}: put a cell that holds the delimiter in quotes; or set another delimiter:",
            )
        yield row


def split_into_chunks(rows: Iterator[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """The rows in lists of at most CHUNK."""
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def build_columns(rows: Sequence[Sequence[Any]], names: Sequence[str], cells: str) -> pd.DataFrame:
    """The rows as columns of one dtype."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pd.DataFrame(
        {name: pd.Series(list(values), dtype=cells) for name, values in zip(names, columns, strict=True)}
    )
