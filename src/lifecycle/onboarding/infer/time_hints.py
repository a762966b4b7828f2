"""What columns that are not read as times seem to hold: dates, times of day, counts from a moment, or a year."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from lifecycle.arrays import Strings
from lifecycle.data.cells.times import DAY_COUNTS, EPOCHS
from lifecycle.onboarding.infer.dates import (
    COMPACT,
    DATED,
    DATES,
    LENGTHS,
    LONG,
    NAMES_OF_MONTHS,
    NUMBER,
    SAMPLE,
    TIMED,
    TIMES,
    WEEKLY,
    are_between,
    bound_count,
    find_sample,
    fits_every,
    is_about_time,
    match_formats,
    parse_times,
    split_words,
    to_floats,
)
from lifecycle.reporting.text import list_names, quote_option, shorten_text

CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[ap]\.?m\.?)?|P(?:\d+[YMWD])*(?:T[\dHMS.]+)?", re.I)
OTHER_MONTHS = (  # of German, French, Spanish, Italian, Portuguese and Dutch
    "januar|jänner|februar|märz|mrz|mai|juni|juli|oktober|okt|dezember|dez|"
    "janvier|janv|février|févr|mars|avril|avr|juin|juillet|juil|août|septembre|octobre|novembre|décembre|déc|"
    "enero|ene|febrero|marzo|abril|abr|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    "gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|"
    "janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|"
    "januari|februari|maart|mrt|mei|augustus"
)
MONTH = rf"(?:{LONG}|{NAMES_OF_MONTHS}|sept|{OTHER_MONTHS})"
YEAR, ST = r"(?:19|20)\d{2}", "(?:st|nd|rd|th)"
DATE_LIKE = re.compile(
    r"(?=.*\d).*(?:"
    rf"\b{YEAR}([-/.:–_])\s?\d{{1,2}}\1\s?\d{{1,2}}(?!\d)|\b\d{{1,2}}([-/.–_])\s?\d{{1,2}}\2\s?{YEAR}(?!\d)"
    r"|\b\d{1,2}([-/])\d{1,2}\3\d{2}\b|\b\d{1,2}/\d{2}\b"
    rf"|\b{YEAR},\s?\d{{1,2}},\s?\d{{1,2}}\b|\byear\W+{YEAR}\b"
    rf"|(?<!\d){YEAR}(?:0[1-9]|1[0-2])[0-3]\d(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?(?!\d)"
    rf"|\b\d{{1,2}}{ST}?[.\s/-]+(?:of\s+|de\s+)?{MONTH}\b|\b{MONTH}\.?['\s./-]+\d{{1,2}}{ST}?\b"
    rf"|\b{MONTH}\.?[\s./-]+(?:de\s+)?{YEAR}\b|\b{YEAR}[\s./-]+{MONTH}\b"
    rf"|\b\d{{1,2}}[.\s/-]+[IVX]{{1,4}}[.\s/-]+{YEAR}\b"
    rf"|\b\d{{1,2}}\.?\s+(?:de\s+)?[^\W\d]{{3,10}}\.?\s+(?:de\s+)?{YEAR}\b).*",
    re.IGNORECASE,
)
YEAR_INSIDE = re.compile(
    r".*(?:(?<!\d)(?:19|20)\d{2}(?!\d)|(?<!\d)(?:19|20)\d{6}(?!\d)|(?<!\d)1\d{9}(?:\d{3})?(?!\d)"
    r"|(?=\D*\d+\D+\d)\b(?:FY|KW|CW|WK?|Q|H|S|T)\s?'?\d{1,2}\b).*",
    re.ASCII | re.IGNORECASE,
)
DAY_AND_MONTH = re.compile(r"\d{1,2}[-./]\d{1,2}\.?", re.ASCII)
MAYBE = re.compile(r"(?=.*\d)(?=.*\D).{4,60}")
YEARS = frozenset(["year", "yr", "season", "fy", "jahr"])
YEARLY = YEARS | {"fiscal", "financial", "school", "academic", "calendar", "survey", "harvest", "crop", "reporting"}
PERIODIC = TIMED | WEEKLY | YEARLY | {"quarter", "qtr", "semester", "trimester", "term", "quartal", "monat"}
PERIODIC_ENDS = (*TIMES, "week", "year", "quarter")
STAMPED = frozenset(["epoch", "timestamp", "ts", "datenum"])
COUNTED = DATED | STAMPED | {"days", "minute", "minutes"}
YEAR_CODES = ((19_001, 20_604), (190_001, 206_053))  # with one digit for a quarter or a half, two for a week
COUNTS = ("minutes", *DAY_COUNTS)
SPELLED = {form: pattern for form, pattern in COMPACT.items() if form != "%Y%j"} | {
    "%d%m%Y": rf"[0-3]\d[01]\d{YEAR}",
    "%m%d%Y": rf"[01]\d[0-3]\d{YEAR}",
}
YEAR_2000 = 946_684_800.0  # seconds since 1970
DAYS_OF_A_YEAR = 366


@dataclass(frozen=True)
class TimeHint:
    """What a column that is not read as times seems to hold: dates, clock times without a day, or a year."""

    kind: Literal["date", "clock", "year"]
    what: str
    todo: str


def describe_unread(name: str, texts: Strings, counts: npt.NDArray[np.int64]) -> TimeHint | None:
    """What texts that no format reads seem to hold; None where they do not look like times."""
    places = find_sample(len(texts), SAMPLE)
    sample, shares = [texts[place] for place in places], np.array([counts[place] for place in places], dtype=float)
    shares /= max(shares.sum(), 1.0)
    if measure_share(NUMBER, sample, shares) == 1.0:
        return describe_codes(name, texts)
    if measure_share(MAYBE, sample, shares) < 0.5:
        return None
    likely = any(next(match_formats(text), "") for text in sample[::20])
    fits = drop_numbered(match_sample(sample), name) if likely else {}
    return (describe_formats(name, fits, sample, shares) if fits else None) or describe_likeness(name, sample, shares)


def drop_numbered(fits: dict[str, npt.NDArray[np.bool_]], name: str) -> dict[str, npt.NDArray[np.bool_]]:
    """The formats without days of a year such as 2021-060, where some have numbers that no day of a year has."""
    return {form: fit for form, fit in fits.items() if "%j" not in form or fit.all() or is_about_time(name)}


def measure_share(pattern: re.Pattern[str], texts: list[str], shares: npt.NDArray[np.float64]) -> float:
    """The share of the rows whose text the pattern matches."""
    return float(shares[np.array([pattern.fullmatch(text) is not None for text in texts], dtype=bool)].sum())


def describe_likeness(name: str, sample: list[str], shares: npt.NDArray[np.float64]) -> TimeHint | None:
    """What texts in no known format seem to be: times of day, or dates."""
    if measure_share(CLOCK, sample, shares) >= 0.9:
        todo = "derive minutes or hours from them in the source"
        return TimeHint("clock", "looks like times of day or durations, which are not read", todo)
    for pattern in list_likenesses(name):
        if measure_share(pattern, sample, shares) >= 0.8:
            return describe_unknown(name, next(text for text in sample if pattern.fullmatch(text)))
    return None


def list_likenesses(name: str) -> list[re.Pattern[str]]:
    """What times in no known format look like: more than in any column under a name about time."""
    found = [DATE_LIKE]
    found += [YEAR_INSIDE] if is_about_time(name, PERIODIC, PERIODIC_ENDS) else []
    return found + ([DAY_AND_MONTH] if is_about_time(name, STAMPED, DATES) else [])


def describe_unknown(name: str, example: str) -> TimeHint:
    """What to do with times in no known format."""
    todo = quote_option("--format-of", name, "FORMAT") + " in the signs of strptime, the year among them"
    return TimeHint("date", f"looks like times in no known format, for example {shorten_text(example)}", todo)


def describe_unknown_count(name: str, example: str) -> TimeHint:
    """What to do with numbers that spell or count times in no known way."""
    spelled, counted = quote_option("--format-of", name, "%y%m%d"), quote_option("--format-of", name, "seconds")
    todo = f"{spelled} or the like if the digits are days, {counted} if they count"
    return TimeHint("date", f"looks like times in no known format, for example {shorten_text(example)}", todo)


def describe_formats(
    name: str, fits: dict[str, npt.NDArray[np.bool_]], sample: list[str], shares: npt.NDArray[np.float64]
) -> TimeHint | None:
    """The two formats that fit the most of texts that no single one fits, or the one that fits but was doubtful."""
    whole = next((form for form, fit in fits.items() if fit.all()), "")
    if whole:
        return TimeHint("date", f"looks like times as {whole}", quote_option("--format-of", name, whole))
    left = np.ones(len(sample), dtype=bool)
    parts = []
    for _ in range(2):
        best = max(fits, key=lambda form: shares[fits[form] & left].sum())
        taken = fits[best] & left
        if shares[taken].sum() >= 0.01:
            equal = [form for form in fits if (fits[form] & left == taken).all()][:2]
            parts.append(f"{shares[taken].sum():.0%} fit {' or '.join(equal)}")
        left &= ~taken
    if shares[~left].sum() < 0.6:
        return None
    odd = list_names([text for text, one in zip(sample, left, strict=True) if one], 3)
    rest = f", not {odd}" if odd else ""
    todo = "write them in one format, or leave out the values that are none"
    return TimeHint("date", f"looks like times: {' and '.join(parts)}{rest}", todo)


def match_sample(sample: list[str]) -> dict[str, npt.NDArray[np.bool_]]:
    """By format, which texts are times in it."""
    matched = [set(match_formats(text)) for text in sample]
    forms: Iterable[str] = sorted(set().union(*matched) - {"ISO8601"})
    return {
        form: np.array([form in one for one in matched])
        & (form.endswith("%Z") | parse_times(sample, form, "UTC").notna().to_numpy(dtype=bool))
        for form in forms
    }


def describe_codes(name: str, texts: Strings) -> TimeHint | None:
    """What numbers seem to be that are kept as text, as they begin with 0 or have too many digits."""
    if not all(NUMBER.fullmatch(text) for text in texts):
        return None
    return describe_count(name, to_floats(texts), len(texts))


def describe_count(name: str, numbers: npt.NDArray[np.float64], distinct: int) -> TimeHint | None:
    """What numbers seem to be that are not read as times: counts from a moment, or the year of a row."""
    if not len(numbers):
        return None
    words = split_words(name)
    if words & YEARS and words <= YEARLY and are_between(numbers, 1900, 2100) and are_whole(numbers):
        return TimeHint("year", "a year, which may order the rows", quote_option("--format-of", name, "%Y"))
    forms = [form for form in EPOCHS if form != "minutes"]
    if distinct >= 20 and (form := find_likely_count(numbers, forms)):
        return TimeHint("date", f"looks like {describe_unit(form)}", quote_option("--format-of", name, form))
    if distinct >= 20 and (form := find_spelled_days(numbers)):
        return TimeHint("date", f"looks like times as {form}", quote_option("--format-of", name, form))
    return describe_named_count(name, numbers, distinct)


def find_spelled_days(numbers: npt.NDArray[np.float64]) -> str:
    """The format in which the digits of every number are a day of a month, or a month; empty for none."""
    if not are_whole(numbers) or numbers.min() < 0:
        return ""
    likely = [form for form in SPELLED if spell_days(numbers[:SAMPLE], form)]
    return next((form for form in likely if spell_days(np.unique(numbers), form)), "")


def spell_days(numbers: npt.NDArray[np.float64], form: str) -> bool:
    """Whether the digits of every number are a time in the format."""
    width = 8 if form.startswith(("%d", "%m")) else 0  # the first 0 is lost in a number
    texts = [f"{number:0{width}.0f}" for number in numbers]
    return all(re.fullmatch(SPELLED[form], text) for text in texts) and fits_every(texts, form, "UTC")


def describe_named_count(name: str, numbers: npt.NDArray[np.float64], distinct: int) -> TimeHint | None:
    """What numbers seem to be under a name about time, other than the length of one."""
    dated = is_about_time(name, STAMPED, (*DATES, "stamp"))
    if is_length(name) or distinct < 3:
        return None
    form = find_likely_count(numbers, COUNTS)
    if form and (dated or (distinct >= 20 and is_about_time(name, COUNTED, DATES))):
        return TimeHint("date", f"looks like {describe_unit(form)}", quote_option("--format-of", name, form))
    if is_about_time(name, PERIODIC, PERIODIC_ENDS) and begin_with_years(numbers):
        todo = "write the months or days in the source as 2021-03 or 2021-03-01"
        return TimeHint("date", f"looks like times that begin with the year, for example {numbers[0]:g}", todo)
    if dated and (numbers.max() > DAYS_OF_A_YEAR or not are_whole(numbers)):
        return describe_unknown_count(name, f"{numbers[0]:.0f}" if are_whole(numbers) else f"{numbers[0]:.15g}")
    return None


def is_length(name: str) -> bool:
    """Whether a name is of a length of time: waiting_time and days_in_stock, not days_since_1970."""
    words = split_words(name)
    return bool(words & LENGTHS or ("days" in words and not words & {"epoch", "1970"}))


def begin_with_years(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether numbers are years with a part behind them: 2021.25, or 20211 and 202109, of quarters and weeks."""
    if are_between(numbers, 1900, 2100):
        return not are_whole(numbers)
    return are_whole(numbers) and any(are_between(numbers, *bounds) for bounds in YEAR_CODES)


def find_likely_count(numbers: npt.NDArray[np.float64], forms: Iterable[str]) -> str:
    """The count of 20 years at most, between 2000 and 2060, that the numbers may be; empty for none."""
    for form in forms:
        low, high = bound_count(form, YEAR_2000)
        near = numbers.max() - numbers.min() <= (high - low) / 3
        if near and are_between(numbers, low, high):
            return form
    return ""


def describe_unit(form: str) -> str:
    """A count of time in words."""
    words = {
        "filetime": "the file times of Windows, which count from 1601",
        "ticks": "ticks of .NET, which count from the year 1",
        "excel_days": "days as Excel counts them",
        "matlab_days": "days as MATLAB counts them",
    }
    return words.get(form, f"{form} since 1970")


def are_whole(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether no number has a fraction."""
    return bool((numbers == np.floor(numbers)).all())
