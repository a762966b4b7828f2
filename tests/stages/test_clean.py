"""The clean stage: raw batches become tables, and the newest batch wins."""

from pathlib import Path

import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.data.schema import Column, Schema
from lifecycle.io.tables import write_table
from lifecycle.sources.batches import Batch, Origin
from lifecycle.sources.provenance import Provenance, describe_batch, write_provenance
from lifecycle.stages import clean


def test_a_late_correction_supersedes_and_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    batches = {
        "orders/2013-01.parquet": pd.DataFrame({"order": ["a", "b"], "weight": [1.0, 2.0]}),
        "orders/ff.parquet": pd.DataFrame({"order": ["a"], "weight": [3.0]}),
        "orders/aa.parquet": pd.DataFrame({"order": ["a"], "weight": [4.0]}),
        "shops/all.parquet": pd.DataFrame({"shop": ["x"]}),
    }
    for name, rows in batches.items():
        write_table(paths.RAW / name, rows)
    origin = Origin(source="a shop", licence="CC0 1.0", publisher="the shop")
    found = (Batch(name.split("/")[0], None, rows, Path(name).stem) for name, rows in batches.items())
    write_provenance(Provenance(batches=tuple(describe_batch(batch, origin) for batch in found)))
    columns = {"order": Column(type="text", role="id", description="")}
    tables = {"orders": {"order": "text", "weight": "number"}, "shops": {"shop": "text"}}
    found, superseded = clean.read_raw(Schema(columns=columns, tables=tables))
    assert found["orders"].to_dict("list") == {"order": ["b", "a"], "weight": [2.0, 4.0]}
    assert superseded == {"orders": 2}
