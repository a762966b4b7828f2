"""Rows by a watermark: what is new becomes a batch of its own, and batches that exist are not touched."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
import yaml

from lifecycle.__main__ import main
from lifecycle.errors import SourceError
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import read_table
from lifecycle.options import Call
from lifecycle.sources.interface import list_version_ends
from lifecycle.sources.provenance import read_collected, read_stored_batches
from lifecycle.sources.sql_engine import add_driver
from lifecycle.sources.watermark import drop_stored_rows, find_newest, mark_version_rows, select_since
from lifecycle.stages import collect

Sql = Callable[..., None]
TABLE = f"lifecycle_orders_{os.getpid()}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a data version to begin with."""
    (tmp_path / "conf" / "source").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text("source: shop\nthrough: '2013-01-31'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def source(**entry: Any) -> None:
    """Write the source with one table."""
    said = {"_target_": "lifecycle.sources.files.read", "tables": {"orders": entry}}
    Path("conf/source/shop.yaml").write_text(yaml.safe_dump(said))


def state() -> dict[str, tuple[int, str]]:
    """The time of the last change and the hash of each raw file."""
    return {
        str(path): (path.stat().st_mtime_ns, hash_sha256(path)) for path in sorted(Path("data/raw").rglob("*.parquet"))
    }


def ids() -> list[list[int]]:
    """The ids in each batch, the batches in the order of their first."""
    return sorted(read_table(Path(path))["id"].to_list() for path in state())


@pytest.fixture
def shop(database: str) -> Iterator[tuple[str, Sql]]:
    """A table in a real database, and what runs SQL on it."""
    engine = sa.create_engine(add_driver(sa.make_url(database)))

    def run(*statements: str) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    run(f"DROP TABLE IF EXISTS {TABLE}", f"CREATE TABLE {TABLE} (id INTEGER, paid NUMERIC(8, 2), at TIMESTAMP NULL)")
    yield database, run
    run(f"DROP TABLE {TABLE}")
    engine.dispose()


def insert(*rows: tuple[int, float, str]) -> list[str]:
    """The statements that add rows."""
    return [f"INSERT INTO {TABLE} VALUES ({number}, {paid}, '{at}')" for number, paid, at in rows]


JANUARY = (1, 9.5, "2013-01-01 05:00:00"), (2, 3.25, "2013-01-31 23:59:59")


def test_new_rows_of_a_database_become_a_new_batch(shop: tuple[str, Sql], capsys: pytest.CaptureFixture[str]) -> None:
    address, run = shop
    run(*insert(*JANUARY))
    source(path=address, format="sql", table=TABLE, watermark="at")
    assert collect.main([]) == 0
    before = state()
    assert ids() == [[1, 2]]
    assert read_table(Path(next(iter(before))))["at"].to_list() == ["2013-01-01T05:00:00", "2013-01-31T23:59:59"]
    assert collect.main([]) == 0
    assert state() == before
    run(*insert((3, 1.0, "2013-01-31 23:59:59"), (4, 1.0, "2013-02-01 00:00:00"), (5, 2.0, "2031-01-01 00:00:00")))
    assert collect.main([]) == 0
    assert {name: entry for name, entry in state().items() if name in before} == before
    assert ids() == [[1, 2], [3]]
    record = Path("data/provenance.json").read_bytes()
    assert collect.main([]) == 0
    assert Path("data/provenance.json").read_bytes() == record
    assert collect.main(["through=2013-02-28"]) == 0
    assert ids() == [[1, 2], [3], [4]]
    assert collect.main([]) == 0
    assert ids() == [[1, 2], [3]]
    assert capsys.readouterr().out.splitlines()[2:5:2] == [
        "collect: 2 batches through 2013-01-31, 3 rows, 1 batch new",
        "collect: 3 batches through 2013-02-28, 4 rows, 1 batch new",
    ]


def test_a_query_reads_only_new_rows(shop: tuple[str, Sql]) -> None:
    address, run = shop
    run(*insert(*JANUARY))
    query = f"WITH x AS (SELECT id, paid AS price FROM {TABLE} WHERE paid > 1) SELECT * FROM x;"
    source(path=address, format="sql", query=query, watermark="id")
    assert collect.main([]) == 0
    run(f"UPDATE {TABLE} SET paid = 99 WHERE id = 1", *insert((3, 7.0, "2013-01-05 00:00:00")))
    assert collect.main([]) == 0
    assert ids() == [[1, 2], [3]]


def test_a_column_that_is_gone_leaves_the_earlier_data(
    shop: tuple[str, Sql], capsys: pytest.CaptureFixture[str]
) -> None:
    address, run = shop
    run(*insert(*JANUARY))
    source(path=address, format="sql", table=TABLE, watermark="at")
    assert collect.main([]) == 0
    before, record = state(), Path("data/provenance.json").read_bytes()
    run(*insert((3, 1.0, "2013-01-31 23:59:59")), f"ALTER TABLE {TABLE} DROP COLUMN paid")
    assert collect.main([]) == 2
    error = capsys.readouterr().err.splitlines()
    assert error[0] == "error: the source gives orders without paid; nothing was changed"
    assert error[2] == "next:  correct conf/source/, or if intended: rm -r data/raw/orders && dvc repro collect"
    assert (state(), Path("data/provenance.json").read_bytes()) == (before, record)


def test_a_missing_watermark_is_an_error(shop: tuple[str, Sql], capsys: pytest.CaptureFixture[str]) -> None:
    address, run = shop
    run(*insert(*JANUARY))
    source(path=address, format="sql", table=TABLE, watermark="at")
    assert collect.main([]) == 0
    run(f"INSERT INTO {TABLE} VALUES (3, 1.0, NULL)")
    assert collect.main([]) == 2
    assert capsys.readouterr().err.startswith("error: at is missing in 1 of 2 rows: their order is unknown\n")


def test_the_database_rejects_to_be_written_to(shop: tuple[str, Sql], capsys: pytest.CaptureFixture[str]) -> None:
    address, run = shop
    run(*insert(*JANUARY))
    source(path=address, format="sql", query=f"WITH x AS (SELECT 1) DELETE FROM {TABLE} WHERE id = 1")
    assert collect.main([]) == 2
    assert "error: the database reports: " in capsys.readouterr().err


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_database_that_is_down_leaves_the_earlier_data(
    scheme: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("orders.csv").write_text("id,at\n1,2013-01-01\n")
    source(path="orders.csv", format="csv")
    assert collect.main([]) == 0
    before = state()
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", "DATABASE_PASSWORD@127.0.0.1:1")
    monkeypatch.setattr("lifecycle.sources.retry.FIRST", 0.001)
    source(path=rf"{scheme}://bob:\${{DATABASE_PASSWORD}}@127.0.0.1:1/shop", format="sql", table="orders")
    assert collect.main([]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: the database reports: ")
    assert "refused" in error
    assert f"where: {scheme}://bob:${{DATABASE_PASSWORD}}@127.0.0.1:1/shop\n" in error
    assert "hunter2" not in error
    assert state() == before


def test_a_file_that_grows_gives_its_new_lines(folder: Path) -> None:
    Path("orders.csv").write_text("id,at\n1,2013-01-01\n2,2013-01-02\n")
    source(path="orders.csv", format="csv", watermark="at")
    assert collect.main([]) == 0
    Path("orders.csv").write_text(
        "id,at\n1,2013-01-01\n2,2013-01-02\n2,2013-01-02\n3,2013-01-02T01:00:00Z\n4,2013-05-01\n"
    )
    assert collect.main([]) == 0
    assert ids() == [["1", "2"], ["2", "3"]]
    batches = json.loads(Path("data/provenance.json").read_text())["batches"]
    assert {entry["source"] for entry in batches} == {"orders.csv"}


def days(today: str, after: str = "2013-01-31", **entry: Any) -> list[str]:
    """Where later versions of a table end, beside what is collected."""
    earlier = read_collected()
    asked = Call(target="lifecycle.sources.files.read", arguments={"tables": {"orders": entry}})
    now, last = date.fromisoformat(today), date.fromisoformat(after)
    return [
        str(day)
        for day in list_version_ends(
            asked, "x", last, today=now, stored=lambda table: read_stored_batches(table, earlier)
        )
    ]


def test_the_next_version_ends_with_the_last_day_before_today_that_has_rows(shop: tuple[str, Sql]) -> None:
    address, run = shop
    run(*insert(*JANUARY))
    entry = {"path": address, "format": "sql", "table": TABLE, "watermark": "at"}
    source(**entry)
    assert collect.main([]) == 0
    assert days("2013-02-28", **entry) == []
    run(*insert((3, 1.0, "2013-02-01 04:00:00"), (4, 1.0, "2013-02-03 04:00:00"), (5, 2.0, "2031-01-01 00:00:00")))
    assert days("2013-02-28", **entry) == ["2013-02-03"]
    assert days("2013-02-03", **entry) == ["2013-02-01"]
    assert days("2013-02-28", after="2013-02-03", **entry) == []
    assert days("2013-02-28", path=address, format="sql", table=TABLE, watermark="id") == []
    assert days("2013-02-28", path=address, format="sql", table=TABLE) == []


def test_a_stream_is_not_heard_for_the_next_version() -> None:
    nowhere = {"path": "mqtt://127.0.0.1:1", "format": "mqtt", "topic": "a", "watermark": "at"}
    assert days("2013-02-28", **nowhere) == []


@pytest.mark.parametrize(
    ("watermark", "told"), [({"watermark": "at"}, "2013-01-31"), ({"watermark": "id"}, None), ({}, None)]
)
def test_provenance_names_the_day_where_it_decides_which_rows_there_are(
    watermark: dict[str, str], told: str | None
) -> None:
    Path("orders.csv").write_text("id,at\n1,2013-01-01\n")
    source(path="orders.csv", format="csv", **watermark)
    for _ in range(2):
        assert collect.main([]) == 0
        assert json.loads(Path("data/provenance.json").read_text()).get("through") == told


def test_with_labels_beside_them_new_rows_are_a_batch_of_their_own_all_the_same(folder: Path) -> None:
    Path("orders.csv").write_text("id,at\n1,2013-01-01\n")
    inner = {"path": "orders.csv", "format": "csv", "watermark": "at"}
    said = {
        "_target_": "lifecycle.sources.feedback.read",
        "folder": "data/feedback",
        "batches": [],
        "source": {"_target_": "lifecycle.sources.files.read", "tables": {"orders": inner}},
    }
    Path("conf/source/shop.yaml").write_text(yaml.safe_dump(said))
    assert collect.main([]) == 0
    before = state()
    Path("orders.csv").write_text("id,at\n1,2013-01-01\n2,2013-01-02\n3,2013-05-01\n")
    assert collect.main([]) == 0
    assert {name: entry for name, entry in state().items() if name in before} == before
    assert ids() == [["1"], ["2"]]
    assert json.loads(Path("data/provenance.json").read_text())["through"] == "2013-01-31"
    assert main(["advance", "--today", "2013-06-01"]) == 0
    assert "through: '2013-05-01'" in Path("params.yaml").read_text()


def test_a_correction_comes_as_a_new_batch_after_the_first(folder: Path) -> None:
    Path("orders.csv").write_text("id,paid,at\n1,5,2013-01-01\n2,5,2013-01-02\n")
    source(path="orders.csv", format="csv", watermark="at", key=["id"])
    assert collect.main([]) == 0
    Path("orders.csv").write_text("id,paid,at\n1,5,2013-01-01\n1,6,2013-01-03\n2,5,2013-01-02\n")
    assert collect.main([]) == 0
    batches = [entry["batch"] for entry in json.loads(Path("data/provenance.json").read_text())["batches"]]
    assert [read_table(Path("data/raw", name))["paid"].to_list() for name in batches] == [["5", "5"], ["6"]]


def test_another_address_begins_anew(folder: Path) -> None:
    for name in ("a.csv", "b.csv"):
        Path(name).write_text("id,at\n1,2013-01-01\n")
    source(path="a.csv", format="csv", watermark="at")
    assert collect.main([]) == 0
    Path("b.csv").write_text("id,at\n7,2012-01-01\n")
    source(path="b.csv", format="csv", watermark="at")
    assert collect.main([]) == 0
    assert ids() == [["7"]]


@pytest.mark.parametrize("kind", ["csv", "sqlite"])
def test_a_file_that_moved_goes_on_where_it_was(folder: Path, kind: str) -> None:
    def write(path: Path, *days: str) -> None:
        path.parent.mkdir(exist_ok=True)
        if kind == "csv":
            path.write_text("id,at\n" + "".join(f"{number},{day}\n" for number, day in enumerate(days, 1)))
        else:
            with contextlib.closing(sqlite3.connect(path)) as database, database:
                database.execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER, at TEXT)")
                database.execute("DELETE FROM orders")
                database.executemany("INSERT INTO orders VALUES (?, ?)", enumerate(days, 1))

    def collect_from(place: str) -> list[dict[str, Any]]:
        path = Path(place, f"orders.{kind}").as_posix()
        source(path=path, format=kind, watermark="at", **({"table": "orders"} if kind == "sqlite" else {}))
        assert collect.main([]) == 0
        found: list[dict[str, Any]] = json.loads(Path("data/provenance.json").read_text())["batches"]
        return found

    write(Path("here") / f"orders.{kind}", "2013-01-01")
    before = collect_from("here")
    Path("here").rename("there")
    assert collect_from("there") == before
    write(Path("there") / f"orders.{kind}", "2013-01-01", "2013-01-02")
    after = collect_from("there")
    assert after[:-1] == before
    assert [one["source"].split(" ")[0] for one in after] == [f"here/orders.{kind}", f"there/orders.{kind}"]
    write(Path("elsewhere") / f"orders.{kind}", "2012-12-24")
    assert len(collect_from("elsewhere")) == 1, "another file of the same name begins anew"


def test_a_version_before_the_first_row_is_rejected(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("orders.csv").write_text("id,at\n1,2013-01-01\n")
    source(path="orders.csv", format="csv", watermark="at")
    assert collect.main(["through=2012-12-31"]) == 2
    assert capsys.readouterr().err.startswith("error: there are no rows through 2012-12-31\n")


def rows(*marks: Any) -> pd.DataFrame:
    """Rows of nothing but a mark."""
    return pd.DataFrame({"mark": pd.Series(list(marks))})


def test_numbers_and_times_have_an_order() -> None:
    assert find_newest([rows(2, 10), rows(7)], "mark", "x") == 10
    assert find_newest([rows("9", "10")], "mark", "x") == "10"
    assert (
        find_newest([rows("2013-01-01T05:00:00+02:00", "2013-01-01T04:00:00Z")], "mark", "x") == "2013-01-01T04:00:00Z"
    )
    assert find_newest([], "mark", "x") is None
    assert select_since(rows("9", "10"), "10", "mark", "x")["mark"].to_list() == ["10"]
    assert mark_version_rows(
        rows("2013-01-31T23:59:59Z", "2013-02-01"), "mark", pd.Timestamp("2013-01-31").date(), "x"
    ).to_list() == [
        True,
        False,
    ]


def test_what_is_held_is_left_out_as_often_as_it_is_held() -> None:
    assert drop_stored_rows(rows(1, 1, 2), [rows(1.0)])["mark"].to_list() == [1, 2]
    assert drop_stored_rows(rows(1, 1, 2), [rows(1)], ["mark"])["mark"].to_list() == [2]
    assert drop_stored_rows(rows(1), [])["mark"].to_list() == [1]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([rows("a")], "mark is neither a number nor an ISO time: 'a'"),
        ([rows("1", None)], "mark is missing in 1 of 2 rows"),
        ([rows(1), rows("2013-01-01")], "mark holds numbers in some rows and times in others"),
    ],
)
def test_marks_without_an_order_are_rejected(held: list[pd.DataFrame], said: str) -> None:
    with pytest.raises(SourceError) as caught:
        find_newest(held, "mark", "x")
    assert caught.value.what.startswith(said)


def test_a_source_whose_marks_change_their_kind_is_rejected() -> None:
    with pytest.raises(SourceError, match="mark holds numbers in some rows and times in others"):
        select_since(rows("2013-01-01"), 5, "mark", "x")
