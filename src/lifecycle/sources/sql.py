"""Rows of a database: whole tables or queries, in one order, under a name made from their content."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pandas as pd

from lifecycle.batches import Batch, Origin, content_mark
from lifecycle.errors import SourceError, WrongValue, nearest
from lifecycle.sources.address import PLACEHOLDER, hidden, shown
from lifecycle.sources.formats.plain import plain

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

READING = ("select", "with")
SQLITE = "sqlite:///"


def origin(*, address: str, tables: dict[str, dict[str, str]]) -> Origin:
    """The address as it may be shown, and what was asked for."""
    asked = "; ".join(f"{name}: {' '.join(entry.values())}" for name, entry in sorted(tables.items()))
    return Origin(source=f"{shown(address)} ({asked})", licence="not stated", publisher="not stated")


def read(*, address: str, tables: dict[str, dict[str, str]]) -> Iterator[Batch]:
    """One batch for each entry of `tables`, which has either `table:` or `query:`.

    `address` is SQLAlchemy's, with `${NAME}` where the environment's value is meant.
    """
    for name, entry in tables.items():
        rows = fetched(address, **one_of(entry, f"conf/source/, key tables.{name}"))
        yield Batch(table=name, period=None, rows=rows, mark=content_mark(rows))


def one_of(entry: dict[str, str], where: str) -> dict[str, str]:
    """The entry, once it is `table:` or `query:` and nothing else."""
    if set(entry) not in ({"table"}, {"query"}):
        raise WrongValue(
            f"the entry has {', '.join(sorted(entry)) or 'no key'}",
            where=where,
            todo="write table: or query:, one of them",
        )
    return entry


def fetched(address: str, *, table: str = "", query: str = "") -> pd.DataFrame:
    """The rows of a table or of a SELECT, sorted by all columns.

    Raises SourceError when the database or the table cannot be had, or refuses the query.
    """
    from sqlalchemy.exc import SQLAlchemyError

    with hidden(address) as values:
        engine = engine_of(address, values)
        try:
            with engine.connect() as connection:
                found = rows_of(connection, table, query, shown(address))
        except SQLAlchemyError as cause:
            raise not_read(address, cause) from cause
        finally:
            engine.dispose()
    made = plain(found)
    return made.sort_values(list(made.columns), kind="stable", ignore_index=True) if len(made.columns) else made


def rows_of(connection: Connection, table: str, query: str, where: str) -> pd.DataFrame:
    """The rows as the driver gives them."""
    import sqlalchemy as sa

    if query:
        must_read_only(query, where)
        asked: Any = sa.text(query.replace(":", r"\:"))
    else:
        schema, _, name = table.rpartition(".") if table not in names_of(connection) else ("", "", table)
        must_be_table(connection, name, schema, where)
        asked = sa.select(sa.text("*")).select_from(sa.table(name, schema=schema or None))
    result = connection.execute(asked)
    rows = [tuple(row) for row in result]
    columns = {place: pd.Series([row[place] for row in rows], dtype="object") for place in range(len(result.keys()))}
    return pd.DataFrame(columns).set_axis(list(result.keys()), axis=1)


def names_of(connection: Connection, schema: str = "") -> list[str]:
    """The tables and views, in order."""
    import sqlalchemy as sa

    inspector = sa.inspect(connection)
    return sorted({*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)})


def must_be_table(connection: Connection, name: str, schema: str, where: str) -> None:
    """Raise SourceError unless the database has the table or view."""
    known = names_of(connection, schema)
    if name not in known:
        raise SourceError(f"there is no table {name!r}; there are {len(known)}", where=where, todo=nearest(name, known))


def must_read_only(query: str, where: str) -> None:
    """Raise WrongValue for a query that does not begin as one that reads."""
    first = (query.split() or [""])[0].lower()
    if first not in READING:
        raise WrongValue(
            f"a query begins with SELECT or WITH, not with {first!r}", where=where, todo="write query: SELECT …"
        )


def table_names(address: str) -> list[str]:
    """The tables and views of a database, in order; raises as `fetched` does."""
    from sqlalchemy.exc import SQLAlchemyError

    with hidden(address) as values:
        engine = engine_of(address, values)
        try:
            with engine.connect() as connection:
                return names_of(connection)
        except SQLAlchemyError as cause:
            raise not_read(address, cause) from cause
        finally:
            engine.dispose()


def not_read(address: str, cause: Exception) -> SourceError:
    """The error for what the database or its driver says."""
    said = " ".join(str(getattr(cause, "orig", None) or cause).split())[:200]
    return SourceError(
        f"the database says: {said}", where=shown(address), todo="correct the address, the table or the query"
    )


def engine_of(address: str, values: dict[str, str]) -> Engine:
    """The database behind an address, opened for reading; raises WrongValue when no driver takes it."""
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        url = completed(address, values)
        if url.get_backend_name() == "sqlite":
            return sqlite_engine(url)
        reads = {"postgresql_readonly": True} if url.get_backend_name() == "postgresql" else {}
        return sa.create_engine(url, execution_options=reads)
    except ModuleNotFoundError as cause:
        raise SourceError(
            f"the driver {cause.name} is not installed", where=shown(address), todo=f"pip install {cause.name}"
        ) from cause
    except (ArgumentError, NoSuchModuleError, ValueError) as cause:
        raise WrongValue(
            f"this is no database address: {cause}",
            where=shown(address),
            todo="write postgresql://${DATABASE_USER}:${DATABASE_PASSWORD}@host/database, or sqlite:///file.sqlite",
        ) from cause


def completed(address: str, values: dict[str, str]) -> URL:
    """The address with the environment's values in each of its parts."""
    from sqlalchemy import make_url

    if PLACEHOLDER.fullmatch(address):
        return make_url(PLACEHOLDER.sub(lambda found: values[found[1]], address))
    url = make_url(address)

    def put(part: str | None) -> str | None:
        return part if part is None else PLACEHOLDER.sub(lambda found: values[found[1]], part)

    return url.set(
        username=put(url.username),
        password=put(None if url.password is None else str(url.password)),
        host=put(url.host),
        database=put(url.database),
        query={key: put(value) or "" if isinstance(value, str) else value for key, value in url.query.items()},
    )


def sqlite_engine(url: URL) -> Engine:
    """An SQLite file opened read-only: none is made where there is none."""
    import sqlite3

    import sqlalchemy as sa

    path = Path(url.database or "")
    if not path.is_file():
        raise SourceError("there is no such file", where=str(path), todo="correct the path after sqlite:///")
    return sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True))
