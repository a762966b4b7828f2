"""The collect stage: batches are written once, added to, and never changed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import yaml
from builders import team
from builders.versions import inside, run

from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import read_metadata, read_table
from lifecycle.sources.batches import Batch, Origin
from lifecycle.stages import collect

RAW = ("sales/2013-01.parquet", "sales/2013-02.parquet", "sales/2013-03.parquet", "shops/all.parquet")


def read(*, price: float = 1.0, place: str = "") -> Iterator[Batch]:
    """Two sales in each of three months, and one shop."""
    for month in ("2013-01", "2013-02", "2013-03"):
        yield Batch("sales", pd.Period(month, "M"), pd.DataFrame({"month": [month] * 2, "price": [price, 2.0]}))
    yield Batch("shops", None, pd.DataFrame({"name": ["A"]}))


def describe_origin(*, price: float = 1.0, place: str = "") -> Origin:
    """Where the sales come from."""
    source = f"till {price} in {place}" if place else f"till {price}"
    return Origin(source=source, licence="CC0 1.0", publisher="the shop")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose source is the till, made the working folder."""
    module = ModuleType("lifecycle.sources.till")
    for function in (read, describe_origin):
        monkeypatch.setattr(function, "__module__", module.__name__)
        setattr(module, function.__name__, function)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    (tmp_path / "conf" / "source").mkdir(parents=True)
    (tmp_path / "conf" / "source" / "till.yaml").write_text("_target_: lifecycle.sources.till.read\nprice: 1.0\n")
    (tmp_path / "params.yaml").write_text("source: till\nthrough: '2013-02-28'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """The time of the last change and the hash of each raw file."""
    raw = folder / "data" / "raw"
    files = sorted(path for path in raw.rglob("*") if path.is_file())
    return {path.relative_to(raw).as_posix(): (path.stat().st_mtime_ns, hash_sha256(path)) for path in files}


def test_the_batches_of_the_version_are_written_with_their_provenance(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect.main([]) == 0
    assert capsys.readouterr().out == "collect: 3 batches through 2013-02-28, 5 rows, 3 batches new\n"
    assert list(state(folder)) == [RAW[0], RAW[1], RAW[3]]
    assert read_table(folder / "data/raw/sales/2013-02.parquet")["price"].to_list() == [1.0, 2.0]
    record = json.loads((folder / "data/provenance.json").read_text())
    assert record["through"] == "2013-02-28"
    assert record["batches"][0] == {
        "batch": RAW[0],
        "rows": 2,
        "sha256": state(folder)[RAW[0]][1],
        "source": "till 1.0",
        "licence": "CC0 1.0",
        "publisher": "the shop",
    }


def test_collecting_twice_touches_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect.main([]) == 0
    before, record = state(folder), (folder / "data/provenance.json").read_bytes()
    assert collect.main([]) == 0
    assert capsys.readouterr().out.endswith(", 0 batches new\n")
    assert state(folder) == before
    assert (folder / "data/provenance.json").read_bytes() == record


def test_a_later_day_adds_and_leaves_the_rest(folder: Path) -> None:
    assert collect.main([]) == 0
    before = state(folder)
    assert collect.main(["through=2013-03-31", "source.price=9.0"]) == 0
    after = state(folder)
    assert list(after) == list(RAW)
    assert {name: after[name] for name in before} == before


def test_an_earlier_day_leaves_its_own_batches_only(folder: Path) -> None:
    assert collect.main(["through=2013-03-31"]) == 0
    assert collect.main(["through=2013-01-31"]) == 0
    assert list(state(folder)) == [RAW[0], RAW[3]]


def test_a_changed_batch_stops_the_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect.main([]) == 0
    (folder / "data/raw/sales/2013-01.parquet").write_bytes(b"changed")
    before = state(folder)
    assert collect.main(["through=2013-03-31"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: data/raw/sales/2013-01.parquet has changed since it was collected",
        "where: data/raw/sales/2013-01.parquet, 7 bytes; data/provenance.json has another hash",
        "next:  rm data/raw/sales/2013-01.parquet && dvc repro collect",
    ]
    assert state(folder) == before


def test_a_removed_batch_is_collected_again(folder: Path) -> None:
    assert collect.main([]) == 0
    before = state(folder)[RAW[0]][1]
    (folder / "data/raw" / RAW[0]).unlink()
    assert collect.main([]) == 0
    assert state(folder)[RAW[0]][1] == before


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2012-12-31", "the first row is of 2013-01-01", "set through: 2013-01-31"),
        ("2013-02-10", "batches are whole months", "set through: 2013-01-31 or 2013-02-28"),
        ("2014-01-31", "the last row is of 2013-03-31", "set through: 2013-03-31"),
    ],
)
def test_a_day_that_ends_no_version_is_rejected(
    folder: Path, capsys: pytest.CaptureFixture[str], day: str, first: str, last: str
) -> None:
    assert collect.main([f"through={day}"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"error: no data version ends on {day}: {first}",
        "where: params.yaml, key through",
        f"next:  {last}",
    ]
    assert not (folder / "data").exists()


@pytest.mark.slow
def test_new_rows_cost_only_their_own_bytes_in_cache_and_remote(folder: Path) -> None:
    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"DVC_NO_ANALYTICS": "1"})

    def stored() -> list[dict[str, int]]:
        tops = [folder / ".dvc/cache/files/md5", folder / "remote/files/md5"]
        run("dvc", "add", "--quiet", "data/raw")
        run("dvc", "push", "--quiet")
        return [
            {path.parent.name + path.name: path.stat().st_size for path in top.rglob("*") if path.is_file()}
            for top in tops
        ]

    run("git", "init", "--quiet")
    run("dvc", "init", "--quiet")
    run("dvc", "remote", "add", "--quiet", "--default", "store", str(folder / "remote"))
    assert collect.main([]) == 0
    before = stored()
    assert collect.main([]) == 0
    assert stored() == before
    assert collect.main(["through=2013-03-31"]) == 0
    new = (folder / "data/raw" / RAW[2]).stat().st_size
    for earlier, later in zip(before, stored(), strict=True):
        assert earlier.items() <= later.items()
        added = {name: size for name, size in later.items() if name not in earlier}
        lists = {name: size for name, size in added.items() if name.endswith(".dir")}
        assert sum(added.values()) - sum(lists.values()) == new
        assert len(lists) == 1


def test_a_source_that_moved_changes_no_earlier_record_nor_any_byte(folder: Path) -> None:
    assert collect.main([]) == 0
    before = {name: hashed for name, (_, hashed) in state(folder).items()}
    record = json.loads((folder / "data/provenance.json").read_text())
    for files in ("there", "not there, as in a clone"):
        if files != "there":
            shutil.rmtree(folder / "data/raw")
        assert collect.main(["source.price=1.0", "+source.place=another folder"]) == 0
        assert {name: hashed for name, (_, hashed) in state(folder).items()} == before
        assert json.loads((folder / "data/provenance.json").read_text()) == record
    assert collect.main(["through=2013-03-31", "+source.place=another folder"]) == 0
    later = json.loads((folder / "data/provenance.json").read_text())["batches"]
    assert [one["source"] for one in later] == ["till 1.0", "till 1.0", "till 1.0 in another folder", "till 1.0"]


def test_each_batch_says_where_its_rows_come_from(folder: Path) -> None:
    assert collect.main([]) == 0
    said = {"source": "till 1.0", "licence": "CC0 1.0", "publisher": "the shop"}
    assert [read_metadata(folder / "data/raw" / name) for name in state(folder)] == [said] * 3


@pytest.mark.slow
@pytest.mark.parametrize("with_data", [True, False], ids=["with its data", "in a clone without data"])
def test_a_file_that_moved_changes_nothing_in_the_lock_but_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_data: bool
) -> None:
    team.prepare(monkeypatch, tmp_path)
    person = team.found(tmp_path)
    if not with_data:
        run("git", "clone", "--quiet", str(tmp_path / "origin"), str(tmp_path / "clone"))
        (person / "data/incoming").rename(tmp_path / "clone/data/incoming")
        person = tmp_path / "clone"
    with inside(person):
        before, record = locked_outputs(), Path("data/provenance.json").read_bytes()
        Path("data/incoming").rename(tmp_path / "elsewhere")
        team.write_source(str(tmp_path / "elsewhere" / "customers.csv"))
        run("dvc", "repro", "--quiet")
        assert str(tmp_path / "elsewhere") in Path("dvc.lock").read_text()
        assert locked_outputs() == before
        assert Path("data/provenance.json").read_bytes() == record


def locked_outputs() -> dict[str, str]:
    """The hash of each output in dvc.lock."""
    stages = yaml.safe_load(Path("dvc.lock").read_text())["stages"].values()
    return {out["path"]: out["md5"] for stage in stages for out in stage["outs"]}


def collect_rents(text: str, name: str = "rents.csv") -> int:
    """Collect a CSV file of rents."""
    Path(name).write_text(text)
    entry = {"_target_": "lifecycle.sources.files.read", "tables": {"rents": {"path": name, "format": "csv"}}}
    Path("conf/source/till.yaml").write_text(yaml.safe_dump(entry))
    return collect.main([])


def test_a_new_column_of_later_rows_is_said_and_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect_rents("area,rent\n70,900\n") == 0
    assert collect_rents("area,rent,colour\n70,900,red\n80,950,\n90,990,blue\n") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "collect: 1 batch, 3 rows, 1 batch new",
        "note: rents: new column 'colour' in 2 rows; nothing reads it until conf/schema/ has it",
    ]
    assert collect_rents("area,rent,colour\n70,900,red\n80,950,\n90,990,blue\n") == 0
    assert capsys.readouterr().out == "collect: 1 batch, 3 rows, 0 batches new\n"


def test_a_renamed_column_is_refused_with_its_likely_new_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect_rents("area,rent\n70,900\n") == 0
    before = state(folder)
    assert collect_rents("rent,area_m2\n900,70\n") == 2
    (stored,) = before
    assert capsys.readouterr().err.splitlines() == [
        "error: the source gives rents without area; likely 'area' is now 'area_m2' (the names are alike); nothing was "
        "changed",
        f"where: rents.csv (SHA-256 {hash_sha256(folder / 'rents.csv')}), compared with data/raw/{stored}",
        "next:  give area its name again in the source, or if intended, write the new one in conf/, then: "
        "rm -r data/raw/rents && dvc repro collect",
    ]
    assert state(folder) == before


def test_rows_equal_to_the_header_are_left_out_and_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect_rents("area,rent\n70,900\narea,rent\n80,950\n") == 0
    assert capsys.readouterr().out.splitlines() == [
        "collect: 1 batch, 2 rows, 1 batch new",
        "note: rents: 1 row equal to the header left out (line 3)",
    ]
    (path,) = (folder / "data/raw/rents").iterdir()
    assert read_table(path)["rent"].to_list() == ["900", "950"]
