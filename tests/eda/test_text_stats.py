"""Lengths and words of texts."""

import pandas as pd

from lifecycle.eda import text_stats

TEXTS = pd.Series(["Sunny, sunny flat", None, "Flat 3b", "", "ÉTÉ été"], dtype="str")


def test_lengths_in_characters():
    assert text_stats.count_characters(TEXTS).fillna(-1).tolist() == [17, -1, 7, 0, 7]
    assert text_stats.count_characters(TEXTS.iloc[1:2]).isna().all()


def test_words_count_once_per_text_without_regard_to_capitals():
    found = text_stats.extract_words(TEXTS)
    assert found == [{"sunny", "flat"}, frozenset(), {"flat", "3b"}, frozenset(), {"été"}]
    assert text_stats.count_frequent_words(found, 3) == [("flat", 2), ("3b", 1), ("sunny", 1)]
    assert text_stats.count_frequent_words([], 3) == []
