"""Parquet in pieces: a dictionary is measured before its texts are made."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.errors import TooLarge
from lifecycle.io.parquet_pieces import must_fit_metadata, open_file, read_pieces


def packed(table: pa.Table, **more: object) -> io.BytesIO:
    found = io.BytesIO()
    pq.write_table(table, found, **more)
    found.seek(0)
    return found


def test_pieces_are_the_rows_with_texts_as_texts() -> None:
    table = pa.table({"a": ["x", None, "x"], "b": [1, 2, None], "c": pa.array(["u", "v", "u"]).dictionary_encode()})
    with open_file(packed(table)) as file:
        pieces = [*read_pieces(file, 1000, "a.parquet", rows=2)]
    assert [one.num_rows for one in pieces] == [2, 1]
    assert pa.concat_tables(pieces).to_pydict() == table.to_pydict()


def test_a_text_that_a_dictionary_repeats_is_refused_unread() -> None:
    table = pa.table({"a": pa.DictionaryArray.from_arrays([0] * 2_000, ["x" * 2**20])})
    with open_file(packed(table)) as file, pytest.raises(TooLarge, match=r"more than 2,097,1\d\d,\d\d\d bytes"):
        next(read_pieces(file, 1000, "a.parquet"))


def test_what_a_file_states_is_enough_to_refuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFECYCLE_CELLS", "5")
    with pytest.raises(TooLarge, match="3 rows of 2 columns are 6 cells, and 5 may be read"):
        must_fit_metadata(pq.read_metadata(packed(pa.table({"a": [1] * 3, "b": [1] * 3}))), 100, "a.parquet")
