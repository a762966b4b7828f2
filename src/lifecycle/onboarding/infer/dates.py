"""Dates and times in text and numbers: the formats in which all of a column can be read."""

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.arrays import Strings
from lifecycle.data.cells.periods import BARE_WEEK, PERIODS, is_period
from lifecycle.data.cells.times import DAY_COUNTS, DOTNET, EPOCHS, is_format, parse_instants
from lifecycle.errors import UnfitTable
from lifecycle.reporting.text import list_names, quote_option, shorten_text

WEEKDAYS = ("%a, ", "%A, ", "%a ", "%A ")
DAYS = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%m.%d.%Y",
    "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%d.%m.%y",
    "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y", "%d. %B %Y", "%d. %b %Y",
    "%d-%B-%Y", "%d-%b-%Y", "%d/%b/%Y", "%d-%b-%y", "%d %b %y", "%d/%b/%y", "%Y-%b-%d", "%Y %b %d", "%d%b%Y",
    "%Y. %m. %d.", "%Y.%m.%d.", "%d. %m. %Y.", "%d. %m. %Y", "%d.%m.%Y.", "%Y_%m_%d", "%d_%m_%Y", "%m_%d_%Y",
    "%Y年%m月%d日", "%Y년 %m월 %d일", "%Y %m %d", "%d %m %Y", "%m %d %Y",
    "%y.%m.%d", "%b-%d-%Y", "%b. %d, %Y", "%Y-%j", "%Y/%j", "%Y.%j",
)  # fmt: skip
CLOCKS = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %H:%M:%S,%f", "T%H:%M", "T%H:%M:%S", "T%H:%M:%S.%f", ":%H:%M:%S",
    ":%H:%M", " %H.%M", " %Hh%M", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", " %I:%M:%S%p",
    ", %H:%M", ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p",
)  # fmt: skip
ZONES = ("", "%z", " %z", " %Z")
MONTHS = (
    "%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%m.%Y", "%b-%y", "%b %y", "%b/%y", "%b-%Y", "%b %Y", "%b/%Y", "%B-%Y", "%B %Y",
    "%B, %Y", "%Y-%b", "%Y %b", "%Y %B", "%b'%y", "%b%Y", "%b%y", "%YM%m", "%Y-M%m", "%Y年%m月", "%Y_%m",
    "%b.%y", "%b.%Y", "%b. %Y",
)  # fmt: skip
STAMPS = (
    "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y", "%a %b %d %Y %H:%M:%S %z", "%b %d %H:%M:%S %Y",
    "%Y%m%dT%H:%M:%S", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y:%m:%d %H:%M:%S",
    "%Y%m%d_%H%M%S", "%Y%m%d-%H%M%S", "%Y-%m-%d_%H-%M-%S", "%Y-%m-%d_%H:%M:%S", "%Y-%m-%d-%H.%M.%S.%f",
    "[%d/%b/%Y:%H:%M:%S %z]", "[%Y-%m-%d %H:%M:%S]", "[%a %b %d %H:%M:%S %Y]", "[%a %b %d %H:%M:%S.%f %Y]",
)  # fmt: skip
NAMES_OF_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
LONG = "january|february|march|april|may|june|july|august|september|october|november|december"
DAY_NAMES = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
PARTS = {
    "%j": r"[0-3]\d{2}",
    "%Y": r"\d{4}", "%m": r"\d{1,2}", "%d": r"\s?\d{1,2}", "%y": r"\d{2}", "%H": r"\d{1,2}", "%I": r"\d{1,2}",
    "%M": r"\d{2}", "%S": r"\d{2}", "%f": r"\d{1,9}", "%p": "[ap]m",
    "%B": f"(?:{LONG})", "%b": f"(?:{NAMES_OF_MONTHS})",
    "%a": "(?:mon|tue|wed|thu|fri|sat|sun)", "%A": f"(?:{DAY_NAMES})",
    "%z": r"(?:(?:UTC|GMT)?[+-]\d{2}:?\d{2}|UTC|GMT|Z)(?:\s?\([\w\s]*\))?",
    "%Z": r"(?!UTC$|GMT$)(?-i:[A-Z]{3,5})",
}  # fmt: skip
COMPACT = {  # as strptime's signs read them: digits that may end in .0, where gaps made them floats
    "%Y%m%d": r"(?:(?:19|20)\d{2}|9999)(?:0[1-9]|1[0-2])[0-3]\d",
    "%Y%m%d%H%M%S": r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d[0-2]\d[0-5]\d[0-5]\d",
    "%Y%m%d%H%M": r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])[0-3]\d[0-2]\d[0-5]\d",
    "%Y%m": r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])",
    "%Y%j": r"(?:19|20)\d{2}[0-3]\d{2}",
}
ISO_COMPACT = re.compile(r"(?:19|20)\d{6}[T ]\d{4}(?:\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII)
ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)?\s?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?|\d{4,},\d+", re.ASCII)
ZERO = re.compile(r"0000[-/.]00[-/.]00([T ].*)?|00[-/.]00[-/.]0000([T ].*)?|0{8}(0{6})?", re.ASCII)
NO_EPOCH = ("0", "0.0", "-1", "-1.0")
CODES = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01",
         "2099-12-31", "2100-01-01", "2199-12-31", "2999-12-31", "3000-01-01", "9999-12-31")  # fmt: skip
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
LENGTHS = frozenset([
    "wait", "waiting", "response", "elapsed", "duration", "travel", "process", "processing", "delay", "per", "by",
    "avg", "mean", "total", "sum", "count", "price", "amount", "cost", "sales", "lifetime", "runtime", "uptime",
    "downtime", "overtime", "playtime",
])  # fmt: skip
NO_DAYS = LENGTHS | frozenset(["num", "number", "start", "end", "t", "month"])
NO_TIMES = frozenset(["candidate", "mandate", "validate"])  # though they end in date
BORN = frozenset(["birth", "born", "dob", "birthday"])
CALENDAR = frozenset(["dt", "dob", "birthday"])
DATED = frozenset(["day", "created", "updated", "modified", "when", "on", "at", "dt", "dob", "since", "until", "month"])
TIMED = DATED | frozenset(["ts", "t", "epoch", "login", "logged", "seen", "start", "started", "end", "ended", "period"])
WEEKLY = frozenset(["week", "weeks", "wk", "kw", "cw", "woche"])
DATES, TIMES = ("date", "datum", "fecha"), ("date", "time", "stamp", "datum", "fecha", "zeit")
FIRST, LAST = pd.Timestamp("1990-01-01").timestamp(), pd.Timestamp("2060-01-01").timestamp()
EXCEL = (10_959.0, 73_051.0)  # the years 1930 to 2099
EXCEL_RECENT = (36_526.0, 54_789.0)  # the years 2000 to 2049
SINCE_1970 = (10_957.0, 32_873.0)  # days since 1970 in the years 2000 to 2059
SAMPLE = 400  # texts that are looked at before all are
ZONES_BY_NAME = {
    "EST": "America/New_York", "EDT": "America/New_York", "CST": "America/Chicago", "CDT": "America/Chicago",
    "MST": "America/Denver", "MDT": "America/Denver", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "BST": "Europe/London", "WET": "Europe/Lisbon",
    "WEST": "Europe/Lisbon", "EET": "Europe/Athens", "EEST": "Europe/Athens", "MSK": "Europe/Moscow",
    "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "KST": "Asia/Seoul", "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney", "NZST": "Pacific/Auckland", "NZDT": "Pacific/Auckland", "SAST": "Africa/Johannesburg",
}  # fmt: skip


@cache
def compile_pattern(form: str) -> re.Pattern[str]:
    """A regular expression for texts that may be in the format."""
    parts = re.split(r"(%[A-Za-z])", form)
    return re.compile("".join(PARTS.get(part, re.escape(part)) for part in parts), re.ASCII | re.IGNORECASE)


@cache
def compile_days(weekday: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each format of a day with a regular expression for texts that begin so."""
    return tuple((weekday + day, re.compile(f"(?:{compile_pattern(weekday + day).pattern})", re.I)) for day in DAYS)


@cache
def list_clocks() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each format of a time of day, with its zone, and its regular expression."""
    return tuple(
        (clock + zone, compile_pattern(clock + zone)) for clock in CLOCKS for zone in ZONES if clock or not zone
    )


def match_formats(text: str) -> Iterator[str]:
    """The formats in which one text may be a time, `ISO8601` last."""
    if not any(sign.isdigit() for sign in text) or len(text) > 80:
        return
    weekdays = ("", *WEEKDAYS) if text[0].isalpha() else ("",)
    for day, pattern in (one for weekday in weekdays for one in compile_days(weekday)):
        if start := pattern.match(text):
            rest = text[start.end() :]
            yield from (day + clock for clock, clocks in list_clocks() if clocks.fullmatch(rest))
    yield from (form for form in (*MONTHS, *STAMPS) if compile_pattern(form).fullmatch(text))
    yield from (form for form in PERIODS if is_period(text, form))
    if DOTNET.fullmatch(text):
        yield "milliseconds"
    if ISO.fullmatch(text) or ISO_COMPACT.fullmatch(text):
        yield "ISO8601"


def take_sample(texts: Strings, most: int = SAMPLE) -> list[str]:
    """At most so many texts, at equal distances."""
    return [texts[place] for place in find_sample(len(texts), most)]


def find_sample(count: int, most: int) -> npt.NDArray[np.int64]:
    """At most so many places of the first `count`, at equal distances."""
    return np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(np.int64)


def parse_times(texts: Strings, form: str, zone: str) -> pd.Series:
    """The times in the texts, in UTC; missing where a text does not fit the format."""
    return parse_instants(pd.Series(texts, dtype="str"), form, zone)


def fits_every(texts: Strings, form: str, zone: str) -> bool:
    """Whether every text is a time in the format."""
    return bool(parse_times(texts, form, zone).notna().all())


def list_shared_formats(texts: Strings) -> list[str]:
    """The formats in which each of a sample of texts may be a time."""
    first, *rest = take_sample(texts)
    forms = list(match_formats(first))
    for text in rest:
        if not forms:
            break
        forms = [form for form in forms if form in set(match_formats(text))]
    return forms


def find_formats(texts: Strings, zone: str = "UTC", name: str = "") -> dict[str, pd.Series]:
    """The times by each format that fits every text; of formats with equal times only the first.

    `ISO8601` only where no other fits, for texts that give the time in different detail; days of a year, such as
    2021-060, only where the column's name is about time.
    """
    sample = take_sample(texts)
    times_by_format: dict[str, pd.Series] = {}
    for form in list_shared_formats(texts):
        if (form == "ISO8601" and times_by_format) or ("%j" in form and not is_about_time(name)):
            continue
        if not fits_every(sample, form, zone):
            continue
        times = parse_times(texts, form, zone)
        if times.notna().all() and not any(times.equals(other) for other in times_by_format.values()):
            times_by_format[form] = times
    return drop_odd_years(times_by_format)


def drop_odd_years(times_by_format: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """The formats without those of two digits for the year that take days of the month for years."""
    return {form: times for form, times in times_by_format.items() if "%y" not in form or not has_odd_years(times)}


def has_odd_years(times: pd.Series) -> bool:
    """Whether times have some twenty years between 2001 and 2031, and hardly any days: days were taken for years."""
    years = times.dt.year
    return bool(years.between(2001, 2031).all() and years.nunique() >= 20 and times.dt.day.nunique() <= 12)


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


def must_know_zone(name: str, texts: Strings, zone: str) -> None:
    """Raise UnfitTable if times carry names of zones, such as CET, that the zone of the clock does not have."""
    if not len(texts) or not any(form.endswith("%Z") for form in list_shared_formats(texts)):
        return
    names = sorted({text.split()[-1] for text in take_sample(texts)})
    guess = next((ZONES_BY_NAME[one] for one in names if one in ZONES_BY_NAME), "Europe/Berlin")
    example = next(text for text in take_sample(texts) if text.endswith(names[0]))
    raise UnfitTable(
        f"{shorten_text(name)!r} looks like times with the zone name {list_names(names)}, which {zone} does not have",
        where=f"column {shorten_text(name)}, for example {shorten_text(example)}",
        todo=f"add --zone {guess} if that is meant, or leave them unread: {quote_option('--format-of', name, 'text')}",
    )


def must_be_format(form: str, name: str) -> None:
    """Raise UnfitTable for a format of times that guesses, or has no year."""
    if is_format(form):
        return
    raise UnfitTable(
        f"{shorten_text(form)!r} is no format for {shorten_text(name)!r}: it does not say where the year is",
        where="command line, --format-of",
        todo=f"use {quote_option('--format-of', name, '%Y-%m-%d')} or another (milliseconds, excel_days, text)",
    )


def split_words(name: str) -> set[str]:
    """The words of a column's name, in small letters."""
    return {word.lower() for word in WORD.findall(name)}


def is_about_time(name: str, words: frozenset[str] = TIMED, ends: tuple[str, ...] = TIMES) -> bool:
    """Whether a column's name has a word about time."""
    return any(word in words or word.endswith(ends) for word in split_words(name) - NO_TIMES)


def is_about_weeks(name: str) -> bool:
    """Whether a column's name has a word about weeks."""
    return is_about_time(name, WEEKLY, ("week",))


def find_named_format(texts: Strings, name: str, zone: str = "UTC") -> str:
    """The format of numbers that are times because the name of their column says so; otherwise empty."""
    return find_week_format(texts, name) or find_number_format(texts, name, zone)


def find_week_format(texts: Strings, name: str) -> str:
    """`weeks` for 2021/09, 202109 and 09/2021 under a name about weeks; otherwise empty."""
    if not is_about_weeks(name) or not all(BARE_WEEK.fullmatch(text) for text in take_sample(texts)):
        return ""
    return "weeks" if fits_every(texts, "weeks", "UTC") else ""


def find_number_format(texts: Strings, name: str, zone: str = "UTC") -> str:
    """The format of numbers that count from 1970 or 1899 or spell a day, under a name about time; otherwise empty."""
    if not is_about_time(name) or not all(NUMBER.fullmatch(text) for text in take_sample(texts)):
        return ""
    if not all(NUMBER.fullmatch(text) for text in texts):
        return ""
    form = find_compact_format(texts, name) or find_count(to_floats(texts), name)
    return form if form and fits_every(texts, form, zone) else ""


def find_compact_format(texts: Strings, name: str) -> str:
    """The format of days such as 20110131 or 2011031 and of months such as 201101; otherwise empty."""
    for form, pattern in COMPACT.items():
        match = re.compile(rf"{pattern}(?:\.0+)?", re.ASCII).fullmatch
        named = form not in ("%Y%m", "%Y%j") or is_about_time(name, DATED, DATES)
        if named and all(match(text) for text in take_sample(texts)) and all(match(text) for text in texts):
            return form
    return ""


def to_floats(texts: Strings) -> npt.NDArray[np.float64]:
    """The numbers in texts, with a decimal point or comma."""
    return np.array([float(text.replace(",", ".")) for text in texts])


def find_count(numbers: npt.NDArray[np.float64], name: str) -> str:
    """The unit since 1970 or another moment, or Excel's days; empty for another or where the unit is ambiguous."""
    for form in EPOCHS:
        if form != "minutes" and are_between(numbers, *bound_count(form, FIRST)):
            return form
    bounds = EXCEL if is_about_time(name, CALENDAR, DATES) else EXCEL_RECENT
    words = split_words(name)
    doubtful = words & NO_DAYS or (are_between(numbers, *SINCE_1970) and not words & BORN)
    return "excel_days" if not doubtful and are_between(numbers, *bounds) else ""


def bound_count(form: str, first: float) -> tuple[float, float]:
    """The counts from a moment (in seconds since 1970) to 2060."""
    start, unit = EPOCHS[form] if form in EPOCHS else (DAY_COUNTS[form], 86_400e6)
    return start + first * 1e6 / unit, start + LAST * 1e6 / unit


def are_between(numbers: npt.NDArray[np.float64], low: float, high: float) -> bool:
    """Whether all numbers are between the two."""
    return bool(numbers.min() >= low and numbers.max() <= high)


def match_zeros(texts: Strings, name: str) -> npt.NDArray[np.bool_]:
    """Which texts are no time but stand for a missing one: 0000-00-00, or 0 and -1 among counts of seconds."""
    zeros = np.array([text[:1] == "0" and ZERO.fullmatch(text) is not None for text in texts], dtype=bool)
    if is_about_time(name) and not zeros.all():
        return zeros | np.isin(texts, NO_EPOCH)
    return zeros


def find_code_times(times: pd.Series, counts: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.bool_]:
    """Which times are codes for a missing one: 9999-12-31 and the like, beyond the others and far, or far commoner."""
    days = times.dt.tz_convert(zone).dt.strftime("%Y-%m-%d") if has_edges(times) else pd.Series("", index=times.index)
    codes = days.isin(CODES).to_numpy(dtype=bool)
    rest = times[~codes]
    if not codes.any() or len(rest) < 5:
        return np.zeros(len(times), dtype=bool)
    low, high, most = rest.min(), rest.max(), int(counts[~codes].max())
    found = np.zeros(len(times), dtype=bool)
    for place in np.flatnonzero(codes):
        gap = max(low - times.iloc[place], times.iloc[place] - high)
        often = counts[place] > 1 and (gap > high - low or counts[place] >= max(5 * most, 0.005 * counts.sum()))
        found[place] = gap > pd.Timedelta(0) and (often or times.iloc[place].year in (1, 9999))
    return found


def has_edges(times: pd.Series) -> bool:
    """Whether the first or the last time may be a code for a missing one."""
    return bool(
        times.min() < pd.Timestamp("1970-01-03", tz="UTC") or times.max() > pd.Timestamp("2099-12-30", tz="UTC")
    )
