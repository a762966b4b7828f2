"""What a source could not make rows of stands among the rejected after the clean stage."""

from pathlib import Path

import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.data.cleaning import Cleaned
from lifecycle.data.schema import Schema
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import write_table
from lifecycle.sources.provenance import CollectedBatch, Provenance, write_provenance
from lifecycle.stages.clean import append_rejected_messages, read_rejected_messages

ROWS = pd.DataFrame(
    {
        "id": pd.Series(["a"], dtype="str"),
        "at": pd.to_datetime(pd.Series(["2013-01-01"]), utc=True).astype("datetime64[us, UTC]"),
        "late": pd.Series([True], dtype="boolean"),
    }
)
CLEANED = Cleaned(table=ROWS, rejected=ROWS.assign(reason=pd.Series(["id is missing"], dtype="str")), changed={})


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
    found = append_rejected_messages(CLEANED, read_rejected_messages(schema)).rejected
    assert found["reason"].to_list() == ["id is missing", "not JSON"]
    assert found["message"].isna().to_list() == [True, False]
    assert found["message"][1] == "readings_rejected/1.parquet"
    assert found["id"].isna().to_list() == [False, True]
    assert found.dtypes[list(CLEANED.rejected)].equals(CLEANED.rejected.dtypes)


def test_without_such_messages_the_rejected_rows_stay_as_they_are(schema: Schema) -> None:
    assert (
        append_rejected_messages(CLEANED, read_rejected_messages(Schema(columns={}, tables={"others": {}})).head(0))
        is CLEANED
    )
