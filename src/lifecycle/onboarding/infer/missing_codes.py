"""Missing codes: texts and numbers in place of a missing value."""

import re
from collections.abc import Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lifecycle.arrays import Strings
from lifecycle.onboarding.infer.booleans import is_yes_or_no

SURE = frozenset([
    "?", "na", "n/a", "n.a.", "n/a.", "#n/a", "#na", "nan", "-nan", "<na>", "null", "(null)", "\\n", "-", "--",
    "---", "–", "—", "unknown", "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "#num!", "#null!",
]) | {"", "#n/a n/a"}  # fmt: skip
PERHAPS = frozenset(
    ["none", "nil", "missing", "not available", "n.a", ".", "..", "#value!", "#ref!", "#div/0!", "#name?"]
)
SENTINELS = np.array([-9, -99, -200, -999, -9999, -99999, -999999, 999, 9999, 99999, 999999, 9999999], dtype=float)
NEGATIVE_CODE = r"^[-−]9{2,6}(\.0+)?$"
NUMBER = r"^[-−+(\s\p{Sc}]*[.,]?\d[\d.,'’ ]*(?:[eE][-+]?\d+)?[\s)]*(?:[\p{L}\p{Sc}%].*)?$"
MOST_CODES = 26 * 26  # of two letters
DASHES = frozenset("-–—")
LONG_DASHES = frozenset(["--", "---"])
PLUS = re.compile(r"[+/±\-]*\+[+/±\-]*")
UNWRITABLE = "???"  # in composed YAML it means that a value is still to be given


def match_sure_codes(texts: Strings) -> npt.NDArray[np.bool_]:
    """Which texts are missing codes in any column; NA among other two-letter codes, and a minus beside + are none."""
    matched = match_codes(texts, SURE)
    others = [*islice((text for text, is_code in zip(texts, matched, strict=True) if not is_code), MOST_CODES + 1)]
    if len(others) in range(1, MOST_CODES) and all(map(is_letter_code, others)) and not all(map(is_yes_or_no, others)):
        matched &= np.array([text != "NA" for text in texts], dtype=bool)
    if others and all(map(PLUS.fullmatch, others)):
        matched &= np.array([not is_minus(text, others) for text in texts], dtype=bool)
    return matched


def is_minus(text: str, others: Sequence[str]) -> bool:
    """Whether a text says the opposite of one of others that are +, or ++."""
    return text in DASHES or (text in LONG_DASHES and text.replace("-", "+") in others)


def match_possible_codes(texts: Strings) -> npt.NDArray[np.bool_]:
    """Which texts are missing codes in a column that otherwise holds numbers, times or booleans."""
    return match_codes(texts, PERHAPS)


def match_codes(texts: Strings, codes: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Which texts are one of the codes, in any case."""
    array = pa.array(texts, type=pa.string())
    return np.asarray(pc.is_in(pc.utf8_lower(array), pa.array(sorted(codes))), dtype=bool)


def match_number_codes(texts: Strings) -> npt.NDArray[np.bool_]:
    """Which texts are negative sentinels, such as -999, in a column that otherwise holds words, times, or 0 and 1."""
    array = pa.array(texts, type=pa.string())
    matched = pc.match_substring_regex(array, NEGATIVE_CODE)
    if not pc.any(matched).as_py():
        return np.zeros(len(texts), dtype=bool)
    known = match_codes(texts, SURE | PERHAPS)
    rest = array.filter(pc.invert(pc.or_(matched, pa.array(known))))
    alone = not pc.any(pc.match_substring_regex(rest, NUMBER)).as_py() or is_zero_one(rest)
    return np.asarray(matched, dtype=bool) & bool(alone and len(rest))


def is_zero_one(texts: pa.Array) -> bool:
    """Whether all texts are 0 or 1."""
    return bool(pc.all(pc.match_substring_regex(texts, r"^[01](\.0+)?$")).as_py())


def is_letter_code(text: str) -> bool:
    """Whether a text is a code of two letters, as those of countries."""
    return len(text) == 2 and text.isalpha() and text.isupper()


def find_sentinels(values: npt.NDArray[np.float64], counts: Sequence[int] | npt.NDArray[np.int64]) -> list[float]:
    """The sentinels for missing values: repeated, common, and far outside the other values.

    Far is further from the nearest other value than the rest is wide, or negative where nothing else is.
    `values` are distinct, `counts` says how often each occurs.
    """
    sentinels = []
    for code in np.unique(values[np.isin(values, SENTINELS)]):
        rest = values[~np.isin(values, SENTINELS)]
        often = int(np.asarray(counts)[values == code].sum())
        if often < 2 or len(rest) < 2:
            continue
        low, high = float(rest.min()), float(rest.max())
        gap = low - code if code < low else code - high
        if (gap > high - low and len(rest) >= 5) or (code < 0 <= low and code <= -99):
            sentinels.append(float(code))
    return sentinels
