"""Steps on the cells of one table: reading, comparing, renaming; ids and days."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from lifecycle.data.cells.reading import Reading, Type, parse_reading, read_cells
from lifecycle.data.cleaning import Tables, must_read
from lifecycle.data.columns import with_columns
from lifecycle.data.schema import must_have_columns
from lifecycle.errors import UnfitTable, UnknownName, WrongValue, suggest_name

TODO = "correct the column's entry in this step, or list {code!r} in its na_values:"


def read_columns(tables: Tables, *, table: str, columns: dict[str, dict[str, Any]]) -> Tables:
    """The tables, with the cells of columns of `table` read: each names its `type` and how its cells are written.

    The keys beside `type` are those of `read:` in conf/schema/, which does the same for the columns of the schema.
    Raises UnfitTable for a cell that is not understood.
    """
    rows = get_table(tables, table, list(columns))
    read = {}
    for name, entry in columns.items():
        where = f"conf/clean/, step read_columns, column {name}"
        kind, reading = parse_entry(entry, where)
        found = read_cells(rows[name], kind, reading)
        must_read(rows[name], found.unread, kind, f"raw table {table}", TODO)
        read[name] = found.values
    return tables | {table: with_columns(rows, read)}


def parse_entry(entry: Mapping[str, Any], where: str) -> tuple[Type, Reading]:
    """The type and the reading of a column; raises WrongValue for another key or value."""
    keys = dict(entry)
    kind = keys.pop("type", None)
    if kind not in get_args(Type):
        raise WrongValue(
            f"type is {kind!r}", where=f"{where}, key type", todo=suggest_name(str(kind), get_args(Type)) + " as type:"
        )
    return kind, parse_reading(keys, where)


def compare_value(tables: Tables, *, table: str, column: str, value: str, name: str = "") -> Tables:
    """The tables, with a boolean in `table`: whether the column holds the value; missing where it is missing.

    The new column is called `name`; without a name it replaces the column.
    """
    rows = get_table(tables, table, [column])
    text = strip_texts(rows[column])
    return tables | {table: with_columns(rows, {name or column: (text == value).astype("boolean").mask(text.isna())})}


def blank_codes(tables: Tables, *, table: str, columns: dict[str, list[str]]) -> Tables:
    """The tables, with the texts of each column of `table` trimmed, and blank ones and the listed codes missing."""
    rows = get_table(tables, table, list(columns)).copy()
    for name, codes in columns.items():
        text = strip_texts(rows[name])
        rows[name] = text.mask(text.isin(codes))
    return tables | {table: rows}


def rename_columns(tables: Tables, *, table: str, columns: dict[str, str]) -> Tables:
    """The tables, with columns of `table` renamed: new name to old. Raises WrongValue for a name that is taken."""
    rows = get_table(tables, table, list(columns.values()))
    new = {old: name for name, old in columns.items()}
    called = [new.get(str(name), str(name)) for name in rows.columns]
    repeated = sorted({name for name in called if called.count(name) > 1})
    if repeated or len(new) < len(columns):
        what = f"two columns would be called {repeated[0]!r}" if repeated else "a column would get two names"
        raise WrongValue(
            what, where=f"conf/clean/, step rename_columns, table {table}", todo="give each column one new name"
        )
    return tables | {table: rows.set_axis(called, axis=1)}


def number_rows(tables: Tables, *, table: str, name: str) -> Tables:
    """The tables, with an id in `table` computed from the row's content: `<16 hexadecimal digits>-<occurrence>`.

    The digits are of the SHA-256 of the row's values as text; the occurrence counts equal rows from 1. An
    id stays the same when rows are added at the end or unlike ones anywhere.
    """
    rows = get_table(tables, table, [])
    text = [column.astype("str").astype("object").where(column.notna(), None) for _, column in rows.items()]
    marks = pd.Series([hash_row(row) for row in zip(*text, strict=True)], index=rows.index, dtype="str")
    occurrence = marks.groupby(marks).cumcount() + 1
    return tables | {table: with_columns(rows, {name: marks + "-" + occurrence.astype("str")})}


def hash_row(row: Sequence[str | None]) -> str:
    """The first 16 hexadecimal digits of a row's SHA-256."""
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode(errors="surrogatepass")).hexdigest()[:16]


def add_day(tables: Tables, *, table: str, time: str, name: str, zone: str) -> Tables:
    """The tables, with the calendar day of a time in `zone` as text such as 2013-01-31."""
    rows = get_table(tables, table, [time])
    must_be_zone(zone)
    if not isinstance(rows[time].dtype, pd.DatetimeTZDtype):
        raise UnfitTable(
            f"{time} is {rows[time].dtype}, not a time with a zone",
            where=f"conf/clean/, step add_day, table {table}, column {time}",
            todo=f"give {time} type: time and read: in conf/schema/, or name it in a step read_columns before this one",
        )
    return tables | {table: with_columns(rows, {name: rows[time].dt.tz_convert(zone).dt.strftime("%Y-%m-%d")})}


def get_table(tables: Tables, table: str, columns: list[str]) -> pd.DataFrame:
    """The table, which must have these columns; raises UnfitTable if it or a column is missing."""
    if table not in tables:
        raise UnfitTable(
            f"there is no table {table!r}",
            where="conf/clean/, key table",
            todo=f"{suggest_name(table, tables)} as table:",
        )
    must_have_columns(tables[table], columns, f"conf/clean/, table {table}")
    return tables[table]


def must_be_zone(zone: str) -> None:
    """Raise UnknownName unless the time zone exists."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:
        raise UnknownName(
            f"there is no time zone {zone!r}",
            where="conf/clean/, key zone",
            todo="use a name such as UTC or Europe/Berlin",
        ) from cause


def strip_texts(values: pd.Series) -> pd.Series:
    """The values as text without blanks around it, missing where nothing is left."""
    text = values.astype("str").str.strip()
    return text.mask(text == "")
