"""Files of rows written again without those that must go; a file of another kind can only go as a whole."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.erasure.content import find_rows, line_holds, parse_cells, row_holds, split_lines
from lifecycle.erasure.search import Search
from lifecycle.io.atomic import write_beside
from lifecycle.io.tables import check_parquet


@dataclass(frozen=True)
class Remainder:
    """What is left of a file: how many of its `rows` are `removed`, and a function that writes the others."""

    removed: int
    rows: int
    write: Callable[[Path], object]

    @property
    def is_empty(self) -> bool:
        """Whether no row is left."""
        return self.removed == self.rows


def filter_file(path: Path, search: Search) -> Remainder:
    """What is left of a file of rows; raises CorruptFile where it cannot be read."""
    return FORMATS[path.suffix](path, search)


def is_made_of_rows(path: Path) -> bool:
    """Whether a file can be written again without some of its rows."""
    return path.suffix in FORMATS


def rewrite_file(path: Path, search: Search) -> None:
    """Write a file again without the rows that go; one without a row left goes."""
    left = filter_file(path, search)
    if left.is_empty:
        path.unlink()
        return
    with write_beside(path) as beside:
        left.write(beside)


def filter_table(path: Path, search: Search) -> Remainder:
    """What is left of a Parquet file, in the same types and with the same metadata."""
    with check_parquet(path):
        table = pq.read_table(path, partitioning=None)
    going = find_rows(table.to_pandas(), table.schema.names, search)
    left = forget_values(table.filter(pa.array(~going)))
    return Remainder(int(going.sum()), len(table), partial(pq.write_table, left, compression="zstd"))


def forget_values(table: pa.Table) -> pa.Table:
    """The table whose columns of categories forget those that no row has."""
    for place, one in enumerate(table.schema):
        if pa.types.is_dictionary(one.type):
            known = table.column(place).cast(one.type.value_type).dictionary_encode().cast(one.type)
            table = table.set_column(place, one, known)
    return table


def filter_lines(path: Path, search: Search) -> Remainder:
    """What is left of a file of JSON lines, or of any other lines."""
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not line_holds(line, search)]
    return Remainder(len(lines) - len(kept), len(lines), partial(write_bytes, b"".join(kept)))


def filter_csv(path: Path, search: Search) -> Remainder:
    """What is left of a CSV file; its first line stays."""
    header, *rows = split_records(decode(path.read_bytes()))
    names = parse_cells(header)
    kept = [text for text in rows if not record_goes(text, names, search)]
    return Remainder(len(rows) - len(kept), len(rows), partial(write_bytes, encode("".join([header, *kept]))))


def split_records(text: str) -> Iterator[str]:
    """The records of a CSV text with their line breaks, a record with a break in a cell as one; else its lines."""
    lines, start = split_lines(text) or [""], 0
    reader = csv.reader(lines)
    try:
        for _ in reader:
            yield "".join(lines[start : reader.line_num])
            start = reader.line_num
    except csv.Error:
        yield from lines[start:]


def record_goes(text: str, names: list[str], search: Search) -> bool:
    """Whether a record of a CSV text names a row that goes."""
    row: Mapping[str, str] = dict(zip(names, parse_cells(text), strict=False))
    return row_holds(row, search) or search.needles.are_in(encode(text))


def decode(data: bytes) -> str:
    """Bytes as text, also where they are none in UTF-8."""
    return data.decode("utf-8", errors="surrogateescape").removeprefix("\ufeff")


def encode(text: str) -> bytes:
    """The bytes that a text was read from."""
    return text.encode("utf-8", errors="surrogateescape")


def write_bytes(content: bytes, path: Path) -> None:
    """Write what is left of a text."""
    path.write_bytes(content)


FORMATS: Mapping[str, Callable[[Path, Search], Remainder]] = {
    ".csv": filter_csv,
    ".jsonl": filter_lines,
    ".log": filter_lines,
    ".parquet": filter_table,
}
