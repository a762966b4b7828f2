"""Dates and times in text, and the formats in which all of a column can be read."""

import re
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Strings
from lifecycle.errors import UnfitTable
from lifecycle.reporting.text import quote_option, shorten_text

DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y",
    "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d.%m.%y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y",
    "%d %B %Y", "%d %b %Y", "%d-%B-%Y", "%d-%b-%Y", "%d-%b-%y", "%Y-%m",
)  # fmt: skip
CLOCKS = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p",
)  # fmt: skip
FORMATS = tuple(
    day + clock + zone for day in DAYS for clock in CLOCKS for zone in ("", "%z", " %z") if clock or not zone
)
PARTS = {
    "%Y": r"\d{4}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%y": r"\d{2}", "%H": r"\d{1,2}", "%I": r"\d{1,2}",
    "%M": r"\d{2}", "%S": r"\d{2}", "%f": r"\d{1,9}", "%p": "[AaPp][Mm]", "%z": r"(?:Z|[+-]\d{2}:?\d{2})",
    "%B": r"[^\W\d_]+", "%b": r"[^\W\d_]{3}",
}  # fmt: skip
EPOCHS = {"seconds": "s", "milliseconds": "ms"}
ABOUT_TIME = re.compile(r"(time|date|stamp|created|updated|modified|when|epoch|(^|[_.\s])(ts|at|dt)$)", re.IGNORECASE)
ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
COMPACT = re.compile(r"(?:19|20)\d{6}", re.ASCII)
FIRST, LAST = pd.Timestamp("1990-01-01").timestamp(), pd.Timestamp("2060-01-01").timestamp()


@cache
def compile_pattern(layout: str) -> re.Pattern[str]:
    """A regular expression for texts that may be in the format."""
    escaped = re.split(r"(%[A-Za-z])", layout)
    return re.compile("".join(PARTS.get(part, re.escape(part)) for part in escaped))


def parse_times(texts: pd.Series, layout: str) -> pd.Series:
    """The times in the texts, in UTC; missing where a text does not fit the format."""
    if layout in EPOCHS:
        numbers = pd.to_numeric(texts, errors="coerce")
        return convert_epochs(numbers.to_numpy(dtype="float64", na_value=np.nan), layout)
    try:
        return pd.to_datetime(texts, format=layout, errors="coerce", utc=True).astype("datetime64[us, UTC]")
    except ValueError:  # no format at all, or a directive that pandas does not know
        return pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us, UTC]")


def convert_epochs(numbers: npt.NDArray[np.float64], layout: str) -> pd.Series:
    """Times from seconds or milliseconds since 1970; missing beyond the year 9999."""
    seconds = numbers / (1000 if layout == "milliseconds" else 1)
    inside = np.abs(np.nan_to_num(seconds, nan=np.inf)) < 2.5e11
    ticks = np.where(inside, seconds, 0.0)
    return pd.Series(pd.to_datetime(np.round(ticks * 1e6).astype("int64"), unit="us", utc=True)).where(inside)


def find_formats(texts: Strings) -> dict[str, pd.Series]:
    """The times by each format that fits every text; of formats with equal times only the first.

    `ISO8601` is last, for texts that give the time in different detail.
    """
    layouts = [layout for layout in FORMATS if compile_pattern(layout).fullmatch(texts[0])]
    times_by_format: dict[str, pd.Series] = {}
    every = pd.Series(texts, dtype="str") if layouts or ISO.fullmatch(texts[0]) else pd.Series(dtype="str")
    for layout in (layout for layout in layouts if all(compile_pattern(layout).fullmatch(text) for text in texts[:50])):
        times = parse_times(every, layout)
        if times.notna().all() and not any(times.equals(other) for other in times_by_format.values()):
            times_by_format[layout] = times
    if (
        not times_by_format
        and all(ISO.fullmatch(text) for text in texts)
        and (times := parse_times(every, "ISO8601")).notna().all()
    ):
        times_by_format["ISO8601"] = times
    return times_by_format


def choose_format(times_by_format: dict[str, pd.Series], name: str, texts: npt.NDArray[np.object_]) -> str:
    """The only format; raises UnfitTable if day and month are ambiguous."""
    if len(times_by_format) > 1:
        one, other, *_ = times_by_format
        differing = times_by_format[one].ne(times_by_format[other]).to_numpy()
        raise UnfitTable(
            f"day and month are ambiguous in {shorten_text(name)!r}: {one} and {other} both fit every value",
            where=f"column {shorten_text(name)}, for example {shorten_text(texts[differing][0])}",
            todo=f"add {quote_option('--format-of', name, one)} or {quote_option('--format-of', name, other)}",
        )
    return next(iter(times_by_format))


def detect_epoch(numbers: npt.NDArray[np.float64], name: str) -> str:
    """`seconds` or `milliseconds` for integers since 1970 in a column named like a time; otherwise empty."""
    if not ABOUT_TIME.search(name):
        return ""
    for layout, per_second in (("seconds", 1), ("milliseconds", 1000)):
        if numbers.min() >= FIRST * per_second and numbers.max() <= LAST * per_second:
            return layout
    return ""


def is_compact(texts: Strings, name: str) -> bool:
    """Whether numbers such as 20110131 under a name about time are days."""
    if not ABOUT_TIME.search(name) or not all(COMPACT.fullmatch(text) for text in texts):
        return False
    return bool(parse_times(pd.Series(texts, dtype="str"), "%Y%m%d").notna().all())
