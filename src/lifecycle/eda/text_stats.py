"""Statistics of a column of free text: the length of its texts and its most frequent words."""

import re
from collections import Counter
from collections.abc import Sequence

import pandas as pd

WORD = re.compile(r"\w+")


def count_characters(values: pd.Series) -> pd.Series:
    """The characters of each text; NaN where there is none."""
    return values.astype("str").str.len().astype("float64")


def extract_words(values: pd.Series) -> list[frozenset[str]]:
    """The different words of each text without regard to capitals; none where there is no text."""
    return [frozenset(WORD.findall(text.casefold())) for text in values.astype("str").fillna("")]


def count_frequent_words(texts: Sequence[frozenset[str]], most: int) -> list[tuple[str, int]]:
    """The words in most texts and how many texts hold them, equally frequent ones in alphabetical order."""
    counts = Counter(word for text in texts for word in text)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
