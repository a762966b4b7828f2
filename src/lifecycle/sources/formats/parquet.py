"""Parquet: typed columns, in the four types of raw tables."""

import io

import pandas as pd

from lifecycle.errors import SourceError
from lifecycle.options import options
from lifecycle.sources.formats.entry import Entry
from lifecycle.sources.formats.normalize import normalize_table


@options
class ParquetEntry(Entry):
    """No further keys: the file describes its columns."""


def read(data: bytes, entry: ParquetEntry) -> pd.DataFrame:
    """The file's columns; raises SourceError if it is no complete Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    signed = {kind: pd.Int64Dtype() for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())}
    unsigned = {kind: pd.UInt64Dtype() for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())}
    dtypes = {**signed, **unsigned, pa.bool_(): pd.BooleanDtype()}
    try:
        table = pq.read_table(io.BytesIO(data)).to_pandas(types_mapper=dtypes.get, ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError) as cause:
        raise SourceError(
            f"this is no complete Parquet file: {' '.join(str(cause).split())[:120]}",
            where=f"{entry.path}, {len(data):,} bytes",
            todo=f"write or download {entry.path} again",
        ) from cause
    return normalize_table(table)
