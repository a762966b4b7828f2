from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.tables import write_table
from lifecycle.sources.batches import Batch, Origin
from lifecycle.sources.provenance import (
    Provenance,
    describe_batch,
    is_stored,
    parse_provenance,
    read_collected,
    read_provenance,
    read_stored_batches,
    write_provenance,
)

ORIGIN = Origin(source="a shop", licence="CC0 1.0", publisher="the shop")
ORDERS = Batch("orders", None, pd.DataFrame({"order": ["a", "b"]}), "aa")


@pytest.fixture(autouse=True)
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Provenance:
    """The record of one batch, in a folder that holds it."""
    monkeypatch.chdir(tmp_path)
    write_table(paths.RAW / ORDERS.name, ORDERS.rows)
    return Provenance(batches=(describe_batch(ORDERS, ORIGIN),), through="2013-01-31")


def test_a_record_is_read_as_it_was_written(record: Provenance) -> None:
    write_provenance(record)
    assert read_provenance() == read_collected() == record
    assert (record.batches[0].table, record.batches[0].rows, record.batches[0].origin) == ("orders", 2, ORIGIN)


def test_a_version_without_a_last_day_has_no_key_for_it(record: Provenance) -> None:
    write_provenance(Provenance(batches=record.batches))
    assert '"through"' not in paths.PROVENANCE.read_text()
    assert read_provenance().through is None


def test_nothing_was_collected_before_the_first_run() -> None:
    assert read_collected() == Provenance()
    with pytest.raises(MissingFile):
        read_provenance()


def test_stored_batches_come_back_with_their_origin_and_id(record: Provenance) -> None:
    (found,) = read_stored_batches("orders", record)
    assert (found.name, found.origin, found.rows["order"].to_list()) == ("orders/aa.parquet", ORIGIN, ["a", "b"])
    assert read_stored_batches("shops", record) == []


def test_a_batch_is_stored_while_its_bytes_are_those_recorded(record: Provenance) -> None:
    assert is_stored(ORDERS.name, record)
    assert not is_stored("orders/bb.parquet", record)
    write_table(paths.RAW / ORDERS.name, ORDERS.rows.head(1))
    with pytest.raises(CorruptFile, match="has changed since it was collected"):
        is_stored(ORDERS.name, record)
    (paths.RAW / ORDERS.name).unlink()
    assert not is_stored(ORDERS.name, record)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ([], ""),
        ({"batches": [{"batch": "orders/aa.parquet"}]}, "batches.0.rows"),
        ({"batches": [], "until": "2013-01-31"}, "until"),
        ({"batches": [], "through": 20130131}, "through"),
    ],
)
def test_anything_but_a_record_is_rejected_with_its_key(written: Any, key: str) -> None:
    with pytest.raises(CorruptFile) as caught:
        parse_provenance(written)
    assert caught.value.what.startswith(f"data/provenance.json is not a list of batches with their hashes ({key}: ")
    assert caught.value.where == "data/provenance.json"
    assert len(str(caught.value).splitlines()) == 3
