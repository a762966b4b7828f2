"""Weeks, quarters and half-years in text, by their first day."""

import re
from functools import cache

import pandas as pd

CENTURY = 69  # two digits of a year from here on are of the 20th century, as strptime reads them
MARKS = {
    "quarters": r"Q(?:uarter|uartal|tr|t)?\.?",
    "halves": r"H(?:alf|albjahr|Y|J)?\.?",
    "weeks": r"(?:W(?:eek|oche|k)?|KW|CW)\.?",
}
PARTS = {"quarters": "[1-4]", "halves": "[12]", "weeks": r"\d{1,2}"}
YEARS = {"quarters": r"\d{4}|\d{2}", "halves": r"\d{4}", "weeks": r"\d{4}"}  # 1H30 is a length, 5W30 an oil
SHAPES = (
    r"(?P<year>{year})[-\s/.,]*{mark}[-\s]*(?P<part>{part}){day}",
    r"{mark}[-\s]*(?P<part>{part})[-\s/.,']+(?:of\s)?(?P<year>{year})",
    r"(?P<part>{part})(?:st|nd|rd|th|\.)?[-\s]?{mark}[-\s/.,']*(?:of\s)?(?P<year>{year})",
)
MARKED_FIRST = r"{mark}(?P<part>{part})(?P<year>\d{{4}}|\d{{2}})"
BARE_WEEKS = (  # without a mark, where the name of the column or the format says that they are weeks
    r"(?P<year>\d{4})(?P<part>\d{2})(?:\.0+)?",  # .0 where gaps made floats of them
    r"(?P<year>\d{4})[-\s/.](?P<part>\d{2})",
    r"(?P<year>\d{4})[-\s/.](?P<part>\d)",
    r"(?P<part>\d{1,2})[-\s/.](?P<year>\d{4})",
)
BARE_WEEK = re.compile(r"(?:19|20)\d{2}(?:[-\s/.]\d{1,2}|\d{2}(?:\.0+)?)|\d{1,2}[-\s/.](?:19|20)\d{2}", re.ASCII)
PERIODS = tuple(MARKS)


@cache
def list_patterns(form: str) -> tuple[re.Pattern[str], ...]:
    """The ways to write a period that tell its kind by a letter or a word, such as 2021Q1, Q1 2021 and 1Q21."""
    day = r"(?:-?(?P<day>[1-7]))?" if form == "weeks" else ""
    shapes = (*SHAPES, MARKED_FIRST) if form == "quarters" else SHAPES
    filled = [one.format(mark=MARKS[form], part=PARTS[form], year=YEARS[form], day=day) for one in shapes]
    return tuple(re.compile(one, re.ASCII | re.IGNORECASE) for one in filled)


@cache
def list_bare_weeks() -> tuple[re.Pattern[str], ...]:
    """The ways to write a week by numbers alone."""
    return tuple(re.compile(one, re.ASCII) for one in BARE_WEEKS)


def is_period(text: str, form: str) -> bool:
    """Whether a text is one of the `weeks`, `quarters` or `halves` by a letter or a word."""
    return any(pattern.fullmatch(text) for pattern in list_patterns(form))


def parse_periods(values: pd.Series, form: str) -> pd.Series:
    """The first day of `quarters` and `halves`, that of ISO `weeks` or the day in 2021-W05-3; missing for another."""
    texts = pd.Series([write_first_day(text, form) for text in values], index=values.index, dtype="str")
    return pd.to_datetime(texts, format="%G-W%V-%u" if form == "weeks" else "%Y-%m", errors="coerce")


def write_first_day(text: object, form: str) -> str | None:
    """The first month of a period as 2021-04, the first day of a week as 2021-W05-1; None where it is no period."""
    patterns = list_patterns(form) + (list_bare_weeks() if form == "weeks" else ())
    found = next((one for pattern in patterns if (one := pattern.fullmatch(str(text)))), None)
    if found is None:
        return None
    year, part = complete_year(found["year"]), int(found["part"])
    if form == "weeks":
        return f"{year}-W{part:02d}-{found.groupdict().get('day') or 1}"
    months = 3 if form == "quarters" else 6
    return f"{year}-{(part - 1) * months + 1:02d}"


def complete_year(year: str) -> str:
    """A year of two digits with its century, as strptime reads it; any other as it is."""
    if len(year) != 2:
        return year
    return ("20" if int(year) < CENTURY else "19") + year
