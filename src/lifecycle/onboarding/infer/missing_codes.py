"""Missing codes: texts and numbers in place of a missing value."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lifecycle.arrays import Strings

SURE = frozenset(
    ["", "?", "na", "n/a", "n.a.", "n/a.", "#n/a", "#na", "nan", "<na>", "null", "(null)", "\\n", "-", "--", "unknown"]
)
PERHAPS = frozenset(["none", "nil", "missing", "not available", "n.a", ".", "#value!", "#ref!", "#div/0!"])
SENTINELS = np.array([-9, -99, -200, -999, -9999, -99999, -999999, 999, 9999, 99999, 999999, 9999999], dtype=float)
UNWRITABLE = "???"  # in composed YAML it means that a value is still to be given


def match_sure_codes(texts: Strings) -> npt.NDArray[np.bool_]:
    """Which texts are missing codes in any column; NA among other two-letter codes is not."""
    matched = np.array([text.lower() in SURE for text in texts], dtype=bool)
    others = [text for text, is_code in zip(texts, matched, strict=True) if not is_code]
    if others and all(len(text) == 2 and text.isalpha() and text.isupper() for text in others):
        matched &= np.array([text != "NA" for text in texts], dtype=bool)
    return matched


def match_possible_codes(texts: Strings) -> npt.NDArray[np.bool_]:
    """Which texts are missing codes in a column that otherwise holds numbers, times or booleans."""
    return np.array([text.lower() in PERHAPS for text in texts], dtype=bool)


def find_sentinels(values: npt.NDArray[np.float64], counts: Sequence[int] | npt.NDArray[np.int64]) -> list[float]:
    """The sentinels for missing values: repeated, common, and far outside the other values.

    Far is further from the nearest other value than the rest is wide, or negative where nothing else is.
    `values` are distinct, `counts` says how often each occurs.
    """
    sentinels = []
    for code in SENTINELS[np.isin(SENTINELS, values)]:
        rest = values[~np.isin(values, SENTINELS)]
        often = int(np.asarray(counts)[values == code].sum())
        if often < 2 or len(rest) < 5:
            continue
        low, high = float(rest.min()), float(rest.max())
        gap = low - code if code < low else code - high
        if gap > high - low or (code < 0 <= low and code <= -99):
            sentinels.append(float(code))
    return sentinels
