"""Rows of a file in pieces: what was read is let go."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lifecycle.release import batch_files


def test_parquet_is_read_without_holding_more_than_a_few_of_its_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(batch_files, "ROWS", 1000)
    rows = pd.DataFrame(np.random.default_rng(1).random((40_000, 50)))
    rows.columns = [f"x{number}" for number in range(50)]
    rows.to_parquet(tmp_path / "rows.parquet", row_group_size=2000)
    group = pq.ParquetFile(tmp_path / "rows.parquet").metadata.row_group(0).total_byte_size
    before, held = pa.total_allocated_bytes(), []
    for piece in batch_files.read_pieces(tmp_path / "rows.parquet", None, {}):
        held.append(pa.total_allocated_bytes() - before)
        assert len(piece.rows) == 1000
    assert len(held) == 40
    assert max(held) < 6 * group
