"""The entry of a raw table in conf/source/, and the context and result of reading it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import pandas as pd

from lifecycle.options import options
from lifecycle.sources.message_buffer import MessageBuffer

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
    """The address and format of a raw table; `missing` lists codes for missing values.

    The columns in `drop` are left out where the table has them: row numbers that a program wrote beside the data.

    `path` is a file, a URL or another address. `licence` and `publisher` go into the provenance. With
    `watermark`, a column that only grows, new rows become a batch of their own and earlier batches stay; rows
    later than the data version's last day belong to a later version. Rows with equal values in the columns
    of `key` are one row that was delivered twice.
    """

    path: str
    format: Format
    missing: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    licence: str = "not stated"
    publisher: str = "not stated"
    watermark: str = ""
    key: tuple[str, ...] = ()

    @property
    def detail(self) -> str:
        """The table, query or other part of the address, for the origin."""
        return ""

    @property
    def streams(self) -> bool:
        """Whether rows are delivered once and cannot be read again."""
        return False


@dataclass(frozen=True)
class ReadContext:
    """The context of reading an entry: the newest stored watermark, the version's last day, and how to wait.

    `buffer` buffers the messages of a stream until a batch holds them.
    """

    wait: Callable[[float], object]
    since: Any = None
    through: date | None = None
    buffer: MessageBuffer | None = None


@dataclass(frozen=True)
class ReadResult:
    """The result of reading an entry: rows, rejected messages with `message` and `reason`, and the source's licence.

    `left_out` are the numbers of the lines that are no rows, by reason; `infinite` how many infinite values each
    column had, which are missing; `unsaved` the cells with a formula whose value was not saved, by column.
    """

    rows: pd.DataFrame
    rejected: pd.DataFrame | None = None
    licence: str = ""
    left_out: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    infinite: Mapping[str, int] = field(default_factory=dict)
    unsaved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
