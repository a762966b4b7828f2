"""Whether content holds a row that must go: tables and records by their columns, everything else by its bytes."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
import zlib
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Collection, Iterable, Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_float_dtype

from lifecycle.erasure.search import Search
from lifecycle.versioning.erased_rows import Mask, find_matching, render_value

PARQUET, GZIP, ZIP, NUMPY = b"PAR1", b"\x1f\x8b", b"PK\x03\x04", b"\x93NUMPY"
ROWS = 65_536  # of a table that are looked at together
# What a model file says of an estimator that keeps rows: neighbours, support vectors, kernels, clusters.
KEEPS_ROWS = tuple(
    f'"{name}"'.encode()
    for name in (
        *("_fit_X", "_raw_data", "X_fit_", "X_train_", "X_transformed_fit_"),
        *("component_indices_", "core_sample_indices_", "rows_", "support_vectors_"),
    )
)
SCHEMA = "schema.json"  # of a model file


def holds_rows(stream: BinaryIO, search: Search) -> bool:
    """Whether a file holds such a row; it is read to its end, a Parquet file in parts."""
    head = stream.read(len(PARQUET))
    stream.seek(0)
    if head != PARQUET:
        return bytes_hold(stream.read(), search)
    try:
        return table_holds(pq.ParquetFile(stream), search)
    except (pa.ArrowException, OSError, ValueError):
        stream.seek(0)  # a broken file may hold rows all the same
        return search.needles.are_in(stream.read())


def file_holds(path: Path, search: Search) -> bool:
    """Whether a file of the disk holds such a row."""
    with path.open("rb") as stream:
        return holds_rows(stream, search)


def bytes_hold(data: bytes, search: Search) -> bool:
    """Whether bytes hold such a row, also within archives."""
    if data.startswith(PARQUET):
        return holds_rows(BytesIO(data), search)
    if data.startswith(ZIP):
        return any(bytes_hold(inner, search) for inner in unpack(data))
    if data.startswith(GZIP):
        return any(bytes_hold(inner, search) for inner in decompress(data))
    if data.startswith(NUMPY):
        return array_holds(data, search)
    return search.needles.are_in(data) or text_holds(data, search)


def unpack(data: bytes) -> Iterator[bytes]:
    """The members of an archive; of a broken one its bytes."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist() if not name.endswith("/"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        yield data[len(ZIP) :]


def decompress(data: bytes) -> Iterator[bytes]:
    """What was compressed; of broken bytes these."""
    try:
        yield gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        yield data[len(GZIP) :]


def array_holds(data: bytes, search: Search) -> bool:
    """Whether an array of texts holds one that is looked for; numbers have no name to tell them by."""
    try:
        values = np.load(BytesIO(data), allow_pickle=False)
    except ValueError:
        return search.needles.are_in(data)
    return values.dtype.kind in "US" and search.needles.are_in(join_texts(values.ravel().astype(str).tolist()))


def table_holds(file: pq.ParquetFile, search: Search) -> bool:
    """Whether a Parquet file holds such a row."""
    schema = file.schema_arrow
    keyed = [name for name in schema.names if search.find_matches(name, schema.names)]
    others = [one.name for one in schema if one.name not in keyed and may_hold_text(one.type, search)]
    if keyed:
        parts = [find_keyed_rows(part, schema.names, search) for part in read_parts(file, keyed)]
        if any(going.any() for going, _ in parts):
            return True
        if not any(blank.any() for _, blank in parts):
            return False
    columns = [*keyed, *others] if search.needles and others else []
    return any(find_rows(part, schema.names, search).any() for part in read_parts(file, columns))


def read_parts(file: pq.ParquetFile, columns: list[str]) -> Iterator[pd.DataFrame]:
    """Some columns of a table, part by part; nothing without a column."""
    if columns:
        yield from (part.to_pandas() for part in file.iter_batches(ROWS, columns=columns))


def may_hold_text(kind: pa.DataType, search: Search) -> bool:
    """Whether a column of a type may hold one of the texts."""
    return not (pa.types.is_primitive(kind) or pa.types.is_boolean(kind)) or (
        pa.types.is_integer(kind) and search.needles.has_numbers
    )


def find_rows(rows: pd.DataFrame, beside: Collection[str], search: Search) -> Mask:
    """Which rows go: by their keys, and where a row has none by the texts in its other cells.

    `beside` are the names of all columns of the table, of which `rows` may have some.
    """
    going, blank = find_keyed_rows(rows, beside, search)
    if not search.needles or not blank.any():
        return going
    for name in rows.columns:
        if not search.find_matches(str(name), beside):
            going[blank] |= find_texts(rows.loc[blank, name], search)
    return going


def find_keyed_rows(rows: pd.DataFrame, beside: Collection[str], search: Search) -> tuple[Mask, Mask]:
    """Which rows go by their keys, and which have none."""
    going, blank = np.zeros(len(rows), dtype=bool), np.ones(len(rows), dtype=bool)
    for name in rows.columns:
        if matches := search.find_matches(str(name), beside):
            going |= find_matching(rows[name], matches)
            blank &= rows[name].isna().to_numpy(dtype=bool)
    return going, blank


def find_texts(cells: pd.Series, search: Search) -> Mask:
    """Which cells hold one of the texts; the whole is looked through first, since few do."""
    if is_float_dtype(cells) or is_datetime64_any_dtype(cells) or is_bool_dtype(cells):
        return np.zeros(len(cells), dtype=bool)
    texts = [str(cell) for cell in cells.astype("object")]
    if not search.needles.are_in(join_texts(texts)):
        return np.zeros(len(cells), dtype=bool)
    return np.array([search.needles.are_in(join_texts([text])) for text in texts], dtype=bool)


def join_texts(texts: Iterable[str]) -> bytes:
    """Texts as bytes, with a line break between them."""
    return "\n".join(texts).encode(errors="surrogatepass")


def text_holds(data: bytes, search: Search) -> bool:
    """Whether a text of records, JSON or lines of it or CSV, names such a row in one of its fields."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if text.lstrip()[:1] in ("{", "["):
        return json_holds(text, search)
    return any(row_holds(row, search) for row in read_csv_rows(text, search))


def json_holds(text: str, search: Search) -> bool:
    """Whether JSON, one document or one on each line, names such a row."""
    try:
        return record_holds(json.loads(text), search)
    except ValueError:
        return any(line_holds(line.encode(errors="surrogatepass"), search) for line in text.split("\n"))


def line_holds(line: bytes, search: Search) -> bool:
    """Whether a line of JSON names such a row, or a buffered message whose payload does."""
    if search.needles.are_in(line):
        return True
    try:
        return record_holds(json.loads(line), search)
    except ValueError:
        return False


def record_holds(value: Any, search: Search) -> bool:
    """Whether a value from JSON names such a row somewhere."""
    if isinstance(value, list):
        return any(record_holds(one, search) for one in value)
    if not isinstance(value, dict):
        return False
    return payload_holds(value, search) or any(
        record_holds(one, search) if isinstance(one, dict | list) else is_named(name, one, value, search)
        for name, one in value.items()
    )


def is_named(name: str, value: Any, beside: Mapping[str, Any], search: Search) -> bool:
    """Whether a field of a record names such a row."""
    return value is not None and search.is_hit(name, render_value(value), beside)


def payload_holds(record: Mapping[str, Any], search: Search) -> bool:
    """Whether a buffered message's payload, which is in Base64, names such a row."""
    if record.keys() != {"payload", "topic"}:
        return False
    try:
        return bytes_hold(b64decode(str(record["payload"])), search)
    except NoBase64:
        return False


def read_csv_rows(text: str, search: Search) -> Iterator[Mapping[str, str]]:
    """The rows of a CSV text; none where no column of its first line is a key."""
    header = parse_cells(text.partition("\n")[0])
    if any(search.find_matches(name, header) for name in header):
        try:
            yield from csv.DictReader(StringIO(text, newline=""), restkey="", restval="")
        except csv.Error:
            return


def parse_cells(text: str) -> list[str]:
    """The cells of one record of a CSV text; none of what is no such record."""
    try:
        return next(csv.reader(split_lines(text)), [])
    except csv.Error:
        return []


def split_lines(text: str) -> list[str]:
    """The lines of a text with their breaks; other signs at which Python would break a line are part of it."""
    return StringIO(text, newline="").readlines()


def row_holds(row: Mapping[str, Any], search: Search) -> bool:
    """Whether a row of a CSV text names such a row in its key columns."""
    return any(isinstance(cell, str) and search.is_hit(name, cell.strip(), row) for name, cell in row.items())


def keeps_rows(data: bytes) -> bool:
    """Whether a model file has an estimator that keeps rows which it was fitted on, without their ids."""
    if not data.startswith(ZIP):
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            schema = archive.read(SCHEMA) if SCHEMA in archive.namelist() else b""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        return False
    return any(word in schema for word in KEEPS_ROWS)
