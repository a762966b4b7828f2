"""Conversion of text to numbers, times, booleans and ids."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from lifecycle.data.cleaning import Tables
from lifecycle.data.schema import must_have_columns
from lifecycle.errors import UnfitTable, UnknownName, WrongValue, suggest_name

SPACES = " \u00a0\u202f"
AROUND = " \t\u00a0\u202f$€£¥%"
EPOCHS = {"seconds": 1_000_000, "milliseconds": 1_000}  # microseconds in one
INSTANT = pd.DatetimeTZDtype("us", "UTC")


def parse_numbers(
    tables: Tables,
    *,
    table: str,
    columns: list[str],
    decimal: str = ".",
    thousands: str = ",",
    missing: list[str] | None = None,
) -> Tables:
    """The tables, with columns of `table` as numbers.

    Blanks, currency and percent signs are removed, so `100%` is 100.0; a number in parentheses is negative.
    `thousands` separates groups of three digits; a space includes the no-break spaces. Raises UnfitTable
    for a text that is no number, unless `missing` lists it, which makes it missing.
    """
    if len(decimal) != 1 or len(thousands) > 1 or decimal == thousands:
        raise WrongValue(
            f"decimal is {decimal!r} and thousands {thousands!r}",
            where="conf/clean/, step parse_numbers",
            todo="set decimal: '.' with thousands: ',', or decimal: ',' with thousands: '.'",
        )
    rows, pattern, codes = (
        get_table(tables, table, columns),
        compile_number_pattern(decimal, thousands),
        set(missing or ()),
    )
    parsed = {}
    for name in columns:
        if pd.api.types.is_numeric_dtype(rows[name].dtype):
            parsed[name] = rows[name].astype("float64")
        else:
            text = strip_texts(rows[name])
            text = text.mask(text.isin(codes))
            values = map_unique(text, lambda value: parse_number(value, pattern)).astype("float64")
            must_parse(
                text, values, f"raw table {table}, column {name}", "no number", "add {code} to missing: of this step"
            )
            parsed[name] = values
    return tables | {table: rows.assign(**parsed)}


def compile_number_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """What a number without currency looks like."""
    sign = f"[{SPACES}]" if thousands == " " else re.escape(thousands)
    digits = rf"\d{{1,3}}(?:{sign}\d{{3}})+|\d+" if thousands else r"\d+"
    return re.compile(rf"(?P<integer>{digits})?(?:{re.escape(decimal)}(?P<part>\d*))?(?P<power>[eE][+-]?\d+)?")


def parse_number(text: str, pattern: re.Pattern[str]) -> float | None:
    """The number in a text, or None."""
    inner = text.strip(AROUND)
    negative = inner.startswith("(") and inner.endswith(")")
    inner = (inner[1:-1] if negative else inner).strip(AROUND).replace("\u2212", "-")
    negative |= inner.startswith("-")
    match = pattern.fullmatch(inner.removeprefix("+" if inner.startswith("+") else "-").strip(AROUND))
    if match is None or not (match["integer"] or match["part"]):
        return None
    digits = re.sub(r"\D", "", match["integer"] or "0")
    size = float(f"{digits}.{match['part'] or '0'}{match['power'] or ''}")
    return -size if negative else size


def parse_times(tables: Tables, *, table: str, columns: dict[str, str], zone: str = "UTC") -> Tables:
    """The tables, with columns of `table` as instants in UTC.

    Each column has its format: signs of strptime, `ISO8601`, or `seconds` or `milliseconds` since 1970.
    A clock time without a zone is one of `zone`: the later one where the clock shows it twice, the next
    that exists where it is skipped. Raises UnfitTable for a text that is no such time.
    """
    rows = get_table(tables, table, list(columns))
    must_be_zone(zone)
    parsed = {}
    for name, form in columns.items():
        text = rows[name] if pd.api.types.is_datetime64_any_dtype(rows[name].dtype) else strip_texts(rows[name])
        parsed[name] = parse_instants(text, form, zone)
        must_parse(
            text,
            parsed[name],
            f"raw table {table}, column {name}",
            f"no time of the form {form}",
            "correct the format, or list {code} in a step lifecycle.data.steps.values.blank_codes before this one",
        )
    return tables | {table: rows.assign(**parsed)}


def parse_instants(values: pd.Series, form: str, zone: str) -> pd.Series:
    """Times in UTC, missing where a value is no such time."""
    if form in EPOCHS:
        since = (pd.to_numeric(values, errors="coerce").astype("float64") * EPOCHS[form]).round()
        return pd.to_datetime(since, unit="us", utc=True, errors="coerce").astype(INSTANT)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        times = values
    elif "%z" in form or form == "ISO8601":
        return parse_zoned(values, form, zone)
    else:
        times = pd.to_datetime(values, format=form, errors="coerce")
    instants: pd.Series = times.astype(INSTANT) if times.dt.tz is not None else localize(times, zone)
    return instants


def parse_zoned(values: pd.Series, form: str, zone: str) -> pd.Series:
    """Texts with a zone, which ISO 8601 may leave out, as times in UTC."""
    bare = values.str.fullmatch(r"[\d-]+([T ][\d:.]+)?").fillna(False).astype(bool)
    aware = pd.to_datetime(values.mask(bare), format=form, errors="coerce", utc=True).astype(INSTANT)
    local = pd.to_datetime(values.where(bare), format=form, errors="coerce", utc=True).dt.tz_localize(None)
    both: pd.Series = aware.fillna(localize(local, zone)) if form == "ISO8601" else aware
    return both


def localize(clock: pd.Series, zone: str) -> pd.Series:
    """Clock times of a zone as times in UTC."""
    later = pd.Series(False, index=clock.index).to_numpy()
    instants: pd.Series = clock.dt.tz_localize(zone, ambiguous=later, nonexistent="shift_forward").astype(INSTANT)
    return instants


def parse_booleans(tables: Tables, *, table: str, columns: dict[str, dict[str, list[str]]]) -> Tables:
    """The tables, with columns of `table` as booleans: each lists its values that are `true` and `false`.

    Raises UnfitTable for any other value; a missing one stays missing.
    """
    rows = get_table(tables, table, list(columns))
    parsed = {}
    for name, texts in columns.items():
        listed = {str(key).lower(): list(values) for key, values in texts.items()}
        if set(listed) != {"true", "false"}:
            raise WrongValue(
                f"column {name} lists {', '.join(listed) or 'nothing'}",
                where=f"conf/clean/, step parse_booleans, column {name}",
                todo=f"{name}: {{'true': ['t'], 'false': ['f']}}",
            )
        meant = dict.fromkeys(listed["false"], False) | dict.fromkeys(listed["true"], True)
        text = strip_texts(rows[name])
        parsed[name] = text.astype("object").map(meant).astype("boolean")
        must_parse(
            text, parsed[name], f"raw table {table}, column {name}", "no listed value", "add {code} to true or false"
        )
    return tables | {table: rows.assign(**parsed)}


def compare_value(tables: Tables, *, table: str, column: str, value: str, name: str = "") -> Tables:
    """The tables, with a boolean in `table`: whether the column holds the value; missing where it is missing.

    The new column is called `name`; without a name it replaces the column.
    """
    rows = get_table(tables, table, [column])
    text = strip_texts(rows[column])
    return tables | {table: rows.assign(**{name or column: (text == value).astype("boolean").mask(text.isna())})}


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
    return tables | {table: rows.assign(**{name: marks + "-" + occurrence.astype("str")})}


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
            todo=f"name {time} in a step lifecycle.data.steps.values.parse_times before this one",
        )
    return tables | {table: rows.assign(**{name: rows[time].dt.tz_convert(zone).dt.strftime("%Y-%m-%d")})}


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


def map_unique(text: pd.Series, convert: Callable[[str], Any]) -> pd.Series:
    """The function's value of each text, computed once for equal texts; None and missing become missing."""
    values = {value: convert(value) for value in text.dropna().unique()}
    return text.astype("object").map(values)


def must_parse(text: pd.Series, parsed: pd.Series, where: str, what: str, todo: str) -> None:
    """Raise UnfitTable if a text was not converted."""
    lost = text[text.notna() & parsed.isna()]
    if lost.empty:
        return
    first = str(lost.iloc[0])
    raise UnfitTable(
        f"{first!r} is {what}; {len(lost):,} of {len(text):,} values are none",
        where=f"{where}, {len(lost):,} rows",
        todo=todo.format(code=repr(first)),
    )
