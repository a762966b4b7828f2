"""Records of erasures: read strictly, named by their day, and joined by a run that goes on."""

from pathlib import Path

import pytest

from lifecycle.errors import CorruptFile
from lifecycle.versioning.erasures import (
    ErasedVersion,
    Erasure,
    extend_erasure,
    hash_value,
    hash_values,
    read_erasures,
    write_erasure,
)

VERSION = ErasedVersion(tags=("v1",), metrics={"brier": 0.1}, objects=("aa",))
RECORD = Erasure(
    date="2013-04-01",
    reason="asked",
    column="order",
    salt="s",
    values=hash_values("s", ["b", "a"]),
    id="order",
    rows=2,
    objects={"aa": "data/table.parquet"},
    versions={"c" * 40: VERSION},
    unfinished=("remote store",),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_record_comes_back_as_it_was_written() -> None:
    assert read_erasures() == []
    write_erasure(RECORD)
    assert read_erasures() == [RECORD]
    (path,) = Path("data/erased").iterdir()
    assert path == RECORD.path
    assert path.name.startswith("2013-04-01-")


def test_hashes_depend_on_the_salt_and_not_on_the_order() -> None:
    assert hash_values("s", ["a", "b"]) == hash_values("s", ["b", "a"])
    assert hash_value("s", "a") != hash_value("t", "a")
    assert len(hash_value("s", "a")) == 32


@pytest.mark.parametrize("text", ["{}", "[]", '{"date": 1}'])
def test_what_is_no_record_is_named(text: str) -> None:
    path = Path("data/erased/some.json")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorruptFile, match=r"data/erased/some\.json is no record of an erasure"):
        read_erasures()


def test_a_run_that_goes_on_loses_nothing_of_what_was_found_before() -> None:
    other = ErasedVersion(tags=("v2",), metrics={"brier": 0.2}, objects=("bb",))
    more = ErasedVersion(tags=("v1", "prod"), metrics={}, objects=("bb",))
    joined = extend_erasure(RECORD, 1, {"bb": "data/features.parquet"}, {"c" * 40: more, "d" * 40: other})
    assert joined.rows == 2
    assert joined.objects == {"aa": "data/table.parquet", "bb": "data/features.parquet"}
    assert joined.versions == {
        "c" * 40: ErasedVersion(tags=("prod", "v1"), metrics={"brier": 0.1}, objects=("aa", "bb")),
        "d" * 40: other,
    }
