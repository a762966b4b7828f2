"""Databases: whole tables and queries, in one order; passwords come from the environment and are never shown."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lifecycle.errors import LifecycleError, SourceError, WrongValue
from lifecycle.sources import files
from lifecycle.sources.batches import Batch


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of one table and one view, in the working folder."""
    monkeypatch.chdir(tmp_path)
    with sqlite3.connect("shop.sqlite") as connection:
        connection.execute('CREATE TABLE "the sales" (id INTEGER, price REAL, shop TEXT)')
        connection.executemany(
            'INSERT INTO "the sales" VALUES (?, ?, ?)', [(2, 1.5, "B"), (1, None, " A "), (2, 1, "")]
        )
        connection.execute('CREATE VIEW dear AS SELECT * FROM "the sales" WHERE price > 1')
    connection.close()
    return "sqlite:///shop.sqlite"


def batch_of(address: str, **entry: str) -> Batch:
    """The batch of one entry."""
    (batch,) = files.read(tables={"t": {"path": address, "format": "sql", **entry}}, wait=lambda seconds: None)
    return batch


def source_of(address: str, **entry: str) -> str:
    """What the provenance says of one entry."""
    return files.describe_origin(tables={"t": {"path": address, "format": "sql", **entry}}).source


def read(address: str, **entry: str) -> Any:
    """The rows of one entry, with None where missing."""
    batch = batch_of(address, **entry)
    return [tuple(row) for row in batch.rows.astype("object").where(batch.rows.notna(), None).to_numpy()]


def test_a_table_is_sorted_by_all_columns(shop: str) -> None:
    assert read(shop, table="the sales") == [(1, None, "A"), (2, 1.0, None), (2, 1.5, "B")]
    assert read(shop, table="dear") == [(2, 1.5, "B")]


def test_the_mark_depends_on_the_rows_alone(shop: str) -> None:
    asked = ['SELECT * FROM "the sales"', 'SELECT * FROM "the sales" ORDER BY price', 'SELECT id FROM "the sales"']
    one, two, other = (batch_of(shop, query=query).name for query in asked)
    assert one == two != other


def test_a_query_keeps_colons_percents_and_repeated_names(shop: str) -> None:
    batch = batch_of(shop, query="WITH x AS (SELECT 1 a) SELECT a, a, ':x', '5%' p FROM x")
    assert list(batch.rows.columns) == ["a", "a_2", "':x'", "p"]
    assert read(shop, query="SELECT ':x' a, '12:30' b, '5%' c") == [(":x", "12:30", "5%")]


@pytest.mark.parametrize(
    ("entry", "said", "todo"),
    [
        ({"table": "the sale"}, "there is no table 'the sale'; there are 2", "use 'the sales'"),
        ({"query": "DROP TABLE dear"}, "a query begins with SELECT or WITH, not with 'drop'", "write query: SELECT …"),
        ({"query": "SELECT x"}, "the database reports: no such column: x", "correct the address, the table"),
        ({"query": "SELECT 1; SELECT 2"}, "the database reports: You can only execute one statement", "correct"),
        (
            {"query": 'WITH x AS (SELECT 1) DELETE FROM "the sales"'},
            "the database reports: attempt to write",
            "correct",
        ),
        ({}, "there is neither table: nor query:", "write table: or query:, one of them"),
        ({"table": "a", "query": "b"}, "there is both table: and query:", "write table: or query:, one of them"),
    ],
)
def test_what_cannot_be_read(shop: str, entry: dict[str, str], said: str, todo: str) -> None:
    with pytest.raises(LifecycleError) as caught:
        read(shop, **entry)
    assert caught.value.what.startswith(said)
    assert caught.value.todo.startswith(todo)


def test_a_missing_file_is_not_made(shop: str) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        read("sqlite:///other.sqlite", table="t")
    assert not Path("other.sqlite").exists()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://bob:hunter2@host/shop",
        "postgresql+psycopg://bob:hunter2@host:5432/shop?sslmode=require",
        "postgresql://${USER}:hunter2@host/shop",
        "postgresql://host/shop?user=bob&password=hunter2",
        "mysql://:hunter2@host/shop",
    ],
)
def test_a_password_in_the_address_is_rejected_and_not_shown(address: str) -> None:
    with pytest.raises(WrongValue) as caught:
        read(address, table="t")
    assert caught.value.what == "the address holds a password"
    assert "set DATABASE_USER and DATABASE_PASSWORD in the environment" in caught.value.todo
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in source_of(address, table="t")


def test_placeholders_are_filled_from_the_environment(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "shop.sqlite")
    monkeypatch.setenv("WHOLE", shop)
    for address in ("sqlite:///${SHOP}", r"sqlite:///\${SHOP}", "${WHOLE}"):
        assert read(address, table="dear") == [(2, 1.5, "B")]
    assert source_of(r"sqlite:///\${SHOP}", table="dear") == "t: sqlite:///${SHOP} (dear)"


def test_an_unset_placeholder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP", raising=False)
    with pytest.raises(WrongValue) as caught:
        read("sqlite:///${SHOP}", table="dear")
    assert (caught.value.what, caught.value.todo) == ("the environment variable SHOP is not set", "export SHOP=…")


def test_what_was_filled_in_is_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "hunter2")
    with pytest.raises(SourceError) as caught:
        read(f"sqlite:///{tmp_path}/${{SHOP}}", table="dear")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    monkeypatch.setenv("SHOP", "no address, hunter2")
    with pytest.raises(WrongValue) as rejected:
        read("${SHOP}", table="dear")
    assert "hunter2" not in str(rejected.value)


def test_a_driver_that_is_not_installed_is_named() -> None:
    with pytest.raises(LifecycleError) as caught:
        read("oracle://host/shop", table="t")
    assert caught.value.todo.startswith("pip install ")
