"""Tables as Parquet, and as CSV where a person or a plot reads them."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.errors import CorruptFile
from lifecycle.io.atomic import require_file, write_beside
from lifecycle.io.conflicts import must_be_whole
from lifecycle.io.csv_cells import protect_cell, restore_cell
from lifecycle.io.parquet_pieces import must_fit_metadata
from lifecycle.io.records import DIGITS

PANDAS = b"pandas"  # the key under which pandas keeps the types of the columns


def write_table(path: Path, table: pd.DataFrame, metadata: Mapping[str, str] | None = None) -> None:
    """Write a table as Parquet, with what is said of it as a whole: the same of both give the same bytes."""
    rows = pa.Table.from_pandas(table, preserve_index=False)
    words = {key.encode(): value.encode() for key, value in sorted((metadata or {}).items())}
    with write_beside(path) as beside:
        pq.write_table(rows.replace_schema_metadata({**rows.schema.metadata, **words}), beside, compression="zstd")


def encode_table(table: pd.DataFrame) -> bytes:
    """A table as the bytes of a Parquet file, the same for the same table."""
    into = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), into, compression="zstd")
    return into.getvalue()


def decode_table(content: bytes, where: str, todo: str) -> pd.DataFrame:
    """The table in the bytes of a Parquet file; raises CorruptFile with `where` and `todo` when they are none.

    Raises TooLarge for one that states more than the budget has.
    """
    try:
        must_fit_metadata(pq.read_metadata(io.BytesIO(content)), len(content), where)
        return pd.DataFrame(pq.read_table(io.BytesIO(content)).to_pandas())
    except MemoryError:  # an exception of Arrow's too
        raise
    except (pa.ArrowException, OSError, ValueError) as cause:
        raise CorruptFile(
            f"{where} cannot be read as Parquet ({' '.join(str(cause).split())[:120]})",
            where=f"{where}, {len(content):,} bytes",
            todo=todo,
        ) from cause


def read_metadata(path: Path) -> dict[str, str]:
    """What a Parquet file says of its table as a whole; raises CorruptFile when it cannot be read."""
    with check_parquet(path):
        found = pq.read_schema(path).metadata or {}
        return {key.decode(): value.decode() for key, value in found.items() if key != PANDAS}


def read_table(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The table in a Parquet file, or some of its columns; raises CorruptFile when it cannot be read.

    Raises TooLarge for one that states more than the budget has.
    """
    with check_parquet(path):
        must_fit_metadata(pq.read_metadata(path), path.stat().st_size, str(path), columns)
        found = pq.read_table(path, columns=columns and list(columns), partitioning=None)
        return pd.DataFrame(found.to_pandas())


def column_names(path: Path) -> list[str]:
    """The names of the columns in a Parquet file; raises CorruptFile when it cannot be read."""
    with check_parquet(path):
        return list(pq.read_schema(path).names)


@contextmanager
def check_parquet(path: Path) -> Iterator[None]:
    """Raise MissingFile, or CorruptFile where the block cannot read the file, with the command that restores it."""
    require_file(path)
    try:
        yield
    except MemoryError:  # an exception of Arrow's too
        raise
    except (pa.ArrowException, OSError, ValueError) as cause:
        raise CorruptFile(
            f"{path} cannot be read as Parquet ({' '.join(str(cause).split())[:120]})",
            where=f"{path}, {path.stat().st_size:,} bytes",
            todo=f"rm {path} && dvc checkout {path}  (or, without a cached copy: dvc repro --force {path})",
        ) from cause


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table for a person as CSV, floats in six significant digits, texts as no spreadsheet acts on them.

    `read_csv` gives the texts back.
    """
    with write_beside(path) as beside:
        protect_texts(table).to_csv(beside, index=False, lineterminator="\n", float_format=f"%.{DIGITS}g")


def read_csv(path: Path) -> pd.DataFrame:
    """The table in a CSV file that `write_csv` wrote; raises CorruptFile where it is none or holds a merge's marks."""
    must_be_whole(path)
    try:
        return restore_texts(pd.read_csv(require_file(path)))
    except (ValueError, UnicodeDecodeError) as cause:
        raise CorruptFile(
            f"{path} cannot be read as CSV ({cause})", where=str(path), todo=f"rm {path} && dvc repro {path}"
        ) from cause


def protect_texts(table: pd.DataFrame) -> pd.DataFrame:
    """The table with names and texts as no spreadsheet that opens it as CSV acts on them."""
    return change_texts(table, protect_cell)


def restore_texts(table: pd.DataFrame) -> pd.DataFrame:
    """The table that `protect_texts` was given."""
    return change_texts(table, restore_cell)


def change_texts(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """The table with a function applied to the names of its columns and to every cell that is a text."""
    columns = {place: change_column(values, change) for place, (_, values) in enumerate(table.items())}
    changed = pd.DataFrame(columns, index=table.index)
    changed.columns = pd.Index([change(name) if isinstance(name, str) else name for name in table.columns])
    return changed


def change_column(values: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """The values with a function applied to those that are texts; themselves where it changes none."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    changed = [change(value) if isinstance(value, str) else value for value in values]
    same = all(one is other or one == other for one, other in zip(values, changed, strict=True) if isinstance(one, str))
    return values if same else pd.Series(changed, index=values.index, dtype=object)
