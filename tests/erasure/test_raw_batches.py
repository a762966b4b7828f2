"""Raw batches without erased rows, and a source that gives the rows again: read whole, and by a watermark."""

import json
from pathlib import Path

import pandas as pd
import pytest

from lifecycle.erasure.raw_batches import find_batches, rewrite_batches
from lifecycle.erasure.search import make_search
from lifecycle.errors import MissingFile
from lifecycle.io.hashes import hash_sha256
from lifecycle.stages import collect
from lifecycle.versioning.erasures import Erasure, hash_values, write_erasure

CSV = "customer,age,joined\nC-1,40,2013-01-01\nC-2,50,2013-01-02\nC-3,60,2013-01-03\n"
SOURCE = """\
_target_: lifecycle.sources.files.read
tables:
  customers: {path: customers.csv, format: csv, licence: CC0, publisher: us%s}
"""
SEARCH = make_search("customer", "customer", ["C-2"])
ARGUMENTS = ["source=shop", "through=2013-12-31"]


@pytest.fixture(params=["", ", watermark: joined"], ids=["whole", "watermark"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("conf/source").mkdir(parents=True)
    Path("conf/source/shop.yaml").write_text(SOURCE % request.param, encoding="utf-8")
    Path("params.yaml").write_text("source: shop\nthrough: '2013-12-31'\n", encoding="utf-8")
    Path("customers.csv").write_text(CSV, encoding="utf-8")
    assert collect.main(ARGUMENTS) == 0
    return tmp_path


def read_batches() -> dict[str, dict[str, object]]:
    return {one["batch"]: one for one in json.loads(Path("data/provenance.json").read_text())["batches"]}


def erase() -> None:
    values = hash_values("salt", ["C-2"])
    write_erasure(
        Erasure(date="2013-04-01", reason="asked", column="customer", salt="salt", values=values, id="customer")
    )
    rewrite_batches(find_batches(SEARCH), SEARCH, {})


def test_a_batch_of_another_name_takes_the_place(folder: Path) -> None:
    ((before, was),) = read_batches().items()
    erase()
    ((after, entry),) = read_batches().items()
    assert after != before
    assert {**entry, "batch": before, "rows": 3, "sha256": was["sha256"]} == was
    assert entry["rows"] == 2
    assert [path.name for path in Path("data/raw/customers").iterdir()] == [Path(after).name]
    assert hash_sha256(Path("data/raw", after)) == entry["sha256"]
    assert pd.read_parquet(Path("data/raw", after))["customer"].to_list() == ["C-1", "C-3"]
    assert find_batches(SEARCH) == []


def test_the_source_gives_them_again_and_nothing_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    erase()
    before = read_batches()
    assert collect.main(ARGUMENTS) == 0
    assert ", 0 batches new" in capsys.readouterr().out
    assert read_batches() == before


def test_new_rows_come_without_the_erased_ones(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    erase()
    with Path("customers.csv").open("a", encoding="utf-8") as stream:
        stream.write("C-4,70,2013-01-04\nC-2,50,2013-01-05\n")
    assert collect.main(ARGUMENTS) == 0
    assert "left out" in capsys.readouterr().out
    rows = pd.concat(pd.read_parquet(Path("data/raw", name)) for name in read_batches())
    assert sorted(rows["customer"]) == ["C-1", "C-3", "C-4"]


def test_a_listed_batch_that_is_not_here_is_named(folder: Path) -> None:
    for path in Path("data/raw/customers").iterdir():
        path.unlink()
    with pytest.raises(MissingFile, match="is not here, so nothing tells whether it holds such rows"):
        find_batches(SEARCH)
