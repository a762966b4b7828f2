"""The clean stage: the newest batch wins, and messages that never became rows are among the rejected rows."""

from pathlib import Path

import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.data.cleaning import Cleaned
from lifecycle.data.schema import Column, Schema
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import write_table
from lifecycle.sources.batches import Batch, Origin
from lifecycle.sources.provenance import CollectedBatch, Provenance, describe_batch, write_provenance
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


ROWS = pd.DataFrame(
    {
        "id": pd.Series(["a"], dtype="str"),
        "at": pd.to_datetime(pd.Series(["2013-01-01"]), utc=True).astype("datetime64[us, UTC]"),
        "late": pd.Series([True], dtype="boolean"),
    }
)
REJECTED = ROWS.assign(reason=pd.Series(["id is missing"], dtype="str"))
CLEANED = Cleaned(table=ROWS, open=ROWS.head(0), rejected=REJECTED, reason="reason", changed={})


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Schema:
    """A schema of one raw table, in a folder where another table has rejected messages too."""
    monkeypatch.chdir(tmp_path)
    names = ("readings/all.parquet", "readings_rejected/1.parquet", "others_rejected/2.parquet")
    for name in names:
        write_table(
            paths.RAW / name, pd.DataFrame({"message": [name], "reason": ["not JSON"], "topic": ["a"]}, dtype="str")
        )
    origin = {"source": "a broker", "licence": "CC0 1.0", "publisher": "the plant"}
    collected = (CollectedBatch(batch=name, rows=1, sha256=hash_sha256(paths.RAW / name), **origin) for name in names)
    write_provenance(Provenance(batches=tuple(collected)))
    return Schema(columns={}, tables={"readings": {}})


def test_messages_of_the_schema_s_tables_join_the_rejected_rows(schema: Schema) -> None:
    found = clean.append_rejected_messages(CLEANED, clean.read_rejected_messages(schema)).rejected
    assert found["reason"].to_list() == ["id is missing", "not JSON"]
    assert found["message"].isna().to_list() == [True, False]
    assert found["message"][1] == "readings_rejected/1.parquet"
    assert found["id"].isna().to_list() == [False, True]
    assert found.dtypes[list(CLEANED.rejected)].equals(CLEANED.rejected.dtypes)


def test_without_such_messages_the_rejected_rows_stay_as_they_are(schema: Schema) -> None:
    assert (
        clean.append_rejected_messages(
            CLEANED, clean.read_rejected_messages(Schema(columns={}, tables={"others": {}})).head(0)
        )
        is CLEANED
    )
