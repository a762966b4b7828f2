"""Database connections: read-only, in UTC, with secrets filled in from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lifecycle.errors import SourceError, TooLarge, WrongValue
from lifecycle.io.budget import MIB, Pace, advise, read_budget, start_pace
from lifecycle.sources.retry import TransientFailure, Wait, call_with_retries
from lifecycle.sources.secrets import PLACEHOLDER, fill_text, hide_secrets, mask_secrets, must_be_confirmed_for

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import URL, Connection, Engine

SQLITE = "sqlite:///"
SECONDS = 10  # without a connection
DRIVER_SECRETS = (("postgres", "PGPASSWORD"),)
STEPS = 100_000  # of SQLite between two looks at the clock
# What SQLite says where a limit ended it, and the limit.
ENDED = {"interrupted": "wait_seconds", "string or blob too big": "cell_mib"}
PASSING = re.compile(r"refused|timed? ?out|starting up|too many connections|lost connection|reset|broken pipe", re.I)
# The drivers that come with an extra of this package, where the address names none.
DRIVERS = {"mariadb": "mysql+pymysql", "mysql": "mysql+pymysql", "postgresql": "postgresql+psycopg"}
EXTRAS = {"psycopg": "lifecycle[postgresql]", "pymysql": "lifecycle[mysql]"}
# Settings of a new session: times in UTC, read-only transactions.
SESSION_SETTINGS = {
    "postgresql": ("SET TIME ZONE 'UTC'", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"),
    "mysql": ("SET time_zone = '+00:00'", "SET SESSION TRANSACTION READ ONLY"),
}


@contextmanager
def connect(address: str, wait: Wait) -> Iterator[Connection]:
    """A connection to a database.

    Raises SourceError, without secrets, for every error of the database or its driver, inside the block too, TooLarge
    for what SQLite ended because it was too long, or took too long, and WrongValue for a password that nobody has
    confirmed for the server.
    """
    from sqlalchemy.exc import SQLAlchemyError

    must_be_confirmed_for(address, list_driver_secrets(address))
    with hide_secrets(address) as values:
        engine = create_engine(address, values)
        try:
            with call_with_retries(lambda: try_connect(engine, address), wait) as connection:
                yield connection
        except SQLAlchemyError as cause:
            raise build_error(address, cause) from cause
        finally:
            engine.dispose()


def list_driver_secrets(address: str) -> list[str]:
    """The environment variables whose values a driver sends without being asked."""
    return [name for scheme, name in DRIVER_SECRETS if address.startswith(scheme) and os.environ.get(name)]


def try_connect(engine: Engine, address: str) -> Connection:
    """One attempt to connect; raises TransientFailure if a retry may help."""
    from sqlalchemy.exc import OperationalError

    try:
        return engine.connect()
    except OperationalError as cause:
        if PASSING.search(str(cause)):
            raise TransientFailure(build_error(address, cause)) from cause
        raise


def build_error(address: str, cause: Exception) -> SourceError | TooLarge:
    """The error with the message of the database or its driver."""
    reason = " ".join(str(getattr(cause, "orig", None) or cause).split())[:200]
    for words, name in ENDED.items():
        if reason == words:
            limit = getattr(read_budget(), name)
            return TooLarge(
                f"the database was stopped ({reason}): {name.replace('_', ' ')} may be {limit}",
                where=mask_secrets(address),
                todo=advise(name, 10 * limit * (MIB if name == "cell_mib" else 1)),
            )
    return SourceError(
        f"the database reports: {reason}",
        where=mask_secrets(address),
        todo="correct the address, the table or the query",
    )


def create_engine(address: str, values: dict[str, str]) -> Engine:
    """The engine of a database, not yet connected; raises WrongValue for an address without a driver."""
    import sqlalchemy as sa
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        url = add_driver(fill_address(address, values))
        if url.get_backend_name() == "sqlite":
            return create_sqlite_engine(url)
        is_known = url.get_backend_name() in SESSION_SETTINGS
        engine = sa.create_engine(url, connect_args={"connect_timeout": SECONDS} if is_known else {})
    except ModuleNotFoundError as cause:
        raise SourceError(
            f"the driver {cause.name} is not installed",
            where=mask_secrets(address),
            todo=f"pip install {EXTRAS.get(str(cause.name), cause.name)}",
        ) from cause
    except (ArgumentError, NoSuchModuleError, ValueError) as cause:
        raise WrongValue(
            f"this is no database address: {cause}",
            where=mask_secrets(address),
            todo="write postgresql://${DATABASE_USER}:${DATABASE_PASSWORD}@host/database, or sqlite:///file.sqlite",
        ) from cause
    sa.event.listen(
        engine,
        "connect",
        lambda connection, _: run_statements(connection, SESSION_SETTINGS.get(engine.dialect.name, ())),
    )
    return engine


def run_statements(connection: Any, statements: tuple[str, ...]) -> None:
    """Run statements on a driver's new connection."""
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    connection.commit()


def add_driver(url: URL) -> URL:
    """The address with the driver of its extra, unless it names one."""
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def fill_address(address: str, values: dict[str, str]) -> URL:
    """The address with the environment's values in each of its parts."""
    from sqlalchemy import make_url

    if PLACEHOLDER.fullmatch(address):
        return make_url(fill_text(address, values))
    url = make_url(address)

    def given(part: Any) -> str | None:
        return None if part is None else fill_text(str(part), values)

    return url.set(
        username=given(url.username),
        password=given(url.password),
        database=given(url.database),
        query={key: fill_text(value, values) if isinstance(value, str) else value for key, value in url.query.items()},
    )


def create_sqlite_engine(url: URL) -> Engine:
    """An SQLite file opened read-only; a missing file is not created."""
    import sqlalchemy as sa

    path = Path(url.database or "")
    if not path.is_file():
        raise SourceError("there is no such file", where=str(path), todo="correct the path after sqlite:///")
    return sa.create_engine("sqlite://", creator=lambda: open_sqlite(path))


def open_sqlite(path: Path) -> sqlite3.Connection:
    """A connection that reads alone: no value is longer than a cell may be, and views call no unsafe function."""
    import sqlite3

    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, read_budget().cell_bytes)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def watch(connection: Connection, where: str) -> Pace:
    """The pace of a query; SQLite ends one that gives nothing for too long, even before its first row."""
    raw: Any = connection.connection.dbapi_connection
    pace = start_pace(where)
    if hasattr(raw, "set_progress_handler"):
        raw.set_progress_handler(pace.is_late, STEPS)
    return pace
