"""Steps on the cells of one table: reading, comparing, renaming, subtracting; ids, texts and days."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from lifecycle.data.cells.reading import Reading, Type, parse_reading, read_cells
from lifecycle.data.cleaning import Tables, must_read
from lifecycle.data.columns import with_columns
from lifecycle.data.schema import must_have_columns
from lifecycle.errors import UnfitTable, UnknownName, WrongValue, suggest_name

SIGNS = "YmdHMSfj%"  # of strftime, the same in every language
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
    must_be_time(rows[time], f"step add_day, table {table}")
    return tables | {table: with_columns(rows, {name: rows[time].dt.tz_convert(zone).dt.strftime("%Y-%m-%d")})}


def format_text(tables: Tables, *, table: str, name: str, form: str) -> Tables:
    """The tables, with a text in `table` written from other columns, missing where one of them is.

    `form` names columns in braces: "{at:%Y%m%d}-{shop}". A time needs a format of strftime and is written in UTC; any
    other value is written as it is. Raises WrongValue for a form that is none, and UnfitTable for a missing column.
    """
    pieces = parse_form(form)
    rows = get_table(tables, table, [column for _, column, _ in pieces if column])
    text = pd.Series("", index=rows.index, dtype="str")
    for literal, column, pattern in pieces:
        text = text + literal
        if column:
            text = text + write_values(rows[column], pattern, f"step format_text, table {table}")
    return tables | {table: with_columns(rows, {name: text})}


def parse_form(form: str) -> list[tuple[str, str, str]]:
    """The pieces of a form: a literal text, and the column and format behind it, both empty behind the last.

    Raises WrongValue for anything but columns, and times with signs of strftime that do not depend on the language.
    """
    try:
        parsed = list(Formatter().parse(form))
    except ValueError as cause:
        raise make_form_error(form, str(cause)) from cause
    for _, column, pattern, conversion in parsed:
        if column is None:
            continue
        if not column or conversion or re.search(r"[.\[\]]", column):
            raise make_form_error(form, f"{{{column}}} is not the name of a column alone")
        if not re.fullmatch(rf"([^%{{}}]|%[{SIGNS}])*", pattern or ""):
            raise make_form_error(form, f"{pattern} has signs other than % and one of {SIGNS}")
    return [(literal, column or "", pattern or "") for literal, column, pattern, _ in parsed]


def make_form_error(form: str, why: str) -> WrongValue:
    """The error for a form that is none."""
    return WrongValue(
        f"form is {form!r}: {why}",
        where="conf/clean/, step format_text, key form",
        todo='name columns in braces, and a time with its format: "{at:%Y-%m-%d}-{shop}"',
    )


def write_values(values: pd.Series, pattern: str, step: str) -> pd.Series:
    """Values as text, times in UTC by their format; raises UnfitTable for a time without one and any other with one."""
    if pattern:
        must_be_time(values, step)
        text: pd.Series = values.dt.tz_convert("UTC").dt.strftime(pattern)
        return text.astype("str")
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        raise UnfitTable(
            f"{values.name} is a time without a format",
            where=f"conf/clean/, {step}, column {values.name}",
            todo=f"write {{{values.name}:%Y-%m-%dT%H:%M:%SZ}} in form:",
        )
    return values.astype("str")


def subtract(tables: Tables, *, table: str, minuend: str, subtrahend: str, name: str) -> Tables:
    """The tables, with the difference of two numbers of `table`, missing where one of them is."""
    rows = get_table(tables, table, [minuend, subtrahend])
    for column in (minuend, subtrahend):
        must_be_number(rows[column], f"step subtract, table {table}")
    return tables | {
        table: with_columns(rows, {name: rows[minuend].astype("float64") - rows[subtrahend].astype("float64")})
    }


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


def must_be_time(values: pd.Series, step: str) -> None:
    """Raise UnfitTable unless the values are times with a zone."""
    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        raise UnfitTable(
            f"{values.name} is {values.dtype}, not a time with a zone",
            where=f"conf/clean/, {step}, column {values.name}",
            todo=f"give {values.name} type: time in conf/schema/, or name it in a step read_columns before this one",
        )


def must_be_number(values: pd.Series, step: str) -> None:
    """Raise UnfitTable unless the values are numbers."""
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        raise UnfitTable(
            f"{values.name} is {values.dtype}, not a number",
            where=f"conf/clean/, {step}, column {values.name}",
            todo=f"give {values.name} type: number in conf/schema/, or name it in a step read_columns before this one",
        )


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
