"""Databases: a table or a query, sorted, in full or from the newest stored watermark on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lifecycle.errors import SourceError, WrongValue, suggest_name
from lifecycle.io.budget import OBJECT, TABLE, Pace, must_fit_bytes, must_fit_columns
from lifecycle.io.progress import track
from lifecycle.options import options
from lifecycle.sources.formats.entry import Entry, ReadContext, ReadResult
from lifecycle.sources.formats.normalize import normalize_table, sort_rows
from lifecycle.sources.retry import Wait
from lifecycle.sources.secrets import mask_secrets
from lifecycle.sources.sql_engine import SQLITE, connect, watch

if TYPE_CHECKING:
    from sqlalchemy import Connection

READING = ("select", "with")
BLOCK = 100  # rows that are counted at once


@options
class SqlEntry(Entry):
    """A table or a query, one of them. `path` is the file, or the database's address."""

    table: str = ""
    query: str = ""

    @property
    def detail(self) -> str:
        """The table or the query."""
        return self.table or self.query

    @property
    def address(self) -> str:
        """The address as SQLAlchemy takes it."""
        return (SQLITE if self.format == "sqlite" else "") + self.path


def read(entry: SqlEntry, context: ReadContext) -> ReadResult:
    """The rows of a table or of a SELECT, sorted by all columns; with a watermark, those from `context.since` on.

    Raises WrongValue unless the entry has a table or a query, SourceError when the database or the table cannot
    be had, or rejects the query.
    """
    must_name_one(entry)
    with connect(entry.address, context.wait) as connection:
        rows = fetch_rows(connection, entry, context.since)
    return ReadResult(sort_rows(normalize_table(rows)))


def must_name_one(entry: SqlEntry) -> None:
    """Raise WrongValue unless the entry has either a table or a reading query."""
    if bool(entry.table) == bool(entry.query):
        keys = "both table: and query:" if entry.table else "neither table: nor query:"
        raise WrongValue(f"there is {keys}", where=mask_secrets(entry.path), todo="write table: or query:, one of them")
    first = (entry.query.split() or [""])[0].lower()
    if entry.query and first not in READING:
        raise WrongValue(
            f"a query begins with SELECT or WITH, not with {first!r}",
            where=mask_secrets(entry.path),
            todo="write query: SELECT …",
        )


def fetch_rows(connection: Connection, entry: SqlEntry, since: Any) -> pd.DataFrame:
    """The rows as the driver gives them; raises TooLarge where they are more, or come later, than the budget has."""
    import sqlalchemy as sa

    source: Any = sa.text(f"({escape_query(entry.query)}) AS asked") if entry.query else find_table(connection, entry)
    statement: Any = sa.select(sa.text("*")).select_from(source)
    if entry.query and since is None:
        statement = sa.text(escape_query(entry.query))
    if since is not None:
        mark: Any = sa.column(entry.watermark)
        # The database casts the value to the column's type; missing values are read too, to be rejected, not skipped.
        statement = statement.where(sa.or_(mark >= sa.bindparam("since", since, sa.types.NullType()), mark.is_(None)))
    pace = watch(connection, mask_secrets(entry.path))  # the first row may be what never comes
    result = connection.execution_options(stream_results=True).execute(statement)
    must_fit_columns(len(result.keys()), mask_secrets(entry.path))
    with track(f"collect {mask_secrets(entry.path)}", result, "rows") as progress:
        rows = take_rows(progress, measure_database(entry), pace)
    columns = {place: pd.Series([row[place] for row in rows], dtype="object") for place in range(len(result.keys()))}
    return pd.DataFrame(columns).set_axis(list(result.keys()), axis=1)


def take_rows(rows: Iterable[Any], packed: int, pace: Pace) -> list[tuple[Any, ...]]:
    """The rows; raises TooLarge where they are more than a database of `packed` bytes may give, or come too late."""
    taken: list[tuple[Any, ...]] = []
    waiting, size = iter(rows), 0
    while block := [tuple(row) for row in islice(waiting, BLOCK)]:
        taken += block
        added = sum(map(weigh_row, block))
        size += added
        must_fit_bytes(size, packed, pace.where, is_all=False)
        pace.gave(added)
    return taken


def weigh_row(row: tuple[Any, ...]) -> int:
    """About how many bytes a row takes in memory."""
    return OBJECT * len(row) + sum(len(value) for value in row if isinstance(value, str | bytes))


def measure_database(entry: SqlEntry) -> int:
    """The bytes of a database in a file; for a server, which states none, as many as an input may have."""
    path = Path(entry.path.removeprefix(SQLITE))
    return path.stat().st_size if "://" not in str(path) and path.is_file() else TABLE.most


def escape_query(query: str) -> str:
    """The query with escaped colons, and without the semicolon at its end."""
    return query.strip().removesuffix(";").replace(":", r"\:")


def find_table(connection: Connection, entry: SqlEntry) -> Any:
    """The entry's table, as `schema.table` if the schema is not the default."""
    import sqlalchemy as sa

    tables = list_tables(connection)
    schema, _, name = entry.table.rpartition(".") if entry.table not in tables else ("", "", entry.table)
    tables = list_tables(connection, schema) if schema else tables
    if name not in tables:
        raise SourceError(
            f"there is no table {name!r}; there are {len(tables)}",
            where=mask_secrets(entry.path),
            todo=suggest_name(name, tables),
        )
    return sa.table(name, schema=schema or None)


def list_tables(connection: Connection, schema: str = "") -> list[str]:
    """The tables and views, in order."""
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    return sorted({*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)})


def read_table_names(address: str, wait: Wait = time.sleep) -> list[str]:
    """The tables and views of a database, in order; raises as `read` does."""
    with connect(address, wait) as connection:
        return list_tables(connection)
