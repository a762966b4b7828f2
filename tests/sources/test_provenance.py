from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lifecycle import paths
from lifecycle.errors import CorruptFile, MissingFile
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import read_metadata, write_table
from lifecycle.sources.batches import Batch, Origin
from lifecycle.sources.provenance import (
    Provenance,
    describe_batch,
    is_stored,
    parse_provenance,
    read_collected,
    read_provenance,
    read_stored_batches,
    replace_merged,
    write_batch,
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


def test_a_batch_has_its_origin_in_its_file() -> None:
    other = Origin(source="another shop", licence="MIT", publisher="it")
    for batch, origin in ((ORDERS, ORIGIN), (replace(ORDERS, origin=other), other)):
        written = write_batch(batch, ORIGIN, Provenance())
        assert read_metadata(paths.RAW / batch.name) == asdict(origin)
        assert (written.origin, written.sha256) == (origin, hash_sha256(paths.RAW / batch.name))


def test_rows_that_were_collected_before_keep_their_record_wherever_their_source_is_now() -> None:
    earlier = Provenance(batches=(write_batch(ORDERS, ORIGIN, Provenance()),))
    (paths.RAW / ORDERS.name).unlink()
    moved = replace(ORIGIN, source="a shop that moved")
    assert write_batch(replace(ORDERS, origin=moved), moved, earlier) == earlier.batches[0]
    assert is_stored(ORDERS.name, earlier)


def test_a_batch_from_before_origins_were_in_files_keeps_its_bytes(record: Provenance) -> None:
    before = (paths.RAW / ORDERS.name).read_bytes()
    (paths.RAW / ORDERS.name).unlink()
    assert write_batch(ORDERS, replace(ORIGIN, source="moved"), record) == record.batches[0]
    assert (paths.RAW / ORDERS.name).read_bytes() == before
    assert read_metadata(paths.RAW / ORDERS.name) == {}


def test_other_rows_under_the_same_name_are_another_batch(record: Provenance) -> None:
    moved = replace(ORIGIN, source="moved")
    written = write_batch(replace(ORDERS, rows=ORDERS.rows.head(1)), moved, record)
    assert (written.rows, written.origin) == (1, moved)
    assert written.sha256 != record.batches[0].sha256


def test_what_was_merged_is_recorded_and_nothing_else_is_changed_by_it(record: Provenance) -> None:
    write_provenance(record)
    assert "merged" not in paths.PROVENANCE.read_text()
    merged = Provenance(batches=(replace(record.batches[0], merged=("orders/bb.parquet", "orders/cc.parquet")),))
    write_provenance(merged)
    assert read_provenance() == merged


def test_a_merged_batch_stands_in_place_of_those_that_it_was_made_of(record: Provenance) -> None:
    merged = Provenance(batches=(replace(record.batches[0], merged=("orders/bb.parquet", "orders/cc.parquet")),))
    given = [Batch("orders", None, pd.DataFrame({"order": ["a"]}), mark) for mark in ("bb", "cc", "dd")]
    assert [one.name for one in replace_merged(given, merged)] == ["orders/aa.parquet", "orders/dd.parquet"]
    assert replace_merged(given, merged)[0].rows["order"].to_list() == ["a", "b"]
    assert replace_merged(given, record) == given


def test_a_merged_batch_that_is_not_here_is_not_replaced_by_one_side(record: Provenance) -> None:
    merged = Provenance(batches=(replace(record.batches[0], merged=("orders/bb.parquet", "orders/cc.parquet")),))
    (paths.RAW / ORDERS.name).unlink()
    with pytest.raises(MissingFile) as caught:
        replace_merged([Batch("orders", None, pd.DataFrame({"order": ["a"]}), "bb")], merged)
    assert str(caught.value).splitlines() == [
        "error: data/raw/orders/aa.parquet is not here, in which a merge put together orders/bb.parquet and "
        "orders/cc.parquet",
        "where: data/provenance.json",
        "next:  dvc pull data/raw, then: dvc repro collect",
    ]
