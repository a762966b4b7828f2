"""What every entry of conf/source/ says of one raw table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from lifecycle.options import options
from lifecycle.sources.spool import MessageBuffer

Format = Literal[
    "csv",
    "excel",
    "html",
    "json",
    "json_lines",
    "mongodb",
    "mqtt",
    "openml",
    "parquet",
    "rest",
    "selectors",
    "sql",
    "sqlite",
]


@options
class Entry:
    """Where a raw table is read from and in which format; `missing` lists the texts that stand for no value.

    `path` is a file, a URL or another address. `licence` and `publisher` go into the provenance. With
    `watermark`, a column that only grows, rows that are not there yet become a batch of their own and earlier
    batches stay; rows later than the data version's last day wait for a later version. Rows alike in the
    columns of `key` are one row that came twice.
    """

    path: str
    format: Format
    missing: tuple[str, ...] = ()
    licence: str = "not stated"
    publisher: str = "not stated"
    watermark: str = ""
    key: tuple[str, ...] = ()

    @property
    def detail(self) -> str:
        """What is asked for at the address, where that says more."""
        return ""

    @property
    def streams(self) -> bool:
        """Whether rows come once and are not there to be read again."""
        return False


@dataclass(frozen=True)
class ReadContext:
    """What holds of one reading: the newest watermark held, the last day of the version, and how to wait.

    `spool` keeps what comes only once until a batch holds it.
    """

    wait: Callable[[float], object]
    since: Any = None
    through: date | None = None
    spool: MessageBuffer | None = None


@dataclass(frozen=True)
class ReadResult:
    """What a source delivers: rows, the `message` and `reason` of each that could not become one, and its licence."""

    rows: pd.DataFrame
    rejected: pd.DataFrame | None = None
    licence: str = ""
