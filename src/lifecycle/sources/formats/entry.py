"""What every entry of conf/source/ says of one raw table."""

from typing import Literal

from lifecycle.options import options

Format = Literal["csv", "excel", "html", "json", "json_lines", "parquet", "sql", "sqlite"]


@options
class Entry:
    """Where a raw table is read from and in which format; `missing` lists the texts that stand for no value.

    `path` is a file, a file or http(s) URL, or the address of a database. `licence` and `publisher` go
    into the provenance.
    """

    path: str
    format: Format
    missing: tuple[str, ...] = ()
    licence: str = "not stated"
    publisher: str = "not stated"
