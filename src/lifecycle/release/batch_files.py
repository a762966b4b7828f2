"""Rows of a file in pieces that fit into memory, as the contract of a release reads them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from lifecycle.errors import SourceError, UnknownName
from lifecycle.io.atomic import require_file
from lifecycle.release.contract import Contract, Field

BLOCK = 8 * 2**20  # bytes of a text file at once
ROWS = 50_000
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, and how much of it (rows or bytes) was read to get them."""

    rows: pd.DataFrame
    read: int


Pieces = Iterator[Piece]


def read_pieces(path: Path, agreed: Contract) -> Pieces:
    """The rows of a file by its ending; raises UnknownName for another ending, SourceError for what cannot be read."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise UnknownName(
            f"no rows are read from {path.name}", where=str(path), todo=f"use one of {', '.join(READERS)}"
        )
    require_file(path)
    with translate_errors(path):
        yield from read(path, agreed)


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """What a library says of a file that it cannot read, as SourceError."""
    try:
        yield
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


def read_parquet(path: Path, agreed: Contract) -> Pieces:
    """Rows in their own types."""
    with pq.ParquetFile(path, pre_buffer=False) as file:  # buffers would be kept until the whole file is read
        if not file.metadata.num_rows:
            yield Piece(file.schema_arrow.empty_table().to_pandas(), 0)
        for batch in file.iter_batches(batch_size=ROWS):
            yield Piece(batch.to_pandas(), batch.num_rows)


def read_csv(path: Path, agreed: Contract) -> Pieces:
    """Rows with text converted to numbers and booleans; only an empty cell is a missing value."""
    with path.open("rb") as stream:
        names = pa.csv.open_csv(stream).schema.names
    check_unique(names, path)
    reading = pa.csv.ReadOptions(use_threads=False, block_size=BLOCK)
    kept = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    with pa.csv.open_csv(path, read_options=reading, convert_options=kept) as batches:
        for batch in batches:
            yield Piece(convert_columns(batch.to_pandas(), agreed), batch.nbytes)
            names = []
    if names:
        yield Piece(pd.DataFrame({name: pd.Series(dtype="str") for name in names}), 0)


def check_unique(names: Sequence[str], path: Path) -> None:
    """Raise SourceError for a duplicate column."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SourceError(
            f"{path.name} has more than one column {twice[0]!r}",
            where=f"{path}, its first line",
            todo=f"correct {path.name}",
        )


def read_json_lines(path: Path, agreed: Contract) -> Pieces:
    """Objects of JSON lines; a line that is no object is a row whose every field is missing but its own text."""
    with path.open("rb") as stream:
        while lines := stream.readlines(BLOCK):
            records = [parse_record(line) for line in lines if line.strip()]
            yield Piece(pd.DataFrame({"record": pd.Series(records, dtype=object)}), sum(map(len, lines)))
        if not stream.tell():
            yield Piece(pd.DataFrame({"record": pd.Series(dtype=object)}), 0)


def parse_record(line: bytes) -> Any:
    """The object of a line, or its text where it is none."""
    from pydantic_core import from_json

    try:
        found = from_json(line, allow_inf_nan=False)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else line.decode("utf-8", "replace").strip()


READERS: dict[str, Callable[[Path, Contract], Pieces]] = {
    ".parquet": read_parquet,
    ".csv": read_csv,
    ".jsonl": read_json_lines,
}


def convert_columns(rows: pd.DataFrame, agreed: Contract) -> pd.DataFrame:
    """Columns of text with texts of numbers and booleans converted; other texts stay."""
    fields = {one.name: one for one in agreed.fields}
    return pd.DataFrame({name: convert_text(rows[name], fields.get(str(name))) for name in rows.columns})


def convert_text(column: pd.Series, one: Field | None) -> pd.Series:
    """A column of text as its field wants it, where every text in it is such a value."""
    if one is None or one.kind == "text":
        return column.astype("str")
    if one.kind == "boolean":
        known = {"true": True, "false": False}
        return column.map(lambda text: None if pd.isna(text) else known.get(text.lower(), text)).astype(object)
    return convert_numbers(column)


def convert_numbers(column: pd.Series) -> pd.Series:
    """The numbers that a column's texts say, to the last digit; where a text says none, it stays among them."""
    try:
        found = pa.array(column, type=pa.string(), from_pandas=True).cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        found = np.array([parse_number(text) for text in column])
    odd = column.notna().to_numpy() & np.isnan(found)
    numbers = pd.Series(found, index=column.index)
    return numbers.astype(object).mask(odd, column) if odd.any() else numbers


def parse_number(text: Any) -> float:
    """The number that a text says; NaN for none."""
    return float(text) if isinstance(text, str) and NUMBER.fullmatch(text) else math.nan


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

        with self.path.open("a", encoding="utf-8") as stream:
            for row in list_records(table):
                stream.write(json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n")


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
