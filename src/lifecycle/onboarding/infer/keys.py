"""Values that look like keys: UUIDs, hashes, codes of letters and digits."""

import re

import numpy as np

from lifecycle.arrays import Strings

UUID = re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)
HASH = re.compile(r"(?=.*[a-f])(?=.*\d)[0-9a-f]{8,128}", re.IGNORECASE)
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CODE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[A-Za-z0-9]+(?:[-_/.:#|][A-Za-z0-9]+)*", re.ASCII)
NUMBER = r"[-+]?\d+(?:[.,]\d+)*"
CURRENCY = r"(?:EUR|USD|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|BRL|MXN|Rs|RM|kr)"
DURATION = r"(?:[dhmswy]|days?|hrs?|hours?|mins?|minutes?|secs?|seconds?|[mun]s|wks?|weeks?|mo|months?|yrs?|years?)"
SIZE = r"(?:[xg]|ft|in|inch|yds?|mi|[mck]m|[km]g|lbs?|oz|[mcd]l|[kmgt]i?b|[km]?wh?|[kmg]?hz)"
UNIT = rf"(?:{DURATION}|{SIZE}|am|pm|z|uhr)"
AMOUNT = re.compile(  # EUR1.50, USD12, 12km, 80mg/dl, 1h05m, PT5M30S, 10:15pm, 1920x1080, 10-20kg
    rf"[A-Z]{{0,4}}[-+]?\d+(?:[.,]\d+)+[A-Z]{{0,4}}|{CURRENCY}{NUMBER}|{NUMBER}[A-Z]{{1,4}}(?:/[A-Z]{{1,4}}\d?)?"
    rf"|(?:{NUMBER}{UNIT}[-_:.]?){{1,6}}(?:\d+)?|-?P(?:\d+[YMWD])*(?:T(?:{NUMBER}[HMS])+)?"
    rf"|T?\d{{1,2}}(?::\d{{2}}){{1,2}}(?:[.,]\d+)?{UNIT}?|{NUMBER}{UNIT}?[-/]{NUMBER}{UNIT}",
    re.ASCII | re.IGNORECASE,
)
SAMPLE = 1_000
MOST = 0.95  # share of the values that must look so
SHAPES = 3  # of codes, runs of digits counting as one


def is_key_like(values: Strings) -> bool:
    """Whether values are UUIDs, hashes, mail addresses, or codes of letters and digits of few shapes.

    Amounts with a unit, sizes, clock times, lengths of time and words are none.
    """
    places = np.linspace(0, max(len(values) - 1, 0), min(len(values), SAMPLE)).round().astype(int)
    sample = [values[place] for place in places]
    if not sample:
        return False
    return any(measure_share(pattern, sample) >= MOST for pattern in (UUID, HASH, MAIL)) or are_codes(sample)


def are_codes(sample: list[str]) -> bool:
    """Whether texts are codes of letters and digits, of few shapes or of one length."""
    if measure_share(CODE, sample) < MOST or measure_share(AMOUNT, sample) > 0.5:
        return False
    shapes = [re.sub(r"\d+", "9", re.sub(r"[A-Za-z]+", "a", text)) for text in sample]
    commonest = sorted((shapes.count(shape) for shape in set(shapes)), reverse=True)
    return len({len(text) for text in sample}) == 1 or sum(commonest[:SHAPES]) >= MOST * len(sample)


def measure_share(pattern: re.Pattern[str], texts: list[str]) -> float:
    """The share of the texts that the pattern matches."""
    return sum(pattern.fullmatch(text) is not None for text in texts) / len(texts)
