"""Parquet: typed columns, in the four types of raw tables."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from lifecycle.errors import SourceError
from lifecycle.io.budget import must_fit_bytes
from lifecycle.io.parquet_pieces import must_fit_metadata, open_file, read_pieces
from lifecycle.options import options
from lifecycle.sources.formats.entry import Entry, ReadResult
from lifecycle.sources.formats.normalize import normalize_table

if TYPE_CHECKING:
    import pyarrow as pa

INDEX = re.compile(r"__index_level_\d+__")  # how pandas calls an index without a name


@options
class ParquetEntry(Entry):
    """No further keys: the file describes its columns."""


def read(data: bytes, entry: ParquetEntry) -> ReadResult:
    """The file's columns; raises SourceError for no complete Parquet file, TooLarge for more than the budget has."""
    return ReadResult(convert_table(read_arrow(data, entry.path)))


def read_arrow(data: bytes, where: str) -> pa.Table:
    """The file's columns in their own types; raises SourceError if it is no complete Parquet file.

    Raises TooLarge for one that states, or becomes, more than the budget has.
    """
    import pyarrow as pa

    with translate_errors(data, where), open_file(io.BytesIO(data)) as file:
        must_fit_metadata(file.metadata, len(data), where)
        pieces, size = [], 0
        for piece in read_pieces(file, len(data), where):
            pieces.append(piece)
            size += piece.nbytes
            must_fit_bytes(size, len(data), where, is_all=False)
        empty = file.schema_arrow.empty_table()
        return pa.concat_tables(pieces).replace_schema_metadata(empty.schema.metadata) if pieces else empty


def read_schema(data: bytes, where: str) -> pa.Schema:
    """The names and types of the file's columns; raises SourceError if it is no complete Parquet file."""
    import pyarrow.parquet as pq

    with translate_errors(data, where):
        return pq.read_schema(io.BytesIO(data))


@contextmanager
def translate_errors(data: bytes, where: str) -> Iterator[None]:
    """What Arrow says of bytes that it cannot read, as SourceError."""
    import pyarrow as pa

    try:
        yield
    except MemoryError:  # an exception of Arrow's too
        raise
    except (pa.ArrowException, OSError, ValueError) as cause:
        raise SourceError(
            f"this is no complete Parquet file: {' '.join(str(cause).split())[:120]}",
            where=f"{where}, {len(data):,} bytes",
            todo=f"write or download {where} again",
        ) from cause


def convert_table(table: pa.Table) -> pd.DataFrame:
    """The columns of an Arrow table as `normalize_table` makes them; infinite values stay.

    An index without a name, as pandas writes it beside the columns, is left out where it numbers rows; any other
    becomes the column `index`.
    """
    numbered = list_row_numbers(table.schema)
    kept = [place for place, name in enumerate(table.column_names) if name not in numbered]
    names = ["index" if INDEX.fullmatch(table.column_names[place]) else table.column_names[place] for place in kept]
    columns = {place: convert_column(table.column(place)) for place in kept}
    return normalize_table(pd.DataFrame(columns, index=range(table.num_rows)).set_axis(names, axis=1))


def list_row_numbers(schema: pa.Schema) -> list[str]:
    """The indices without a name that are whole numbers."""
    import pyarrow as pa

    return [one.name for one in schema if INDEX.fullmatch(one.name) and pa.types.is_integer(one.type)]


def convert_column(column: pa.ChunkedArray) -> pd.Series:
    """A column as pandas has it: whole numbers with missing ones exact, categories as their values."""
    import pyarrow as pa

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        kind = kind.storage_type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_nested(kind):
        return pd.Series(column.to_pylist(), dtype="object")
    return pd.Series(column.to_pandas(types_mapper=find_nullable_type))


def find_nullable_type(kind: pa.DataType) -> Any:
    """The type of pandas that has missing values beside whole numbers or booleans; None for any other type."""
    import pyarrow as pa

    if pa.types.is_boolean(kind):
        return pd.BooleanDtype()
    if pa.types.is_integer(kind):
        return pd.UInt64Dtype() if pa.types.is_unsigned_integer(kind) else pd.Int64Dtype()
    return None
