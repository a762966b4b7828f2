"""Databases behind an address: opened for reading alone, in UTC, with the environment's values in the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lifecycle.errors import SourceError, WrongValue
from lifecycle.sources.retry import Passing, Wait, patiently
from lifecycle.sources.secrets import PLACEHOLDER, hidden, put, shown

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

SQLITE = "sqlite:///"
SECONDS = 10  # without a connection
PASSING = re.compile(r"rejected|timed? ?out|starting up|too many connections|lost connection|reset|broken pipe", re.I)
# The drivers that come with an extra of this package, where the address names none.
DRIVERS = {"mariadb": "mysql+pymysql", "mysql": "mysql+pymysql", "postgresql": "postgresql+psycopg"}
EXTRAS = {"psycopg": "lifecycle[postgresql]", "pymysql": "lifecycle[mysql]"}
# What a new connection is told, so that times read alike everywhere and nothing is written.
TOLD = {
    "postgresql": ("SET TIME ZONE 'UTC'", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"),
    "mysql": ("SET time_zone = '+00:00'", "SET SESSION TRANSACTION READ ONLY"),
}


@contextmanager
def connected(address: str, wait: Wait) -> Iterator[Connection]:
    """A connection to the database behind an address.

    Raises SourceError for whatever the database or its driver says, then and inside, without the secrets.
    """
    from sqlalchemy.exc import SQLAlchemyError

    with hidden(address) as values:
        engine = engine_of(address, values)
        try:
            with patiently(lambda: opened(engine, address), wait) as connection:
                yield connection
        except SQLAlchemyError as cause:
            raise not_read(address, cause) from cause
        finally:
            engine.dispose()


def opened(engine: Engine, address: str) -> Connection:
    """One try to connect; raises Passing where another may help."""
    from sqlalchemy.exc import OperationalError

    try:
        return engine.connect()
    except OperationalError as cause:
        if PASSING.search(str(cause)):
            raise Passing(not_read(address, cause)) from cause
        raise


def not_read(address: str, cause: Exception) -> SourceError:
    """The error for what the database or its driver says."""
    said = " ".join(str(getattr(cause, "orig", None) or cause).split())[:200]
    return SourceError(
        f"the database says: {said}", where=shown(address), todo="correct the address, the table or the query"
    )


def engine_of(address: str, values: dict[str, str]) -> Engine:
    """The database behind an address, not yet connected; raises WrongValue when no driver takes it."""
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        url = with_driver(completed(address, values))
        if url.get_backend_name() == "sqlite":
            return sqlite_engine(url)
        known = url.get_backend_name() in TOLD
        engine = sa.create_engine(url, connect_args={"connect_timeout": SECONDS} if known else {})
    except ModuleNotFoundError as cause:
        raise SourceError(
            f"the driver {cause.name} is not installed",
            where=shown(address),
            todo=f"pip install {EXTRAS.get(str(cause.name), cause.name)}",
        ) from cause
    except (ArgumentError, NoSuchModuleError, ValueError) as cause:
        raise WrongValue(
            f"this is no database address: {cause}",
            where=shown(address),
            todo="write postgresql://${DATABASE_USER}:${DATABASE_PASSWORD}@host/database, or sqlite:///file.sqlite",
        ) from cause
    sa.event.listen(engine, "connect", lambda connection, _: told(connection, TOLD.get(engine.dialect.name, ())))
    return engine


def told(connection: Any, statements: tuple[str, ...]) -> None:
    """Run statements on a driver's new connection."""
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    connection.commit()


def with_driver(url: URL) -> URL:
    """The address with the driver that its extra installs, unless it names one."""
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def completed(address: str, values: dict[str, str]) -> URL:
    """The address with the environment's values in each of its parts."""
    from sqlalchemy import make_url

    if PLACEHOLDER.fullmatch(address):
        return make_url(put(address, values))
    url = make_url(address)

    def given(part: Any) -> str | None:
        return None if part is None else put(str(part), values)

    return url.set(
        username=given(url.username),
        password=given(url.password),
        host=given(url.host),
        database=given(url.database),
        query={key: put(value, values) if isinstance(value, str) else value for key, value in url.query.items()},
    )


def sqlite_engine(url: URL) -> Engine:
    """An SQLite file opened read-only: none is made where there is none."""
    import sqlite3

    import sqlalchemy as sa

    path = Path(url.database or "")
    if not path.is_file():
        raise SourceError("there is no such file", where=str(path), todo="correct the path after sqlite:///")
    return sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True))
