"""Rows of a file in pieces that fit into memory, as a release reads them."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from lifecycle.errors import SourceError, UnknownName
from lifecycle.io import parquet_pieces
from lifecycle.io.atomic import require_file
from lifecycle.io.budget import must_fit_bytes, must_fit_columns, must_fit_table, read_budget
from lifecycle.io.json_values import parse_json
from lifecycle.io.parquet_pieces import open_file
from lifecycle.io.plain_text import escape_hidden
from lifecycle.onboarding.detect import detect_format
from lifecycle.release.row_reader import RowReader
from lifecycle.sources.formats.parquet import convert_table

BLOCK = 8 * 2**20  # bytes of a text file at once
ROWS = 50_000
Hints = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, how much of it (rows or bytes) was read to get them, and what reads them."""

    rows: pd.DataFrame
    read: int
    reader: RowReader


Pieces = Iterator[Piece]


def read_pieces(path: Path, reader: RowReader, hints: Hints) -> Pieces:
    """The rows of a file by its ending; `hints` say how it is read, as for `lifecycle new`.

    Raises UnknownName for another ending, SourceError for what cannot be read, TooLarge for a row, or a piece of the
    file, above the budget.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise UnknownName(
            f"no rows are read from {path.name}", where=str(path), todo=f"use one of {', '.join(READERS)}"
        )
    require_file(path)
    with translate_errors(path):
        yield from read_detected(path, reader, hints) if hints else read(path, reader, hints)


def read_rows(path: Path, reader: RowReader, hints: Hints) -> tuple[pd.DataFrame, RowReader]:
    """All rows of a file as they are in it, and what reads them; raises as `read_pieces` does."""
    pieces = collect_pieces(path, reader, hints)
    rows = pd.concat([piece.rows for piece in pieces], ignore_index=True)
    if list(rows.columns) == ["record"]:
        records = [record for record in rows["record"] if isinstance(record, dict)]
        if len(records) < len(rows):
            raise SourceError(
                f"{len(rows) - len(records):,} of {len(rows):,} lines of {path.name} are no JSON objects",
                where=str(path),
                todo=f"correct {path.name}",
            )
        names = list(dict.fromkeys(name for record in records for name in record))
        rows = pd.DataFrame({name: pd.Series([one.get(name) for one in records], dtype=object) for name in names})
    return rows, pieces[0].reader


def collect_pieces(path: Path, reader: RowReader, hints: Hints) -> list[Piece]:
    """All pieces of a file; raises TooLarge where they are more than the budget has."""
    pieces, rows = [], 0
    for piece in read_pieces(path, reader, hints):
        pieces.append(piece)
        rows += len(piece.rows)
        must_fit_table(rows, piece.rows.shape[1], path.stat().st_size, str(path), is_all=False)
    return pieces


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """What a library says of a file that it cannot read, as SourceError."""
    try:
        yield
    except MemoryError:  # an exception of Arrow's too
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as cause:
        raise SourceError(
            f"{path.name} cannot be read ({' '.join(str(cause).split())[:160]})",
            where=f"{path}, {path.stat().st_size:,} bytes",
            todo=f"correct {path.name}",
        ) from cause


def read_ahead(found: Pieces) -> Pieces:
    """The same pieces; the next one is read by another thread while one is used."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, found, None)
        while piece := coming.result():
            coming = reader.submit(next, found, None)
            yield piece


def measure_input(path: Path) -> int:
    """How much there is to read: rows of Parquet, else bytes."""
    with translate_errors(path):
        return int(pq.ParquetFile(path).metadata.num_rows) if path.suffix.lower() == ".parquet" else path.stat().st_size


def read_parquet(path: Path, reader: RowReader, hints: Hints) -> Pieces:
    """Rows in their own types."""
    with open_file(path) as file:
        must_fit_columns(file.metadata.num_columns, str(path))
        if not file.metadata.num_rows:
            yield Piece(convert_table(file.schema_arrow.empty_table()), 0, reader)
        for piece in parquet_pieces.read_pieces(file, path.stat().st_size, str(path), ROWS):
            yield Piece(convert_table(piece), piece.num_rows, reader)


def read_csv(path: Path, reader: RowReader, hints: Hints) -> Pieces:
    """Rows as text: in blocks where commas separate a row's columns in UTF-8, else as the format is detected."""
    names = read_names(path) if is_utf8(path) else []
    must_fit_columns(len(names), str(path))
    if names and not reader.check_columns(names):
        return read_blocks(path, reader, names)
    return read_detected(path, reader, hints)


def read_names(path: Path) -> list[str]:
    """The names in the first line where commas separate cells; empty where they do not."""
    try:
        with path.open("rb") as stream, pa.csv.open_csv(stream) as rows:
            return [str(name) for name in rows.schema.names]
    except pa.ArrowInvalid:
        return []


def is_utf8(path: Path) -> bool:
    """Whether the whole file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def read_blocks(path: Path, reader: RowReader, names: Sequence[str]) -> Pieces:
    """Rows of comma-separated text, block by block; only an empty cell is a missing value."""
    reading = pa.csv.ReadOptions(use_threads=False, block_size=BLOCK)
    kept = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    parsing = pa.csv.ParseOptions(newlines_in_values=True)
    with pa.csv.open_csv(path, read_options=reading, parse_options=parsing, convert_options=kept) as batches:
        rows = 0
        for batch in batches:
            rows += batch.num_rows
            yield Piece(batch.to_pandas().astype("str"), batch.nbytes, reader.of_text)
    if not rows:
        yield Piece(pd.DataFrame({name: pd.Series(dtype="str") for name in names}), 0, reader.of_text)


def read_detected(path: Path, reader: RowReader, hints: Hints) -> Pieces:
    """Rows as text, in the format that `lifecycle new` detects in such a file."""
    rows = detect_format(str(path), **hints).table
    size = path.stat().st_size
    for start in range(0, max(len(rows), 1), ROWS):
        some = rows.iloc[start : start + ROWS].reset_index(drop=True)
        yield Piece(some, size * len(some) // max(len(rows), 1), reader.of_text)


def read_json_lines(path: Path, reader: RowReader, hints: Hints) -> Pieces:
    """Objects of JSON lines; a line that is no object is a row whose every field is missing but its own text."""
    with path.open("rb") as stream:
        while lines := read_lines(stream, path):
            records = [parse_record(line) for line in lines if line.strip()]
            yield Piece(pd.DataFrame({"record": pd.Series(records, dtype=object)}), sum(map(len, lines)), reader)
        if not stream.tell():
            yield Piece(pd.DataFrame({"record": pd.Series(dtype=object)}), 0, reader)


def read_lines(stream: BinaryIO, path: Path) -> list[bytes]:
    """The next lines, of about a block; raises TooLarge for one that is longer than a file may become."""
    block, most = stream.read(BLOCK), read_budget().allow(0)
    if block:
        block += stream.readline(most + 1)
        must_fit_bytes(len(block), 0, f"{path}, byte {stream.tell():,}", is_all=False)
    return io.BytesIO(block).readlines()


def parse_record(line: bytes) -> Any:
    """The object of a line, or its text where it is none or has a key twice."""
    try:
        found = parse_json(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else line.decode("utf-8", "replace").strip()


READERS: dict[str, Callable[[Path, RowReader, Hints], Pieces]] = {
    ".parquet": read_parquet,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".jsonl": read_json_lines,
    ".ndjson": read_json_lines,
    ".json": read_detected,
    ".xlsx": read_detected,
}


def choose_writer(path: Path) -> type[Writer]:
    """The writer of the format of a path's ending; raises UnknownName for another ending."""
    made = WRITERS.get(path.suffix.lower())
    if made is None:
        raise UnknownName(
            f"predictions cannot be written to {path.name}", where=str(path), todo=f"use {', '.join(WRITERS)}"
        )
    return made


class Writer:
    """Writes tables of the same columns one after another."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, table: pd.DataFrame) -> None:
        """Append a table."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish the file."""


class CsvWriter(Writer):
    """Comma-separated text; every number in the digits that give it back."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.header = True
        path.write_text("", encoding="utf-8")

    def write(self, table: pd.DataFrame) -> None:
        """Append a table."""
        table.to_csv(self.path, mode="a", index=False, header=self.header, lineterminator="\n")
        self.header = False


class JsonLinesWriter(Writer):
    """One JSON object a line."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        path.write_text("", encoding="utf-8")

    def write(self, table: pd.DataFrame) -> None:
        """Append a table."""
        from lifecycle.release.release import list_records

        if "id" in table and table["id"].hasnans:
            table = table.assign(id=table["id"].astype(object).where(table["id"].notna(), None))
        with self.path.open("a", encoding="utf-8") as stream:
            for row in list_records(table):
                line = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
                stream.write(escape_hidden(line) + "\n")


class ParquetWriter(Writer):
    """Parquet, a row group for each table."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.open: pq.ParquetWriter | None = None

    def write(self, table: pd.DataFrame) -> None:
        """Append a table."""
        found = pa.Table.from_pandas(table, preserve_index=False)
        if self.open is None:
            self.open = pq.ParquetWriter(self.path, found.schema, compression="zstd")
        self.open.write_table(found.cast(self.open.schema))

    def close(self) -> None:
        """Finish the file."""
        if self.open is not None:
            self.open.close()


WRITERS: dict[str, type[Writer]] = {".parquet": ParquetWriter, ".csv": CsvWriter, ".jsonl": JsonLinesWriter}
