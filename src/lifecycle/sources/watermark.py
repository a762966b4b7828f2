"""Incremental loading by a watermark, a column that only grows: new rows up to the end of the data version."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from lifecycle.errors import SourceError, UnknownName, suggest_name
from lifecycle.sources.formats.normalize import convert_to_native, is_missing


def parse_watermark(rows: pd.DataFrame, column: str, where: str) -> pd.Series:
    """The column as numbers, or as times in UTC.

    Raises UnknownName if there is no such column, SourceError if a value is missing or neither.
    """
    if column not in rows.columns:
        raise UnknownName(
            f"there is no column {column!r} for the watermark",
            where=f"{where}, key watermark",
            todo=suggest_name(column, map(str, rows.columns)),
        )
    values = rows[column]
    if values.isna().any():
        raise SourceError(
            f"{column} is missing in {int(values.isna().sum()):,} of {len(rows):,} rows: their order is unknown",
            where=f"{where}, key watermark",
            todo="set watermark: to a column without missing values, or exclude such rows in query:",
        )
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values
    if values.str.fullmatch(r"[+-]?\d{1,18}").all():
        return values.astype("int64")
    try:
        return pd.to_datetime(values, format="ISO8601", utc=True)
    except ValueError as cause:
        raise SourceError(
            f"{column} is neither a number nor an ISO time: {values.iloc[0]!r}",
            where=f"{where}, key watermark",
            todo="set watermark: to a column of numbers or of times such as 2013-01-31T05:00:00Z",
        ) from cause


def is_time(marks: pd.Series) -> bool:
    """Whether the watermark holds times."""
    return isinstance(marks.dtype, pd.DatetimeTZDtype)


def find_newest(parts: Sequence[pd.DataFrame], column: str, where: str) -> Any:
    """The largest value of the column in the stored tables, as it is written; None without rows."""
    newest: list[tuple[Any, Any]] = []
    for part in parts:
        order = parse_watermark(part, column, where)
        if len(order):
            place = int(order.argmax())
            newest.append((order.iloc[place], part[column].iloc[place]))
    must_be_one_type({isinstance(mark, pd.Timestamp) for mark, _ in newest}, column, where)
    return convert_to_native(max(newest, key=lambda pair: pair[0])[1]) if newest else None


def mark_version_rows(rows: pd.DataFrame, column: str, last: date | None, where: str) -> pd.Series:
    """Which rows belong to the version that ends with the day `last` (UTC); all if the watermark is no time."""
    values = parse_watermark(rows, column, where)
    if last is None or not is_time(values):
        return pd.Series(True, index=rows.index)
    return values < pd.Timestamp(last, tz="UTC") + pd.Timedelta(days=1)


def select_since(rows: pd.DataFrame, value: Any, column: str, where: str) -> pd.DataFrame:
    """The rows with that value of the watermark or a later one; all if the value is None."""
    if value is None or rows.empty:
        return rows
    edge, values = parse_watermark(pd.DataFrame({column: [value]}), column, where), parse_watermark(rows, column, where)
    must_be_one_type({is_time(one) for one in (edge, values)}, column, where)
    return rows.take(np.flatnonzero(values >= edge.iloc[0]))


def must_be_one_type(times: set[bool], column: str, where: str) -> None:
    """Raise SourceError if the watermark holds both times and numbers."""
    if len(times) > 1:
        raise SourceError(
            f"{column} holds numbers in some rows and times in others",
            where=f"{where}, key watermark",
            todo="correct the source, or collect the table again: rm -r its folder in data/raw && dvc repro collect",
        )


def drop_stored_rows(rows: pd.DataFrame, stored: Sequence[pd.DataFrame], key: Sequence[str] = ()) -> pd.DataFrame:
    """The rows that are not stored: compared by key, else by all columns, one row less for each equal stored row."""
    if rows.empty or not stored:
        return rows.reset_index(drop=True)
    others = pd.concat(stored, ignore_index=True)
    names = list(key) or [name for name in rows.columns if name in others.columns]
    count = not key
    known = set(render_rows(others.reindex(columns=names), count))
    new = np.array([text not in known for text in render_rows(rows[names], count)])
    return rows.loc[new].reset_index(drop=True)


def render_rows(rows: pd.DataFrame, count: bool) -> list[str]:
    """Each row as one text, with the number of equal rows before it if `count`."""
    cells = [
        [None if is_missing(value) else render_value(value) for value in row]
        for row in rows.astype("object").to_numpy()
    ]
    texts = pd.Series([repr(row) for row in cells], dtype="object")
    before = texts.groupby(texts).cumcount() if count else pd.Series(0, index=texts.index)
    return [f"{number} {text}" for number, text in zip(before, texts, strict=True)]


def render_value(value: Any) -> str:
    """A value as text, equal for 1 and 1.0, since a column's type may widen from batch to batch."""
    return repr(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
