"""Parquet files from strangers: measured by what they state, then read in pieces that are measured again.

What a file states of its sizes is of encoded values: one long text that a dictionary repeats is stated once. So texts
are read with their dictionary, and become texts where they fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lifecycle.io.budget import CELL, must_fit_bytes, must_fit_table

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

ROWS, CELLS = 50_000, 5_000_000  # at most in a piece
PREFIXED = "DELTA_BYTE_ARRAY"  # an encoding in which a value repeats the start of the one before
FEW = 256  # rows in a piece of such columns


def must_fit_metadata(metadata: pq.FileMetaData, packed: int, where: str, columns: Sequence[str] | None = None) -> None:
    """Raise TooLarge where a file of `packed` bytes states more columns, cells or bytes than the budget has.

    Where `columns` are named, they alone count.
    """
    kept = [one for one in list_chunks(metadata) if columns is None or one.path_in_schema.partition(".")[0] in columns]
    must_fit_table(metadata.num_rows, len(columns) if columns else metadata.num_columns, packed, where)
    must_fit_bytes(sum(max(one.total_uncompressed_size, CELL * one.num_values) for one in kept), packed, where)


def list_encoded(metadata: pq.FileMetaData) -> list[str]:
    """The columns of texts that a dictionary may repeat, as far as Arrow reads them with it."""
    chunks = list_chunks(metadata)
    texts = {
        one.path_in_schema for one in chunks if one.physical_type == "BYTE_ARRAY" and "." not in one.path_in_schema
    }
    return sorted(texts - {one.path_in_schema for one in chunks if PREFIXED in one.encodings})


def list_chunks(metadata: pq.FileMetaData) -> list[pq.ColumnChunkMetaData]:
    """The columns of every row group."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    return [one.column(place) for one in groups for place in range(one.num_columns)]


def count_rows(metadata: pq.FileMetaData, most: int) -> int:
    """How many rows a piece has, at most `most`, so that its cells are few."""
    rows = max(1, min(most, CELLS // max(int(metadata.num_columns), 1)))
    is_prefixed = any(PREFIXED in one.encodings for one in list_chunks(metadata))
    return min(rows, FEW) if is_prefixed else rows


def open_file(source: Any) -> pq.ParquetFile:
    """A Parquet file whose texts keep their dictionaries."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(source) as first:
        encoded = list_encoded(first.metadata)
    if hasattr(source, "seek"):
        source.seek(0)
    return pq.ParquetFile(source, read_dictionary=encoded, pre_buffer=False)


def read_pieces(file: pq.ParquetFile, packed: int, where: str, rows: int = ROWS) -> Iterator[pa.Table]:
    """The rows in pieces of at most `rows`, texts as texts; raises TooLarge for a piece above the budget."""
    import pyarrow as pa

    for batch in file.iter_batches(batch_size=count_rows(file.metadata, rows)):
        must_fit_bytes(sum(map(measure_column, batch.columns)), packed, where, is_all=False)
        arrays = [decode_column(column) for column in batch.columns]
        yield pa.Table.from_arrays(arrays, names=batch.schema.names)


def measure_column(column: pa.Array) -> int:
    """The bytes of a column without its dictionary."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not has_texts(column.type):
        return int(column.nbytes)
    sizes = pc.take(pc.binary_length(column.dictionary), column.indices)
    return CELL * len(column) + int(pc.sum(sizes.cast(pa.int64())).as_py() or 0)


def decode_column(column: pa.Array) -> pa.Array:
    """A column with its own values where a dictionary has them; large ones, of which one array holds few, are long."""
    return column.dictionary_decode() if has_texts(column.type) else column


def has_texts(kind: pa.DataType) -> bool:
    """Whether this is a dictionary of texts or bytes."""
    import pyarrow as pa

    if not pa.types.is_dictionary(kind):
        return False
    inner = kind.value_type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(inner) for test in tests)
